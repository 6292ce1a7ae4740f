package import BSON
import Foundation

/// Files in a database (MongoDB GridFS specification): `<name>.files` and `<name>.chunks`.
package struct GridFSBucket: Sendable {
    /// 255 KiB, the specification's default.
    package static let chunkSize = 255 * 1024

    private let files: MongoCollection
    private let chunks: MongoCollection

    package init(database: MongoDatabase, name: String) {
        files = database.collection(name + ".files")
        chunks = database.collection(name + ".chunks")
    }

    /// A stored file, as its `files` document describes it.
    package struct File: Sendable {
        package var id: String
        package var length: Int
        package var filename: String
        package var metadata: BSONDocument
    }

    package func createIndexes() async throws {
        try await files.createIndexes([MongoIndex(["filename": 1, "uploadDate": 1])])
        try await chunks.createIndexes([MongoIndex(["files_id": 1, "n": 1], unique: true)])
    }

    /// Stores `bytes`; the file becomes visible when all of its chunks are there.
    package func upload(_ bytes: [UInt8], id: String, filename: String, metadata: BSONDocument = [:]) async throws {
        guard try await file(id) == nil else { throw MongoError(.duplicateKey, detail: "file \(id)") }
        // Of an upload that its process did not live to finish.
        try await chunks.deleteMany(["files_id": .string(id)])
        do {
            for (n, start) in stride(from: 0, to: bytes.count, by: Self.chunkSize).enumerated() {
                let piece = Array(bytes[start..<min(start + Self.chunkSize, bytes.count)])
                try await chunks.insert([
                    "_id": .string("\(id)/\(n)"), "files_id": .string(id), "n": .int32(Int32(n)),
                    "data": .binary(BSONBinary(bytes: piece)),
                ])
            }
        } catch {
            // The upload failed already; chunks that stay behind belong to no file and are never read.
            _ = try? await chunks.deleteMany(["files_id": .string(id)])
            throw error
        }
        // When this fails the file may be there all the same, and needs its chunks.
        try await files.insert([
            "_id": .string(id), "length": .int64(Int64(bytes.count)), "chunkSize": .int32(Int32(Self.chunkSize)),
            "uploadDate": .datetime(Int64(Date.now.timeIntervalSince1970 * 1000)), "filename": .string(filename),
            "metadata": .document(metadata),
        ])
    }

    package func file(_ id: String) async throws -> File? {
        guard let document = try await files.findOne(["_id": .string(id)]) else { return nil }
        return File(
            id: id, length: Int(document["length"]?.integerValue ?? 0), filename: document["filename"]?.stringValue ?? "",
            metadata: document["metadata"]?.documentValue ?? [:])
    }

    /// The file's chunks in order.
    ///
    /// - Throws: `MongoError` of kind `refused` when a chunk is missing or too short.
    package func read(_ file: File) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.length)
        var expected: Int64 = 0
        for try await chunk in try await chunks.find(["files_id": .string(file.id)], FindOptions(sort: ["n": 1])) {
            guard chunk["n"]?.integerValue == expected, let data = chunk["data"]?.binaryValue else { break }
            bytes += data.bytes
            expected += 1
        }
        guard bytes.count == file.length else {
            throw MongoError(.refused, detail: "file \(file.id): \(bytes.count) of \(file.length) bytes")
        }
        return bytes
    }

    /// One chunk of a file, counted from 0; nil where there is none.
    package func chunk(_ n: Int, of id: String) async throws -> [UInt8]? {
        try await chunks.findOne(["files_id": .string(id), "n": .int32(Int32(n))])?["data"]?.binaryValue?.bytes
    }

    /// Deletes the file first, then its chunks, as the specification orders.
    package func delete(_ id: String) async throws {
        try await files.deleteOne(["_id": .string(id)])
        try await chunks.deleteMany(["files_id": .string(id)])
    }
}
