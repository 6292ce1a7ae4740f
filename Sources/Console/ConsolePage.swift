// Console: the page for the person who runs content for a brand, from the binary alone. It speaks with the service
// over the public API like every other client; nothing of it is known here.

import Crypto
import Foundation

/// The console as one document: styles and scripts stand inside of it, and its policy lets nothing else run.
package enum ConsolePage {
    /// In the order in which they are read; they share one scope.
    private static let scripts: [[UInt8]] = [
        PackageResources.texts_js, PackageResources.dom_js, PackageResources.format_js, PackageResources.api_js, PackageResources.stream_js,
        PackageResources.forms_js, PackageResources.session_js, PackageResources.reader_js, PackageResources.brands_js,
        PackageResources.documents_js, PackageResources.ask_js, PackageResources.plan_js, PackageResources.previews_js,
        PackageResources.posts_js, PackageResources.board_js, PackageResources.calendar_js, PackageResources.usage_js,
        PackageResources.app_js,
    ]

    private static let script = "\"use strict\";\n" + scripts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    private static let style = String(decoding: PackageResources.console_css, as: UTF8.self)

    /// What is sent to browsers, made once.
    package struct Document: Sendable {
        package let bytes: [UInt8]
        package let gzip: [UInt8]?
        /// Changes with the document; weak, because both forms have the same (RFC 9110 section 8.8.1).
        package let entityTag: String

        init(_ html: String) {
            bytes = Array(html.utf8)
            gzip = gzipped(bytes)
            entityTag = "W/\"\(digest(html))\""
        }
    }

    /// The document of a service whose requests need a key, or none.
    package static func document(needsKey: Bool) -> Document { needsKey ? keyed : open }

    private static let keyed = Document(html.replacing("content=\"off\"", with: "content=\"keys\""))
    private static let open = Document(html)
    private static let html: String = String(decoding: PackageResources.index_html, as: UTF8.self)
        .replacing("<!-- styles -->", with: "<style>\(style)</style>")
        .replacing("<!-- scripts -->", with: "<script>\(script)</script>")

    /// Only the document's own script and style, and only this service to speak with (CSP Level 3).
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'sha256-\(digest(script))'; style-src 'sha256-\(digest(style))'; connect-src 'self'; \
        img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    private static func digest(_ text: String) -> String { Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString() }
}
