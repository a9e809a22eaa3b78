/* The loops themselves, for the instruction set that is in force where this file is included. */
#include "Loops.h"
#include "VectorMath.h"
#include "Products.h"

/* MARK: Elementwise */

#define EACH(RESULT)                                       \
  {                                                        \
    long i = 0;                                            \
    for (; i + LANES <= n; i += LANES) {                   \
      vec x = load(a + i);                                 \
      store(out + i, RESULT);                              \
    }                                                      \
    if (i < n) {                                           \
      vec x = load_part(a + i, n - i);                     \
      store_part(out + i, RESULT, n - i);                  \
    }                                                      \
    return;                                                \
  }

#define EACH2(RESULT)                                                \
  {                                                                  \
    long i = 0;                                                      \
    for (; i + LANES <= n; i += LANES) {                             \
      vec x = load(a + i), y = load(b + i);                          \
      store(out + i, RESULT);                                        \
    }                                                                \
    if (i < n) {                                                     \
      vec x = load_part(a + i, n - i), y = load_part(b + i, n - i);  \
      store_part(out + i, RESULT, n - i);                            \
    }                                                                \
    return;                                                          \
  }

#define EACH3(RESULT)                                                \
  {                                                                  \
    long i = 0;                                                      \
    for (; i + LANES <= n; i += LANES) {                             \
      vec x = load(a + i), y = load(b + i), z = load(c + i);         \
      store(out + i, RESULT);                                        \
    }                                                                \
    if (i < n) {                                                     \
      vec x = load_part(a + i, n - i), y = load_part(b + i, n - i);  \
      vec z = load_part(c + i, n - i);                               \
      store_part(out + i, RESULT, n - i);                            \
    }                                                                \
    return;                                                          \
  }

static void apply(
    weft_elementwise op, float *out, const float *a, const float *b, const float *c, float k, long n) {
  switch (op) {
    case WEFT_COPY: EACH(x)
    case WEFT_NEGATE: EACH(-x)
    case WEFT_ABS: EACH(magnitude(x))
    case WEFT_SQUARE: EACH(x * x)
    case WEFT_SQRT: EACH(__builtin_elementwise_sqrt(x))
    case WEFT_RECIPROCAL: EACH(1.0f / x)
    case WEFT_EXP: EACH(vec_exp(x))
    case WEFT_LOG: EACH(vec_log(x))
    case WEFT_TANH: EACH(vec_tanh(x))
    case WEFT_SIGMOID: EACH(vec_sigmoid(x))
    case WEFT_SIN: EACH(vec_sine(x, 0))
    case WEFT_COS: EACH(vec_sine(x, 1))
    case WEFT_ERF: EACH(vec_erf(x))
    case WEFT_SOFTPLUS: EACH(vec_softplus(x))
    case WEFT_RELU: EACH(choose(x > 0, x, choose(x == x, splat(0), x)))
    case WEFT_STEP: EACH(choose(x > 0, splat(1), splat(0)))
    case WEFT_SIGN: EACH(choose(x > 0, splat(1), choose(x < 0, splat(-1), splat(0))))
    case WEFT_ADD_K: EACH(x + k)
    case WEFT_MULTIPLY_K: EACH(x * k)
    case WEFT_ADD: EACH2(x + y)
    case WEFT_SUBTRACT: EACH2(x - y)
    case WEFT_MULTIPLY: EACH2(x * y)
    case WEFT_DIVIDE: EACH2(x / y)
    case WEFT_MAXIMUM: EACH2(larger(x, y))
    case WEFT_MINIMUM: EACH2(smaller(x, y))
    case WEFT_GREATER: EACH2(choose(x > y, splat(1), splat(0)))
    case WEFT_MULTIPLY_ADD: EACH3(x * y + z)
    case WEFT_SELECT: EACH3(choose(x != 0, y, z))
    case WEFT_ELEMENTWISE_COUNT: return;
  }
}

