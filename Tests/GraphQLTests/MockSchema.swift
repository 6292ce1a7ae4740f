import Foundation
import JSON

@testable import GraphQL

// A service with every kind of type, deterministic, with fields that fail; `Oracle/mock.py` is the same on graphql-core.

struct Boom: Error {}

struct AnyValue: CustomScalar {
    let value: JSON
    init(value: JSON) { self.value = value }
    static let scalar = ScalarDefinition("Any", "Any value.", specifiedBy: "https://www.rfc-editor.org/rfc/rfc8259")
}

enum Color: String, EnumerationOutput {
    case red, green, blue
    static let typeName = "Color"
    static let typeDescription: String? = "Colors of fur."
}

let named = InterfaceDefinition(
    "Named", "What has a name.", .init("name", String.self), .init("sound", String?.self, "What it says."))

struct Person: ObjectOutput {
    let number: Int

    static let typeName = "Person"
    static var objectType: ObjectDefinition<Person> {
        ObjectDefinition(
            "Somebody with pets.",
            Field("id", \.id), Field("name", \.name), Field("age", "Unknown of every other.", \.age),
            Field(
                "pets", "Cats and dogs in turn.", size: .argument("first"), Argument<Int?>("first", default: 10), Argument<Color?>("color")
            ) {
                person, _, first, _ in
                (0..<max(0, min(first ?? 2, 5))).map {
                    $0.isMultiple(of: 2) ? .cat(Cat(number: person.number + $0)) : .dog(Dog(number: person.number + $0))
                }
                    as [Pet]
            },
            Field("bestFriend", \.bestFriend), Field("scores", \.scores), Field("matrix", \.matrix),
            Field("parent") { person, _ -> Person in
                guard person.number > 0 else { throw Boom() }
                return Person(number: person.number - 1)
            },
            Field("failing") { person, _ -> String? in try person.fine() },
            Field("rigid") { person, _ -> String in try person.fine() },
            .batch("rigidList") { people, _ -> [Result<[String], any Error>] in
                people.map { $0.number.isMultiple(of: 2) ? .success(["a"]) : .failure(Boom()) }
            })
    }

    var id: ID { ID("\(number)") }
    var name: String { "Person \(number)" }
    var age: Int? { number.isMultiple(of: 2) ? nil : number * 7 }
    var bestFriend: Person? { number.isMultiple(of: 3) ? nil : Person(number: number + 1) }
    var scores: [Double] { [Double(number) + 0.5, Double(number) * 2] }
    var matrix: [[Int?]?]? { [[number, nil], [], nil] }

    private func fine() throws -> String {
        guard number.isMultiple(of: 2) else { throw Boom() }
        return "fine"
    }
}

struct Cat: ObjectOutput {
    let number: Int

    static let typeName = "Cat"
    static var objectType: ObjectDefinition<Cat> {
        ObjectDefinition(
            implements: [named],
            Field("name", \.name), Field("sound", \.sound), Field("lives", \.lives), Field("color", \.color), Field("owner", \.owner),
            Field("friends", \.friends, size: .fixed(2)))
    }

    var name: String { "Cat \(number)" }
    var sound: String? { "meow" }
    var lives: Int? { number % 10 }
    var color: Color { Color.allCases[number % 3] }
    var owner: Person? { number.isMultiple(of: 2) ? nil : Person(number: number) }
    var friends: [Cat] { [Cat(number: number + 1), Cat(number: number + 2)] }
}

struct Dog: ObjectOutput {
    let number: Int

    static let typeName = "Dog"
    static var objectType: ObjectDefinition<Dog> {
        ObjectDefinition(
            implements: [named],
            Field("name", \.name), Field("sound", \.sound), Field("barks", \.barks), Field("owner", \.owner), Field("pack", \.pack))
    }

    var name: String { "Dog \(number)" }
    var sound: String? { "bow" }
    var barks: Bool { number.isMultiple(of: 2) }
    var owner: Person { Person(number: number) }
    var pack: [Dog?]? { [Dog(number: number + 1), nil] }
}

enum Pet: UnionOutput {
    case cat(Cat)
    case dog(Dog)

    static let typeName = "Pet"
    static let typeDescription: String? = nil
    static let members: [any ObjectOutput.Type] = [Cat.self, Dog.self]

