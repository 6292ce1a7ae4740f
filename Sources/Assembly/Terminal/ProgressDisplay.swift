import Foundation

/// Shows how long work goes on: a bar that is redrawn on a terminal, a line for each tenth elsewhere.
final class ProgressDisplay {
    private let title: String
    private let isTerminal: Bool
    private var lastTenth = -1
    private var lastLine = ""

    init(title: String) {
        self.title = title
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    func show(done: Int, total: Int, note: String = "") {
        guard total > 0 else { return }
        if isTerminal {
            let width = 30
            let filled = width * done / total
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            write("\r\u{1B}[2K\(title) \(bar) \(done)/\(total) \(note.prefix(40))")
        } else {
            let tenth = done * 10 / total
            let line = "\(title): \(done) of \(total)\n"
            guard tenth != lastTenth, line != lastLine else { return }
            (lastTenth, lastLine) = (tenth, line)
            write(line)
        }
    }

    /// Leaves an empty line on a terminal for what comes next.
    func end() {
        if isTerminal { write("\r\u{1B}[2K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
