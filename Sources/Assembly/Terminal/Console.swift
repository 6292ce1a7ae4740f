import Foundation

/// Standard output and error.
enum Console {
    static func print(_ text: String) { FileHandle.standardOutput.write(Data((text.utf8.last == 0x0A ? text : text + "\n").utf8)) }
    static func warn(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
