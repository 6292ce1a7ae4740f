import Foundation
import Knowledge

/// The child's side: limits first, then the file from standard input, then its text on standard output.
package enum ConversionChild {
    /// The exit code with which standard output has the reason instead of the text (EX_DATAERR of sysexits.h).
    static let refusal: Int32 = 65

    /// Never returns.
    package static func run(_ formatName: String) -> Never {
        limit(RLIMIT_AS, ChildConverter.Limits.memory)
        limit(RLIMIT_CPU, ChildConverter.Limits.processorSeconds)
        limit(RLIMIT_FSIZE, 64 << 20)
        limit(RLIMIT_NOFILE, 32)
        limit(RLIMIT_CORE, 0)
        // Requests come first; a conversion takes what they leave.
        nice(10)
        switch Document.Format(rawValue: formatName) {
        case .pdf: PDFTool.become()
        case .docx: convert { bytes throws(Refusal) in try WordDocument.markdown(of: bytes) }
        default: exit(64)
        }
    }

    private static func convert(_ read: ([UInt8]) throws(Refusal) -> String) -> Never {
        do throws(Refusal) {
            write(try read(Array(FileHandle.standardInput.readDataToEndOfFile())))
            exit(0)
        } catch {
            write(error.reason)
            exit(refusal)
        }
    }

    private static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    private static func limit(_ resource: __rlimit_resource, _ value: Int) {
        var limits = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
        // One that cannot be set must not let a hostile file run without it.
        guard setrlimit(__rlimit_resource_t(resource.rawValue), &limits) == 0 else { exit(71) }
    }
}

/// Why a file is not read.
struct Refusal: Error {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// Poppler's `pdftotext`, the program that reads PDF.
enum PDFTool {
    static var path: String? {
        ["/usr/bin/pdftotext", "/usr/local/bin/pdftotext"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Makes this process the tool, with the limits that it has by now.
    static func become() -> Never {
        guard let path else { exit(69) }
        let arguments = [path, "-q", "-enc", "UTF-8", "-eol", "unix", "-", "-"]
        var pointers = arguments.map { strdup($0) }
        pointers.append(nil)
        execv(path, pointers)
        exit(69)
    }
}
