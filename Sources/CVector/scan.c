#include "CVector.h"
#include "dispatch.h"

// Rows are bytes with 128 for zero, since the instruction that multiplies 64 bytes at once (VPDPBUSD) wants one side without
// a sign; what that adds to each sum, 128 times the query's own sum, is taken off at the end.

static inline float finish(const cvector_query *query, int32_t high, int32_t low, float scale) {
    float dot = (float)(high - 128 * query->high_sum) + (float)(low - 128 * query->low_sum) * (1.0f / 254.0f);
    return query->base + scale * query->step * dot;
}

static void scan_portable(
    const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *queries, size_t query_count,
    float *const *scores) {
    for (size_t row = 0; row < row_count; row++) {
        const uint8_t *values = rows + row * stride;
        for (size_t query = 0; query < query_count; query++) {
            int32_t high = 0, low = 0;
            for (size_t column = 0; column < stride; column++) {
                high += (int32_t)values[column] * queries[query].high[column];
                low += (int32_t)values[column] * queries[query].low[column];
            }
            scores[query][row] = finish(&queries[query], high, low, scales[row]);
        }
    }
}

#if defined(__x86_64__)

// Each row is read once, 64 bytes at a time, and multiplied with every query; about 4 KB ahead is asked for, one hardware
// page, beyond which its own prefetcher does not look.
#define SCAN_VNNI(COUNT)                                                                                                     \
    AVX512VNNI static void scan_vnni_##COUNT(                                                                                \
        const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *queries,            \
        float *const *scores) {                                                                                              \
        for (size_t row = 0; row < row_count; row++) {                                                                       \
            const uint8_t *values = rows + row * stride;                                                                     \
            __m512i high[COUNT], low[COUNT];                                                                                 \
            _Pragma("unroll") for (int query = 0; query < COUNT; query++) high[query] = low[query] = _mm512_setzero_si512(); \
            for (size_t column = 0; column < stride; column += 64) {                                                         \
                __m512i bytes = _mm512_loadu_si512(values + column);                                                         \
                _mm_prefetch((const char *)values + column + 4096, _MM_HINT_T0);                                             \
                _Pragma("unroll") for (int query = 0; query < COUNT; query++) {                                              \
                    high[query] =                                                                                            \
                        _mm512_dpbusd_epi32(high[query], bytes, _mm512_loadu_si512(queries[query].high + column));          \
                    low[query] = _mm512_dpbusd_epi32(low[query], bytes, _mm512_loadu_si512(queries[query].low + column));   \
                }                                                                                                            \
            }                                                                                                                \
            _Pragma("unroll") for (int query = 0; query < COUNT; query++) {                                                  \
                scores[query][row] = finish(                                                                                 \
                    &queries[query], _mm512_reduce_add_epi32(high[query]), _mm512_reduce_add_epi32(low[query]),             \
                    scales[row]);                                                                                            \
            }                                                                                                                \
        }                                                                                                                    \
    }

SCAN_VNNI(1)
SCAN_VNNI(2)
SCAN_VNNI(4)

// The sums of sixteen registers' lanes, in their order: each step adds what two registers have side by side, in 45
// instructions where sixteen reductions would take about 200.
AVX512VNNI static inline __m512i sums_of_sixteen(const __m512i *sums) {
    __m512i pairs[8], fours[4];
    _Pragma("unroll") for (int place = 0; place < 8; place++) {
        __m512i a = sums[2 * place], b = sums[2 * place + 1];
        pairs[place] = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    }
    _Pragma("unroll") for (int place = 0; place < 4; place++) {
        __m512i a = pairs[2 * place], b = pairs[2 * place + 1];
        fours[place] = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    }
    __m512i first = _mm512_add_epi32(
        _mm512_shuffle_i32x4(fours[0], fours[1], 0x88), _mm512_shuffle_i32x4(fours[0], fours[1], 0xDD));
    __m512i second = _mm512_add_epi32(
        _mm512_shuffle_i32x4(fours[2], fours[3], 0x88), _mm512_shuffle_i32x4(fours[2], fours[3], 0xDD));
    return _mm512_add_epi32(_mm512_shuffle_i32x4(first, second, 0x88), _mm512_shuffle_i32x4(first, second, 0xDD));
}

