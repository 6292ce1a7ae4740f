import CVector
import Foundation
import Synchronization

/// A file without a name that only grows: what is written once is never changed, so that every copy of a segment can go on
/// reading while another one writes. It goes with the last reference.
///
/// What is read often stays in the system's page cache, which gives way when memory is needed elsewhere.
final class ScratchFile: Sendable {
    private let descriptor: Int32
    private let end = Mutex<Int>(0)

    /// - Throws: `SegmentError.scratchFile`.
    init() throws(SegmentError) {
        descriptor = cvector_open_scratch(FileManager.default.temporaryDirectory.path)
        guard descriptor >= 0 else { throw .scratchFile(errno) }
    }

    deinit { close(descriptor) }

    /// Bytes that were written.
    var size: Int { end.withLock { $0 } }

    /// Appends the bytes and returns where they stand.
    func append(_ bytes: [UInt8]) throws(SegmentError) -> Int {
        let start = end.withLock { end in
            defer { end += bytes.count }
            return end
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, bytes.count - written, off_t(start + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .scratchFile(count < 0 ? errno : ENOSPC) }
            written += count
        }
        return start
    }

    /// Fills the buffer with what stands from `start` on.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at start: Int) -> Result<Void, SegmentError> {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(start + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .failure(.scratchFile(count < 0 ? errno : EIO)) }
            done += count
        }
        return .success(())
    }
}

extension SegmentError {
    var description: String {
        switch self {
        case .outOfMemory: "out of memory"
        case .scratchFile(let number): "the scratch file: \(String(cString: strerror(number)))"
        }
    }
}
