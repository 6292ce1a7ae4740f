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

    /// The document of a service whose requests need a key, or none.
    package static func html(needsKey: Bool) -> String { needsKey ? keyed : open }

    private static let keyed = open.replacing("content=\"off\"", with: "content=\"keys\"")
    private static let open: String = String(decoding: PackageResources.index_html, as: UTF8.self)
        .replacing("<!-- styles -->", with: "<style>\(style)</style>")
        .replacing("<!-- scripts -->", with: "<script>\(script)</script>")

    /// Changes with the document (RFC 9110 section 8.8.3).
    package static func entityTag(needsKey: Bool) -> String { needsKey ? keyedTag : openTag }

    private static let keyedTag = "\"\(digest(keyed))\""
    private static let openTag = "\"\(digest(open))\""

    /// Only the document's own script and style, and only this service to speak with (CSP Level 3).
    package static let contentSecurityPolicy = """
        default-src 'none'; script-src 'sha256-\(digest(script))'; style-src 'sha256-\(digest(style))'; connect-src 'self'; \
        img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    private static func digest(_ text: String) -> String { Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString() }
}
