#pragma once
/*
 * The loops under the engine. Arrays are contiguous float32 and never overlap, except that `out`
 * may be exactly one of the inputs (in place). Every loop is compiled for SSE2, AVX2 and AVX-512
 * and picked once at start-up; the environment variable WEFT_INSTRUCTIONS, `baseline` or `avx2`, picks
 * fewer than the processor has, for tests (what it has not, nobody picks). No function allocates, keeps state, or depends on timing: the same
 * arguments give the same bits on the same machine and build.
 */
#include <stdint.h>

/* One value per element. `k` is an immediate (only some use it). */
typedef enum {
  WEFT_COPY, WEFT_NEGATE, WEFT_ABS, WEFT_SQUARE, WEFT_SQRT, WEFT_RECIPROCAL, WEFT_EXP, WEFT_LOG,
  WEFT_TANH, WEFT_SIGMOID, WEFT_SIN, WEFT_COS, WEFT_ERF, WEFT_SOFTPLUS, WEFT_RELU,
  WEFT_STEP,          /* x > 0 ? 1 : 0 */
  WEFT_SIGN,          /* -1, 0, 1 */
  WEFT_ADD_K, WEFT_MULTIPLY_K,
  WEFT_ADD, WEFT_SUBTRACT, WEFT_MULTIPLY, WEFT_DIVIDE, WEFT_MAXIMUM, WEFT_MINIMUM,
  WEFT_GREATER,       /* a > b ? 1 : 0 */
  WEFT_MULTIPLY_ADD,  /* a * b + c */
  WEFT_SELECT,        /* a != 0 ? b : c */
  WEFT_ELEMENTWISE_COUNT
} weft_elementwise;

/* out[i] = op(a[i], b[i], c[i]); b and c are ignored where the operation has fewer operands. */
void weft_apply(weft_elementwise op, float *out, const float *a, const float *b, const float *c, float k, long n);

/* Fused elementwise work: a small program run over one tile after the other, so that what lies
   between its instructions stays in the first-level cache.

   Elements are numbered by up to eight axes, outermost first; an operand lies anywhere and at any
   stride (0 repeats it). A load or store binds a slot to memory; the other slots are scratch. */
enum { WEFT_TILE = 512, WEFT_AXES = 8, WEFT_SLOTS = 64 };

typedef struct { weft_elementwise op; float k; int out, a, b, c; } weft_instruction;
typedef struct { float *base; long stride[WEFT_AXES]; int slot; } weft_stream;
typedef struct {
  int axes, loads, stores, instructions;
  long count[WEFT_AXES];
  const weft_stream *streams;  /* loads, then stores */
  const weft_instruction *program;
} weft_tiles;

/* Entries first ..< last of the first axis. `scratch` holds WEFT_TILE floats for each slot. A store may lie exactly on a
   load that is not read after the store's instruction. */
void weft_tiles_run(const weft_tiles *tiles, long first, long last, float *scratch);

/* Sums in a fixed order (lanes, then a tree), so the same on every call. */
float weft_sum(const float *a, long n);
float weft_sum_of_squares(const float *a, long n);
float weft_dot(const float *a, const float *b, long n);

/* out[j] = sum over i of a[i * stride + j], i < rows, j < columns. */
void weft_sum_rows(float *out, const float *a, long rows, long columns, long stride);
/* out[i] = sum over j of a[i * stride + j]; a column is a row's sum, maximum or log-sum-exp,
   NaN where the row has one. */
void weft_sum_columns(float *out, const float *a, long rows, long columns, long stride);
void weft_max_columns(float *out, const float *a, long rows, long columns, long stride);
void weft_log_sum_exp_columns(float *out, const float *a, long rows, long columns, long stride);

/* Matrix products where one dimension is 1, which have loops of their own.
   outer: c[i][j] = a[i] b[j];  rows: c[i] = sum_j a[i][j] b[j];  columns: c[j] = sum_i a[i] b[i][j]. */
