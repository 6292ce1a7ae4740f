#include "CVector.h"

#include <math.h>

cvector_rounding cvector_round_row(const float *row, const float *center, size_t columns, size_t stride, uint8_t *bytes) {
    float largest = 0;
    for (size_t column = 0; column < columns; column++) {
        float size = fabsf(row[column] - center[column]);
        largest = size > largest ? size : largest;
    }
    float scale = largest / 127.0f;
    float inverse = scale > 0 ? 1.0f / scale : 0;
    double error = 0, norm = 0;
    for (size_t column = 0; column < columns; column++) {
        float value = row[column] - center[column];
        float rounded = rintf(value * inverse);
        rounded = rounded > 127 ? 127 : rounded < -127 ? -127 : rounded;
        bytes[column] = (uint8_t)((int)rounded + 128);
        // In double: the differences must not themselves be rounded away.
        double rest = ((double)row[column] - (double)center[column]) - (double)scale * rounded;
        error += rest * rest;
        norm += (double)scale * rounded * (double)scale * rounded;
    }
    for (size_t column = columns; column < stride; column++) bytes[column] = 128;
    cvector_rounding rounding = {scale, (float)(sqrt(error) * (1 + 1e-6)), (float)(sqrt(norm) * (1 + 1e-6))};
    return rounding;
}
