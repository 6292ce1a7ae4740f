import Knowledge
import Testing

@Suite struct `Times of RFC 3339` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2026-11-25T10:00:00+01:00", 1_795_597_200), ("2026-11-25t09:00:00.250z", 1_795_597_200.25),
        ("2026-01-01T00:00:00+23:59", 1_767_139_260), ("2016-12-31T23:59:60Z", 1_483_228_800), ("2000-02-29T12:00:00-00:00", 951_825_600),
    ]) func `are read`(text: String, seconds: Double) {
        #expect(InternetTime.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "2026-11-25", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Zfoo",
        "2026-1-1T0:0:0Z", "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00.Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+24:00",
    ]) func `that are none are told`(text: String) {
        #expect(InternetTime.seconds(text) == nil)
    }
}
