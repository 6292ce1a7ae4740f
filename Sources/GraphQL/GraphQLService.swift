package import JSON

/// What a client asks for.
package struct GraphQLRequest: Sendable, Hashable {
    /// Nil when only the hash of a document that was sent before is given.
    package var query: String?
    package var operationName: String?
    package var variables: JSONObject
    package var extensions: JSONObject

    package init(query: String?, operationName: String? = nil, variables: JSONObject = [:], extensions: JSONObject = [:]) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
        self.extensions = extensions
    }
}

/// A schema that answers requests.
package struct GraphQLService: Sendable {
    package let schema: Schema
    package let limits: GraphQLLimits
    private let cache = DocumentCache()
    /// An error, its path and the request's id.
    package typealias ErrorObserver = @Sendable (any Error, [JSON], String?) -> Void

    private let onError: ErrorObserver

    /// - Parameter onError: is told of every error that is the service's own fault.
    package init(
        schema: Schema, limits: GraphQLLimits = GraphQLLimits(), onError: @escaping ErrorObserver = { _, _, _ in }
    ) {
        self.schema = schema
        self.limits = limits
        self.onError = onError
    }

    /// An operation that may be executed, with its variables.
    package struct Prepared: Sendable {
        package let kind: OperationKind
        let document: Document
        let operation: OperationDefinition
        let variables: JSONObject
        package let cost: Int
    }

    /// Why nothing was executed.
    package struct Refusal: Error, Sendable {
        package var errors: [GraphQLError]
        package var response: Response { Response(errors: errors) }
    }

    /// Parses, validates and measures; nothing is executed yet.
    package func prepare(_ request: GraphQLRequest) -> Result<Prepared, Refusal> {
        do throws(GraphQLError) {
            let (document, errors) = try cache.document(for: request) { [schema, limits] text throws(GraphQLError) in
                let document = try Parser.parse(text, limits: limits)
                return (document, Validator.validate(document, schema: schema, limits: limits))
            }
            guard errors.isEmpty else { return .failure(Refusal(errors: errors)) }
            let operation = try Self.operation(named: request.operationName, in: document)
            if VariableUses.size(request.variables, in: document) > limits.variableBytes {
                throw GraphQLError(
                    "The variables, at all the places where they are used, are larger than \(limits.variableBytes) bytes.",
                    code: "VARIABLE_LIMIT_EXCEEDED")
            }
            let variables = try InputCoercion(schema: schema).variables(operation.variables, given: request.variables, in: document)
            let cost = OperationCost(of: operation, in: document, schema: schema, variables: variables)
            if let error = cost.excess(over: limits) { throw error }
            return .success(
                Prepared(kind: operation.kind, document: document, operation: operation, variables: variables, cost: cost.cost))
        } catch {
            return .failure(Refusal(errors: [error]))
        }
    }

    /// The operation of that name, or the only one (section 6.1).
    private static func operation(named name: String?, in document: Document) throws(GraphQLError) -> OperationDefinition {
        if let name {
            guard let operation = document.operations.first(where: { $0.name == name }) else {
                throw GraphQLError("There is no operation \"\(name)\".", code: .operationResolution)
            }
            return operation
        }
        guard document.operations.count == 1 else {
            throw GraphQLError("The document has several operations; say which one with operationName.", code: .operationResolution)
        }
        return document.operations[0]
    }

    /// Runs a query or a mutation.
    ///
    /// A query ends with its time or its client, whatever its resolvers do. A mutation that has begun is ended: half of one
    /// is worse than a late one.
    package func execute(_ prepared: Prepared, context: any Sendable, requestID: String? = nil) async -> Response {
        let executor = executor(prepared, context, requestID)
        var response: Response
        if prepared.kind == .mutation {
            response = await Task { await executor.run() }.value
        } else {
            response = await Self.first(of: { await executor.run() }, within: limits.duration)
        }
        response.extensions["cost"] = ["requested": JSON(prepared.cost), "limit": JSON(limits.cost)]
        return response
    }

    /// Does not wait for work that has lost the race: it was cancelled, and may not heed that.
    private static func first(of work: @escaping @Sendable () async -> Response, within duration: Duration) async -> Response {
        let (answers, continuation) = AsyncStream.makeStream(of: Response.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task { continuation.yield(await work()) }
        let clock = Task {
            guard (try? await Task.sleep(for: duration)) != nil else { return }
            continuation.yield(
                Response(data: .null, errors: [GraphQLError("The request took longer than \(duration).", code: "TIME_LIMIT_EXCEEDED")]))
        }
        defer {
            running.cancel()
            clock.cancel()
        }
        for await answer in answers { return answer }
        return Response(data: .null, errors: [GraphQLError("The client has gone.", code: "CANCELLED")])
    }

    /// The events of a subscription, one answer each.
    ///
    /// - Throws: `Refusal` when the source cannot be had.
    package func subscribe(
        _ prepared: Prepared, context: any Sendable, requestID: String? = nil
    ) async throws -> any EventSequence<Response> {
        let executor = executor(prepared, context, requestID)
        let events: any EventSequence<Node>
        do {
            events = try await executor.subscribe()
        } catch {
            throw Refusal(errors: [error as? GraphQLError ?? GraphQLError("The service failed here.")])
        }
        return responses(events, prepared, context, requestID)
    }

    private func responses<Events: AsyncSequence & Sendable>(
        _ events: Events, _ prepared: Prepared, _ context: any Sendable, _ requestID: String?
    ) -> any EventSequence<Response> where Events.Element == Node, Events.Failure == any Error {
        // Errors are collected for each event anew.
        events.map { event in await executor(prepared, context, requestID).run(event: event) }
    }

    private func executor(_ prepared: Prepared, _ context: any Sendable, _ requestID: String?) -> Executor {
        Executor(
            schema: schema, document: prepared.document, operation: prepared.operation, variables: prepared.variables,
            context: ExecutionContext(context, schema: schema), requestID: requestID, onError: onError)
    }
}
