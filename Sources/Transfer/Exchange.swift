/// The life of one exchange as a pure state machine: bytes, results and reads go in, what to do comes out.
///
/// It knows neither threads nor libcurl; `Transfer` performs what it returns.
struct Exchange {
    /// Body bytes that may wait for the reader before the connection is paused, and when it goes on.
    static let highWaterMark = 256 * 1024
    static let lowWaterMark = 64 * 1024
    /// All header lines of a response together.
    static let headerLimit = 64 * 1024

    struct Head: Sendable {
        var status: Int
        var isHTTP2: Bool
        var headers: [(name: String, value: String)]
    }

    enum HeadRead { case ready(Head), failed(TransferError), pending }
    enum BodyRead { case bytes([UInt8], resumesConnection: Bool), end, failed(TransferError), pending }
    enum Acceptance { case taken, paused, refused }

    private let maximumBytes: Int
    private var partialHead: Head?
    private var headerBytes = 0
    private(set) var head: Head?
    private var buffered: [UInt8] = []
    private var received = 0
    private(set) var isPaused = false
    private(set) var result: Result<Void, TransferError>?

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Takes one header line with its line break (RFC 9112 section 2.1), of an interim response too.
    mutating func receive(headerLine bytes: UnsafeRawBufferPointer) -> Acceptance {
        headerBytes += bytes.count
        guard headerBytes <= Self.headerLimit else {
            finish(.failure(TransferError(.tooLarge, detail: "more than \(Self.headerLimit) bytes of headers")))
            return .refused
        }
        // Trailers come after the body; nobody here wants them.
        guard head == nil else { return .taken }
        let line = bytes.trimmingLineBreak
        if line.starts(with: "HTTP/".utf8) {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard parts.count >= 2, let status = Int(String(decoding: parts[1], as: UTF8.self)) else {
                finish(.failure(TransferError(.malformedResponse, detail: "status line")))
                return .refused
            }
            partialHead = Head(status: status, isHTTP2: parts[0].starts(with: "HTTP/2".utf8), headers: [])
        } else if line.isEmpty {
            if let complete = partialHead, complete.status >= 200 { head = complete }
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            partialHead?.headers.append((line[..<colon].lowercased, String(decoding: value, as: UTF8.self)))
        }
        return .taken
    }

    /// Takes body bytes; `paused` means that they were not taken and come again after a resume.
    mutating func receive(body bytes: UnsafeRawBufferPointer) -> Acceptance {
        if result != nil { return .refused }
        guard received + bytes.count <= maximumBytes else {
            finish(.failure(TransferError(.tooLarge, detail: "more than \(maximumBytes) bytes")))
            return .refused
        }
        if buffered.count >= Self.highWaterMark {
            isPaused = true
            return .paused
        }
        received += bytes.count
        buffered.append(contentsOf: bytes)
        return .taken
    }

    /// Records how the exchange ended; the first end counts.
    mutating func finish(_ outcome: Result<Void, TransferError>) {
        if result == nil { result = outcome }
    }

    var isHeadPending: Bool { head == nil && result == nil }
    var isBodyPending: Bool { buffered.isEmpty && result == nil }

    func readHead() -> HeadRead {
        if let head { return .ready(head) }
        switch result {
        case .failure(let error)?: return .failed(error)
        case .success?: return .failed(TransferError(.malformedResponse, detail: "no status line"))
        case nil: return .pending
        }
    }

    /// Gives what is buffered; a failure shows only after the bytes that came before it.
    mutating func readBody() -> BodyRead {
        if !buffered.isEmpty {
            let bytes = buffered
            buffered = []
            defer { isPaused = false }
            return .bytes(bytes, resumesConnection: isPaused)
        }
        switch result {
        case .success?: return .end
        case .failure(let error)?: return .failed(error)
        case nil: return .pending
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var trimmingLineBreak: Slice<UnsafeRawBufferPointer> {
        var text = self[...]
        while let last = text.last, last == UInt8(ascii: "\r") || last == UInt8(ascii: "\n") { text.removeLast() }
        return text
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// As ASCII in lower case.
    fileprivate var lowercased: String {
        String(decoding: lazy.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