    var member: any ObjectOutput {
        switch self {
        case .cat(let cat): cat
        case .dog(let dog): dog
        }
    }
}

/// Something with a name, as the interface's own type.
struct NamedThing: OutputType {
    let node: Node

    static var reference: TypeReference { .nonNull(.named("Named")) }
    static func register(in builder: inout SchemaBuilder) {
        Cat.register(in: &builder)
        Dog.register(in: &builder)
    }
}

/// An input object as it came, for `echo`.
struct Filter: InputObject {
    let json: JSON

    static let typeName = "Filter"
    static var inputType: InputDefinition<Filter> {
        InputDefinition(
            "What to look for.", Argument<String>("text", "Words."), Argument<[Color]?>("colors"), Argument<Int?>("limit", default: 5),
            Argument<Filter?>("nested"), Argument<AnyValue?>("any")
        ) { text, _, _, _, _ in Filter(json: .string(text)) }
    }

    init(json: JSON) { self.json = json }
    init(input: JSON) throws { json = input }
}

struct Choice: InputObject {
    let isByName: Bool

    static let typeName = "Choice"
    static var inputType: InputDefinition<Choice> {
        InputDefinition(nil, isOneOf: true, Argument<ID?>("byId"), Argument<String?>("byName")) { _, name in Choice(isByName: name != nil) }
    }
}

struct MockQuery: ObjectOutput {
    static let typeName = "Query"
    static var objectType: ObjectDefinition<MockQuery> {
        ObjectDefinition(
            nil,
            Field("person", nil, Argument<ID>("id")) { _, _, id in Int(id.text).map(Person.init(number:)) },
            Field("people", nil, size: .argument("first"), Argument<Int>("first", "At most 5 come.", default: 3)) { _, _, first in
                (0..<max(0, min(first, 5))).map(Person.init(number:))
            },
            Field("pet", nil, Argument<Choice>("choice", "By one of two ways.")) { _, _, choice -> Pet? in
                choice.isByName ? .dog(Dog(number: 1)) : .cat(Cat(number: 2))
            },
            Field("named") { _, _ in [Cat(number: 1).node, Dog(number: 2).node, Cat(number: 3).node].map(NamedThing.init) },
            echoing(
                Field(
                    "echo", "The arguments again.", Argument<Filter?>("filter"), Argument<[Int]?>("list"),
                    Argument<String?>("text", default: "hi \"you\""), Argument<Color?>("color", default: .red), Argument<Double?>("number"),
                    Argument<AnyValue?>("any"), Argument<[[Int?]?]?>("matrix")
                ) { _, _, _, _, _, _, _, _, _ in "" }),
            Field<MockQuery>("old", "Not to be used.", \.old).deprecated("Use \"echo\"."))
    }

    var old: String? { "old" }

    /// With the coerced arguments as they are, so that null and absence can be told apart.
    private static func echoing(_ field: Field<MockQuery>) -> Field<MockQuery> {
        var field = field
        field.definition.resolver = .method { _, arguments, _ in .leaf(.string(JSON.object(arguments.values).text)) }
        return field
    }
}

struct MockMutation: ObjectOutput {
    static let typeName = "Mutation"
    static var objectType: ObjectDefinition<MockMutation> {
        ObjectDefinition(
            nil,
            Field("setName", nil, Argument<ID>("id"), Argument<String>("name")) { _, _, _, name in Person(number: name.unicodeScalars.count)
            },
            Field("fail") { _, _ -> String in throw Boom() })
    }
}

struct MockSubscription: ObjectOutput {
    static let typeName = "Subscription"
    static var objectType: ObjectDefinition<MockSubscription> {
        ObjectDefinition(
            nil,
            .stream("ticks", nil, Argument<Int>("count", default: 3)) { _, _, count in
                AsyncThrowingStream<Int, any Error> { continuation in
                    for tick in 0..<count { continuation.yield(tick) }
                    continuation.finish()
                }
            },
            .stream("people") { _, _ in
                AsyncThrowingStream<Person, any Error> { continuation in
                    for number in 0..<3 { continuation.yield(Person(number: number)) }
                    continuation.finish(throwing: Boom())
                }
            })
    }
}

let mockSchema = Schema(query: MockQuery(), mutation: MockMutation(), subscription: MockSubscription())
