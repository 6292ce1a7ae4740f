import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Routes requests, and performs what the models and the fault plan decide.
struct SimulatorResponder: HTTPResponder {
    typealias Context = ConnectionContext

    let models: SimulatedModels
    let latency: Latency
    let log = RequestLog()
    let faults: FaultSwitch

    private static let largestBody = 64 << 20
    private static let longestHang = Duration.seconds(600)

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        do {
            switch (request.uri.path, request.method) {
            case ("/v1/models", .get): return Self.response(Reply(json: SimulatedModels.list))
            case ("/v1/models", _): return Self.methodNotAllowed("GET")
            case ("/_sim/requests", .get): return Self.response(try report(request))
            case ("/_sim/requests", .delete):
                log.clear()
                return Response(status: .noContent)
            case ("/_sim/requests", _): return Self.methodNotAllowed("GET, DELETE")
            case ("/_sim/faults", .put): return Self.response(try replaceFaults(try await Self.body(of: request)))
            case ("/_sim/faults", .delete):
                faults.replace(with: FaultPlan())
                return Response(status: .noContent)
            case ("/_sim/faults", _): return Self.methodNotAllowed("PUT, DELETE")
            case (let path, let method):
                guard let endpoint = SimulatedModels.Endpoint(rawValue: path) else {
                    throw APIError(
                        status: .notFound, message: "Invalid URL (\(method) \(path))", code: "unknown_url")
                }
                guard method == .post else { return Self.methodNotAllowed("POST") }
                return try await answer(request, at: endpoint, context: context)
            }
        } catch let error as APIError {
            return Self.response(Reply(status: error.status, json: error.json))
        }
    }

    // MARK: Model calls

    private func answer(
        _ request: Request, at endpoint: SimulatedModels.Endpoint, context: ConnectionContext
    ) async throws -> Response {
        let start = ContinuousClock.now
        let body = try await Self.body(of: request)
        let parsed = Result { () throws(JSONSyntaxError) in
            try JSON(parsing: body, maximumDepth: 128, allowsNUL: true)
        }
        let json = try? parsed.get()  // The error is looked at below, once the call is recorded.
        let model = json?["model"]?.stringValue
        let time = Platform.millisecondsSinceEpoch
        let call = RecordedCall(
            log: log,
            index: log.begin(
                path: endpoint.rawValue, model: model, headers: request.headers, body: body, isJSON: json != nil, at: time))
        do {
            let fault = faults.action(for: FaultPlan.Call(path: endpoint.rawValue, model: model, body: body))
            let outcome = fault.map { RequestLog.Outcome.fault($0.name) } ?? .answered
            let reply = try models.reply(at: endpoint, to: Self.parsed(parsed), fault: fault, time: time)
            try await Task.sleep(until: start + wait(for: fault), clock: .continuous)
            if fault == .hang || fault == .close {
                call.finish(outcome)
                await context.close()
                throw CancellationError()
            }
            return response(reply, call: call, outcome: outcome, context: context)
        } catch let error as APIError {
            call.finish(.answered)
            throw error
        } catch {
            call.finish(.clientGone)
            throw error
        }
    }

    private static func parsed(_ result: Result<JSON, JSONSyntaxError>) throws(APIError) -> JSON {
        do { return try result.get() } catch {
            throw .badRequest("We could not parse the JSON body of your request: \(error).")
        }
    }

    private func wait(for fault: FaultAction?) -> Duration {
        switch fault {
        case .hang?: Self.longestHang
        case .delay(let milliseconds)?: latency.draw() + .milliseconds(milliseconds)
        default: latency.draw()
        }
    }

    // MARK: Controls

    private func report(_ request: Request) throws(APIError) -> Reply {
        guard let text = request.uri.queryParameters["limit"] else { return Reply(body: .json(log.snapshot(limit: 200).report)) }
        guard let limit = Int(text), (0...RequestLog.capacity).contains(limit) else {
            throw .badRequest("'limit' must be a whole number from 0 to \(RequestLog.capacity).")
        }
        return Reply(body: .json(log.snapshot(limit: limit).report))
    }

    private func replaceFaults(_ body: [UInt8]) throws(APIError) -> Reply {
        do {
            let plan = try FaultPlan(parsing: body, seed: models.seed)
            faults.replace(with: plan)
            return Reply(json: ["faults": JSON(plan.rules.count)])
        } catch {
            throw .badRequest(error.description, code: "invalid_faults")
        }
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        do {
            let buffer = try await request.body.collect(upTo: largestBody)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError(
                status: .contentTooLarge, message: "The request body is larger than \(largestBody) bytes.",
                code: "request_too_large")
        }
    }
}
