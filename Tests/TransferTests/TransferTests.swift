import Foundation
import LocalParts
import Synchronization
import Testing
import Transfer

/// A server for good and bad manners, one behaviour a path; it counts its connections.
private let server = """
    import asyncio, sys
    connections = 0
    closed = []
    async def serve(reader, writer):
        global connections
        connections += 1
        try:
            while True:
                head = (await reader.readuntil(b'\\r\\n\\r\\n')).decode()
                path = head.split()[1]
                length = next((int(l.split(':')[1]) for l in head.split('\\r\\n') if l.lower().startswith('content-length:')), 0)
                if path == '/deaf': await asyncio.sleep(30); return
                if path == '/hasty': writer.write(b'HTTP/1.1 413 Too Large\\r\\ncontent-length: 0\\r\\nconnection: close\\r\\n\\r\\n'); await writer.drain(); await asyncio.sleep(0.2); return
                body = await reader.readexactly(length)
                if 'transfer-encoding: chunked' in head.lower():
                    while size := int(await reader.readline(), 16): body += (await reader.readexactly(size + 2))[:-2]
                    await reader.readline()
                def answer(data, status='200 OK', extra=''):
                    writer.write(f'HTTP/1.1 {status}\\r\\ncontent-length: {len(data)}\\r\\n{extra}\\r\\n'.encode() + data)
                if path == '/echo': answer(body)
                elif path == '/count': answer(str(connections).encode())
                elif path == '/redirect': answer(b'', '302 Found', 'location: /echo\\r\\n')
                elif path == '/large': answer(b'x' * 3_000_000)
                elif path == '/slow': await asyncio.sleep(0.1); answer(b'ok')
                elif path == '/silent':
                    await reader.read(1); closed.append(asyncio.get_event_loop().time()); return
                elif path == '/closed': answer(str(len(closed)).encode())
                elif path == '/stall': writer.write(b'HTTP/1.1 200 OK\\r\\ncontent-length: 10\\r\\n\\r\\nabc'); await asyncio.sleep(30)
                elif path == '/comments':
                    writer.write(b'HTTP/1.1 200 OK\\r\\n\\r\\n')
                    for _ in range(300): writer.write(b': hello\\n'); await writer.drain(); await asyncio.sleep(0.05)
                elif path == '/cut': writer.write(b'HTTP/1.1 200 OK\\r\\ncontent-length: 10\\r\\n\\r\\nabc'); return
                elif path == '/nonsense': writer.write(b'hello\\r\\n\\r\\n'); return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError): pass
        finally: writer.close()
    async def main():
        running = await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[1]), backlog=2048)
        print('ready', flush=True)
        await running.serve_forever()
    asyncio.run(main())
    """

@Suite(.serialized) struct `An HTTP client` {
    private let client = TransferClient()

    private func start() async throws -> (LocalProcess, String) {
        let port = Ports.free()
        let process = try await LocalProcess(LocalParts.python("python"), ["-c", server, "\(port)"], readyLine: "ready")
        return (process, "http://127.0.0.1:\(port)")
    }

    private func text(_ url: String) async throws -> String {
        String(decoding: try await client.send(TransferRequest(url: url)).body.collect(), as: UTF8.self)
    }

    @Test func `echoes bodies over one connection`() async throws {
        let (process, url) = try await start()
        for count in [0, 1, 100_000] {
            let body = [UInt8](repeating: 7, count: count)
            let response = try await client.send(TransferRequest(method: "POST", url: url + "/echo", body: .bytes(body)))
            #expect(response.status == 200)
            #expect(try await response.body.collect() == body)
        }
        #expect(try await text(url + "/count") == "1")
        #expect(process.isRunning)
    }

