// API: the use cases over HTTP. One error table, one way to read a request, one file of routes for each kind
// of resource. It knows no database and no model's API.

package import Hummingbird
import NIOCore
import Synchronization

/// What a request carries through the routes.
package struct APIRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Shown to the client in errors, and in the log.
    let requestID: String
    /// On whose behalf it comes; the routes see it behind the middleware that asks for keys.
    var principal = Principal.open
    /// Whose data the request sees.
    var workspace: String { principal.workspace }
    let channel: any Channel
    /// For whoever stands outside of the middleware that asks for keys.
    let caller = Caller()
    /// Its place among the workspace's requests.
    var slot: WorkspaceGate.Slot?

    /// The workspace of a request, once it is known.
    final class Caller: Sendable {
        private let name = Mutex<String?>(nil)

        var workspace: String? {
            get { name.withLock { $0 } }
            set { name.withLock { $0 = newValue } }
        }
    }

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        requestID = String((0..<16).map { _ in "0123456789abcdef".randomElement()! })
    }
}