static void fill(float *out, float value, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) store(out + i, splat(value));
  for (; i < n; i++) out[i] = value;
}

/* MARK: Tiles */

INLINE void copy(float *out, const float *a, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) store(out + i, load(a + i));
  for (; i < n; i++) out[i] = a[i];
}

/* As above, in whole vectors: up to fifteen floats behind the end of `out` are overwritten. */
INLINE void copy_over(float *out, const float *a, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) store(out + i, load(a + i));
  if (i < n) store(out + i, load_part(a + i, n - i));
}

INLINE void fill_over(float *out, float value, long n) {
  for (long i = 0; i < n; i += LANES) store(out + i, splat(value));
}

/* A tile of rows and columns from anywhere into a row-major slot. Rows of at least a vector are
   written over their end, where the next one goes, but for the last. */
static void gather(float *slot, const float *a, long rows, long columns, long down, long across) {
  long over = columns < LANES ? 0 : rows - 1;
  if (down == 0 && across == 0) {
    fill(slot, a[0], rows * columns);
  } else if (down == 0 && across == 1) {
    copy(slot, a, columns);
    /* What is there is copied behind itself, twice as much each time. */
    for (long done = columns, all = rows * columns; done < all; done *= 2)
      copy(slot + done, slot, done < all - done ? done : all - done);
  } else if (across == 1) {
    for (long r = 0; r < over; r++) copy_over(slot + r * columns, a + r * down, columns);
    for (long r = over; r < rows; r++) copy(slot + r * columns, a + r * down, columns);
  } else if (across == 0) {
    for (long r = 0; r < over; r++) fill_over(slot + r * columns, a[r * down], columns);
    for (long r = over; r < rows; r++) fill(slot + r * columns, a[r * down], columns);
  } else {
    for (long r = 0; r < rows; r++)
      for (long c = 0; c < columns; c++) slot[r * columns + c] = a[r * down + c * across];
  }
}

static void scatter(const float *slot, float *a, long rows, long columns, long down, long across) {
  if (across == 1)
    for (long r = 0; r < rows; r++) copy(a + r * down, slot + r * columns, columns);
  else
    for (long r = 0; r < rows; r++)
      for (long c = 0; c < columns; c++) a[r * down + c * across] = slot[r * columns + c];
}

enum { STREAMS = WEFT_SLOTS };

