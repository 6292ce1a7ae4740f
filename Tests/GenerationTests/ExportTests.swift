import Foundation
import Knowledge
import LocalParts
import Testing

@testable import Generation

/// Exports, read back by other people's readers.
struct ExportTests {
    private static let zone = "Europe/Oslo"

    private func plan() throws -> Plan {
        let brief = Plan.Brief(
            start: try #require(CalendarDay("2027-01-04")), days: 7, timeZone: Self.zone, posts: 2, channels: [], goals: [], events: [],
            language: "en", onFailure: .cancel)
        var plan = Plan(
            id: "plan", brand: BrandKey(workspace: "w", brand: "acme"), brief: brief, operationID: "o",
            createdAt: Date(timeIntervalSince1970: 0))
        plan.pillars = [Pillar(name: "Care *and* repair", rationale: "why", share: 0.5, evidence: [])]
        return plan
    }

    private func post(_ text: String, state: Post.State = .ready, isCurrent: Bool = true) -> CitedPost {
        var post = Post(
            id: "p1", brand: BrandKey(workspace: "w", brand: "acme"), slotID: "slot-1", platform: "x", contentType: "post",
            createdAt: Date(timeIntervalSince1970: 0))
        post.scheduledAt = Date(timeIntervalSince1970: 1_799_051_400)  // 2027-01-04T08:30:00Z
        post.text = text
        post.pillar = "Care, repair; and more"
        post.hashtags = ["coffee", "kaffe"]
        post.state = state
        post.citations = [
            .init(
                span: TextSpan(start: 0, end: 1), quote: "weighs \"310\" g", chunkID: "c1", documentID: "d", documentTitle: "Sheet",
                verified: true)
        ]
        post.checks = [.init(rule: "length", status: .fail, detail: "too long")]
        return CitedPost(post, isCurrent: [isCurrent])
    }

    private static let texts = [
        "plain", "two lines\nand, a comma; a \"quote\" and a \\ backslash", "=HYPERLINK(\"http://x\")", "-1 degree", "@acme says",
        " spaced ",
        "Über 🧑‍🧑‍🧒 " + String(repeating: "ååå ", count: 60), "carriage\r\nreturn", "\t=1+1", "a,\u{301}b \"\u{301} x;\u{301}y \\\u{301}n",
        "=\u{301}1", "\n=1", "＝1",
        "BEGIN:VEVENT\nEND:VCALENDAR",
    ]

    @Test(arguments: texts) func `CSV is read back by Python, and no cell is a formula`(text: String) async throws {
        let csv = PlanExport.csv.render(try plan(), posts: [post(text)])
        let output = try await LocalParts.runPython(
            """
            import csv, io, json, sys
            rows = list(csv.DictReader(io.StringIO(sys.stdin.buffer.read().decode(), newline="")))
            json.dump(rows, sys.stdout)
            """, input: Data(csv.utf8))
        let rows = try #require(try JSONSerialization.jsonObject(with: output) as? [[String: String]])
        let row = try #require(rows.first)
        #expect(rows.count == 1)
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\n＝".unicodeScalars.contains($0) } ?? false
        #expect(row["text"] == (isFormula ? "'" + text : text))
        #expect(row["scheduledAt"] == "2027-01-04T09:30:00+01:00")
        #expect(row["hashtags"] == "#coffee #kaffe")
        #expect(row["outdated"] == "false")
        #expect(row["citations"] == "\"weighs \"310\" g\" (Sheet)")
        #expect(row["failedChecks"] == "length: too long")
        #expect(row.values.allSatisfy { !"=+-@\t\r".contains($0.first ?? "a") })
    }

    @Test(arguments: texts) func `iCalendar is read back by another library`(text: String) async throws {
        let calendar = PlanExport.ical.render(try plan(), posts: [post(text), post("b", state: .needsReview)])
        #expect(calendar.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 75 })
        #expect(!calendar.replacing("\r\n", with: "").contains { $0.isNewline })
        let output = try await LocalParts.runPython(
            """
            import icalendar, json, sys
            events = icalendar.Calendar.from_ical(sys.stdin.buffer.read()).walk("VEVENT")
            json.dump([{"text": str(e["DESCRIPTION"]), "start": e["DTSTART"].dt.isoformat(), "summary": str(e["SUMMARY"]),
                        "status": str(e["STATUS"]), "uid": str(e["UID"])} for e in events], sys.stdout)
            """, input: Data(calendar.utf8))
        let events = try #require(try JSONSerialization.jsonObject(with: output) as? [[String: String]])
        #expect(events.count == 2)
        let expected = text.replacing("\r\n", with: "\n") + "\n\n#coffee #kaffe"
        #expect(events.first?["text"]?.replacing("\t", with: "") == expected.replacing("\t", with: ""))
        #expect(events.first?["start"] == "2027-01-04T08:30:00+00:00")
        #expect(events.first?["summary"] == "x post: Care, repair; and more")
        #expect(events.map { $0["status"] } == ["CONFIRMED", "TENTATIVE"])
    }

    @Test func `Markdown shows days, posts, passages and faults, and lets no text become markup`() throws {
        let markdown = PlanExport.markdown.render(try plan(), posts: [post("# no heading\n[no](link) <b>")])
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.contains("## Monday 4 January"))
        #expect(lines.contains("### 09:30 x post"))
        #expect(lines.contains("> \\# no heading"))
        #expect(lines.contains("> \\[no\\](link) \\<b\\>"))
        #expect(lines.contains("- **Care \\*and\\* repair** (50 %): why"))
        #expect(lines.contains("- verified: “weighs \"310\" g” (Sheet, `c1`)"))
        #expect(lines.contains("- **length** fails: too long"))
    }
}
