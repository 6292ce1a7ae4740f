/// What has been decided about the object that is being filled, and about those around it.
struct FillScope {
    /// An element that was chosen, and the sentence of it that was quoted.
    struct Evidence {
        var place: Int
        var sentence: Sentence?
    }

    /// Chosen in this object or below.
    var evidence: [Evidence] = []
    /// Chosen around this object before it was filled.
    var inherited: [Evidence] = []
    /// How long a quote may be so that the text which is to repeat it has room for it.
    var room: Int?

    /// The elements that a text in this object is to be made of; empty when any will do.
    var places: [Int] { (evidence.isEmpty ? inherited : evidence).map(\.place) }
}
