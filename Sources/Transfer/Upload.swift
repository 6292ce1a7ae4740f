/// A request body on its way from its writer to the connection, as a pure state machine.
struct Upload {
    /// Bytes that may wait for the connection; a writer beyond them waits.
    static let highWaterMark = 256 * 1024

    enum Write { case taken(resumesConnection: Bool), full, refused(TransferError) }
    enum Read { case bytes(Int), end, paused }

    private let length: Int?
    private var written = 0
    private var buffered: [UInt8] = []
    private var sent = 0
    private var isComplete = false
    /// Whether the connection waits for the writer.
    private var isPaused = false

    init(length: Int?) { self.length = length }

    var isFull: Bool { buffered.count - sent >= Self.highWaterMark }

    /// Takes all of `bytes`, or none while the buffer is full.
    mutating func write(_ bytes: [UInt8]) -> Write {
        if isFull { return .full }
        if let length, written + bytes.count > length {
            return .refused(TransferError(.invalidRequest, detail: "the body is longer than the \(length) bytes announced"))
        }
        written += bytes.count
        if sent > 0 {
            buffered.removeFirst(sent)
            sent = 0
        }
        buffered += bytes
        return .taken(resumesConnection: resume())
    }

    /// Marks the end of the body.
    mutating func complete() -> Write {
        if let length, written < length {
            return .refused(TransferError(.invalidRequest, detail: "the body is \(written) bytes, \(length) were announced"))
        }
        isComplete = true
        return .taken(resumesConnection: resume())
    }

    mutating func read(into target: UnsafeMutableRawBufferPointer) -> Read {
        let count = min(target.count, buffered.count - sent)
        if count > 0 {
            buffered.withUnsafeBytes { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
            sent += count
            return .bytes(count)
        }
        if isComplete { return .end }
        isPaused = true
        return .paused
    }

    private mutating func resume() -> Bool {
        defer { isPaused = false }
        return isPaused
    }
}
