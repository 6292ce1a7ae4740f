/// Compares what a prompt's body uses, in its partials too, with what its contract gives.
struct PromptCheck {
    private(set) var defects: [PromptDefect] = []
    private(set) var usedPartials: [String] = []
    private let contract: PromptContract
    private let partials: [String: PromptFile]
    private var used: Set<String> = []

    init(contract: PromptContract, partials: [String: PromptFile], file: PromptFile, body: Substring, firstLine: Int) {
        self.contract = contract
        self.partials = partials
        walk(PromptTags(body, firstLine: firstLine), of: file, members: [], within: [])
        let unused = contract.required.subtracting(used).sorted()
        if defects.isEmpty, !unused.isEmpty {
            let names = unused.map { "{{\($0)}}" }.joined(separator: ", ")
            defects.append(PromptDefect(file: file.path, line: firstLine, detail: "the prompt never uses \(names)"))
        }
    }

    /// - Parameter members: names of the lists around, that their elements add.
    private mutating func walk(_ tags: PromptTags, of file: PromptFile, members: Set<String>, within outer: [String]) {
        for (line, detail) in tags.defects { note(file, line, detail) }
        var open: [(tag: PromptTags.Tag, members: Set<String>)] = []
        for tag in tags.tags {
            let scope = open.last?.members ?? members
            switch tag.kind {
            case .comment: break
            case .variable: use(tag, file, scope)
            case .section:
                use(tag, file, scope)
                if case .list(let names)? = contract.variables[tag.name], !scope.contains(tag.name) {
                    open.append((tag, scope.union(names)))
                } else {
                    open.append((tag, scope))
                }
            case .invertedSection:
                use(tag, file, scope)
                open.append((tag, scope))
            case .end:
                if let last = open.popLast() {
                    if last.tag.name != tag.name {
                        note(file, tag.line, "{{/\(tag.name)}} ends the section {{#\(last.tag.name)}} of line \(last.tag.line)")
                    }
                } else {
                    note(file, tag.line, "{{/\(tag.name)}} ends a section that was not begun")
                }
            case .partial: include(tag, file, scope, within: outer)
            }
        }
        for (tag, _) in open { note(file, tag.line, "the section {{#\(tag.name)}} has no end") }
    }

    private mutating func use(_ tag: PromptTags.Tag, _ file: PromptFile, _ scope: Set<String>) {
        used.insert(tag.name)
        if scope.contains(tag.name) { return }
        switch contract.variables[tag.name] {
        case .text?: break
        case .list?:
            if tag.kind == .variable { note(file, tag.line, "{{\(tag.name)}} is a list: it takes a section {{#\(tag.name)}}") }
        case nil:
            let known = scope.union(contract.variables.keys).sorted().joined(separator: ", ")
            note(file, tag.line, "unknown variable {{\(tag.name)}}; known here are \(known)")
        }
    }

    private mutating func include(_ tag: PromptTags.Tag, _ file: PromptFile, _ scope: Set<String>, within outer: [String]) {
        guard let partial = partials[tag.name] else {
            let known = partials.keys.sorted().joined(separator: ", ")
            note(file, tag.line, "unknown partial {{> \(tag.name)}}; known are \(known)")
            return
        }
        guard !outer.contains(tag.name) else {
            note(file, tag.line, "the partial {{> \(tag.name)}} includes itself")
            return
        }
        if !usedPartials.contains(tag.name) { usedPartials.append(tag.name) }
        walk(PromptTags(partial.text[...], firstLine: 1), of: partial, members: scope, within: outer + [tag.name])
    }

    private mutating func note(_ file: PromptFile, _ line: Int, _ detail: String) {
        let defect = PromptDefect(file: file.path, line: line, detail: detail)
        if !defects.contains(defect) { defects.append(defect) }
    }
}
