import API
import Operations
import VectorIndex

/// What an operator can see of this process.
struct ServiceMetrics: Sendable {
    let index: SegmentIndex
    let audit: IndexAudit
    let hub: OperationHub

    func page() async -> MetricsPage {
        let (size, report) = (await index.size, await audit.report)
        var page = MetricsPage()
        page.add("postwright_operation_watchers", .gauge, "Streams that watch an operation.", await hub.watcherCount)
        page.add("postwright_index_brands", .gauge, "Brands in memory.", size.brands)
        page.add("postwright_index_chunks", .gauge, "Chunks in memory.", size.rows)
        page.add("postwright_index_bytes", .gauge, "Memory that they hold, about.", size.bytes)
        page.add("postwright_index_audits_total", .counter, "Comparisons of all brands in memory with the database.", report.audits)
        page.add(
            "postwright_index_audits_with_differences_total", .counter, "Comparisons that found a difference that stayed.",
            report.auditsWithDifferences)
        page.add("postwright_index_corrections_total", .counter, "Documents that a comparison put right.", report.corrections)
        page.add("postwright_index_compared_brands", .gauge, "Brands that the last comparison was of.", report.brands)
        page.add(
            "postwright_index_differing_brands", .gauge, "Brands whose checksum was not the database's after the last comparison.",
            report.differingBrands)
        page.add(
            "postwright_index_audit_age_seconds", .gauge, "Since the last comparison ended; -1 before the first.",
            report.finishedAt.map { Int(($0.duration(to: .now) / .seconds(1)).rounded()) } ?? -1)
        return page
    }
}
