import Testing

@testable import Generation

@Suite struct `A post's text while it comes` {
    @Test func `is the same however the answer is cut`() {
        let answer =
            #"{"platform":"x","body":[{"text":"Say \"hi\"\n\u00e9 \ud83d\ude00","citations":[{"passage":"P1","quote":"text: no"}]},{"text":"b"}],"text2":"z","altText":"text"}"#
        for size in 1...answer.count {
            var stream = PostTextStream()
            var text = ""
            var rest = answer[...]
            while !rest.isEmpty {
                text += stream.feed(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            #expect(text == "Say \"hi\"\né 😀\n\nb")
        }
    }

    @Test(arguments: ["", "sorry", "{\"text\":", "{\"text\":\"\\u12", "}}]]\"", "{\"text\":\"\\ud83d\"}"])
    func `survives what is no post`(answer: String) {
        var stream = PostTextStream()
        _ = stream.feed(answer)
    }
}