static void tiles_run(const weft_tiles *t, long begin, long end, float *scratch) {
  int axes = t->axes, streams = t->loads + t->stores;
  /* Rows and columns are the last two axes; what lies outside them is counted through in `at`. */
  int outer = axes > 2 ? axes - 2 : 0;
  long columns = axes == 1 ? end - begin : t->count[axes - 1];
  long rows = axes == 1 ? 1 : axes == 2 ? end - begin : t->count[axes - 2];
  int narrow = columns <= WEFT_TILE / 2;
  long tall = narrow ? WEFT_TILE / columns : 1;
  long wide = narrow ? columns : WEFT_TILE;

  float *slot[WEFT_SLOTS];
  const float *seen[STREAMS];
  long seen_rows[STREAMS], seen_columns[STREAMS];
  char direct[STREAMS], whole[WEFT_SLOTS];
  for (int s = 0; s < WEFT_SLOTS; s++) {
    slot[s] = scratch + (long)s * WEFT_TILE;
    whole[s] = 1;
  }
  for (int s = 0; s < streams; s++) {
    const weft_stream *stream = t->streams + s;
    long across = stream->stride[axes - 1];
    long down = axes > 1 ? stream->stride[axes - 2] : 0;
    seen[s] = 0;
    seen_rows[s] = seen_columns[s] = 0;
    direct[s] = (across == 1 || columns == 1) && (!narrow || rows == 1 || down == columns);
    if (direct[s]) whole[stream->slot] = 0;
  }

  long at[WEFT_AXES] = {0};
  if (outer) at[0] = begin;
  for (;;) {
    long origin[STREAMS];
    for (int s = 0; s < streams; s++) {
      const long *stride = t->streams[s].stride;
      long o = outer ? 0 : begin * stride[0];
      for (int axis = 0; axis < outer; axis++) o += at[axis] * stride[axis];
      origin[s] = o;
    }
    for (long row = 0; row < rows; row += tall) {
      long r = rows - row < tall ? rows - row : tall;
      for (long column = 0; column < columns; column += wide) {
        long c = columns - column < wide ? columns - column : wide;
        long n = r * c, padded = (n + LANES - 1) / LANES * LANES;
        for (int s = 0; s < streams; s++) {
          const weft_stream *stream = t->streams + s;
          long across = stream->stride[axes - 1];
          long down = axes > 1 ? stream->stride[axes - 2] : 0;
          float *a = stream->base + origin[s] + row * down + column * across;
          if (direct[s]) {
            slot[stream->slot] = a;
          } else if (s < t->loads) {
            /* Repeated rows that are there already need not be brought again. */
            if (down == 0 && a == seen[s] && c == seen_columns[s] && r <= seen_rows[s]) continue;
            gather(slot[stream->slot], a, r, c, down, across);
            seen[s] = a;
            seen_rows[s] = r;
            seen_columns[s] = c;
          }
        }
        for (int i = 0; i < t->instructions; i++) {
          const weft_instruction *x = t->program + i;
          /* Scratch may be computed beyond its end, which saves the part of a vector. */
          long length = whole[x->out] & whole[x->a] & whole[x->b] & whole[x->c] ? padded : n;
          apply(x->op, slot[x->out], slot[x->a], slot[x->b], slot[x->c], x->k, length);
        }
        for (int s = t->loads; s < streams; s++) {
          if (direct[s]) continue;
          const weft_stream *stream = t->streams + s;
          long across = stream->stride[axes - 1];
          long down = axes > 1 ? stream->stride[axes - 2] : 0;
          scatter(
              slot[stream->slot], stream->base + origin[s] + row * down + column * across, r, c,
              down, across);
        }
      }
    }
    int axis = outer - 1;
    while (axis >= 0 && ++at[axis] >= (axis == 0 ? end : t->count[axis])) {
      at[axis] = 0;
      axis--;
    }
    if (axis < 0) return;
  }
}

/* MARK: Reductions */

/* Four vectors in flight hide the latency of the additions. */
#define REDUCE(TERM, TERM_PART)                                            \
  vec s0 = 0, s1 = 0, s2 = 0, s3 = 0;                                      \
  long i = 0;                                                              \
  for (; i + 4 * LANES <= n; i += 4 * LANES) {                             \
    s0 += TERM(i);                                                         \
    s1 += TERM(i + LANES);                                                 \
    s2 += TERM(i + 2 * LANES);                                             \
    s3 += TERM(i + 3 * LANES);                                             \
  }                                                                        \
  for (; i + LANES <= n; i += LANES) s0 += TERM(i);                        \
  if (i < n) s1 += TERM_PART(i, n - i);                                    \
  return total((s0 + s1) + (s2 + s3));

INLINE vec squared(vec x) { return x * x; }

static float sum(const float *a, long n) {
#define TERM(i) load(a + (i))
#define PART(i, count) load_part(a + (i), count)
  REDUCE(TERM, PART)
#undef TERM
#undef PART
}

static float sum_of_squares(const float *a, long n) {
#define TERM(i) squared(load(a + (i)))
#define PART(i, count) squared(load_part(a + (i), count))
  REDUCE(TERM, PART)
#undef TERM
#undef PART
}

static float dot(const float *a, const float *b, long n) {
#define TERM(i) load(a + (i)) * load(b + (i))
#define PART(i, count) load_part(a + (i), count) * load_part(b + (i), count)
  REDUCE(TERM, PART)
#undef TERM
#undef PART
}

