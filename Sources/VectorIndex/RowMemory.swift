import CVector

/// Memory for the bytes of some rows, shared by the copies of a segment until one of them writes.
///
/// The last reference frees it.
///
/// `@unchecked Sendable`: the bytes are written only while one segment alone refers to them (`QuantizedRows.writable` looks, and
/// copies them otherwise), and whoever else comes to them later got the reference after that; all else is immutable.
final class RowMemory: @unchecked Sendable {  // Its proof stands above.
    let bytes: UnsafeMutablePointer<UInt8>
    let size: Int

    /// - Parameter size: in bytes; from 2 MB on it is a number of whole huge pages.
    init(size: Int) throws(SegmentError) {
        guard let memory = cvector_allocate(size) else { throw .outOfMemory }
        bytes = memory.bindMemory(to: UInt8.self, capacity: size)
        self.size = size
    }

    deinit { cvector_free(bytes, size) }

    /// Another memory of this size or more, with the first `used` bytes of this one.
    func copy(size: Int, used: Int) throws(SegmentError) -> RowMemory {
        let copy = try RowMemory(size: size)
        copy.bytes.update(from: bytes, count: used)
        return copy
    }
}

/// Why a segment cannot take a chunk, or give a passage.
package enum SegmentError: Error, Sendable, Hashable {
    case outOfMemory
    /// The file for vectors and texts cannot be made, written or read; the number is the system's (errno).
    case scratchFile(Int32)
}
