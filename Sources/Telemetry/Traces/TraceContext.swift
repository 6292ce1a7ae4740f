package import Tracing

/// Where a span stands in its trace.
///
/// Source: W3C Trace Context, section 3.2 (`traceparent`).
package struct TraceContext: Sendable, Hashable {
    /// 32 and 16 hexadecimal digits, not all of them zero.
    package var traceID: String
    package var spanID: String
    package var isSampled: Bool
    /// What other systems want to be passed on.
    package var state: String?

    static func root(isSampled: Bool) -> TraceContext {
        TraceContext(traceID: randomHex(16), spanID: randomHex(8), isSampled: isSampled)
    }

    func child() -> TraceContext {
        var child = self
        child.spanID = Self.randomHex(8)
        return child
    }

    package init(traceID: String, spanID: String, isSampled: Bool, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// Nil when the header is not well formed; versions above 00 may have more behind it. An ill-formed state is dropped.
    package init?(traceparent: String, state: String? = nil) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), Self.isHex(parts[2], 16), Self.isHex(parts[3], 2),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        let flags = UInt8(parts[3], radix: 16) ?? 0
        self.init(
            traceID: String(parts[1]), spanID: String(parts[2]), isSampled: flags & 1 == 1, state: state.flatMap(TraceState.normalized))
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func randomHex(_ bytes: Int) -> String {
        var text = ""
        for _ in 0..<bytes {
            let byte = UInt8.random(in: 0...255)
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text.contains { $0 != "0" } ? text : randomHex(bytes)
    }

    private enum Key: ServiceContextKey {
        typealias Value = TraceContext
        static var nameOverride: String? { "postwright.trace" }
    }

    /// That of the current task, when a trace goes through it.
    package static var current: TraceContext? { ServiceContext.current?[Key.self] }

    package static subscript(context: ServiceContext) -> TraceContext? { context[Key.self] }

    package func put(into context: inout ServiceContext) { context[Key.self] = self }
}
