import Connectors
import Foundation
import JSON
import Knowledge
import Testing

@testable import Generation

/// A platform that nothing in Sources knows: all that a new one takes.
private struct NoticeBoard: Connector {
    let rules: PlatformRules

    init() throws {
        let data: JSON = [
            "platform": "noticeboard", "name": "Notice board", "asOf": "2027-01-01", "source": "the board's own rules",
            "contentTypes": [["id": "note", "text": 120, "hashtags": 0], ["id": "series", "text": 80, "hashtags": 1]],
        ]
        rules = try PlatformRules(parsing: data.utf8Bytes)
    }

    let guidance = "A note for {{brandName}}'s neighbours: one sentence."
    /// Counts words, as no other platform does.
    func length(of text: String) -> Int { text.split(separator: " ").count }
    func payload(for post: Post, caption: String) -> JSON { ["note": .string(caption)] }
}

struct SeventhPlatformTests {
    private let brand = BrandKey(workspace: "w", brand: "acme")

    @Test func `a seventh platform takes its place by registration alone`() throws {
        let standard = try ConnectorRegistry.standard()
        let connectors = ConnectorRegistry(standard.all + [try NoticeBoard()])
        #expect(connectors.ids == standard.ids + ["noticeboard"])
        let board = try #require(connectors["noticeboard"])
        let note = try #require(board.contentType("note"))

        // Planning gives it its share.
        let channels = [
            Plan.Channel(platform: "noticeboard", contentTypes: ["note", "series"], share: 0.5),
            Plan.Channel(platform: "x", contentTypes: ["post"], share: 0.5),
        ]
        let brief = Plan.Brief(
            start: try #require(CalendarDay("2027-01-04")), days: 7, timeZone: "UTC", posts: 8, channels: channels, goals: [], events: [],
            language: "en", onFailure: .cancel)
        let slots = SlotAllocator.slots(for: brief).filter { $0.platform == "noticeboard" }
        #expect(slots.map(\.contentType) == ["note", "series", "note", "series"])

        // Its guidance is a prompt's partial, its types are the answer's schema.
        let prompts = try PromptLibrary(connectors: connectors)
        let values: [String: Any] = ["brandName": "Acme", "contentType": "note", "language": "en"]
        #expect(try prompts.guidance(for: "noticeboard").render(values) == "A note for Acme's neighbours: one sentence.")
        let file = PromptFile(name: "_noticeboard", text: "Shorter still.")
        #expect(
            try PromptLibrary(connectors: connectors, overrides: [file]).guidance(for: "noticeboard").render(values) == "Shorter still.")
        let schema = OutputSchemas.post(passageIDs: ["P1"], platform: board.id, type: note, style: Brand.Style()).json
        #expect(schema["properties"]?["platform"]?["enum"] == ["noticeboard"])

        // Its own measure decides, and its own form leaves.
        var post = Post(id: "p", brand: brand, slotID: "slot-1", platform: board.id, contentType: note.id, createdAt: .distantPast)
        post.text = Array(repeating: "incomprehensibilities", count: 120).joined(separator: " ")
        #expect(board.violations(of: post, as: note).isEmpty)
        post.text += " more"
        #expect(board.violations(of: post, as: note).map(\.rule) == ["length"])
        #expect(board.payload(for: post, caption: "c") == ["note": "c"])
    }
}