    @Test(arguments: [nil, 3_000_000] as [Int?]) func `sends a body while it is written`(length: Int?) async throws {
        let (process, url) = try await start()
        let pieces = (0..<300).map { piece in [UInt8](repeating: UInt8(truncatingIfNeeded: piece), count: 10_000) }
        let body = TransferRequestBody.streamed(length: length) { writer in
            for (place, piece) in pieces.enumerated() {
                try await writer.write(piece)
                if place % 100 == 0 { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
        let response = try await client.send(TransferRequest(method: "POST", url: url + "/echo", body: body))
        #expect(try await response.body.collect() == pieces.flatMap { $0 })
        #expect(try await text(url + "/count") == "1", "the connection is whole after a streamed body")
        #expect(process.isRunning)
    }

    @Test func `a writer waits for a server that reads nothing`() async throws {
        let (process, url) = try await start()
        let taken = Mutex(0)
        var timeouts = TransferTimeouts()
        timeouts.total = .milliseconds(700)
        let body = TransferRequestBody.streamed(length: nil) { writer in
            while true {
                try await writer.write([UInt8](repeating: 0, count: 64 * 1024))
                taken.withLock { $0 += 64 * 1024 }
            }
        }
        let request = TransferRequest(method: "POST", url: url + "/deaf", body: body, timeouts: timeouts)
        #expect(await failure(request) == .timedOut(.total))
        // What the kernel's socket buffers and libcurl hold comes on top of our own 256 KiB.
        #expect(taken.withLock { $0 } < 16 << 20)
        #expect(process.isRunning)
    }

    @Test func `a body that can't be written whole fails the exchange`() async throws {
        struct Broken: Error {}
        let (process, url) = try await start()
        func send(_ length: Int?, _ write: @escaping @Sendable (TransferBodyWriter) async throws -> Void) async -> TransferError.Kind? {
            await failure(TransferRequest(method: "POST", url: url + "/echo", body: .streamed(length: length, write: write)))
        }
        #expect(await send(nil) { _ in throw Broken() } == .interrupted)
        #expect(
            await send(nil) {
                try await $0.write([1]); throw Broken()
            } == .interrupted)
        #expect(await send(10) { try await $0.write([1, 2, 3]) } == .invalidRequest)
        #expect(await send(2) { try await $0.write([1, 2, 3]) } == .invalidRequest)
        #expect(await send(0) { _ in } == nil)
        #expect(process.isRunning)
    }

    @Test func `an answer before the body's end reaches the caller and stops the writer`() async throws {
        let (process, url) = try await start()
        let stopped = Mutex(false)
        let body = TransferRequestBody.streamed(length: nil) { writer in
            defer { stopped.withLock { $0 = true } }
            while true {
                try await writer.write([UInt8](repeating: 0, count: 1024))
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let response = try await client.send(TransferRequest(method: "POST", url: url + "/hasty", body: body))
        #expect(response.status == 413)
        _ = try? await response.body.collect()
        for _ in 0..<100 where !stopped.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(stopped.withLock { $0 })
        #expect(process.isRunning)
    }

    @Test func `does not follow redirects`() async throws {
        let (process, url) = try await start()
        let response = try await client.send(TransferRequest(url: url + "/redirect"))
        #expect(response.status == 302)
        #expect(response.header("location") == "/echo")
        #expect(process.isRunning)
    }

    @Test func `reads slowly what comes fast`() async throws {
        let (process, url) = try await start()
        var count = 0
        for try await bytes in try await client.send(TransferRequest(url: url + "/large")).body {
            count += bytes.count
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(count == 3_000_000)
        #expect(process.isRunning)
    }

    private func failure(_ request: TransferRequest) async -> TransferError.Kind? {
        do {
            _ = try await client.send(request).body.collect()
            return nil
        } catch {
            return (error as? TransferError)?.kind
        }
    }

    @Test func `names each failure`() async throws {
        let (process, url) = try await start()
        var quick = TransferTimeouts()
        (quick.firstByte, quick.idle, quick.total) = (.milliseconds(300), .milliseconds(300), .milliseconds(900))
        #expect(await failure(TransferRequest(url: url + "/large", maximumResponseBytes: 1_000)) == .tooLarge)
        #expect(await failure(TransferRequest(url: url + "/silent", timeouts: quick)) == .timedOut(.firstByte))
        #expect(await failure(TransferRequest(url: url + "/stall", timeouts: quick)) == .timedOut(.idle))
        #expect(await failure(TransferRequest(url: url + "/comments", timeouts: quick)) == .timedOut(.total))
        #expect(await failure(TransferRequest(url: url + "/comments", timeouts: quick, progress: .noted)) == .timedOut(.idle))
        #expect(await failure(TransferRequest(url: url + "/cut")) == .interrupted)
        #expect(await failure(TransferRequest(url: url + "/nonsense")) == .malformedResponse)
        #expect(await failure(TransferRequest(url: "http://127.0.0.1:\(Ports.free())/")) == .unreachable)
        for url in ["file:///etc/passwd", "gopher://127.0.0.1/", "http://127.0.0.1/a b", "nonsense://x"] {
            #expect(await failure(TransferRequest(url: url)) == .invalidRequest)
        }
        let injected = TransferRequest(url: url + "/echo", headers: [("x", "a\r\nevil: 1")])
        #expect(await failure(injected) == .invalidRequest)
        #expect(process.isRunning)
    }

    @Test func `silence after the head counts from there, however long the head may take`() async throws {
        let (process, url) = try await start()
        var patient = TransferTimeouts()
        (patient.firstByte, patient.idle, patient.total) = (.seconds(20), .milliseconds(300), .seconds(25))
        let start = ContinuousClock.now
        #expect(await failure(TransferRequest(url: url + "/stall", timeouts: patient)) == .timedOut(.idle))
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(process.isRunning)
    }

    @Test func `cancellation closes the connection at once`() async throws {
        let (process, url) = try await start()
        let tasks = (0..<20).map { _ in Task { try await client.send(TransferRequest(url: url + "/silent")) } }
        while try await text(url + "/count") != "21" { try await Task.sleep(for: .milliseconds(10)) }
        let start = ContinuousClock.now
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        while try await text(url + "/closed") != "20" { try await Task.sleep(for: .milliseconds(2)) }
        #expect(ContinuousClock.now - start < .milliseconds(300))
        #expect(process.isRunning)
    }

    @Test func `makes 300 calls at once`() async throws {
        let (process, url) = try await start()
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<300 { group.addTask { try await text(url + "/slow") } }
            for try await answer in group { #expect(answer == "ok") }
        }
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(process.isRunning)
    }

    @Test func `trusts only a certificate that an authority has signed`() async throws {
        let folder = try LocalParts.temporaryFolder()
        let script = """
            import subprocess, sys, ssl, http.server
            folder, port = sys.argv[1], int(sys.argv[2])
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', folder + '/key.pem', '-out', folder + '/ca.pem',
                            '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], check=True, capture_output=True)
            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = 'HTTP/1.1'
                def do_GET(self): self.send_response(200); self.send_header('content-length', '2'); self.end_headers(); self.wfile.write(b'ok')
            server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + '/ca.pem', folder + '/key.pem')
            server.socket = context.wrap_socket(server.socket, server_side=True)
            print('ready', flush=True)
            server.serve_forever()
            """
        let port = Ports.free()
        let process = try await LocalProcess(LocalParts.python("python"), ["-c", script, folder, "\(port)"], readyLine: "ready")
        #expect(await failure(TransferRequest(url: "https://localhost:\(port)/")) == .untrusted)
        var options = TransferOptions()
        options.certificateAuthorities = folder + "/ca.pem"
        let trusting = TransferClient(options)
        #expect(try await trusting.send(TransferRequest(url: "https://localhost:\(port)/")).status == 200)
        await #expect(throws: TransferError.self) { try await trusting.send(TransferRequest(url: "https://127.0.0.1:\(port)/")) }
        #expect(process.isRunning)
    }

    @Test func `speaks HTTP 2`() async throws {
        let folder = try LocalParts.temporaryFolder()
        let application = """
            async def app(scope, receive, send):
                if scope['type'] == 'http':
                    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
                    await send({'type': 'http.response.body', 'body': scope['http_version'].encode()})
            """
        try application.write(toFile: folder + "/application.py", atomically: true, encoding: .utf8)
        let port = Ports.free()
        let process = try await LocalProcess(
            LocalParts.python("hypercorn"), ["--workers", "0", "--bind", "127.0.0.1:\(port)", "application:app"],
            environment: ["PYTHONPATH": folder],
            readyLine: "Running on")
        var options = TransferOptions()
        options.httpVersion = .http2PriorKnowledge
        let response = try await TransferClient(options).send(TransferRequest(url: "http://127.0.0.1:\(port)/"))
        #expect(response.isHTTP2)
        #expect(try await response.body.collect() == Array("2".utf8))
        #expect(process.isRunning)
    }
}
