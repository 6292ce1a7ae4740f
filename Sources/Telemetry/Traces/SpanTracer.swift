package import Tracing

/// Makes spans, and reads and writes the W3C headers that join the traces of several systems.
package struct SpanTracer: Tracer {
    private let exporter: SpanExporter
    /// Of traces that begin here; those that come in are sampled when their caller says so.
    private let sampling: Double

    package init(exporter: SpanExporter, sampling: Double) {
        self.exporter = exporter
        self.sampling = sampling
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> RecordedSpan {
        var context = context()
        let parent = TraceContext[context]
        let trace = parent?.child() ?? .root(isSampled: Double.random(in: 0..<1) < sampling)
        trace.put(into: &context)
        return RecordedSpan(
            operationName, trace, parentID: parent?.spanID, kind: kind, start: instant().nanosecondsSinceEpoch, context: context,
            export: { [exporter] in exporter.add($0) })
    }

    package func forceFlush() {}

    package func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let header = extractor.extract(key: "traceparent", from: carrier) else { return }
        TraceContext(traceparent: header, state: extractor.extract(key: "tracestate", from: carrier))?.put(into: &context)
    }

    package func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = TraceContext[context] else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}
