import CCurl
import Foundation

/// libcurl's multi interface on one thread of its own (libcurl-multi(3)).
///
/// `@unchecked Sendable`: `inbox`, `isStopping` and `multi`'s wake-up are guarded by `lock`; `multi` (but for
/// `curl_multi_wakeup`, which is thread-safe), `active` and `idleHandles` are touched only on the thread, which
/// frees them when it ends.
final class TransferEngine: @unchecked Sendable {
    private enum Command {
        case start(Transfer)
        case cancel(UInt64)
        case unpause(UInt64)
        case abort(UInt64, TransferError)
    }

    /// An easy handle at work; the header list must live as long as the handle uses it.
    private struct Active {
        var transfer: Transfer
        var handle: OpaqueHandle
        var headers: UnsafeMutablePointer<curl_slist>?
    }

    private typealias OpaqueHandle = UnsafeMutableRawPointer

    let wakeUps = WakeUps()
    private let options: TransferOptions
    private let lock = NSLock()
    private var inbox: [Command] = []
    private var isStopping = false
    private let multi: UnsafeMutableRawPointer
    private var active: [UInt64: Active] = [:]
    private var idleHandles: [OpaqueHandle] = []
    private var nextTimerCheck = ContinuousClock.now

    init(options: TransferOptions) {
        self.options = options
        _ = Self.globalInit
        multi = curl_multi_init()
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, options.idleConnections)
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options.connections)
        ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        let thread = Thread { [self] in serve() }
        thread.name = "transfer"
        thread.stackSize = 1 << 20
        thread.start()
    }

    private static let globalInit: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    func start(_ transfer: Transfer) { post(.start(transfer)) }
    func cancel(_ transfer: Transfer) {
        transfer.cancel()
        post(.cancel(transfer.id))
    }
    func unpause(_ transfer: Transfer) { post(.unpause(transfer.id)) }
    /// Fails the exchange because its body can't be written to the end.
    func abort(_ transfer: Transfer, _ error: TransferError) { post(.abort(transfer.id, error)) }

    /// Ends every exchange with `interrupted`, then the thread.
    func stop() {
        lock.withLock {
            guard !isStopping else { return }
            isStopping = true
            curl_multi_wakeup(multi)
        }
    }

    private func post(_ command: Command) {
        let isTooLate = lock.withLock {
            guard !isStopping else { return true }
            // A thread that has mail is awake or being woken: one wake-up is enough for the whole batch.
            if inbox.isEmpty { curl_multi_wakeup(multi) }
            inbox.append(command)
            return false
        }
        if isTooLate, case .start(let transfer) = command {
            transfer.finish(.failure(TransferError(.interrupted, detail: "the client is closed")))
            wakeUps.flush()
        }
    }

    // MARK: The thread

    private func serve() {
        var running: Int32 = 0
        while receiveCommands() {
            curl_multi_perform(multi, &running)
            finishTransfers()
            checkTimers()
            wakeUps.flush()
            let pause = active.isEmpty ? Duration.seconds(60) : nextTimerCheck - .now
            let milliseconds = max(0, min(60_000, Int(pause / .milliseconds(1)) + 1))
            curl_multi_poll(multi, nil, 0, Int32(milliseconds), nil)
        }
        for id in active.keys { end(id, .failure(TransferError(.interrupted, detail: "the client is closed"))) }
        wakeUps.flush()
        for handle in idleHandles { curl_easy_cleanup(handle) }
        curl_multi_cleanup(multi)
    }

    private func receiveCommands() -> Bool {
        let (commands, goesOn) = lock.withLock {
            defer { inbox.removeAll(keepingCapacity: true) }
            return (inbox, !isStopping)
        }
        for command in commands {
            switch command {
            case .start(let transfer): begin(transfer)
            case .cancel(let id): end(id, .failure(TransferError(.interrupted, detail: "cancelled")))
            case .unpause(let id):
                if let handle = active[id]?.handle { curl_easy_pause(handle, CURLPAUSE_CONT) }
            case .abort(let id, let error): end(id, .failure(error))
            }
        }
        return goesOn
    }

    private func begin(_ transfer: Transfer) {
        let request = transfer.request
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), request.headers.allSatisfy(Self.isSafe),
            let handle = idleHandles.popLast() ?? curl_easy_init()
        else { return transfer.finish(.failure(TransferError(.invalidRequest))) }
        var headers: UnsafeMutablePointer<curl_slist>?
        for header in request.headers { headers = curl_slist_append(headers, "\(header.name): \(header.value)") }
        headers = curl_slist_append(headers, "Expect:")
        configure(handle, for: transfer, headers: headers)
        curl_multi_add_handle(multi, handle)
        active[transfer.id] = Active(transfer: transfer, handle: handle, headers: headers)
        nextTimerCheck = min(nextTimerCheck, transfer.dueTimer(at: .now).next)
    }

    /// A line break in a header would start another one.
    private static func isSafe(_ header: (name: String, value: String)) -> Bool {
        !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private func configure(_ handle: OpaqueHandle, for transfer: Transfer, headers: UnsafeMutablePointer<curl_slist>?) {
        let request = transfer.request
        // The pointer is borrowed: `active` owns the transfer for as long as the handle is in the multi handle.
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        ccurl_set_string(handle, CURLOPT_URL, request.url)
        ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        if let file = options.certificateAuthorities { ccurl_set_string(handle, CURLOPT_CAINFO, file) }
        ccurl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
        ccurl_set_string(handle, CURLOPT_USERAGENT, "postwright")
        ccurl_set_long(handle, CURLOPT_HTTP_VERSION, options.httpVersion.curlValue)
        ccurl_set_long(handle, CURLOPT_PIPEWAIT, request.url.hasPrefix("https:") ? 1 : 0)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.timeouts.connect / .milliseconds(1))))
        ccurl_set_pointer(handle, CURLOPT_PRIVATE, context)
        ccurl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
        if request.method == "HEAD" { ccurl_set_long(handle, CURLOPT_NOBODY, 1) }
        if let body = request.body { configure(handle, body: body, context: context) }
        if request.refusesPrivateAddresses { refusePrivateAddresses(handle, context) }
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_set_callback(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
            return transfer.receive(headerLine: bytes) == .refused ? 0 : size * count
        }
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_set_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            guard let data, let context else { return 0 }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            switch transfer.receive(body: UnsafeRawBufferPointer(start: data, count: size * count)) {
            case .taken: return size * count
            case .paused: return Int(CURL_WRITEFUNC_PAUSE)
            case .refused: return 0
            }
        }
    }

    /// A connection that another request made may lead anywhere, and so may a proxy: neither is used.
    private func refusePrivateAddresses(_ handle: OpaqueHandle, _ context: UnsafeMutableRawPointer) {
        ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        ccurl_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        ccurl_set_string(handle, CURLOPT_PROXY, "")
        ccurl_set_opensocket(
            handle,
            { context, _, address in
                guard let context, let address else { return CURL_SOCKET_BAD }
                guard ccurl_is_private(address) == 0 else {
                    Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().finish(.failure(TransferError(.refusedAddress)))
                    return CURL_SOCKET_BAD
                }
                return ccurl_socket(address)
            }, context)
    }

    private func configure(_ handle: OpaqueHandle, body: TransferRequestBody, context: UnsafeMutableRawPointer) {
        switch body {
        case .bytes(let body):
            ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes { bytes in
                _ = ccurl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? UnsafeRawPointer(context)))
            }
        case .streamed(let length, _):
            ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
            ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, length.map { curl_off_t($0) } ?? -1)
            ccurl_set_pointer(handle, CURLOPT_READDATA, context)
            ccurl_set_callback(handle, CURLOPT_READFUNCTION) { target, size, count, context in
                guard let target, let context else { return Int(CURL_READFUNC_ABORT) }
                let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                switch transfer.readUpload(into: UnsafeMutableRawBufferPointer(start: target, count: size * count)) {
                case .bytes(let count): return count
                case .end: return 0
                case .paused: return Int(CURL_READFUNC_PAUSE)
                }
            }
        }
    }

    private func finishTransfers() {
        var code = CURLE_OK
        while let handle = ccurl_next_finished(multi, &code) {
            guard let context = ccurl_get_private(handle) else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            let isConnected = ccurl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T) > 0
            end(transfer.id, code == CURLE_OK ? .success(()) : .failure(TransferError(code, isConnected: isConnected)))
        }
    }

    /// Takes the handle out of the multi handle, which closes an unfinished exchange's connection or stream.
    private func end(_ id: UInt64, _ result: Result<Void, TransferError>) {
        guard let ended = active.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, ended.handle)
        curl_slist_free_all(ended.headers)
        if idleHandles.count < options.idleConnections {
            curl_easy_reset(ended.handle)
            idleHandles.append(ended.handle)
        } else {
            curl_easy_cleanup(ended.handle)
        }
        ended.transfer.finish(result)
    }

    private func checkTimers() {
        let now = ContinuousClock.now
        guard now >= nextTimerCheck else { return }
        // Progress only moves these moments away, so looking again at the earliest known one misses nothing;
        // at most once in 10 ms, so that thousands of transfers cost little.
        var next = now + .seconds(60)
        for (id, entry) in active {
            let (timer, due) = entry.transfer.dueTimer(at: now)
            if let timer {
                end(id, .failure(TransferError(.timedOut(timer))))
            } else {
                next = min(next, due)
            }
        }
        nextTimerCheck = max(next, now + .milliseconds(10))
    }
}
