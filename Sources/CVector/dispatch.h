// Each kernel is written for several instruction sets; which one runs is looked up at each call. Resolvers that run while the
// program is loaded (ifunc, target_clones) would be simpler, but sanitizers instrument them before their own runtime is there.
#ifndef DISPATCH_H
#define DISPATCH_H

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")))
#define AVX512VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
#define HAS_AVX512 (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
#define HAS_AVX512VNNI (HAS_AVX512 && __builtin_cpu_supports("avx512vnni"))
#define HAS_AVX2 (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#if defined(__clang__)
#define NEON_DOT __attribute__((target("dotprod")))
#else
#define NEON_DOT __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
// HWCAP_ASIMDDP of the kernel's hwcap.h.
#define HAS_NEON_DOT ((getauxval(AT_HWCAP) >> 20) & 1)
#endif

#endif
