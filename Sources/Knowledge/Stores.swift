package import struct Foundation.Date

/// A page of a list; `nextCursor` is the id after which the next one begins.
package struct Page<Item: Sendable>: Sendable {
    package var items: [Item]
    package var nextCursor: String?

    package init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// Which part of a list is wanted.
package struct PageRequest: Sendable {
    package var after: String?
    package var limit: Int

    package init(after: String? = nil, limit: Int = 50) {
        self.after = after
        self.limit = limit
    }
}

// Every method of the stores throws `StoreError`, or `CancellationError` at once.

package protocol BrandStore: Sendable {
    /// Creates or replaces; true when it was created. `createdAt` of an existing brand stays.
    func put(_ brand: Brand) async throws -> Bool
    func brand(_ key: BrandKey) async throws -> Brand?
    /// - Parameter slugs: the brands that may be in the list, nil for all: neither items nor cursors name another one.
    func brands(workspace: String, among slugs: Set<String>?, _ page: PageRequest) async throws -> Page<Brand>
    /// The named brands, those that exist.
    func brands(_ keys: [BrandKey]) async throws -> [Brand]
    /// Deletes the brand with all that it owns; false when there is none.
    func delete(_ key: BrandKey) async throws -> Bool
}

package protocol DocumentStore: Sendable {
    /// Stores new documents, or the next versions of existing ones, each with the operation that ingests it, and
    /// the idempotency record that `record` makes of the stored documents: all of it or nothing.
    ///
    /// Returns the documents with their versions; an existing one keeps `createdAt` and what is active.
    /// - Throws: `conflict` when the idempotency key is taken.
    func accept(
        _ uploads: [(document: Document, operation: Operation)], record: @Sendable ([Document]) -> AcceptedRequest?
    ) async throws -> [Document]
    func document(_ id: String, brand: BrandKey) async throws -> Document?
    /// The named documents, those that exist, without the contents.
    func documents(_ ids: [String], brand: BrandKey) async throws -> [Document]
    /// Without the contents.
    func documents(brand: BrandKey, _ page: PageRequest) async throws -> Page<Document>
    func delete(_ id: String, brand: BrandKey) async throws -> Bool

    func setState(_ state: Document.State, error: String?, of document: Document) async throws
    /// Writes the chunks, makes their version the active one and removes the others; false, and nothing is
    /// changed, when a newer version was accepted meanwhile or the document is gone.
    func activate(_ chunks: [Chunk], of document: Document) async throws -> Bool
    func chunks(of document: Document, _ page: PageRequest) async throws -> Page<Chunk>
    /// The named chunks, those that exist.
    func chunks(_ ids: [String], brand: BrandKey) async throws -> [Chunk]
}

extension DocumentStore {
    /// The chunks of the document's active version.
    package func allChunks(of document: Document) async throws -> [Chunk] {
        var chunks: [Chunk] = []
        var page = PageRequest(limit: 500)
        repeat {
            let found = try await self.chunks(of: document, page)
            chunks += found.items
            page.after = found.nextCursor
        } while page.after != nil
        return chunks
    }
}

/// Reads a brand's active chunks whole, to fill an index.
package protocol ChunkSource: Sendable {
    /// The language of the brand's documents that do not say theirs, as a BCP 47 tag; nil when the brand names none.
    func language(of brand: BrandKey) async throws -> String?
    func loadChunks(brand: BrandKey, _ receive: (Document, Chunk) -> Void) async throws
}

/// Vectors by embedding model and text, so that no text is embedded twice.
package protocol EmbeddingCache: Sendable {
    /// The vectors that are there, by text.
    func vectors(for texts: [String], model: String) async throws -> [String: [Float]]
    func store(_ vectors: [String: [Float]], model: String) async throws
}

package protocol PlanStore: Sendable {
    /// Stores the plan with the operation that makes it and the idempotency record, all or nothing.
    /// - Throws: `conflict` when the idempotency key is taken.
    /// - Throws: `BudgetExceeded` when the operation's reservation does not fit into what is left.
    func accept(_ plan: Plan, _ operation: Operation, record: AcceptedRequest?, within limit: BudgetGuard?) async throws
    func plan(_ id: String, workspace: String) async throws -> Plan?
    /// The named plans, those that exist.
    func plans(_ ids: [String], workspace: String) async throws -> [Plan]
    /// Stores the worker's state of the plan; false when a later claim has written it, or it is gone.
    func save(_ plan: Plan, _ fence: Fence) async throws -> Bool
}

package protocol PostStore: Sendable {
    /// Stores the post, in place of an earlier revision or of the same one by an earlier claim of the same operation;
    /// false, and nothing is stored, when what is there is newer or somebody else's.
    func save(_ post: Post, _ fence: Fence) async throws -> Bool
    func post(_ id: String, workspace: String) async throws -> Post?
    /// The named posts, those that exist.
    func posts(_ ids: [String], workspace: String) async throws -> [Post]
    /// In the order of their times.
    func posts(plan id: String, workspace: String) async throws -> [Post]
    /// Those that cite the document, whichever version of it; newest first.
    func posts(citing documentID: String, brand: BrandKey, _ page: PageRequest) async throws -> Page<Post>
}

extension PostStore {
    /// The other posts of the post's plan.
    package func siblings(of post: Post) async throws -> [Post] {
        guard let plan = post.planID else { return [] }
        return try await posts(plan: plan, workspace: post.brand.workspace).filter { $0.id != post.id }
    }
}

package protocol OperationStore: Sendable {
    /// Stores the operation with the idempotency record, both or neither.
    /// - Throws: `conflict` when the idempotency key is taken.
    func insert(_ operation: Operation, record: AcceptedRequest?) async throws
    func operation(_ id: String, workspace: String) async throws -> Operation?
    /// The named operations, those that exist.
    func operations(_ ids: [String], workspace: String) async throws -> [Operation]
    /// Newest first.
    func operations(workspace: String, _ filter: OperationFilter, _ page: PageRequest) async throws -> Page<Operation>
    /// Takes up to `limit` operations that are queued, or whose worker's lease is over.
    ///
    /// - Parameter quota: what is beyond it is left to others.
    func claim(limit: Int, lease: Lease, quota: ClaimQuota) async throws -> [ClaimedOperation]
    /// The same of the named ones only: a worker that has accepted them need not look for them.
    func claim(_ ids: [String], lease: Lease) async throws -> [ClaimedOperation]
    /// Lengthens the lease; false when another worker has it.
    func renew(_ claim: ClaimedOperation, for duration: Duration) async throws -> Bool
    /// Writes the operation's progress under the claim; false when another worker has it.
    func save(_ operation: Operation, claim: ClaimedOperation) async throws -> Bool
    /// Marks the operation as to be cancelled; a queued one is cancelled at once, with its items. Nil when there is none.
    ///
    /// - Returns: the operation, and the fence of its last claim, for the records of its work.
    func requestCancellation(_ id: String, workspace: String) async throws -> (operation: Operation, fence: Fence)?
    /// Queues a terminal operation again, with the idempotency record that `record` makes of it; nil when there is
    /// none.
    /// - Throws: `conflict` when it is not terminal, or the idempotency key is taken.
    /// - Throws: `BudgetExceeded` when what is outstanding of its reservation does not fit into what is left.
    func requeue(
        _ id: String, workspace: String, within limit: BudgetGuard?, record: @Sendable (Operation) -> AcceptedRequest?
    ) async throws -> Operation?
    /// Gives the claim back, for another worker to take up at once; the attempt does not count.
    func release(_ claim: ClaimedOperation) async throws
    /// Gives the claim back, for a worker to try again after the pause.
    func postpone(_ claim: ClaimedOperation, for pause: Duration) async throws
    /// How many operations wait for a worker, and since when.
    func backlog() async throws -> (queued: Int, oldest: Date?)
    /// Those of `ids` for which cancellation was asked.
    func cancellationRequests(among ids: [String]) async throws -> Set<String>
}

/// How many operations of each workspace a process takes.
package struct ClaimQuota: Sendable {
    private let perWorkspace: Int
    private var taken: [String: Int]

    /// - Parameter running: how many the process has already, by workspace.
    package init(perWorkspace: Int = .max, running: [String: Int] = [:]) {
        self.perWorkspace = perWorkspace
        taken = running
    }

    /// The workspaces of which no more are taken.
    package var full: [String] { taken.filter { $0.value >= perWorkspace }.map(\.key) }

    /// Whether one more of the workspace is taken; it is counted then.
    package mutating func take(_ workspace: String) -> Bool {
        guard taken[workspace, default: 0] < perWorkspace else { return false }
        taken[workspace, default: 0] += 1
        return true
    }
}

/// Which of a workspace's operations are wanted.
package struct OperationFilter: Sendable, Hashable {
    /// Nil for those of every brand.
    package var brands: Set<String>?
    package var kind: Operation.Kind?
    package var state: Operation.State?

    package init(brands: Set<String>? = nil, kind: Operation.Kind? = nil, state: Operation.State? = nil) {
        self.brands = brands
        self.kind = kind
        self.state = state
    }
}

/// How long a claim holds, and for whom.
package struct Lease: Sendable, Hashable {
    package var token: String
    package var duration: Duration

    package init(token: String, duration: Duration) {
        self.token = token
        self.duration = duration
    }
}

/// An operation that this process may work on; token and epoch fence every write.
package struct ClaimedOperation: Sendable, Hashable {
    package var operation: Operation
    package var token: String
    package var epoch: Int

    package init(operation: Operation, token: String, epoch: Int) {
        self.operation = operation
        self.token = token
        self.epoch = epoch
    }

    package var fence: Fence { Fence(operationID: operation.id, epoch: epoch) }
}

package protocol MediaStore: Sendable {
    /// - Throws: `conflict` when there is a picture with this id.
    func save(_ media: Media, bytes: [UInt8]) async throws
    /// What is known of the picture, without its bytes.
    func description(_ id: String, workspace: String) async throws -> Media?
    func media(_ id: String, workspace: String) async throws -> (media: Media, bytes: [UInt8])?
    /// The picture's bytes piece by piece, counted from 0; nil after the last.
    func piece(_ number: Int, of media: Media) async throws -> [UInt8]?
}

/// Whether the database answers.
package protocol StoreHealth: Sendable {
    func check() async throws
}
