import API
import Foundation
import GraphQLHTTP
import Hummingbird
import HummingbirdCore
import JSON
import Logging
import NIOCore
import Operations
import ServiceLifecycle
import UnixSignals

extension Services {
    /// Serves HTTP until SIGTERM or SIGINT.
    package func serve() async throws {
        DescriptorLimit.raise()
        let logger = logger
        // Hummingbird tells at `info` what the line below tells with the URL.
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .notice)
        let limits = settings.limits
        let dependencies = api()
        let graphQL = graphQL(dependencies)
        let server = HTTPServerBuilder { responder in
            GraphQLServerChannel(
                responder: responder, service: graphQL.service, options: graphQL.options, idleTimeout: limits.idleTimeout,
                requestTimeout: limits.requestTimeout,
                access: graphQL.access)
        }
        let application = Application(
            responder: ChildTaskResponder(responder: APIRouter.make(dependencies, graphQL).buildResponder()), server: server,
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: "postwright", backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                logger.notice("postwright listens", metadata: ["url": "http://\(settings.host):\(port)"])
            }, logger: serverLogger)
        if let crash = settings.crashPoint { CrashPoint.arm(crash.name, count: crash.count) }
        // They stop in the reverse order: work is handed back before the server waits for its last clients. The server
        // answers from the first moment, the others begin when the database is prepared.
        let background: [any Service] = [MemoryUpkeep(), freshness, OperationPoll(store: stores, hub: hub), backlog, webhooks, budget]
        var services: [any Service] = traces.map { [$0] } ?? []
        services.append(StorePreparation(services: self))
        services += background.map { AfterPreparation(service: $0, readiness: readiness) }
        services.append(application)
        services += [StreamsEnd(hub: hub), Farewell(readiness: readiness)] as [any Service]
        services += [AfterPreparation(service: runner, readiness: readiness), ImpatientStop()] as [any Service]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: NamedService(service: $0)) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: serverLogger)
        // What has not ended by then is cancelled; leases hand its work on.
        configuration.maximumGracefulShutdownDuration = .seconds(12)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartError(
                .failed, "Something else listens on port \(settings.port) of \(settings.host); choose another POSTWRIGHT_PORT.")
        } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL || error.errnoCode == EACCES {
            throw StartError(
                .failed, "Nothing may listen on port \(settings.port) of \(settings.host); check POSTWRIGHT_HOST and POSTWRIGHT_PORT.")
        }
    }
}

extension Services {
    private func graphQL(_ dependencies: APIDependencies) -> GraphQLAPI {
        var options = GraphQLOptions()
        options.allowedOrigins = settings.allowedOrigins
        options.isLoopbackOnly = dependencies.keyRing.isOpen
        options.showsExplorer = settings.allowsIntrospection
        return GraphQLAPI(
            dependencies: dependencies, options: options, allowsIntrospection: settings.allowsIntrospection, logger: logger)
    }
}

/// A service under its type's name. The group would name it by all that it holds, printed with what that holds in turn: a third
/// of the time until the first answer.
private struct NamedService: Service, CustomStringConvertible {
    let service: any Service

    var description: String { "\(type(of: (service as? AfterPreparation)?.service ?? service))" }

    func run() async throws { try await service.run() }
}

/// Makes collections and indexes, and ends the process when that cannot be.
private struct StorePreparation: Service {
    let services: Services

    func run() async throws {
        let isPrepared = try await cancelWhenGracefulShutdown {
            do { try await services.prepareStores() } catch {
                // Whoever is told to stop needs no reason.
                if Task.isCancelled { return false }
                throw error
            }
            return true
        }
        guard isPrepared else { return }
        services.readiness.declare()
        await cancelWhenGracefulShutdown {
            // Ends with the first signal, by cancellation.
            try? await Task.sleep(for: .seconds(Int.max / 4))
        }
    }
}

/// Asks clients to close their connections with each answer from the moment in which the server stops.
private struct Farewell: Service {
    let readiness: Readiness

    func run() async throws {
        // Ends with the first signal.
        try? await gracefulShutdown()
        readiness.leave()
    }
}

/// Ends the streams of operations, for which the server would wait, when the work is handed back.
private struct StreamsEnd: Service {
    let hub: OperationHub

    func run() async throws {
        // Ends with the signal.
        try? await gracefulShutdown()
        await hub.close()
    }
}

/// A service that needs the database's collections.
private struct AfterPreparation: Service {
    let service: any Service
    let readiness: Readiness

    func run() async throws {
        let isReady = await cancelWhenGracefulShutdown {
            // Whoever is told to stop before that begins nothing.
            (try? await readiness.wait()) != nil
        }
        if isReady { try await service.run() }
    }
}

/// Ends the process at the second signal, without waiting for anything.
private struct ImpatientStop: Service {
    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Ends with the first signal, by cancellation.
            try? await Task.sleep(for: .seconds(Int.max / 4))
        }
        Task.detached {
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) { exit(128 + Self.number(of: signal)) }
        }
    }

    private static func number(of signal: UnixSignal) -> Int32 { signal == .sigint ? SIGINT : SIGTERM }
}
