import JSON

/// A field of an object type whose Swift type is `Root`.
package struct Field<Root: Sendable>: Sendable {
    var definition: FieldDefinition
    let register: @Sendable (inout SchemaBuilder) -> Void

    private init<Value: OutputType>(
        _ name: String, _ description: String?, _ value: Value.Type, arguments: [InputValueDefinition], size: ListSize,
        resolver: Resolver, register: @escaping @Sendable (inout SchemaBuilder) -> Void
    ) {
        definition = FieldDefinition(
            name: name, description: description, arguments: arguments, type: Value.reference, size: size, resolver: resolver)
        // Whatever may ask a store costs something.
        if case .property = resolver { definition.weight = 0 } else { definition.weight = 1 }
        self.register = { builder in
            Value.register(in: &builder)
            register(&builder)
        }
    }

    /// A property of the source.
    package init<Value: OutputType>(_ name: String, _ path: any KeyPath<Root, Value> & Sendable, size: ListSize = .unknown) {
        self.init(name, nil, path, size: size)
    }

    package init<Value: OutputType>(
        _ name: String, _ description: String?, _ path: any KeyPath<Root, Value> & Sendable, size: ListSize = .unknown
    ) {
        self.init(
            name, description, Value.self, arguments: [], size: size,
            resolver: .property { source in try Self.root(source)[keyPath: path].node }, register: { _ in })
    }

    /// What is computed of the source, with arguments.
    package init<Value: OutputType, each Input: InputType>(
        _ name: String, _ description: String? = nil, size: ListSize = .unknown, _ arguments: repeat Argument<each Input>,
        resolve: @escaping @Sendable (Root, ExecutionContext, repeat each Input) async throws -> Value
    ) {
        var definitions: [InputValueDefinition] = []
        repeat definitions.append((each arguments).definition)
        self.init(
            name, description, Value.self, arguments: definitions, size: size,
            resolver: .method { [arguments = (repeat each arguments)] source, given, context in
                try await resolve(try Self.root(source), context, repeat try (each arguments).read(given.values)).node
            }, register: { builder in repeat (each Input).register(in: &builder) })
    }

    /// What is fetched for all sources of a level in one call.
    ///
    /// - Parameter resolve: gives as many values as it gets sources, in their order.
    package static func batch<Value: OutputType, each Input: InputType>(
        _ name: String, _ description: String? = nil, size: ListSize = .unknown, _ arguments: repeat Argument<each Input>,
        resolve: @escaping @Sendable ([Root], ExecutionContext, repeat each Input) async throws -> [Result<Value, any Error>]
    ) -> Field {
        var definitions: [InputValueDefinition] = []
        repeat definitions.append((each arguments).definition)
        return Field(
            name, description, Value.self, arguments: definitions, size: size,
            resolver: .batch { [arguments = (repeat each arguments)] sources, given, context in
                let roots = try sources.map(Self.root)
                let values = try await resolve(roots, context, repeat try (each arguments).read(given.values))
                guard values.count == sources.count else { throw SchemaDefect("\(name) gave \(values.count) values for \(sources.count)") }
                return values.map { value in
                    switch value {
                    case .success(let value): value.node
                    case .failure(let error): .failure(error)
                    }
                }
            }, register: { builder in repeat (each Input).register(in: &builder) })
    }

    /// Events, for a field of the subscription type.
    package static func stream<Value: OutputType, each Input: InputType>(
        _ name: String, _ description: String? = nil, _ arguments: repeat Argument<each Input>,
        subscribe: @escaping @Sendable (Root, ExecutionContext, repeat each Input) async throws -> any EventSequence<Value>
    ) -> Field {
        var definitions: [InputValueDefinition] = []
        repeat definitions.append((each arguments).definition)
        return Field(
            name, description, Value.self, arguments: definitions, size: .unknown,
            resolver: .stream { [arguments = (repeat each arguments)] source, given, context in
                let events = try await subscribe(try Self.root(source), context, repeat try (each arguments).read(given.values))
                return Self.nodes(events)
            }, register: { builder in repeat (each Input).register(in: &builder) })
    }

    private static func nodes<Events: AsyncSequence & Sendable>(_ events: Events) -> any EventSequence<Node>
    where Events.Element: OutputType, Events.Failure == any Error { events.map(\.node) }

    /// The same field, not to be used any more.
    package func deprecated(_ reason: String) -> Field {
        var field = self
        field.definition.deprecationReason = reason
        return field
    }

    /// The same field, whose failure leaves the others of its selection: it is null then.
    package func nullable() -> Field {
        var field = self
        field.definition.type = definition.type.nullable
        return field
    }

    /// The same field, that costs so much beside the objects that it gives.
    package func weighing(_ weight: Int) -> Field {
        var field = self
        field.definition.weight = weight
        return field
    }

    private static func root(_ source: any Sendable) throws -> Root {
        guard let root = source as? Root else { throw SchemaDefect("a source is no \(Root.self)") }
        return root
    }
}

/// The description and the fields of an object type.
package struct ObjectDefinition<Root: Sendable>: Sendable {
    let description: String?
    let interfaces: [String]
    let fields: [Field<Root>]
    /// Of the interfaces.
    let registrations: [@Sendable (inout SchemaBuilder) -> Void]

    package init(_ description: String? = nil, implements interfaces: [InterfaceDefinition] = [], _ fields: Field<Root>...) {
        self.description = description
        self.interfaces = interfaces.map(\.type.name)
        self.fields = fields
        registrations = interfaces.map(\.register)
    }
}

/// An interface: fields that its objects share.
package struct InterfaceDefinition: Sendable {
    let type: InterfaceType
    let register: @Sendable (inout SchemaBuilder) -> Void

    /// A field of an interface, of the Swift type that objects give there.
    package struct Member: Sendable {
        let definition: FieldDefinition
        let register: @Sendable (inout SchemaBuilder) -> Void

        package init<Value: OutputType>(
            _ name: String, _ type: Value.Type, _ description: String? = nil, size: ListSize = .unknown
        ) {
            definition = FieldDefinition(
                name: name, description: description, type: Value.reference, size: size,
                resolver: .property { _ in throw SchemaDefect("an interface has no values") })
            register = { Value.register(in: &$0) }
        }
    }

    package init(_ name: String, _ description: String? = nil, _ members: Member...) {
        let type = InterfaceType(name: name, description: description, fields: members.map(\.definition))
        self.type = type
        register = { builder in
            builder.add(name) { builder in
                for member in members { member.register(&builder) }
                return .interface(type)
            }
        }
    }
}
