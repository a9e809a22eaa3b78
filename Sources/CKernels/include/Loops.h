#pragma once
/* What one instruction set offers; CKernels.c picks a table at start-up, and tests look at each. */
#include "CKernels.h"

typedef struct {
  void (*apply)(weft_elementwise, float *, const float *, const float *, const float *, float, long);
  void (*tiles_run)(const weft_tiles *, long, long, float *);
  float (*sum)(const float *, long);
  float (*sum_of_squares)(const float *, long);
  float (*dot)(const float *, const float *, long);
  void (*sum_rows)(float *, const float *, long, long, long);
  void (*sum_columns)(float *, const float *, long, long, long);
  void (*max_columns)(float *, const float *, long, long, long);
  void (*log_sum_exp_columns)(float *, const float *, long, long, long);
  void (*outer)(float *, long, const float *, const float *, long, long);
  void (*matrix_vector)(float *, const float *, long, const float *, long, long);
  void (*vector_matrix)(float *, const float *, const float *, long, long, long);
  void (*product)(
      float *, long, const float *, long, long, const float *, long, long, long, long, const float *,
      long);
  void (*product_packed)(
      float *, long, const float *, long, long, const float *, long, int, long, long, long,
      const float *, long, float *);
  void (*product_of_dots)(
      float *, long, const float *, long, const float *, long, long, long, long, int);
  void (*adam_update)(weft_adam, float *, float *, float *, const float *, long);
  void (*sgd_update)(float, float, float *, const float *, long);
  void (*momentum_update)(float, float, float, float *, float *, const float *, long);
  void (*random_bits)(weft_random_key, uint64_t, uint32_t *, long);
  void (*random_uniform)(weft_random_key, uint64_t, float, float, float *, long);
  void (*random_normal)(weft_random_key, uint64_t, float, float, float *, long);
} weft_loops;

extern const weft_loops weft_loops_baseline, weft_loops_avx2, weft_loops_avx512;

/* The loops for `baseline`, `avx2` or `avx512`; null where there is no such name, or the processor has
   no such instructions. */
const weft_loops *weft_loops_of(const char *instructions);
