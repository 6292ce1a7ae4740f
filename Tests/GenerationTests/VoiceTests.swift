import Foundation
import Knowledge
import Testing

@testable import Generation

/// What is counted of a post's voice.
struct VoiceTests {
    @Test func `sentences end at their marks, not inside numbers`() {
        let statistics = TextStatistics("It holds 1.7 litres. Is it good? Yes!\n\nA new line without a mark")
        #expect(statistics.sentenceLengths == [5, 3, 1, 6])
        #expect(TextStatistics("").meanSentenceLength == 0)
        #expect(TextStatistics("… ! ?").sentenceLengths.isEmpty)
    }

    @Test func `LIX is words a sentence and long words in a hundred`() {
        // 10 words in 2 sentences, 2 of them of more than six letters.
        let statistics = TextStatistics("The kettle boils water fast. Everyone notices how it looks.")
        #expect(statistics.readingLevel == 5 + 20)
        #expect(TextStatistics("").readingLevel == 0)
    }

    @Test(arguments: [("No. 1 (2) © #", 0), ("☕️ and 👩‍👩‍👧 and 🇳🇴", 3), ("1️⃣ 👍🏽", 2), ("™ ♥", 0), ("♥️", 1)])
    func `emoji are counted as they are seen`(text: String, count: Int) { #expect(TextStatistics(text).emoji == count) }

    @Test func `persons are counted in the languages that are known`() {
        let english = TextStatistics("I'm sure we like your coffee, and ours.").persons(language: "en-GB")
        #expect(english?.firstSingular == 1 && english?.firstPlural == 2 && english?.second == 1)
        #expect(TextStatistics("Wir mögen euch.").persons(language: "de")?.firstPlural == 1)
        #expect(TextStatistics("No we’ve-always-done-it-this-way thinking.").persons(language: "en")?.firstPlural == 1)
        #expect(TextStatistics("Me tykkäämme").persons(language: "fi") == nil)
    }

    @Test func `resemblance is 1 for the same words, 0 for others`() {
        let text = Shingles("Rinse it once a week with vinegar.")
        #expect(text.resemblance(to: Shingles("rinse it, ONCE a week with vinegar")) == 1)
        #expect(text.resemblance(to: Shingles("The kettle costs 49 euro.")) == 0)
        #expect(Shingles("").resemblance(to: Shingles("")) == 0)
        // 5 runs each, 4 of them common.
        #expect(text.resemblance(to: Shingles("Rinse it once a week with water")) == 4.0 / 6)
    }

    private func post(_ text: String, _ id: String = "p") -> Post {
        var post = Post(
            id: id, brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: "x", contentType: "post", createdAt: .now)
        post.text = text
        return post
    }

    @Test func `a plan's texts are compared with those before them`() async {
        let texts = PlanTexts([post("Rinse it once a week with vinegar.", "a")])
        #expect(await texts.nearest(to: "b", Shingles("Rinse it once a week with vinegar.")) == .init(id: "a", resemblance: 1))
        #expect(await texts.nearest(to: "b", Shingles("The kettle costs 49 euro."))?.resemblance == 0)
        // What replaced a text is compared with, the replaced one is not.
        #expect(await texts.nearest(to: "c", Shingles("The kettle costs 49 euro.")) == .init(id: "b", resemblance: 1))
        #expect(await PlanTexts().nearest(to: "a", Shingles("x")) == nil)
    }

    @Test func `each policy has a fault of its own`() {
        var post = post("I think our artisanal kettle is extraordinarily comfortable and everybody should certainly own several ☕️☕️.")
        post.hashtags = ["a", "b"]
        post.inputs.identity.bannedTerms = ["Artisanal"]
        post.inputs.identity.requiredTerms = ["Acme"]
        post.inputs.identity.style.maxEmoji = 1
        post.inputs.identity.style.maxHashtags = 1
        post.inputs.identity.style.maxSentenceWords = 8
        post.inputs.identity.style.maxReadingLevel = 30
        post.inputs.identity.style.person = .third
        var voice = VoiceMeasure.counted(post)
        voice.nearestPast = .init(id: "d.1.0", resemblance: 0.5)
        voice.nearestInPlan = .init(id: "q", resemblance: 0.49)
        post.voice = voice
        let rules = VoiceMeasure.faults(of: post).map(\.rule)
        let expected = [
            "bannedTerms", "requiredTerms", "emoji", "hashtags", "sentenceLength", "readingLevel", "person", "person", "duplicates",
        ]
        #expect(rules == expected)
        #expect(Set(rules).subtracting(["hashtags"]).isSubset(of: VoiceMeasure.rules(of: post.inputs.identity)))
        #expect(VoiceMeasure.rules(of: Brand.Identity()) == ["bannedTerms", "duplicates"])
    }
}
