/* The loops for processors with AVX-512 (the F, BW, DQ and VL parts). */
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prfchw"))), apply_to = function)
#define WEFT_TABLE weft_loops_avx512
#define WEFT_VECTOR_BYTES 64
#include "LoopBodies.h"
#pragma clang attribute pop
#endif
