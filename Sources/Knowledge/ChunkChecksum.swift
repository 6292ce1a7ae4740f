/// Tells whether two sets of chunks are equal, in whatever order they were read.
///
/// Each chunk is hashed over all that a search reads of it, vector included, to 36 bits; the sum of the hashes and the
/// number of chunks make the checksum. So sums of documents add up to the sum of a brand, also inside the database,
/// whose 64-bit sums have room for 100 million chunks. It finds accidents, not forgeries: a wrong chunk passes once in
/// 2^36 times.
package struct ChunkChecksum: Sendable, Hashable {
    package private(set) var sum: Int64
    package private(set) var count: Int

    package init(sum: Int64 = 0, count: Int = 0) {
        self.sum = sum
        self.count = count
    }

    package init(_ chunks: [Chunk]) {
        self.init()
        for chunk in chunks { add(chunk) }
    }

    package mutating func add(_ chunk: Chunk) {
        sum &+= chunk.hash36
        count += 1
    }

    package static func += (left: inout Self, right: Self) {
        left.sum &+= right.sum
        left.count += right.count
    }
}

/// What is active of a document.
package struct ActiveChunks: Sendable, Hashable {
    package var version: Int
    /// Nil of a document that was ingested before checksums were kept.
    package var checksum: ChunkChecksum?

    package init(version: Int, checksum: ChunkChecksum?) {
        self.version = version
        self.checksum = checksum
    }
}

/// What the store says of its active chunks. Each method throws `StoreError`.
package protocol ChunkLedger: Sendable {
    /// One checksum for each of the brands that has chunks.
    func checksums(of brands: [BrandKey]) async throws -> [BrandKey: ChunkChecksum]
    /// By document; those that have chunks.
    func activeChunks(brand: BrandKey) async throws -> [String: ActiveChunks]
    /// The chunks themselves; nil when the document has none.
    func activeChunks(of document: String, brand: BrandKey) async throws -> (document: Document, chunks: [Chunk])?
}

extension Chunk {
    fileprivate var hash36: Int64 {
        var hash = WordHash()
        hash.add(id)
        hash.add(text)
        hash.add(searchText)
        hash.add(context)
        for heading in headingPath { hash.add(heading) }
        hash.add(UInt64(truncatingIfNeeded: span.start) << 32 ^ UInt64(truncatingIfNeeded: span.end))
        for element in embedding { hash.add(UInt64(element.bitPattern)) }
        return Int64(hash.value >> 28)
    }
}

/// The same in every process, unlike `Hasher`: multiplication and shifts over words of 64 bits.
private struct WordHash {
    private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0xD6E8_FEB8_6659_FD93
        value ^= value >> 32
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            let raw = UnsafeRawBufferPointer(bytes)
            var place = 0
            while place + 8 <= raw.count {
                add(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
                place += 8
            }
            var rest: UInt64 = 0
            for byte in raw[place...] { rest = rest << 8 | UInt64(byte) }
            add(rest)
            add(UInt64(raw.count))
        }
    }
}
