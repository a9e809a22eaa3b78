/* Which instruction set's loops run is settled once, before main. */
#include <stdlib.h>
#include <string.h>

#include "Loops.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static const weft_loops *loops = &weft_loops_baseline;

const weft_loops *weft_loops_of(const char *instructions) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!strcmp(instructions, "avx512"))
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        ? &weft_loops_avx512 : 0;
  if (!strcmp(instructions, "avx2"))
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &weft_loops_avx2 : 0;
#endif
  return strcmp(instructions, "baseline") ? 0 : &weft_loops_baseline;
}

__attribute__((constructor)) static void choose_loops(void) {
  const char *wanted = getenv("WEFT_INSTRUCTIONS");
  const weft_loops *found = wanted ? weft_loops_of(wanted) : 0;
  if (!found) found = weft_loops_of("avx512");
  if (!found) found = weft_loops_of("avx2");
  if (found) loops = found;
}

void weft_apply(
    weft_elementwise op, float *out, const float *a, const float *b, const float *c, float k, long n) {
  loops->apply(op, out, a, b, c, k, n);
}
void weft_tiles_run(const weft_tiles *tiles, long first, long last, float *scratch) {
  loops->tiles_run(tiles, first, last, scratch);
}
float weft_sum(const float *a, long n) { return loops->sum(a, n); }
float weft_sum_of_squares(const float *a, long n) { return loops->sum_of_squares(a, n); }
float weft_dot(const float *a, const float *b, long n) { return loops->dot(a, b, n); }
void weft_sum_rows(float *out, const float *a, long rows, long columns, long stride) {
  loops->sum_rows(out, a, rows, columns, stride);
}
void weft_sum_columns(float *out, const float *a, long rows, long columns, long stride) {
  loops->sum_columns(out, a, rows, columns, stride);
}
void weft_max_columns(float *out, const float *a, long rows, long columns, long stride) {
  loops->max_columns(out, a, rows, columns, stride);
}
void weft_log_sum_exp_columns(float *out, const float *a, long rows, long columns, long stride) {
  loops->log_sum_exp_columns(out, a, rows, columns, stride);
}
void weft_outer(float *c, long ldc, const float *a, const float *b, long m, long n) {
  loops->outer(c, ldc, a, b, m, n);
}
void weft_matrix_vector(float *c, const float *a, long lda, const float *b, long m, long n) {
  loops->matrix_vector(c, a, lda, b, m, n);
}
void weft_vector_matrix(float *c, const float *a, const float *b, long ldb, long m, long n) {
  loops->vector_matrix(c, a, b, ldb, m, n);
}
void weft_product(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb, long m,
    long n, long k, const float *d, long ldd) {
  loops->product(c, ldc, a, down, along, b, ldb, m, n, k, d, ldd);
}
void weft_product_packed(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb,
    int transposed, long m, long n, long k, const float *d, long ldd, float *panel) {
  loops->product_packed(c, ldc, a, down, along, b, ldb, transposed, m, n, k, d, ldd, panel);
}
void weft_product_of_dots(
    float *c, long ldc, const float *a, long lda, const float *b, long ldb, long m, long n, long k,
    int accumulate) {
  loops->product_of_dots(c, ldc, a, lda, b, ldb, m, n, k, accumulate);
}
void weft_adam_update(weft_adam s, float *p, float *m, float *v, const float *g, long n) {
  loops->adam_update(s, p, m, v, g, n);
}
void weft_sgd_update(float rate, float scale, float *p, const float *g, long n) {
  loops->sgd_update(rate, scale, p, g, n);
}
void weft_momentum_update(
    float rate, float momentum, float scale, float *p, float *v, const float *g, long n) {
  loops->momentum_update(rate, momentum, scale, p, v, g, n);
}
void weft_random_bits(weft_random_key key, uint64_t first, uint32_t *out, long n) {
  loops->random_bits(key, first, out, n);
}
void weft_random_uniform(
    weft_random_key key, uint64_t first, float low, float high, float *out, long n) {
  loops->random_uniform(key, first, low, high, out, n);
}
void weft_random_normal(
    weft_random_key key, uint64_t first, float mean, float deviation, float *out, long n) {
  loops->random_normal(key, first, mean, deviation, out, n);
}

void weft_flush_denormals(void) {
#if defined(__x86_64__)
  /* Bit 15: results to zero; bit 6: operands as zero. */
  _mm_setcsr(_mm_getcsr() | 0x8040);
#elif defined(__aarch64__)
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  __asm__ volatile("msr fpcr, %0" : : "r"(control | (1ull << 24)));
#endif
}
