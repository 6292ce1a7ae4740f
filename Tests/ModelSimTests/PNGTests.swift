import JSON
import Testing

@testable import modelsim

struct PNGTests {
    /// The chunks of a picture; a wrong check sum is an issue.
    private static func chunks(of picture: [UInt8]) -> [(type: String, data: [UInt8])] {
        #expect(Array(picture.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        var chunks: [(String, [UInt8])] = []
        var rest = picture.dropFirst(8)
        while rest.count >= 12 {
            let length = Int(number(rest.prefix(4)))
            let body = rest.dropFirst(4).prefix(4 + length)
            #expect(number(rest.dropFirst(8 + length).prefix(4)) == PNG.crc32(body))
            chunks.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
            rest = rest.dropFirst(12 + length)
        }
        #expect(rest.isEmpty)
        return chunks
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    @Test func `the check sum is the one of the standard`() {
        #expect(PNG.crc32("123456789".utf8) == 0xCBF4_3926)
    }

    @Test(arguments: [(1, 1), (64, 64), (64, 42), (300, 200)]) func `a picture has its chunks and all of its rows`(
        width: Int, height: Int
    ) {
        let chunks = Self.chunks(of: PNG.gradient(for: "blue sea", width: width, height: height))
        #expect(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
        #expect(Self.number(chunks[0].data.prefix(4)) == UInt32(width))
        #expect(Self.number(chunks[0].data.dropFirst(4).prefix(4)) == UInt32(height))
        let size = (width * 3 + 1) * height
        #expect(chunks[1].data.count == 2 + size + (size + 65_534) / 65_535 * 5 + 4)
    }

    @Test func `the prompt decides the colours and the size the proportions`() throws {
        let answer = try ImagesRequest(["prompt": "sea", "n": 2, "size": "1536x1024"]).answer(created: 0)
        let pictures = try #require(answer["data"]?.arrayValue).compactMap { $0["b64_json"]?.stringValue }
        #expect(Set(pictures).count == 2)
        let header = Self.chunks(of: try #require(Base64.decode(pictures[0])))[0].data
        #expect(Array(header.prefix(8)) == [0, 0, 0, 64, 0, 0, 0, 42])
        #expect(PNG.gradient(for: "a", width: 8, height: 8) != PNG.gradient(for: "b", width: 8, height: 8))
    }
}
