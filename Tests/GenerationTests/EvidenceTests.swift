import Foundation
import JSON
import Knowledge
import Testing

@testable import Generation

/// Which passages a post is shown.
struct EvidenceTests {
    private func passages(_ count: Int) -> [Passage] {
        (0..<count).map {
            Passage(
                chunkID: "c\($0)", documentID: "d", documentTitle: "t", headingPath: [], text: "text \($0)",
                span: TextSpan(start: 0, end: 6),
                metadata: [:], score: 1, vectorScore: nil, textScore: nil)
        }
    }

    @Test func `a week does not show one passage in every post`() {
        var uses: [String: Int] = [:]
        let candidates = passages(30)
        let chosen = (0..<20).map { _ in EvidenceSelection.select(candidates, &uses).map(\.chunkID) }
        #expect(chosen[0] == ["c0", "c1", "c2", "c3", "c4", "c5"])
        #expect(chosen.allSatisfy { Set($0).count == EvidenceSelection.passageLimit })
        // 120 places over 30 passages: the best is wanted by all 20 posts.
        let most = uses.values.max() ?? 0
        #expect(most <= 10, "one passage is shown \(most) times")
        #expect(uses["c0"] == most)
    }

    @Test func `few passages are all shown, in the order of their worth`() {
        var uses: [String: Int] = [:]
        #expect(EvidenceSelection.select(passages(3), &uses).map(\.chunkID) == ["c0", "c1", "c2"])
        #expect(EvidenceSelection.select([], &uses).isEmpty)
    }

    @Test(arguments: [
        ("Announce our new electric bicycle with 80 km range", ["electric", "bicycle", "range"]),
        ("Write about the roastery and the roasteries", ["roastery"]),
        ("介绍电动车K2的续航", ["介绍", "绍电", "电动", "动车", "的续", "续航"]), ("新しいコーヒーです", ["新し", "いコ", "コー", "ーヒ", "ヒー", "ーで"]),
        ("전기 자전거를 소개합니다, 이 자전거", ["전기", "자전거를", "소개합니다"]), ("กาแฟสด", ["กาแฟ", "าแฟส", "แฟสด"]),
        ("", []), ("what is this?", []), ("は", []),
    ])
    func `a brief's terms are what it is about`(brief: String, terms: [String]) {
        #expect(BriefTerms.terms(of: brief) == terms)
    }

    @Test func `Korean is the same however it is composed`() {
        let (composed, taken) = ("한국의 커피는", "한국의 커피는".decomposedStringWithCanonicalMapping)
        #expect(Array(composed.utf8) != Array(taken.utf8))
        #expect(BriefTerms.stems(of: composed) == BriefTerms.stems(of: taken) && BriefTerms.stems(of: composed) == ["한국", "커피"])
    }

    @Test(arguments: [
        (["电动", "动车", "续航"], ["电动车", "续航"]), (["กาแฟ", "าแฟส", "แฟสด"], ["กาแฟสด"]), (["bicycle", "cle"], ["bicycle", "cle"]),
    ])
    func `what is missing is shown in whole runs`(terms: [String], shown: [String]) {
        #expect(BriefTerms.shown(terms) == shown)
    }
}
