import API
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

extension Services {
    /// Serves HTTP until SIGTERM or SIGINT.
    package func serve() async throws {
        try await prepareStores()
        let logger = logger
        // Hummingbird tells at `info` what the line below tells with the URL.
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: APIRouter.make(api()), server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: "postwright", backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.notice("postwright listens", metadata: ["url": "http://\(settings.host):\(port)"])
            }, logger: serverLogger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: runner), .init(service: freshness), .init(service: application)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }
}
