import HTTPTypes
import Hummingbird
import NIOCore

/// A page for trying queries in a browser, from the binary alone.
enum Explorer {
    /// A browser that opens the address, rather than a client that sends a query.
    static func isWanted(_ request: Request) -> Bool {
        request.headers[.accept]?.contains("text/html") == true && request.uri.queryParameters["query"] == nil
    }

    static func page() -> Hummingbird.Response {
        let headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self' ws: wss:",
        ]
        return Hummingbird.Response(
            status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.explorer_html)))
    }
}
