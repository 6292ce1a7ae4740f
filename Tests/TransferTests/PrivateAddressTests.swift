import CCurl
import Foundation
import LocalParts
import Testing
import Transfer

@Suite struct `Private addresses` {
    /// As libcurl hands an address to its callback.
    private func check(_ text: String) -> Bool {
        var storage = sockaddr_storage()
        var family = AF_UNSPEC
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &four) == 1 {
            family = AF_INET
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.storeBytes(of: four, toByteOffset: 4, as: in_addr.self)
            }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            family = AF_INET6
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.storeBytes(of: six, toByteOffset: 8, as: in6_addr.self)
            }
        }
        return withUnsafeMutablePointer(to: &storage) { pointer in
            ccurl_is_private_address(family, UnsafeRawPointer(pointer)) != 0
        }
    }

    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::",
        "fc00::1",
        "fd12::1", "fe80::1", "ff02::1", "2001:db8::1", "2001::1", "::127.0.0.1",
    ]) func `are told`(address: String) {
        #expect(check(address))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.0.1", "198.17.0.1",
        "198.20.0.1", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
    ]) func `are not those of the Internet`(address: String) {
        #expect(!check(address))
    }

    @Test(arguments: [
        "http://127.0.0.1", "http://localhost", "http://[::1]", "http://[::ffff:127.0.0.1]", "http://0.0.0.0", "http://2130706433",
        "http://0x7f.1",
    ])
    func `are not connected to`(base: String) async throws {
        let port = Ports.free()
        let server = try await LocalProcess(
            LocalParts.python("python"), ["-m", "http.server", "\(port)", "--bind", "127.0.0.1"], port: port)
        var request = TransferRequest(url: "\(base):\(port)/")
        request.refusesPrivateAddresses = true
        let client = TransferClient()
        // A connection that another request made is not taken either.
        if base.contains("127.0.0.1"), !base.contains("ffff") {
            #expect(try await client.send(TransferRequest(url: request.url)).status == 200)
        }
        await #expect { _ = try await client.send(request) } throws: { ($0 as? TransferError)?.kind == .refusedAddress }
        _ = server
    }
}
