package import JSON
import Synchronization

/// Runs one operation, a level at a time: each field is resolved for all sources of its level at once, so that a batch
/// field sees all its sources in one call, whatever lists they stand in (section 6).
struct Executor: Sendable {
    let schema: Schema
    let document: Document
    let operation: OperationDefinition
    let variables: JSONObject
    let context: ExecutionContext
    let requestID: String?
    /// Told of every error that is the service's own fault.
    let onError: GraphQLService.ErrorObserver
    let fragmentsByName: [String: FragmentDefinition]
    private let errors = ErrorList()

    /// What completing a value came to; `failed` has its error noted, and a parent that must not be null fails with it.
    enum Outcome: Sendable {
        case value(JSON)
        case null
        case failed
    }

    /// Sources of one field that are resolved at once.
    private static let concurrency = 16

    struct Source: Sendable {
        var value: any Sendable
        var path: Path?
    }

    init(
        schema: Schema, document: Document, operation: OperationDefinition, variables: JSONObject, context: ExecutionContext,
        requestID: String?, onError: @escaping GraphQLService.ErrorObserver
    ) {
        self.schema = schema
        self.document = document
        self.operation = operation
        self.variables = variables
        self.context = context
        self.requestID = requestID
        self.onError = onError
        fragmentsByName = Dictionary(document.fragments.map { ($0.name.text, $0) }) { first, _ in first }
    }

    /// The answer of a query or a mutation; a mutation's root fields run one after the other.
    func run() async -> Response {
        await run(event: nil)
    }

    /// - Parameter event: of a subscription: the value of its root field.
    func run(event: Node?) async -> Response {
        guard let root = schema.rootType(operation.kind).flatMap({ schema.object($0) }) else {
            return Response(errors: [GraphQLError("This service has no \(operation.kind.rawValue)s.", code: .operationResolution)])
        }
        let source = Source(value: schema.rootValue(operation.kind), path: nil)
        let groups: [FieldGroup]
        do {
            groups = try FieldCollector(self).fields([operation.selections], on: root)
        } catch {
            return Response(data: .null, errors: [error])
        }
        let outcomes = await execute(groups, on: root, [source], isSerial: operation.kind == .mutation, event: event)
        var data = JSON.null
        if case .value(let value)? = outcomes.first { data = value }
        return Response(data: data, errors: errors.all)
    }

    /// The events of a subscription's root field.
    ///
    /// - Throws: `GraphQLError`.
    func subscribe() async throws -> any EventSequence<Node> {
        guard let root = schema.rootType(.subscription).flatMap({ schema.object($0) }),
            let group = try FieldCollector(self).fields([operation.selections], on: root).first, let node = group.nodes.first,
            let definition = schema.field(node.name.text, of: root.name), case .stream(let subscribe) = definition.resolver
        else { throw GraphQLError("There is nothing to subscribe to.", code: .operationResolution) }
        let path = Path(nil, .string(group.name))
        let arguments = try InputCoercion(schema: schema).arguments(
            definition.arguments, node.arguments, variables: variables, offset: node.offset, in: document)
        do {
            return try await subscribe(schema.rootValue(.subscription), Arguments(values: arguments), context)
        } catch {
            throw clientError(error, [node], path.elements)
        }
    }

    // MARK: Selections

    /// One outcome for each source.
    private func execute(_ sets: [SelectionSet], on type: ObjectType, _ sources: [Source]) async -> [Outcome] {
        do {
            return await execute(try FieldCollector(self).fields(sets, on: type), on: type, sources)
        } catch {
            for source in sources { errors.add(clientError(error, [], source.path?.elements ?? [])) }
            return sources.map { _ in .failed }
        }
    }

    private func execute(
        _ groups: [FieldGroup], on type: ObjectType, _ sources: [Source], isSerial: Bool = false, event: Node? = nil
    ) async -> [Outcome] {
        // Nobody waits for the answer any more.
        if Task.isCancelled { return sources.map { _ in .failed } }
        var columns = [[Outcome]](repeating: [], count: groups.count)
        let suspending = isSerial ? [] : groups.indices.filter { mightSuspend(groups[$0], on: type) }
        if suspending.count > 1 {
            // The fields of one selection run side by side.
            await withTaskGroup(of: (Int, [Outcome]).self) { tasks in
                for index in suspending {
                    tasks.addTask { (index, await resolve(groups[index], on: type, sources, event: event)) }
                }
                for index in groups.indices where !suspending.contains(index) {
                    columns[index] = await resolve(groups[index], on: type, sources, event: event)
                }
                for await (index, outcomes) in tasks { columns[index] = outcomes }
            }
        } else {
            for index in groups.indices { columns[index] = await resolve(groups[index], on: type, sources, event: event) }
        }
        return sources.indices.map { place in
            var members: [JSONObject.Member] = []
            members.reserveCapacity(groups.count)
            for (group, column) in zip(groups, columns) {
                switch column[place] {
                case .value(let value): members.append(.init(key: group.name, value: value))
                case .null: members.append(.init(key: group.name, value: .null))
                case .failed: return .failed
                }
            }
            return .value(.object(JSONObject(members)))
        }
    }

