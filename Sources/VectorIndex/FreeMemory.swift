import CVector
import Foundation

/// What the process holds and does not need.
package enum FreeMemory {
    /// Keeps as many heaps as there are processors, and not eight times as many: what one thread frees another can use, and
    /// large documents that came through several threads leave less behind. To be called before there are threads.
    package static func share() { cvector_limit_heaps(Int32(ProcessInfo.processInfo.activeProcessorCount)) }

    /// Gives it back to the system, as far as whole pages are free.
    package static func giveBack() { cvector_return_free_memory() }

    /// Lets go of the pages of code and tables that only the start has needed: what is used comes back from the page cache.
    package static func forgetStart() { cvector_release_program_pages() }
}
