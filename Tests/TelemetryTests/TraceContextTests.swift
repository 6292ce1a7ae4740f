import Telemetry
import Testing

@Suite struct `A trace context` {
    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later",
    ]) func `is read`(header: String) {
        let context = TraceContext(traceparent: header)
        #expect(context?.traceID == "0af7651916cd43dd8448eb211c80319c" && context?.spanID == "b7ad6b7169203331")
        #expect(context?.isSampled == header.contains("-01"))
    }

    // The specification's own bad examples, and some more.
    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319z-b7ad6b7169203331-01", "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
    ]) func `that is ill-formed begins anew`(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    private static let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [
        ("vendor=1", "vendor=1"), (" a=1 , b=x y ,, c@d=*/ ", "a=1,b=x y,c@d=*/"), ("0-_*/=!", "0-_*/=!"),
        ((1...32).map { "k\($0)=v" }.joined(separator: ","), (1...32).map { "k\($0)=v" }.joined(separator: ",")),
    ]) func `keeps the state of others`(state: String, kept: String) {
        #expect(TraceContext(traceparent: Self.header, state: state)?.state == kept)
    }

    @Test(arguments: [
        "", ",", "novalue", "a=", "=1", "A=1", "a=b=c", "a=1,a=2", "a@b@c=1", "@a=1", "a@=1", "-a=1", "a=\u{1}", "a=é", "a\r\nx: y=1",
        String(repeating: "a", count: 257) + "=1", "a=" + String(repeating: "1", count: 257),
        (1...33).map { "k\($0)=v" }.joined(separator: ","),
    ]) func `drops a state that is ill-formed`(state: String) {
        let context = TraceContext(traceparent: Self.header, state: state)
        #expect(context != nil && context?.state == nil)
    }
}
