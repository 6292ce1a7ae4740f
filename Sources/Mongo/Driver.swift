import CMongo
import Logging
import Synchronization

/// libmongoc's process-wide state: initialised once before any thread, its log handed to swift-log.
enum Driver {
    private static let logger = Mutex<Logger?>(nil)
    private static let initialized: Void = {
        cmongo_start()
        mongoc_log_set_handler({ level, domain, message, _ in Driver.log(level, domain: domain, message: message) }, nil)
    }()

    static func initialize(logger newLogger: Logger) {
        logger.withLock { $0 = newLogger }
        initialized
    }

    private static func log(_ level: mongoc_log_level_t, domain: UnsafePointer<CChar>?, message: UnsafePointer<CChar>?) {
        guard let logger = logger.withLock({ $0 }), let message else { return }
        let severity: Logger.Level =
            switch level {
            case MONGOC_LOG_LEVEL_ERROR, MONGOC_LOG_LEVEL_CRITICAL: .error
            case MONGOC_LOG_LEVEL_WARNING: .warning
            case MONGOC_LOG_LEVEL_MESSAGE, MONGOC_LOG_LEVEL_INFO: .debug
            default: .trace
            }
        logger.log(
            level: severity, "libmongoc",
            metadata: ["domain": "\(domain.map { String(cString: $0) } ?? "")", "detail": "\(String(cString: message))"])
    }
}