/* NaN if any is. */
static float max(const float *a, long n) {
  vec m = splat(a[0]);
  long i = 0;
  for (; i + LANES <= n; i += LANES) m = larger(m, load(a + i));
  if (i < n) m = larger(m, choose(lanes_below(n - i), load_part(a + i, n - i), m));
  return largest(m);
}

static void sum_rows(float *out, const float *a, long rows, long columns, long stride) {
  long j = 0;
  for (; j + 4 * LANES <= columns; j += 4 * LANES) {
    vec s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (long i = 0; i < rows; i++) {
      const float *row = a + i * stride + j;
      s0 += load(row);
      s1 += load(row + LANES);
      s2 += load(row + 2 * LANES);
      s3 += load(row + 3 * LANES);
    }
    store(out + j, s0);
    store(out + j + LANES, s1);
    store(out + j + 2 * LANES, s2);
    store(out + j + 3 * LANES, s3);
  }
  for (; j + LANES <= columns; j += LANES) {
    vec s = 0;
    for (long i = 0; i < rows; i++) s += load(a + i * stride + j);
    store(out + j, s);
  }
  for (; j < columns; j++) {
    float s = 0;
    for (long i = 0; i < rows; i++) s += a[i * stride + j];
    out[j] = s;
  }
}

static void sum_columns(float *out, const float *a, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++) out[i] = sum(a + i * stride, columns);
}

static void max_columns(float *out, const float *a, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++) out[i] = max(a + i * stride, columns);
}

static void log_sum_exp_columns(float *out, const float *a, long rows, long columns, long stride) {
  for (long i = 0; i < rows; i++) {
    const float *row = a + i * stride;
    float top = max(row, columns);
    /* All −∞, or some +∞: the difference to the largest would be NaN. */
    float origin = top > -3.4e38f && top < 3.4e38f ? top : 0;
    vec s = 0;
    long j = 0;
    for (; j + LANES <= columns; j += LANES) s += vec_exp(load(row + j) - origin);
    if (j < columns) {
      vec rest = vec_exp(load_part(row + j, columns - j) - origin);
      s += choose(lanes_below(columns - j), rest, splat(0));
    }
    out[i] = origin + vec_log(splat(total(s))).x;
  }
}

/* MARK: Products with a length of 1 */

static void outer(float *c, long ldc, const float *a, const float *b, long m, long n) {
  for (long i = 0; i < m; i++) apply(WEFT_MULTIPLY_K, c + i * ldc, b, 0, 0, a[i], n);
}

static void matrix_vector(float *c, const float *a, long lda, const float *b, long m, long n) {
  product_of_dots(c, m, b, n, a, lda, 1, m, n, 0);
}

static void vector_matrix(float *c, const float *a, const float *b, long ldb, long m, long n) {
  long j = 0;
  for (; j + 4 * LANES <= n; j += 4 * LANES) {
    vec s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (long i = 0; i < m; i++) {
      const float *row = b + i * ldb + j;
      s0 += load(row) * a[i];
      s1 += load(row + LANES) * a[i];
      s2 += load(row + 2 * LANES) * a[i];
      s3 += load(row + 3 * LANES) * a[i];
    }
    store(c + j, s0);
    store(c + j + LANES, s1);
    store(c + j + 2 * LANES, s2);
    store(c + j + 3 * LANES, s3);
  }
  /* Up to four strips are left. The last one ends with the last column, and some columns before it may
     be computed again, to the same sums. */
  if (n >= LANES) {
#define LAST_STRIPS(COUNT)                                                               \
  case COUNT: {                                                                          \
    vec s[COUNT] = {0};                                                                  \
    long last = n - LANES - j;                                                           \
    for (long i = 0; i < m; i++) {                                                       \
      const float *row = b + i * ldb + j;                                                \
      for (int t = 0; t < COUNT - 1; t++) s[t] += load(row + t * LANES) * a[i];          \
      s[COUNT - 1] += load(row + last) * a[i];                                           \
    }                                                                                    \
    for (int t = 0; t < COUNT - 1; t++) store(c + j + t * LANES, s[t]);                  \
    store(c + j + last, s[COUNT - 1]);                                                   \
    break;                                                                               \
  }
    switch ((n - j + LANES - 1) / LANES) {
      LAST_STRIPS(1)
      LAST_STRIPS(2)
      LAST_STRIPS(3)
      LAST_STRIPS(4)
    }
#undef LAST_STRIPS
  } else {
    vec s = 0;
    for (long i = 0; i < m; i++) s += load_part(b + i * ldb, n) * a[i];
    store_part(c, s, n);
  }
}

