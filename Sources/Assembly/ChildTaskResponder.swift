import Hummingbird

/// Answers each request in a child task. A task keeps what it once needed of the stack until it ends, and that of a connection
/// ends with the connection: without this each stream holds 20 kB more, from the search for its answer.
struct ChildTaskResponder<Responder: HTTPResponder>: HTTPResponder where Responder.Context: Sendable {
    let responder: Responder

    func respond(to request: Request, context: Responder.Context) async throws -> Response {
        async let response = responder.respond(to: request, context: context)
        return try await response
    }
}
