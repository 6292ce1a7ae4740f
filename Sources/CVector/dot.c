#include "CVector.h"

#if defined(__x86_64__)
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

// Sixteen sums side by side let the compiler use whole registers without reordering one sum's additions.
DISPATCHED
void cvector_dot_rows(const float *rows, size_t row_count, size_t columns, const float *query, float *scores) {
    enum { WIDTH = 16, SETS = 2, STEP = WIDTH * SETS };
    typedef float lanes __attribute__((vector_size(WIDTH * sizeof(float)), aligned(4)));
    for (size_t row = 0; row < row_count; row++) {
        const float *values = rows + row * columns;
        lanes first = {0}, second = {0};
        size_t column = 0;
        for (; column + STEP <= columns; column += STEP) {
            first += *(const lanes *)(values + column) * *(const lanes *)(query + column);
            second += *(const lanes *)(values + column + WIDTH) * *(const lanes *)(query + column + WIDTH);
        }
        first += second;
        float sum = 0;
        for (int lane = 0; lane < WIDTH; lane++) sum += first[lane];
        for (; column < columns; column++) sum += values[column] * query[column];
        scores[row] = sum;
    }
}
