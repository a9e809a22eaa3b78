/* The loops for processors with AVX2 and FMA. */
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,prfchw"))), apply_to = function)
#define WEFT_TABLE weft_loops_avx2
#define WEFT_VECTOR_BYTES 32
#include "LoopBodies.h"
#pragma clang attribute pop
#endif
