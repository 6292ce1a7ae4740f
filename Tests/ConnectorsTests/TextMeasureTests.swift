import Foundation
import JSON
import Knowledge
import Testing

@testable import Connectors

@Suite struct `Text as platforms count it` {
    @Test(.timeLimit(.minutes(1)), arguments: ["a", "a.", "a-", ".", "http", "https://", "a.b/"])
    func `a long text is counted in a bounded time for each place`(part: String) {
        let text = String(repeating: part, count: 100_000 / part.count)
        #expect(TextMeasure.weighted(text, topLevelDomains: ["com"]) > 0)
    }

    @Test func `LinkedIn counts what is sent`() throws {
        let linkedIn = try LinkedIn()
        var post = Post(
            id: "p", brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: "linkedin", contentType: "post", createdAt: .now)
        (post.text, post.hashtags) = ("A (good) day_, #1 of all, #️⃣ (\u{301}", ["Kaffee", "été", "a|b}c_d"])
        let caption = linkedIn.caption(text: post.text, hashtags: post.hashtags)
        let sent = linkedIn.payload(for: post, caption: caption)["commentary"]?.stringValue ?? ""
        #expect(linkedIn.publishedLength(of: post) == sent.utf16.count && sent.contains("{hashtag|\\#|Kaffee}"))
        #expect(sent.hasSuffix("{hashtag|\\#|abc_d}") && sent.contains("\\#\u{FE0F}\u{20E3} \\(\u{301}"))
    }

    /// The first ten are the published conformance vectors of twitter-text whose weights v3 leaves as they were; the
    /// others follow X's page on counting characters.
    @Test(
        arguments: [
            ("", 0), ("This is a test.", 15), ("http://test.com", 23), ("https://test.com", 23), ("test.com", 23),
            ("Test https://test.com test https://test.com test.com test", 86), ("I am a Tweet", 12),
            (
                "A lie gets halfway around the world before the truth has a chance to get its pants on. Winston Churchill (1874-1965) http://bit.ly/dJpywL",
                140
            ),
            (
                "A lié géts halfway arøünd thé wørld béføré thé truth has a chance tø get its pants øn. Winston Churchill (1874-1965) http://bit.ly/dJpywL",
                140
            ),
            (String(repeating: "の", count: 140), 280),
            // Hangul syllables and supplementary letters weigh 2; composed and decomposed letters the same.
            ("저찀쯿쿿", 8), ("\u{10000}\u{10FFFF}", 4), ("cafe\u{301}", 4), ("caf\u{E9}", 4), ("“quoted” – so", 13), ("…", 2), ("€", 2),
            // An emoji is 2 however it is composed.
            ("😷", 2), (String(repeating: "🐱", count: 140), 280), ("👨‍👩‍👧‍👦", 2), ("👍🏿", 2), ("🇳🇴", 2), ("1️⃣", 2), ("☺️", 2), ("H🐱a", 4),
            ("©", 1), ("1 # *", 5),
            // What is a URL, and where it ends.
            ("see https://example.com/a?b=c#d.", 28), ("(https://example.com)", 25), ("me@example.com", 14), ("v1.2.3", 6),
            ("e.g. this", 9),
            ("Node.js", 7), ("www.example.co.uk/path", 23), ("end.Start", 9), ("HTTPS://EXAMPLE.COM/", 23), ("t.co", 23),
            // Latin and Cyrillic letters only are part of one: other scripts go on behind it without a blank.
            ("https://example.com/" + String(repeating: "あ", count: 200), 423), ("https://example.com/a、あ", 27),
            ("https://example.comあ", 25),
            ("https://example.com/путь/é?q=1#x", 23), ("example.com/あ", 25),
        ])
    func `weighted`(text: String, length: Int) throws {
        let x = try #require(try ConnectorRegistry.standard()["x"])
        #expect(x.length(of: text) == length)
    }

