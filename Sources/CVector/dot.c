#include "CVector.h"
#include "dispatch.h"

// Sixteen sums side by side let the compiler use whole registers without reordering one sum's additions. Every function of
// one instruction set adds in the same order, so that a row has one score whichever of them computes it.
#define DOT(name, attributes)                                                                                                \
    attributes static inline float name(const float *values, const float *query, size_t columns) {                          \
        enum { WIDTH = 16, SETS = 2, STEP = WIDTH * SETS };                                                                  \
        typedef float lanes __attribute__((vector_size(WIDTH * sizeof(float)), aligned(4)));                                 \
        lanes first = {0}, second = {0};                                                                                     \
        size_t column = 0;                                                                                                   \
        for (; column + STEP <= columns; column += STEP) {                                                                   \
            first += *(const lanes *)(values + column) * *(const lanes *)(query + column);                                   \
            second += *(const lanes *)(values + column + WIDTH) * *(const lanes *)(query + column + WIDTH);                  \
        }                                                                                                                    \
        first += second;                                                                                                     \
        float sum = 0;                                                                                                       \
        for (int lane = 0; lane < WIDTH; lane++) sum += first[lane];                                                         \
        for (; column < columns; column++) sum += values[column] * query[column];                                            \
        return sum;                                                                                                          \
    }                                                                                                                        \
    attributes static void name##_rows(                                                                                      \
        const float *rows, size_t row_count, size_t columns, const float *query, float *scores) {                            \
        for (size_t row = 0; row < row_count; row++) scores[row] = name(rows + row * columns, query, columns);               \
    }                                                                                                                        \
    attributes static float name##_sum(const float *values, size_t count) {                                                  \
        typedef float lanes __attribute__((vector_size(64), aligned(4)));                                                    \
        lanes a = {0}, b = {0}, c = {0}, d = {0};                                                                            \
        size_t place = 0;                                                                                                    \
        for (; place + 64 <= count; place += 64) {                                                                           \
            a += *(const lanes *)(values + place);                                                                           \
            b += *(const lanes *)(values + place + 16);                                                                      \
            c += *(const lanes *)(values + place + 32);                                                                      \
            d += *(const lanes *)(values + place + 48);                                                                      \
        }                                                                                                                    \
        a += b + c + d;                                                                                                      \
        float sum = 0;                                                                                                       \
        for (int lane = 0; lane < 16; lane++) sum += a[lane];                                                                \
        for (; place < count; place++) sum += values[place];                                                                 \
        return sum;                                                                                                          \
    }

DOT(dot_portable, )
#if defined(__x86_64__)
DOT(dot_avx512, AVX512)
DOT(dot_avx2, AVX2)
#define CHOOSE(what) (HAS_AVX512 ? dot_avx512##what : HAS_AVX2 ? dot_avx2##what : dot_portable##what)
#else
#define CHOOSE(what) dot_portable##what
#endif

float cvector_dot(const float *a, const float *b, size_t columns) { return CHOOSE()(a, b, columns); }

void cvector_dot_rows(const float *rows, size_t row_count, size_t columns, const float *query, float *scores) {
    CHOOSE(_rows)(rows, row_count, columns, query, scores);
}

float cvector_sum(const float *values, size_t count) { return CHOOSE(_sum)(values, count); }
