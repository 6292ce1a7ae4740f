// The fuzzer's program: `fuzz TARGET [options of libFuzzer] [corpus]`. `Scripts/fuzz.py` builds and runs it.

import CFuzzer
import Foundation

guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    FileHandle.standardError.write(Data("fuzz TARGET, one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))\n".utf8))
    exit(64)
}
FuzzTarget.chosen = target

// libFuzzer keeps the arguments for as long as the process lives.
let texts = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
for (index, text) in texts.enumerated() { pointers[index] = strdup(text) }
pointers[texts.count] = nil
var count = CInt(texts.count)
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = pointers
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