    @Test(arguments: [("plain", 5), ("é", 1), ("😀", 4), ("👨‍👩‍👧‍👦", 25), ("🇳🇴", 8), ("a😀b", 6), ("の", 1)])
    func `with emoji as their bytes`(text: String, length: Int) { #expect(TextMeasure.emojiBytes(text) == length) }

    @Test(arguments: [("plain", 5), ("😀", 2), ("👨‍👩‍👧‍👦", 11), ("e\u{301}", 2)])
    func `in UTF-16`(text: String, length: Int) { #expect(TextMeasure.utf16(text) == length) }

    @Test(arguments: [("plain", 5), ("a(b)", 6), ("#tag", 5), ("a_b*c", 7), ("😀", 2), ("\\", 2)])
    func `escaped`(text: String, length: Int) throws {
        #expect(try ConnectorRegistry.standard()["linkedin"]?.length(of: text) == length)
    }
}

@Suite struct `Rules of the platforms` {
    private func post(_ platform: String, _ type: String, text: String, hashtags: [String] = [], slides: [String]? = nil) -> Post {
        var post = Post(
            id: "1", brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: platform, contentType: type,
            createdAt: Date(timeIntervalSince1970: 0))
        (post.text, post.hashtags, post.slides) = (text, hashtags, slides)
        return post
    }

    private func broken(_ post: Post) throws -> [String] {
        let connector = try #require(try ConnectorRegistry.standard()[post.platform])
        return connector.violations(of: post, as: try #require(connector.contentType(post.contentType))).map(\.rule)
    }

    @Test func `all six platforms have their content types, dated and sourced`() throws {
        let registry = try ConnectorRegistry.standard()
        let types = Dictionary(uniqueKeysWithValues: registry.all.map { ($0.id, $0.rules.contentTypes.map(\.id)) })
        #expect(
            types == [
                "instagram": ["post", "carousel", "reel", "story"], "linkedin": ["post", "carousel"], "x": ["post", "thread"],
                "facebook": ["post", "reel", "story"], "tiktok": ["video", "photo"], "threads": ["post", "carousel"],
            ])
        for connector in registry.all { #expect(connector.rules.asOf >= "2026-11" && connector.rules.source.count > 20) }
    }

    @Test func `at the limit a text passes, beyond it never`() throws {
        for connector in try ConnectorRegistry.standard().all {
            for type in connector.rules.contentTypes {
                let slides = type.slides.map { Array(repeating: "s", count: $0.count.lowerBound) }
                for (unit, size) in [("a", 1), ("の", connector.length(of: "の")), ("😀", connector.length(of: "😀"))] {
                    let fitting = String(repeating: unit, count: type.textLimit / size)
                    func lengths(_ text: String) throws -> [String] {
                        try broken(post(connector.id, type.id, text: text, slides: slides)).filter { $0 == "length" }
                    }
                    #expect(try lengths(fitting).isEmpty, "\(connector.id) \(type.id) \(unit)")
                    #expect(try lengths(fitting + unit) == ["length"], "\(connector.id) \(type.id) \(unit)")
                }
            }
        }
    }

    @Test func `what one platform alone rules`() throws {
        #expect(try broken(post("x", "post", text: "buy $ABC and $DEF")) == ["cashtags"])
        #expect(try broken(post("x", "post", text: "it costs $5 and $6")).isEmpty)
        #expect(try broken(post("x", "thread", text: "a", slides: ["b", String(repeating: "の", count: 141)])) == ["slides"])
        #expect(try broken(post("instagram", "post", text: "@a @b @c @d")) == ["mentions"])
        #expect(try broken(post("instagram", "post", text: "mail a@b.c d@e.f g@h.i j@k.l")).isEmpty)
        #expect(try broken(post("instagram", "post", text: "a", hashtags: ["a", "b", "c", "d", "e", "f"])) == ["hashtags"])
        #expect(try broken(post("threads", "post", text: "a", hashtags: ["a.b"])) == ["topicTag"])
        #expect(try broken(post("tiktok", "photo", text: String(repeating: "t", count: 91), slides: ["a", "b"])) == ["title"])
        #expect(try broken(post("tiktok", "photo", text: "short\n\n" + String(repeating: "t", count: 91), slides: ["a", "b"])).isEmpty)
    }

    @Test func `a seventh platform needs no change of the core`() throws {
        struct Pinboard: Connector {
            let rules: PlatformRules
            let guidance = "Pinboard: one line."
            func length(of text: String) -> Int { text.count }
            func payload(for post: Post, caption: String) -> JSON { ["pin": .string(caption)] }
        }
        let file =
            #"{"platform": "pinboard", "name": "Pinboard", "asOf": "2026-11-01", "source": "ours", "contentTypes": [{"id": "pin", "text": 10}]}"#
        let pinboard = Pinboard(rules: try PlatformRules(parsing: Array(file.utf8)))
        let registry = ConnectorRegistry(try ConnectorRegistry.standard().all + [pinboard])
        #expect(registry.ids.last == "pinboard")
        let long = post("pinboard", "pin", text: "eleven long")
        #expect(registry["pinboard"]?.violations(of: long, as: pinboard.rules.contentTypes[0]).map(\.rule) == ["length"])
        #expect(registry["pinboard"]?.payload(for: long, caption: "x") == ["pin": "x"])
    }
}
