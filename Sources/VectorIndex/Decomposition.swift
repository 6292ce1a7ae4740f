import Foundation

extension String {
    /// NFD: letters apart from their marks.
    var decomposed: String { decomposedStringWithCanonicalMapping }
}
