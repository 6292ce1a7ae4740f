#include "CVector.h"

// Each kernel is written once and compiled for several instruction sets; which one runs is looked up at each call.
// Resolvers that run while the program is loaded (ifunc, target_clones) would be simpler, but sanitizers
// instrument them before their own runtime is there.
#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
#define HAS_AVX512 (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
#define HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#endif

// Sixteen sums side by side let the compiler use whole registers without reordering one sum's additions.
#define DOT_ROWS(name, attributes)                                                                                           \
    attributes static void name(const float *rows, size_t row_count, size_t columns, const float *query, float *scores) {   \
        enum { WIDTH = 16, SETS = 2, STEP = WIDTH * SETS };                                                                  \
        typedef float lanes __attribute__((vector_size(WIDTH * sizeof(float)), aligned(4)));                                 \
        for (size_t row = 0; row < row_count; row++) {                                                                       \
            const float *values = rows + row * columns;                                                                      \
            lanes first = {0}, second = {0};                                                                                 \
            size_t column = 0;                                                                                               \
            for (; column + STEP <= columns; column += STEP) {                                                               \
                first += *(const lanes *)(values + column) * *(const lanes *)(query + column);                               \
                second += *(const lanes *)(values + column + WIDTH) * *(const lanes *)(query + column + WIDTH);              \
            }                                                                                                                \
            first += second;                                                                                                 \
            float sum = 0;                                                                                                   \
            for (int lane = 0; lane < WIDTH; lane++) sum += first[lane];                                                     \
            for (; column < columns; column++) sum += values[column] * query[column];                                        \
            scores[row] = sum;                                                                                               \
        }                                                                                                                    \
    }

DOT_ROWS(dot_rows_portable, )
#if defined(__x86_64__)
DOT_ROWS(dot_rows_avx512, AVX512)
DOT_ROWS(dot_rows_avx2, AVX2)
#endif

void cvector_dot_rows(const float *rows, size_t row_count, size_t columns, const float *query, float *scores) {
#if defined(__x86_64__)
    if (HAS_AVX512) return dot_rows_avx512(rows, row_count, columns, query, scores);
    if (HAS_AVX2) return dot_rows_avx2(rows, row_count, columns, query, scores);
#endif
    dot_rows_portable(rows, row_count, columns, query, scores);
}