AVX512VNNI static void scan_vnni_8(
    const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *queries, float *const *scores) {
    int32_t offsets[16];
    float bases[8], steps[8];
    for (int query = 0; query < 8; query++) {
        offsets[query] = 128 * queries[query].high_sum;
        offsets[query + 8] = 128 * queries[query].low_sum;
        bases[query] = queries[query].base;
        steps[query] = queries[query].step;
    }
    __m512i offset = _mm512_loadu_si512(offsets);
    __m256 base = _mm256_loadu_ps(bases), step = _mm256_loadu_ps(steps), part = _mm256_set1_ps(1.0f / 254.0f);
    for (size_t row = 0; row < row_count; row++) {
        const uint8_t *values = rows + row * stride;
        __m512i sums[16];
        _Pragma("unroll") for (int place = 0; place < 16; place++) sums[place] = _mm512_setzero_si512();
        for (size_t column = 0; column < stride; column += 64) {
            __m512i bytes = _mm512_loadu_si512(values + column);
            _mm_prefetch((const char *)values + column + 4096, _MM_HINT_T0);
            _Pragma("unroll") for (int query = 0; query < 8; query++) {
                sums[query] = _mm512_dpbusd_epi32(sums[query], bytes, _mm512_loadu_si512(queries[query].high + column));
                sums[query + 8] = _mm512_dpbusd_epi32(sums[query + 8], bytes, _mm512_loadu_si512(queries[query].low + column));
            }
        }
        __m512i dots = _mm512_sub_epi32(sums_of_sixteen(sums), offset);
        __m256 high = _mm256_cvtepi32_ps(_mm512_castsi512_si256(dots));
        __m256 low = _mm256_cvtepi32_ps(_mm512_extracti64x4_epi64(dots, 1));
        __m256 dot = _mm256_add_ps(high, _mm256_mul_ps(low, part));
        __m256 result = _mm256_add_ps(base, _mm256_mul_ps(_mm256_mul_ps(_mm256_set1_ps(scales[row]), step), dot));
        float own[8];
        _mm256_storeu_ps(own, result);
        _Pragma("unroll") for (int query = 0; query < 8; query++) scores[query][row] = own[query];
    }
}

AVX2 static inline int32_t sum_of_lanes(__m256i lanes) {
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1)));
}

// VPMADDUBSW would saturate at 16 bits; widened first, every sum is exact.
AVX2 static void scan_avx2(
    const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *query, float *scores) {
    for (size_t row = 0; row < row_count; row++) {
        const uint8_t *values = rows + row * stride;
        __m256i high = _mm256_setzero_si256(), low = high;
        for (size_t column = 0; column < stride; column += 16) {
            __m256i bytes = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(values + column)));
            __m256i high_part = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query->high + column)));
            __m256i low_part = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query->low + column)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(bytes, high_part));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(bytes, low_part));
        }
        scores[row] = finish(query, sum_of_lanes(high), sum_of_lanes(low), scales[row]);
    }
}

#elif defined(__aarch64__)

// 128 is taken off the bytes, so that both sides have a sign, and put back into the sums that `finish` expects.
#define SCAN_NEON(name, attributes, ADD)                                                                                     \
    attributes static void name(                                                                                             \
        const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *query,              \
        float *scores) {                                                                                                     \
        for (size_t row = 0; row < row_count; row++) {                                                                       \
            const uint8_t *values = rows + row * stride;                                                                     \
            int32x4_t high = vdupq_n_s32(0), low = vdupq_n_s32(0);                                                           \
            for (size_t column = 0; column < stride; column += 16) {                                                         \
                int8x16_t bytes = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(values + column), vdupq_n_u8(0x80)));               \
                high = ADD(high, bytes, vld1q_s8(query->high + column));                                                     \
                low = ADD(low, bytes, vld1q_s8(query->low + column));                                                        \
            }                                                                                                                \
            scores[row] = finish(                                                                                            \
                query, vaddvq_s32(high) + 128 * query->high_sum, vaddvq_s32(low) + 128 * query->low_sum, scales[row]);       \
        }                                                                                                                    \
    }

static inline int32x4_t add_products(int32x4_t sum, int8x16_t a, int8x16_t b) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
    return vpadalq_s16(sum, vmull_high_s8(a, b));
}

SCAN_NEON(scan_neon, , add_products)
SCAN_NEON(scan_neon_dot, NEON_DOT, vdotq_s32)

#endif

void cvector_scan(
    const uint8_t *rows, const float *scales, size_t row_count, size_t stride, const cvector_query *queries, size_t query_count,
    float *const *scores) {
#if defined(__x86_64__)
    if (HAS_AVX512VNNI) {
        while (query_count > 0) {
            size_t served = query_count >= 8 ? 8 : query_count >= 4 ? 4 : query_count >= 2 ? 2 : 1;
            switch (served) {
                case 8: scan_vnni_8(rows, scales, row_count, stride, queries, scores); break;
                case 4: scan_vnni_4(rows, scales, row_count, stride, queries, scores); break;
                case 2: scan_vnni_2(rows, scales, row_count, stride, queries, scores); break;
                default: scan_vnni_1(rows, scales, row_count, stride, queries, scores);
            }
            queries += served, scores += served, query_count -= served;
        }
        return;
    }
    if (HAS_AVX2) {
        for (size_t query = 0; query < query_count; query++) {
            scan_avx2(rows, scales, row_count, stride, &queries[query], scores[query]);
        }
        return;
    }
#elif defined(__aarch64__)
    for (size_t query = 0; query < query_count; query++) {
        (HAS_NEON_DOT ? scan_neon_dot : scan_neon)(rows, scales, row_count, stride, &queries[query], scores[query]);
    }
    return;
#endif
    scan_portable(rows, scales, row_count, stride, queries, query_count, scores);
}

const char *cvector_instructions(void) {
#if defined(__x86_64__)
    if (HAS_AVX512VNNI) return "avx512vnni";
    if (HAS_AVX2) return "avx2";
#elif defined(__aarch64__)
    return HAS_NEON_DOT ? "neon-dot" : "neon";
#endif
    return "portable";
}
