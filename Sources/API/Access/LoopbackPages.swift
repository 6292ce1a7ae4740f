import GraphQLHTTP
import HTTPTypes
import Hummingbird

/// Keeps pages of the web away from a service without keys: it listens on loopback addresses, which every page in a browser
/// on this machine can reach.
///
/// A page reaches it by its own name when that resolves to the loopback address (DNS rebinding), or sends it a form, which
/// browsers do without asking; both say where they come from.
struct LoopbackPages {
    let allowedOrigins: Set<String>

    /// - Throws: `Problem` 403.
    func check(_ request: Request) throws(Problem) {
        if let host = request.head.authority, Loopback.isPublicName(host), !isAllowed(host: host) {
            throw Problem(.forbidden, "without keys the name \(host.prefix(100)) gets no answer, unless POSTWRIGHT_ALLOWED_ORIGINS has it")
        }
        guard request.method != .get, request.method != .head else { return }
        if let origin = request.headers[.origin] {
            guard isAllowed(origin: origin, host: request.head.authority) else {
                throw Problem(
                    .forbidden, "pages of \(origin.prefix(100)) may not write here; POSTWRIGHT_ALLOWED_ORIGINS names those that may")
            }
        } else if request.headers[.secFetchSite] == "cross-site" {
            throw Problem(.forbidden, "pages of other sites may not write here")
        }
    }

    private func isAllowed(host: String) -> Bool { allowedOrigins.contains { $0.hasSuffix("://" + host) } }

    /// Also a page of the service itself, under whichever of its names.
    private func isAllowed(origin: String, host: String?) -> Bool {
        if allowedOrigins.contains(origin) { return true }
        guard let scheme = origin.firstRange(of: "://") else { return false }
        let own = origin[scheme.upperBound...]
        return Loopback.isName(own) || host.map { own == $0 } ?? false
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = Self("Sec-Fetch-Site")!
}
