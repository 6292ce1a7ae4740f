import Foundation

extension Error {
    /// Why a file cannot be read or written, in words for whoever named it.
    var fileReason: String {
        switch (self as? CocoaError)?.code {
        case .fileNoSuchFile?, .fileReadNoSuchFile?: "it does not exist"
        case .fileReadNoPermission?, .fileWriteNoPermission?: "there is no permission"
        case .fileReadInapplicableStringEncoding?, .fileReadCorruptFile?: "it is not UTF-8"
        case .fileWriteFileExists?: "a file is in its place"
        case .fileWriteOutOfSpace?: "the disk is full"
        case .some: localizedDescription
        // A parser's, say, which tells the line.
        case nil: "\(self)"
        }
    }
}
