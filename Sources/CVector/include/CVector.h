// Vector kernels, with the widest instructions that the machine has, and memory made for them.
#ifndef CVECTOR_H
#define CVECTOR_H

#include <stddef.h>
#include <stdint.h>

/// Rows of bytes are padded to a multiple of this many.
#define CVECTOR_ROW_ALIGNMENT 64
/// Queries that one scan serves at most.
#define CVECTOR_MAX_QUERIES 8

// MARK: float32

/// sum over c of a[c] * b[c].
float cvector_dot(const float *a, const float *b, size_t columns);

/// scores[r] = the dot product of row r and the query; rows are row-major and read once, in order.
void cvector_dot_rows(const float *rows, size_t row_count, size_t columns, const float *query, float *scores);

/// The sum of all values: a pass over memory that does next to nothing else.
float cvector_sum(const float *values, size_t count);

// MARK: int8

/// How a row was rounded: row = center + scale * (byte - 128) + rest.
typedef struct {
    float scale;
    /// The rest's Euclidean norm, rounded up.
    float error;
    /// The norm of scale * (byte - 128).
    float norm;
} cvector_rounding;

/// Writes a row, less the center, as bytes; columns beyond `columns` up to `stride` become 128, which is zero.
cvector_rounding cvector_round_row(const float *row, const float *center, size_t columns, size_t stride, uint8_t *bytes);

/// A query as two int8 vectors of `stride` columns: step * (high[c] + low[c] / 254), zero beyond the query's own columns.
typedef struct {
    const int8_t *high;
    const int8_t *low;
    int32_t high_sum;
    int32_t low_sum;
    float step;
    /// The dot product of the query and the rows' center.
    float base;
} cvector_query;

/// scores[q][r] = base + scales[r] * step * (dot of the row's integers and the query's), for up to CVECTOR_MAX_QUERIES
/// queries in one pass over the rows.
void cvector_scan(
    const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *queries, size_t query_count,
    float *const *scores);

// MARK: Bounds

/// Keeps the `limit` largest of scores[r] - norm * errors[r] among accepted rows in `heap`, a min-heap that holds `count` of
/// them so far; `accepted` is null for all rows. Returns the new count.
size_t cvector_offer_lower_bounds(
    const float *scores, const float *errors, float norm, const uint8_t *accepted, size_t row_count, float *heap, size_t count,
    size_t limit);

/// Writes first + r for each accepted row with scores[r] + norm * errors[r] >= threshold, and returns how many.
size_t cvector_rows_above(
    const float *scores, const float *errors, float norm, const uint8_t *accepted, size_t row_count, float threshold, uint32_t first,
    uint32_t *rows);

// MARK: Memory and files

/// Zeroed memory aligned to 64 bytes; of 2 MB and more aligned to 2 MB, with huge pages where the system grants them. Null when
/// there is none.
void *cvector_allocate(size_t bytes);
void cvector_free(void *memory, size_t bytes);

/// Lets the allocator keep at most `count` heaps for its threads (`mallopt`, M_ARENA_MAX); does nothing where it cannot.
void cvector_limit_heaps(int count);

/// Gives pages back to the system that the allocator keeps for later (`malloc_trim`); does nothing where it cannot.
void cvector_return_free_memory(void);

/// Lets go of the pages of programs and libraries that nobody writes to; they come back from the page cache when they are used.
/// Does nothing where it cannot.
void cvector_release_program_pages(void);

/// A descriptor of a file without a name in `folder`, or in memory where that cannot be written; -1 when neither can be had.
int cvector_open_scratch(const char *folder);

/// Which instructions the kernels use here: "avx512vnni", "avx2", "neon-dot", "neon" or "portable".
const char *cvector_instructions(void);

#endif
