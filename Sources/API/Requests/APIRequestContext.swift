// API: the use cases over HTTP. One error table, one way to read a request, one file of routes for each kind
// of resource. It knows no database and no model's API.

package import Hummingbird
import NIOCore

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
    /// Its place among the workspace's requests.
    var slot: WorkspaceGate.Slot?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        requestID = String((0..<16).map { _ in "0123456789abcdef".randomElement()! })
    }
}
