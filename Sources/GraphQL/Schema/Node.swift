package import JSON

/// What a resolver gives for a field: a leaf, an object to go on from, or a list of them.
package enum Node: Sendable {
    case null
    case leaf(JSON)
    case list([Node])
    /// With the name of its object type.
    case object(any Sendable, type: String)
    /// This one value failed, the others of its list or batch did not.
    case failure(any Error)
}

/// How a field comes to its values.
enum Resolver: Sendable {
    /// From the source alone, at once.
    case property(@Sendable (any Sendable) throws -> Node)
    /// For one source.
    case method(@Sendable (any Sendable, Arguments, ExecutionContext) async throws -> Node)
    /// For all sources of a level at once: as many nodes as sources.
    case batch(@Sendable ([any Sendable], Arguments, ExecutionContext) async throws -> [Node])
    /// Events of a subscription; each is the field's value once.
    case stream(@Sendable (any Sendable, Arguments, ExecutionContext) async throws -> any EventSequence<Node>)
}

/// Events that are pulled by their consumer, whose cancellation reaches their source.
package typealias EventSequence<Element> = AsyncSequence<Element, any Error> & Sendable

/// The coerced arguments of a field.
struct Arguments: Sendable {
    var values: JSONObject = [:]
}

/// What resolvers know of the request.
package struct ExecutionContext: Sendable {
    private let value: any Sendable
    /// For introspection.
    let schema: Schema

    init(_ value: any Sendable, schema: Schema) {
        self.value = value
        self.schema = schema
    }

    /// The value that the request was given.
    ///
    /// - Throws: when it is of another type.
    package func value<Value>(_ type: Value.Type = Value.self) throws -> Value {
        guard let value = value as? Value else { throw SchemaDefect("the request has no \(type)") }
        return value
    }
}

/// A schema that contradicts itself: a defect of the program.
package struct SchemaDefect: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// An error whose message clients may read; every other one is masked.
package protocol ClientError: Error {
    var clientError: GraphQLError { get }
}

extension GraphQLError: ClientError {
    package var clientError: GraphQLError { self }
}