void weft_outer(float *c, long ldc, const float *a, const float *b, long m, long n);
void weft_matrix_vector(float *c, const float *a, long lda, const float *b, long m, long n);
void weft_vector_matrix(float *c, const float *a, const float *b, long ldb, long m, long n);

/* c[i][j] = sum over p < k of a[i * down + p * along] b[p][j], for i < m, j < n, added up in the order
   of p, and then d[i * ldd + j] if there is a d, which must not overlap c. `product` reads the right
   side where it lies: for small ones, or few rows, and n >= 4.
   `product_packed` copies it first, and takes transposed ones too, for which b[p][j] is b[j * ldb + p];
   `panel` is WEFT_PANEL floats of its own. Both give the same bits. `product_of_dots` is for few rows
   and a transposed right side: every number is a sum in lanes, and is added to what is there if
   `accumulate` is not 0; the numbers of a row of a or b lie side by side. */
enum {
  WEFT_PANEL_INNER = 256, WEFT_PANEL_COLUMNS = 256, WEFT_PANEL_ROWS = 12,
  WEFT_PANEL = WEFT_PANEL_INNER * (WEFT_PANEL_COLUMNS + WEFT_PANEL_ROWS) + 16
};
void weft_product(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb, long m,
    long n, long k, const float *d, long ldd);
void weft_product_packed(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb,
    int transposed, long m, long n, long k, const float *d, long ldd, float *panel);
void weft_product_of_dots(
    float *c, long ldc, const float *a, long lda, const float *b, long ldb, long m, long n, long k,
    int accumulate);

/* Optimiser updates in place; every gradient is first multiplied by `scale` (1 = as it is).
   Adam: c1 = 1 / (1 - beta1^t), c2 = 1 / (1 - beta2^t); decay is decoupled (AdamW): p -= rate * decay * p. */
typedef struct { float rate, beta1, beta2, epsilon, c1, c2, decay, scale; } weft_adam;
void weft_adam_update(weft_adam s, float *p, float *m, float *v, const float *g, long n);
void weft_sgd_update(float rate, float scale, float *p, const float *g, long n);
/* v = momentum v + g; p -= rate v  (PyTorch's form). */
void weft_momentum_update(float rate, float momentum, float scale, float *p, float *v, const float *g, long n);

/* Philox4x32-10 (Salmon et al. 2011): the same number for the same (seed, stream, step, index),
   independent of how a range is cut. Element i of a fill is number `first + i` of its key. */
typedef struct { uint64_t seed; uint32_t stream; uint64_t step; } weft_random_key;
void weft_random_bits(weft_random_key key, uint64_t first, uint32_t *out, long n);
void weft_random_uniform(weft_random_key key, uint64_t first, float low, float high, float *out, long n);
void weft_random_normal(weft_random_key key, uint64_t first, float mean, float deviation, float *out, long n);

/* A fixed team of threads. The caller is member 0; `run` returns when every member has returned.
   Waiting members spin briefly, then sleep, so an idle team costs nothing. */
typedef struct weft_team weft_team;
weft_team *weft_team_create(int members);
/* How many there are; fewer than wanted if the system would not give more threads. */
int weft_team_members(const weft_team *team);
void weft_team_run(weft_team *team, void (*body)(void *context, int member), void *context);
/* Within a run: says that a member is past its first `steps` steps, and waits until one is. What it
   wrote before it said so can be read by whoever waited. */
void weft_team_set_progress(weft_team *team, int member, long steps);
void weft_team_wait(weft_team *team, int member, long steps);
void weft_team_destroy(weft_team *team);

/* Which processors the calling thread, and threads it starts, may use: one bit each. The functions
   return 0, or an error number. */
typedef struct { uint8_t bits[128]; } weft_processors;
int weft_get_processors(weft_processors *out);
int weft_set_processors(const weft_processors *wanted);

/* Treat denormals as zero on the calling thread. */
void weft_flush_denormals(void);

#include "Loops.h"
