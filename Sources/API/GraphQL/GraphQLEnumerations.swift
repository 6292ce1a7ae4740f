import GraphQL
package import Knowledge

// The domain's enumerations, whose values are their own names in upper case.

extension Knowledge.Document.Kind: EnumerationOutput {
    package static let typeName = "DocumentKind"
    package static let typeDescription: String? = "What a document is to its brand."
}

extension Knowledge.Document.Format: EnumerationOutput {
    package static let typeName = "DocumentFormat"
    package static let typeDescription: String? = "What a document was uploaded as."
}

extension Knowledge.Document.State: EnumerationOutput, CaseIterable {
    package static let allCases: [Self] = [.queued, .processing, .ready, .failed]
    package static let typeName = "DocumentState"
    package static let typeDescription: String? = "How far a document is."
}

extension PassageQuery.Mode: EnumerationOutput {
    package static let typeName = "SearchMode"
    package static let typeDescription: String? = "What passages are ranked by."
}

extension PassageQuery.Fusion: EnumerationOutput {
    package static let typeName = "SearchFusion"
    package static let typeDescription: String? = "How a hybrid search puts its two rankings together."
}

extension Plan.State: EnumerationOutput, CaseIterable {
    package static let allCases: [Self] = [.queued, .running, .ready, .partial, .failed, .cancelled]
    package static let typeName = "PlanState"
    package static let typeDescription: String? = "How far a plan is."
}

extension Plan.FailurePolicy: EnumerationOutput {
    package static let typeName = "FailurePolicy"
    package static let typeDescription: String? = "What the first failure of a post does to the others."
}

extension Post.State: EnumerationOutput, CaseIterable {
    package static let allCases: [Self] = [.ready, .needsReview, .insufficientEvidence, .failed]
    package static let typeName = "PostState"
    package static let typeDescription: String? = "What a post is fit for."
}

extension Post.Check.Status: EnumerationOutput, CaseIterable {
    package static let allCases: [Self] = [.pass, .repaired, .fail]
    package static let typeName = "CheckStatus"
    package static let typeDescription: String? = "What became of a rule."
}

extension Operation.Kind: EnumerationOutput {
    package static let typeName = "OperationKind"
    package static let typeDescription: String? = "What an operation does."
}

extension Operation.State: EnumerationOutput {
    package static let typeName = "OperationState"
    package static let typeDescription: String? = "How far an operation is; succeeded, failed, cancelled and partial are ends."
}

extension Operation.Item.Kind: EnumerationOutput, CaseIterable {
    package static let allCases: [Self] = [.document, .post, .stage]
    package static let typeName = "OperationItemKind"
    package static let typeDescription: String? = "What a part of an operation makes."
}

extension Brand.Style.Person: EnumerationOutput {
    package static let typeName = "GrammaticalPerson"
    package static let typeDescription: String? = "Who speaks in a brand's posts."
}
