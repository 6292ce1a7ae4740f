extension SchemaFiller {
    /// A text of the kind that the property's name calls for, within its bounds.
    mutating func string(named name: String, bounds: SchemaShape.StringBounds, in scope: inout FillScope) -> String {
        if let format = bounds.format, ["date", "time", "date-time"].contains(format) { return moment(format: format) }
        let written =
            switch StringRole(propertyName: name) {
            case .quote: quote(bounds, in: &scope)
            case .title: title(in: scope)
            case .tag: tag(bounds, in: scope)
            case .callToAction: callToAction(bounds)
            case .remark: nextSentence(in: scope, atMost: bounds.most ?? .max).cleaned
            case .text: text(bounds, in: scope)
            }
        return TextFitting.fitted(written, least: bounds.least, most: bounds.most) {
            nextSentence(in: scope, atMost: .max).cleaned
        }
    }

    /// A sentence of the element that was chosen last, word for word, and noted so that the text can repeat it.
    private mutating func quote(_ bounds: SchemaShape.StringBounds, in scope: inout FillScope) -> String {
        let last = scope.evidence.indices.last
        let place = last.map { scope.evidence[$0].place } ?? scope.places.last ?? somePlace()
        let limit = min(bounds.most ?? .max, max(scope.room ?? .max, 24))
        var sentence = unsaid { $0.material.nextSentence(of: place, atMost: limit) }
        if sentence.length < bounds.least {
            return material.run(from: sentence, in: place, atMost: bounds.most ?? max(bounds.least * 2, bounds.least + 200))
        }
        sentence.text = TextFitting.clipped(sentence.text, to: bounds.most ?? .max)
        if let last { scope.evidence[last].sentence = sentence }
        return sentence.text
    }

    /// The quoted sentences if this object cites any, else a sentence or two; half of the time with a few words before it.
    private mutating func text(_ bounds: SchemaShape.StringBounds, in scope: FillScope) -> String {
        let limit = bounds.most ?? 400
        var sentences: [String] = []
        for evidence in scope.evidence.prefix(3) {
            sentences.append((evidence.sentence ?? material.nextSentence(of: evidence.place, atMost: limit)).cleaned)
        }
        if sentences.isEmpty { sentences = [nextSentence(in: scope, atMost: limit).cleaned] }
        var text = sentences[0]
        for sentence in sentences.dropFirst() where !text.contains(sentence) {
            let joined = Wording.joined(text, sentence)
            if TextFitting.length(joined) <= limit { text = joined }
        }
        let leadIn = Wording.leadIns[random.index(below: Wording.leadIns.count)]
        let hasLeadIn =
            random.index(below: 2) == 0 && Wording.isEnglish(text)
            && leadIn.utf8.count + 1 + TextFitting.length(text) <= limit
        return hasLeadIn ? leadIn + " " + text : text
    }

    /// A heading of the element, or the first telling words of one of its sentences.
    private mutating func title(in scope: FillScope) -> String {
        let place = somePlace(in: scope)
        let headings = material.headings(of: place).map { Wording.title(from: $0) }.filter { $0.contains(" ") }
        if !headings.isEmpty, random.index(below: 2) == 0 { return headings[random.index(below: headings.count)] }
        for _ in 0..<4 {
            let title = Wording.title(from: material.nextSentence(of: place).text, startingAt: random.index(below: 8))
            if title.contains(" ") { return title }
        }
        return headings.first ?? Wording.title(from: material.nextSentence(of: place).text)
    }

    /// A tag that the array does not have yet.
    private mutating func tag(_ bounds: SchemaShape.StringBounds, in scope: FillScope) -> String {
        let limit = bounds.most ?? 30
        for _ in 0..<12 {
            let fresh = Wording.tags(from: material.nextSentence(of: somePlace(in: scope)).text).filter { tag in
                TextFitting.length(tag) <= limit && TextFitting.length(tag) >= bounds.least && !tags.contains(tag.lowercased())
            }
            guard !fresh.isEmpty else { continue }
            let tag = fresh[random.index(below: fresh.count)]
            tags.insert(tag.lowercased())
            return tag
        }
        let number = "\(tags.count + 1)"
        let stem = String(repeating: "goodToKnow", count: bounds.least / 10 + 1)
        tags.insert(stem + number)
        return String(stem.prefix(max(0, limit - number.count))) + number
    }

    private mutating func callToAction(_ bounds: SchemaShape.StringBounds) -> String {
        let fitting = Wording.callsToAction.filter { $0.utf8.count <= bounds.most ?? .max }
        return fitting.isEmpty ? Wording.callsToAction[0] : fitting[random.index(below: fitting.count)]
    }

    private mutating func nextSentence(in scope: FillScope, atMost limit: Int) -> Sentence {
        unsaid { $0.material.nextSentence(of: $0.somePlace(in: scope), atMost: limit) }
    }

    /// Draws again, a few times, what the answer has said before.
    private mutating func unsaid(_ draw: (inout SchemaFiller) -> Sentence) -> Sentence {
        var sentence = draw(&self)
        for _ in 0..<6 where said.contains(sentence.text) { sentence = draw(&self) }
        said.insert(sentence.text)
        return sentence
    }

    /// One of the elements that the scope has chosen, or of all.
    private mutating func somePlace(in scope: FillScope = FillScope()) -> Int {
        let places = scope.places.isEmpty ? material.pool : scope.places
        return places[random.index(below: places.count)]
    }
}
