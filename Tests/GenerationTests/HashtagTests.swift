import Foundation
import Knowledge
import Testing

@testable import Generation

@Suite struct `Hashtags` {
    @Test(arguments: [
        (["#Coffee", "coffee", " cof fee "], ["Coffee"]), (["wow!", "x.y", "coffee-time!"], ["wow", "xy", "coffeetime"]),
        (["a|b}c", "slow_coffee", "#", "", "!?"], ["abc", "slow_coffee"]), (["e\u{301}te\u{301}", "\u{E9}t\u{E9}"], ["\u{E9}t\u{E9}"]),
        (["1\u{FE0F}\u{20E3}", "珈琲", "กาแฟ", "☕️"], ["1", "珈琲", "กาแฟ"]),
    ])
    func `are what platforms read, each once`(words: [String], hashtags: [String]) { #expect(PostDraft.hashtags(words) == hashtags) }

    @Test func `say no figure that the passages do not have`() {
        var post = Post(
            id: "p", brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: "instagram", contentType: "post", createdAt: .now)
        post.inputs.passages = [
            .init(
                chunkID: "c", documentID: "d", documentTitle: "Coffee", headingPath: [], text: "The Morning blend costs 49 euro, 20 % less."
            )
        ]
        func faults(_ hashtags: String...) -> [String] {
            post.hashtags = hashtags
            return Grounding(post.inputs).check(&post).map(\.rule)
        }
        #expect(faults("coffee", "MorningBlend", "49euro", "Only49Euro", "20percentOff").isEmpty)
        #expect(faults("90percentOff", "only9euro", "Top_5_Euro") == ["figures", "figures", "figures"])
    }
}
