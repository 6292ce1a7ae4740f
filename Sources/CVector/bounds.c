#include "CVector.h"
#include "dispatch.h"

#include <math.h>

// Rows are looked at in groups: only a group whose best could matter is looked at row by row.
enum { GROUP = 64 };

static void sift_down(float *heap, size_t count, float value) {
    size_t place = 0;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= count) break;
        if (child + 1 < count && heap[child + 1] < heap[child]) child++;
        if (heap[child] >= value) break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = value;
}

static void sift_up(float *heap, size_t place, float value) {
    while (place > 0 && heap[(place - 1) / 2] > value) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    heap[place] = value;
}

// The largest of scores[r] + factor * errors[r] of one group, sixteen rows at a time.
#define BEST_OF_GROUP(name, attributes)                                                                                      \
    attributes static float name(const float *scores, const float *errors, float factor, size_t count) {                    \
        typedef float lanes __attribute__((vector_size(64), aligned(4)));                                                    \
        typedef int32_t mask __attribute__((vector_size(64), aligned(4)));                                                   \
        float best = -INFINITY;                                                                                              \
        size_t row = 0;                                                                                                      \
        if (count >= 16) {                                                                                                   \
            lanes most = *(const lanes *)scores + factor * *(const lanes *)errors;                                           \
            for (row = 16; row + 16 <= count; row += 16) {                                                                   \
                lanes bound = *(const lanes *)(scores + row) + factor * *(const lanes *)(errors + row);                      \
                mask larger = bound > most;                                                                                  \
                most = (lanes)(((mask)bound & larger) | ((mask)most & ~larger));                                             \
            }                                                                                                                \
            for (int lane = 0; lane < 16; lane++) best = most[lane] > best ? most[lane] : best;                              \
        }                                                                                                                    \
        for (; row < count; row++) {                                                                                         \
            float bound = scores[row] + factor * errors[row];                                                                \
            best = bound > best ? bound : best;                                                                              \
        }                                                                                                                    \
        return best;                                                                                                         \
    }

BEST_OF_GROUP(best_of_group_portable, )
#if defined(__x86_64__)
BEST_OF_GROUP(best_of_group_avx512, AVX512)
BEST_OF_GROUP(best_of_group_avx2, AVX2)
#define BEST_OF_GROUP_HERE (HAS_AVX512 ? best_of_group_avx512 : HAS_AVX2 ? best_of_group_avx2 : best_of_group_portable)
#else
#define BEST_OF_GROUP_HERE best_of_group_portable
#endif

size_t cvector_offer_lower_bounds(
    const float *scores, const float *errors, float norm, const uint8_t *accepted, size_t row_count, float *heap, size_t count,
    size_t limit) {
    float (*best_of_group)(const float *, const float *, float, size_t) = BEST_OF_GROUP_HERE;
    for (size_t first = 0; first < row_count; first += GROUP) {
        size_t end = first + GROUP < row_count ? first + GROUP : row_count;
        if (count == limit && best_of_group(scores + first, errors + first, -norm, end - first) <= heap[0]) continue;
        for (size_t row = first; row < end; row++) {
            if (accepted && !accepted[row]) continue;
            float bound = scores[row] - norm * errors[row];
            if (count < limit) {
                sift_up(heap, count++, bound);
            } else if (bound > heap[0]) {
                sift_down(heap, limit, bound);
            }
        }
    }
    return count;
}

size_t cvector_rows_above(
    const float *scores, const float *errors, float norm, const uint8_t *accepted, size_t row_count, float threshold, uint32_t first_row,
    uint32_t *rows) {
    float (*best_of_group)(const float *, const float *, float, size_t) = BEST_OF_GROUP_HERE;
    size_t found = 0;
    for (size_t first = 0; first < row_count; first += GROUP) {
        size_t end = first + GROUP < row_count ? first + GROUP : row_count;
        // The group's best may be rounded otherwise than a row's bound: by a last bit, which the threshold has room for.
        if (best_of_group(scores + first, errors + first, norm, end - first) < threshold) continue;
        for (size_t row = first; row < end; row++) {
            if (accepted && !accepted[row]) continue;
            if (scores[row] + norm * errors[row] >= threshold) rows[found++] = first_row + (uint32_t)row;
        }
    }
    return found;
}