/* MARK: Optimisers */

typedef struct { vec p, m, v; } adam_state;

INLINE adam_state adam_step(weft_adam s, adam_state x, vec g) {
  g = g * s.scale;
  x.m = x.m * s.beta1 + g * (1 - s.beta1);
  x.v = x.v * s.beta2 + (g * g) * (1 - s.beta2);
  vec step = x.m * (s.rate * s.c1) / (__builtin_elementwise_sqrt(x.v * s.c2) + s.epsilon);
  x.p = x.p - x.p * (s.rate * s.decay) - step;
  return x;
}

/* How far ahead the writing of what an update reads is announced, within its own n numbers: those
   behind them may be another thread's. */
enum { AHEAD = 64 };

static void adam_update(weft_adam s, float *p, float *m, float *v, const float *g, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) {
    if (i + AHEAD < n) {
      OWN_SOON(p + i + AHEAD);
      OWN_SOON(m + i + AHEAD);
      OWN_SOON(v + i + AHEAD);
    }
    adam_state x = adam_step(
        s, (adam_state){load(p + i), load(m + i), load(v + i)}, load(g + i));
    store(p + i, x.p);
    store(m + i, x.m);
    store(v + i, x.v);
  }
  if (i < n) {
    long rest = n - i;
    adam_state x = adam_step(
        s, (adam_state){load_part(p + i, rest), load_part(m + i, rest), load_part(v + i, rest)},
        load_part(g + i, rest));
    store_part(p + i, x.p, rest);
    store_part(m + i, x.m, rest);
    store_part(v + i, x.v, rest);
  }
}

static void sgd_update(float rate, float scale, float *p, const float *g, long n) {
  float k = rate * scale;
  long i = 0;
  for (; i + LANES <= n; i += LANES) {
    if (i + AHEAD < n) OWN_SOON(p + i + AHEAD);
    store(p + i, load(p + i) - load(g + i) * k);
  }
  if (i < n) store_part(p + i, load_part(p + i, n - i) - load_part(g + i, n - i) * k, n - i);
}

static void momentum_update(
    float rate, float momentum, float scale, float *p, float *v, const float *g, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) {
    if (i + AHEAD < n) {
      OWN_SOON(p + i + AHEAD);
      OWN_SOON(v + i + AHEAD);
    }
    vec w = load(v + i) * momentum + load(g + i) * scale;
    store(v + i, w);
    store(p + i, load(p + i) - w * rate);
  }
  if (i < n) {
    vec w = load_part(v + i, n - i) * momentum + load_part(g + i, n - i) * scale;
    store_part(v + i, w, n - i);
    store_part(p + i, load_part(p + i, n - i) - w * rate, n - i);
  }
}

/* MARK: Random numbers */

