import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The simulator behind a port.
struct SimulatorServer {
    let host: String
    /// 0 picks a free one.
    let port: Int
    let responder: SimulatorResponder

    /// Serves until the task is cancelled.
    ///
    /// - Parameter onListening: told the port once connections are accepted.
    func run(onListening: @escaping @Sendable (Int) -> Void) async throws {
        var logger = Logger(label: "modelsim")
        logger.logLevel = .critical
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { WatchedHTTP1Channel(responder: $0) },
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 4096),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? port) },
            logger: logger)
        try await application.run()
    }
}
