// Vector kernels, with the widest instructions that the machine has.
#ifndef CVECTOR_H
#define CVECTOR_H

#include <stddef.h>

/// scores[r] = sum over c of rows[r * columns + c] * query[c]; rows are float32, row-major, read once in order.
void cvector_dot_rows(const float *rows, size_t row_count, size_t columns, const float *query, float *scores);

#endif