/* Sixteen blocks of Philox4x32-10, from block `first` on: number 4 i + w is word w of lane i. */
INLINE void philox(weft_random_key key, uint64_t first, uvec word[4]) {
  uvec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  lvec block = __builtin_convertvector(lane, lvec) + first;
  uvec c0 = __builtin_convertvector(block, uvec);
  /* Streams are small numbers, and so are the upper halves of block numbers. */
  uvec c1 = (__builtin_convertvector(block >> 32, uvec) << 16) ^ key.stream;
  uvec c2 = (uvec)(uint32_t)key.step, c3 = (uvec)(uint32_t)(key.step >> 32);
  uint32_t k0 = (uint32_t)key.seed, k1 = (uint32_t)(key.seed >> 32);
  for (int round = 0; round < 10; round++) {
    lvec p0 = __builtin_convertvector(c0, lvec) * (uint64_t)0xD2511F53;
    lvec p1 = __builtin_convertvector(c2, lvec) * (uint64_t)0xCD9E8D57;
    uvec h0 = __builtin_convertvector(p0 >> 32, uvec), l0 = __builtin_convertvector(p0, uvec);
    uvec h1 = __builtin_convertvector(p1 >> 32, uvec), l1 = __builtin_convertvector(p1, uvec);
    c0 = h1 ^ c1 ^ k0;
    c2 = h0 ^ c3 ^ k1;
    c1 = l1;
    c3 = l0;
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  word[0] = c0;
  word[1] = c1;
  word[2] = c2;
  word[3] = c3;
}

enum { BATCH = 4 * LANES };

/* Numbers of a range come in batches of 64; a batch is cut at the ends of the range. */
#define RANDOM(TYPE, MAKE)                                                        \
  uint64_t last = first + (uint64_t)n;                                            \
  for (uint64_t start = first / BATCH * BATCH; start < last; start += BATCH) {    \
    union { uvec v[4]; uint32_t u[4][LANES]; } raw;                               \
    union { vec v[4]; TYPE x[4][LANES]; } made;                                   \
    philox(key, start / 4, raw.v);                                                \
    MAKE                                                                          \
    for (int i = 0; i < BATCH; i++) {                                             \
      uint64_t at = start + (uint64_t)i;                                          \
      if (at >= first && at < last) out[at - first] = made.x[i % 4][i / 4];       \
    }                                                                             \
  }

static void random_bits(weft_random_key key, uint64_t first, uint32_t *out, long n) {
  RANDOM(uint32_t, for (int w = 0; w < 4; w++) made.v[w] = (vec)raw.v[w];)
}

/* The upper 24 bits as a fraction in [0, 1). */
INLINE vec fraction(uvec x) {
  return __builtin_convertvector((ivec)(x >> 8), vec) * 5.9604644775390625e-8f;
}

static void random_uniform(
    weft_random_key key, uint64_t first, float low, float high, float *out, long n) {
  RANDOM(float, for (int w = 0; w < 4; w++) {
    vec x = low + (high - low) * fraction(raw.v[w]);
    /* Rounding must not reach the end of the range. */
    made.v[w] = choose(x < high, x, splat(low));
  })
}

/* Box and Muller (1958): two words give two normal numbers. */
static void random_normal(
    weft_random_key key, uint64_t first, float mean, float deviation, float *out, long n) {
  RANDOM(float, for (int w = 0; w < 4; w += 2) {
    vec radius = __builtin_elementwise_sqrt(-2.0f * vec_log(1.0f - fraction(raw.v[w])));
    vec angle = 6.28318531f * fraction(raw.v[w + 1]);
    made.v[w] = mean + deviation * (radius * vec_sine(angle, 1));
    made.v[w + 1] = mean + deviation * (radius * vec_sine(angle, 0));
  })
}

const weft_loops WEFT_TABLE = {
    .apply = apply,
    .tiles_run = tiles_run,
    .sum = sum,
    .sum_of_squares = sum_of_squares,
    .dot = dot,
    .sum_rows = sum_rows,
    .sum_columns = sum_columns,
    .max_columns = max_columns,
    .log_sum_exp_columns = log_sum_exp_columns,
    .outer = outer,
    .matrix_vector = matrix_vector,
    .vector_matrix = vector_matrix,
    .product = product,
    .product_packed = product_packed,
    .product_of_dots = product_of_dots,
    .adam_update = adam_update,
    .sgd_update = sgd_update,
    .momentum_update = momentum_update,
    .random_bits = random_bits,
    .random_uniform = random_uniform,
    .random_normal = random_normal,
};
