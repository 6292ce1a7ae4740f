import JSON

/// Whether a document can be executed against a schema (section 5).
///
/// One walk over each definition notes what its selections, arguments and variables are; the rules on whole operations
/// work on those notes, so that no fragment is walked once for each of its spreads.
struct Validator {
    let schema: Schema
    let document: Document
    let limits: GraphQLLimits
    private(set) var errors: [GraphQLError] = []
    /// By the fragment's name, or by the operation's place.
    var notes: [Definition: Notes] = [:]
    var fragments: [String: FragmentDefinition] = [:]

    /// After so many errors nobody reads on.
    private static let errorLimit = 50

    enum Definition: Hashable {
        case operation(Int)
        case fragment(String)
    }

    /// What the walk over a definition found.
    struct Notes {
        var spreads: [SpreadNode] = []
        var usages: [VariableUsage] = []
    }

    struct VariableUsage {
        var name: String
        var offset: Int
        /// Nil where the position's type is not known.
        var type: TypeReference?
        var hasDefault = false
        var isOneOfField = false
    }

    /// Everything that is wrong; empty when the document can be executed.
    static func validate(_ document: Document, schema: Schema, limits: GraphQLLimits) -> [GraphQLError] {
        var validator = Validator(schema: schema, document: document, limits: limits)
        validator.run()
        return validator.errors
    }

    private init(schema: Schema, document: Document, limits: GraphQLLimits) {
        self.schema = schema
        self.document = document
        self.limits = limits
        fragments = Dictionary(document.fragments.map { ($0.name.text, $0) }) { first, _ in first }
    }

    private mutating func run() {
        checkNames()
        for (place, operation) in document.operations.enumerated() { walk(operation, .operation(place)) }
        for fragment in document.fragments { walk(fragment) }
        checkFragmentUse()
        for (place, operation) in document.operations.enumerated() {
            checkVariables(of: operation, place)
            if operation.kind == .subscription { checkSubscription(operation) }
        }
        checkIntrospectionDepth()
        // Cycles would have no end there, and unknown fields no type.
        if errors.isEmpty { checkMerging() }
    }

    mutating func report(_ message: String, at offsets: Int..., code: GraphQLError.Code = .validationFailed) {
        guard errors.count < Self.errorLimit else { return }
        errors.append(GraphQLError(message, code: code, locations: offsets.map(document.location)))
    }
}
