import Hummingbird
import NIOCore

/// What a call knows of its connection: how to break it off.
struct ConnectionContext: InitializableFromSource {
    /// Closes the connection at once.
    let close: @Sendable () async -> Void

    init(source: ApplicationRequestContextSource) {
        let channel = source.channel
        close = {
            // A connection that can't be closed any more is closed already.
            try? await channel.close().get()
        }
    }

    init(close: @escaping @Sendable () async -> Void) { self.close = close }
}