    private func mightSuspend(_ group: FieldGroup, on type: ObjectType) -> Bool {
        guard let definition = schema.field(group.nodes[0].name.text, of: type.name) else { return false }
        if case .property = definition.resolver { return group.nodes.contains { $0.selections != nil } }
        return true
    }

    // MARK: Fields

    private func resolve(_ group: FieldGroup, on type: ObjectType, _ sources: [Source], event: Node?) async -> [Outcome] {
        let node = group.nodes[0]
        guard let definition = schema.field(node.name.text, of: type.name) else { return sources.map { _ in .null } }
        if node.name.text == "__typename" { return sources.map { _ in .value(.string(type.name)) } }
        let paths = sources.map { Path($0.path, .string(group.name)) }
        let arguments: Arguments
        do {
            arguments = Arguments(
                values: try InputCoercion(schema: schema).arguments(
                    definition.arguments, node.arguments, variables: variables, offset: node.offset, in: document))
        } catch {
            for path in paths { note(error, group.nodes, path) }
            return sources.map { _ in definition.type.isNonNull ? .failed : .null }
        }
        let values: [Node]
        if let event { values = sources.map { _ in event } } else { values = await self.values(of: definition, sources, arguments) }
        let outcomes = await complete(definition.type, zip(values, paths).map { Item(node: $0, path: $1) }, group, owner: type.name)
        return outcomes.map { nullable($0, definition.type) }
    }

    private func values(of definition: FieldDefinition, _ sources: [Source], _ arguments: Arguments) async -> [Node] {
        switch definition.resolver {
        case .property(let read):
            return sources.map { source in
                do { return try read(source.value) } catch { return .failure(error) }
            }
        case .method(let resolve):
            if sources.count == 1 {
                do { return [try await resolve(sources[0].value, arguments, context)] } catch { return [.failure(error)] }
            }
            return await withTaskGroup(of: (Int, Node).self) { tasks in
                var values = [Node](repeating: .null, count: sources.count)
                for (index, source) in sources.enumerated() {
                    if index >= Self.concurrency, let (done, value) = await tasks.next() { values[done] = value }
                    tasks.addTask {
                        do { return (index, try await resolve(source.value, arguments, context)) } catch { return (index, .failure(error)) }
                    }
                }
                for await (index, value) in tasks { values[index] = value }
                return values
            }
        case .batch(let resolve):
            do {
                return try await resolve(sources.map(\.value), arguments, context)
            } catch {
                return sources.map { _ in .failure(error) }
            }
        case .stream: return sources.map { _ in .failure(SchemaDefect("a stream is no value")) }
        }
    }

    // MARK: Values

    struct Item: Sendable {
        var node: Node
        var path: Path
    }

    /// A failure stays within what may be null.
    private func nullable(_ outcome: Outcome, _ type: TypeReference) -> Outcome {
        if case .failed = outcome, !type.isNonNull { return .null }
        return outcome
    }

    /// One outcome for each item (section 6.4.3).
    private func complete(_ type: TypeReference, _ items: [Item], _ group: FieldGroup, owner: String) async -> [Outcome] {
        if case .nonNull(let inner) = type {
            let outcomes = await complete(inner, items, group, owner: owner)
            return zip(outcomes, items).map { outcome, item in
                guard case .null = outcome else { return outcome }
                let name = "\(owner).\(group.nodes[0].name.text)"
                note(GraphQLError("The non-nullable field \(name) has no value."), group.nodes, item.path)
                return .failed
            }
        }
        if case .list(let element) = type { return await complete(listOf: element, items, group, owner: owner) }
        if schema.type(type.name)?.isComposite == true { return await complete(objectsOf: type.name, items, group) }
        return items.map { complete(leafOf: type.name, $0, group) }
    }

