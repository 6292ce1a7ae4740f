package import GraphQL
package import Knowledge

/// An object that stands in lists, with its place in them.
protocol Listed: ObjectOutput {
    var cursor: String { get }
}

/// A page of a list, with edges and cursors as Relay has them; lists are read forwards only.
struct Connection<Item: Listed>: ObjectOutput {
    let page: Page<Item>

    static var typeName: String { Item.typeName + "Connection" }
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A page of a list.",
            Field("nodes", "What is on the page.", \.page.items), Field("edges", "The same with cursors.", \.edges),
            Field("pageInfo", \.pageInfo))
    }

    var edges: [Edge<Item>] { page.items.map(Edge.init) }
    var pageInfo: PageInfo { PageInfo(hasNextPage: page.nextCursor != nil, endCursor: page.nextCursor ?? page.items.last?.cursor) }
}

struct Edge<Item: Listed>: ObjectOutput {
    let item: Item

    static var typeName: String { Item.typeName + "Edge" }
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(nil, Field("node", \.item), Field("cursor", \.item.cursor))
    }
}

struct PageInfo: ObjectOutput {
    let hasNextPage: Bool
    let endCursor: String?

    static let typeName = "PageInfo"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "Where a page ends.",
            Field("hasNextPage", \.hasNextPage), Field("endCursor", "For `after` of the next page.", \.endCursor))
    }
}

/// The arguments of lists.
enum Paging {
    static let first = Argument<Int>("first", "How many, 1 to 200.", default: 50)
    static let after = Argument<String?>("after", "The cursor behind which the page begins.")

    static func request(_ first: Int, _ after: String?) throws -> PageRequest {
        guard (1...200).contains(first) else { throw Problem(.invalidRequest, "first is 1 to 200") }
        if let after, !Slug.isValidID(after) { throw Problem(.invalidRequest, "after is no cursor of this list") }
        return PageRequest(after: after, limit: first)
    }
}

/// A span of a text.
extension TextSpan: ObjectOutput {
    package static let typeName = "Span"
    package static var objectType: ObjectDefinition<TextSpan> {
        ObjectDefinition(
            "A part of a text, in Unicode scalars.", Field("start", \.start), Field("end", "Behind the last one.", \.end))
    }
}

extension Usage: ObjectOutput {
    package static let typeName = "Usage"
    package static var objectType: ObjectDefinition<Usage> {
        ObjectDefinition(
            "What the models were paid for.",
            Field("inputTokens", \.inputTokens), Field("outputTokens", \.outputTokens), Field("embeddingTokens", \.embeddingTokens),
            Field("languageCalls", \.languageCalls), Field("embeddingCalls", \.embeddingCalls), Field("imageCalls", \.imageCalls))
    }
}
