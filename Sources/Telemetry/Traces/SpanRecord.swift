import JSON
import Synchronization
package import Tracing

/// A span that is under way; it is handed to the exporter once, when it ends.
package final class RecordedSpan: Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var events: [SpanEvent] = []
        var links: [TraceContext] = []
        var status: SpanStatus?
        var isEnded = false
    }

    private static let eventLimit = 32

    package let context: ServiceContext
    private let trace: TraceContext
    private let parentID: String?
    private let kind: SpanKind
    private let start: UInt64
    private let state: Mutex<State>
    private let export: @Sendable (JSON) -> Void

    init(
        _ name: String, _ trace: TraceContext, parentID: String?, kind: SpanKind, start: UInt64, context: ServiceContext,
        export: @escaping @Sendable (JSON) -> Void
    ) {
        self.context = context
        self.trace = trace
        self.parentID = parentID
        self.kind = kind
        self.start = start
        self.export = export
        state = Mutex(State(name: name))
    }

    package var isRecording: Bool { trace.isSampled && state.withLock { !$0.isEnded } }

    package var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { $0.attributes = newValue } }
    }

    package func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    package func addEvent(_ event: SpanEvent) {
        state.withLock { if $0.events.count < Self.eventLimit { $0.events.append(event) } }
    }

    /// The error's type alone: what it says may hold what must not leave the process.
    package func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        self.attributes["error.type"] = String(describing: type(of: error))
        setStatus(SpanStatus(code: .error))
    }

    package func addLink(_ link: SpanLink) {
        guard let trace = TraceContext[link.context] else { return }
        state.withLock { if $0.links.count < Self.eventLimit { $0.links.append(trace) } }
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let ended = state.withLock { state -> State? in
            defer { state.isEnded = true }
            return state.isEnded ? nil : state
        }
        guard let ended, trace.isSampled else { return }
        export(json(ended, end: instant().nanosecondsSinceEpoch))
    }

    /// As OTLP's JSON mapping has it.
    private func json(_ state: State, end: UInt64) -> JSON {
        var object: JSONObject = [
            "traceId": .string(trace.traceID), "spanId": .string(trace.spanID), "name": .string(state.name), "kind": JSON(kind.otlp),
            "startTimeUnixNano": .string(String(start)), "endTimeUnixNano": .string(String(max(start, end))),
            "attributes": OTLP.attributes(state.attributes),
        ]
        object["parentSpanId"] = parentID.map(JSON.string)
        object["traceState"] = trace.state.map(JSON.string)
        if !state.events.isEmpty {
            object["events"] = .array(
                state.events.map { event in
                    [
                        "timeUnixNano": .string(String(event.nanosecondsSinceEpoch)), "name": .string(event.name),
                        "attributes": OTLP.attributes(event.attributes),
                    ]
                })
        }
        if !state.links.isEmpty {
            object["links"] = .array(state.links.map { ["traceId": .string($0.traceID), "spanId": .string($0.spanID)] })
        }
        if let status = state.status {
            var value: JSONObject = ["code": JSON(status.code == .error ? 2 : 1)]
            value["message"] = status.message.map(JSON.string)
            object["status"] = .object(value)
        }
        return .object(object)
    }
}

extension SpanKind {
    /// OpenTelemetry's `SpanKind`.
    fileprivate var otlp: Int {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        @unknown default: 1
        }
    }
}