    /// The elements of all lists together are one level.
    private func complete(listOf element: TypeReference, _ items: [Item], _ group: FieldGroup, owner: String) async -> [Outcome] {
        var elements: [Item] = []
        var ranges: [Range<Int>?] = []
        for item in items {
            guard case .list(let nodes) = item.node else {
                ranges.append(nil)
                continue
            }
            ranges.append(elements.count..<elements.count + nodes.count)
            for (index, node) in nodes.enumerated() { elements.append(Item(node: node, path: Path(item.path, JSON(index)))) }
        }
        let outcomes = await complete(element, elements, group, owner: owner).map { nullable($0, element) }
        return zip(items, ranges).map { item, range in
            guard let range else { return completeOther(item, group, "a list") }
            var values: [JSON] = []
            values.reserveCapacity(range.count)
            for outcome in outcomes[range] {
                switch outcome {
                case .value(let value): values.append(value)
                case .null: values.append(.null)
                case .failed: return .failed
                }
            }
            return .value(.array(values))
        }
    }

    /// Objects are executed together by their types.
    private func complete(objectsOf name: String, _ items: [Item], _ group: FieldGroup) async -> [Outcome] {
        let possible = schema.possibleTypes(name)
        var outcomes = [Outcome](repeating: .failed, count: items.count)
        var order: [String] = []
        var places: [String: [Int]] = [:]
        for (index, item) in items.enumerated() {
            guard case .object(_, let type) = item.node else {
                outcomes[index] = completeOther(item, group, "an object")
                continue
            }
            guard possible.contains(type) else {
                note(SchemaDefect("\(type) is no \(name)"), group.nodes, item.path)
                continue
            }
            if places[type] == nil { order.append(type) }
            places[type, default: []].append(index)
        }
        let sets = group.nodes.compactMap(\.selections)
        for type in order {
            guard let object = schema.object(type), let indices = places[type] else { continue }
            let sources = indices.compactMap { index -> Source? in
                guard case .object(let value, _) = items[index].node else { return nil }
                return Source(value: value, path: items[index].path)
            }
            for (index, outcome) in zip(indices, await execute(sets, on: object, sources)) { outcomes[index] = outcome }
        }
        return outcomes
    }

    private func complete(leafOf name: String, _ item: Item, _ group: FieldGroup) -> Outcome {
        guard case .leaf(let value) = item.node else { return completeOther(item, group, name) }
        switch schema.type(name) {
        case .scalar(let scalar):
            if let shown = scalar.serialize(value) { return .value(shown) }
        case .enumeration(let enumeration):
            if let text = value.stringValue, enumeration.has(text) { return .value(value) }
        default: break
        }
        note(SchemaDefect("a value is no \(name)"), group.nodes, item.path)
        return .failed
    }

    private func completeOther(_ item: Item, _ group: FieldGroup, _ expected: String) -> Outcome {
        switch item.node {
        case .null: return .null
        case .failure(let error): note(error, group.nodes, item.path)
        default: note(SchemaDefect("a value is not \(expected)"), group.nodes, item.path)
        }
        return .failed
    }

    // MARK: Errors

    private func note(_ error: any Error, _ nodes: [FieldNode], _ path: Path) {
        // Places in the document are looked up for those only that the client is shown.
        if !errors.isFull { errors.add(clientError(error, nodes, path.elements)) }
    }

    /// What a client may know of an error; what is the service's own fault goes to `onError`.
    private func clientError(_ error: any Error, _ nodes: [FieldNode], _ path: [JSON]) -> GraphQLError {
        var shown = (error as? any ClientError)?.clientError ?? GraphQLError("The service failed here.")
        if shown.code == .internalError, !(error is CancellationError) {
            onError(error, path, requestID)
            if let requestID { shown.details["requestId"] = .string(requestID) }
        }
        if shown.locations.isEmpty { shown.locations = nodes.map { document.location($0.offset) } }
        shown.path = path
        return shown
    }
}

/// The errors of an answer, from all its fields.
private final class ErrorList: Sendable {
    private let errors = Mutex<[GraphQLError]>([])
    /// What more there are is not told.
    private static let limit = 1_000

    func add(_ error: GraphQLError) {
        errors.withLock { if $0.count < Self.limit { $0.append(error) } }
    }

    var isFull: Bool { errors.withLock { $0.count >= Self.limit } }

    var all: [GraphQLError] { errors.withLock { $0 } }
}

/// The answer to an operation, or to one event of a subscription (section 7.1).
package struct Response: Sendable, Hashable {
    /// Nil when the operation was not executed.
    package var data: JSON?
    package var errors: [GraphQLError]
    package var extensions: JSONObject = [:]

    package init(data: JSON? = nil, errors: [GraphQLError] = []) {
        self.data = data
        self.errors = errors
    }

    package var json: JSON {
        var object = JSONObject()
        if !errors.isEmpty { object["errors"] = .array(errors.map(\.json)) }
        if let data { object["data"] = data }
        if !extensions.isEmpty { object["extensions"] = .object(extensions) }
        return .object(object)
    }
}
