/*
 * Products of small matrices, for which the call of a BLAS costs more than the work, and products
 * that add up few outer products (the gradient of a hypernetwork's head). A few rows of the result
 * stay in registers while the rows of the right side stream by; that side must fit into the cache.
 */

/* Rows of the result at a time, in strips of sixteen, eight and four columns: as many as the registers
   hold, and enough to hide the latency of the additions. */
#if WEFT_VECTOR_BYTES == 64
enum { WIDE_ROWS = 12, HALF_ROWS = 12, QUARTER_ROWS = 12 };
#elif WEFT_VECTOR_BYTES == 32
enum { WIDE_ROWS = 6, HALF_ROWS = 12, QUARTER_ROWS = 12 };
#else
enum { WIDE_ROWS = 3, HALF_ROWS = 6, QUARTER_ROWS = 12 };
#endif

/* Columns and length of a block of the right side, which is used for all rows before the next one. */
enum { PRODUCT_BLOCK = 4096, PRODUCT_INNER = 64 };

typedef float quarter_vec __attribute__((ext_vector_type(4)));
typedef float half_unaligned __attribute__((ext_vector_type(8), aligned(4)));
typedef float quarter_unaligned __attribute__((ext_vector_type(4), aligned(4)));

typedef struct {
  float *c;
  long ldc;
  const float *a;
  long down, along; /* of a: from row to row, and along the inner dimension */
  const float *b;
  long ldb, columns, inner;
  int accumulate; /* whether the result goes on from what is there */
} strips;

/* Hides where a pointer comes from. The compiler would otherwise make each row's address from the one
   before, a chain of additions that takes longer than the arithmetic. */
#define APART(POINTER) __asm__("" : "+r"(POINTER))

/* `rows` rows of the result, strip by strip of WIDTH columns, of which `columns` is a multiple. Three
   rows of a have one pointer. */
#define STRIPS(NAME, TYPE, UNALIGNED, WIDTH, MOST)                                    \
  INLINE void NAME(const int rows, strips s) {                                        \
    const int threes = (rows + 2) / 3;                                                \
    for (long j = 0; j < s.columns; j += WIDTH) {                                     \
      TYPE sum[MOST];                                                                 \
      for (int r = 0; r < rows; r++)                                                  \
        sum[r] = s.accumulate ? *(UNALIGNED *)(s.c + r * s.ldc + j) : (TYPE)0.0f;     \
      const float *b = s.b + j, *a[(MOST + 2) / 3];                                   \
      for (int t = 0; t < threes; t++) {                                              \
        a[t] = s.a + 3 * t * s.down;                                                  \
        APART(a[t]);                                                                  \
      }                                                                               \
      for (long p = 0; p < s.inner; p++) {                                            \
        TYPE x = *(const UNALIGNED *)b;                                               \
        for (int r = 0; r < rows; r++) sum[r] += x * a[r / 3][r % 3 * s.down];        \
        b += s.ldb;                                                                   \
        for (int t = 0; t < threes; t++) a[t] += s.along;                             \
      }                                                                               \
      for (int r = 0; r < rows; r++) *(UNALIGNED *)(s.c + r * s.ldc + j) = sum[r];    \
    }                                                                                 \
  }

STRIPS(wide_strips, vec, vec_unaligned, 16, WIDE_ROWS)
STRIPS(half_strips, half_vec, half_unaligned, 8, HALF_ROWS)
STRIPS(quarter_strips, quarter_vec, quarter_unaligned, 4, QUARTER_ROWS)

/* The number of rows is known where the loops over it are unrolled; more than there are registers for
   never come. */
#define ROWS_CASE(NAME, COUNT, MOST) \
  case COUNT: \
    if (COUNT <= MOST) NAME(COUNT <= MOST ? COUNT : 1, s); \
    break;

/* All `m` rows, in groups as equal as they can be; `s` starts as the first of them. */
#define ROWS_OF(NAME, MOST)                              \
  static void NAME##_of(long m, strips s) {              \
    for (long groups = (m + MOST - 1) / MOST; groups; groups--) { \
      long rows = (m + groups - 1) / groups;             \
      switch (rows) {                                    \
        ROWS_CASE(NAME, 1, MOST)                         \
        ROWS_CASE(NAME, 2, MOST)                         \
        ROWS_CASE(NAME, 3, MOST)                         \
        ROWS_CASE(NAME, 4, MOST)                         \
        ROWS_CASE(NAME, 5, MOST)                         \
        ROWS_CASE(NAME, 6, MOST)                         \
        ROWS_CASE(NAME, 7, MOST)                         \
        ROWS_CASE(NAME, 8, MOST)                         \
        ROWS_CASE(NAME, 9, MOST)                         \
        ROWS_CASE(NAME, 10, MOST)                        \
        ROWS_CASE(NAME, 11, MOST)                        \
        ROWS_CASE(NAME, 12, MOST)                        \
      }                                                  \
      s.c += rows * s.ldc;                               \
      s.a += rows * s.down;                              \
      m -= rows;                                         \
    }                                                    \
  }

ROWS_OF(wide_strips, WIDE_ROWS)
ROWS_OF(half_strips, HALF_ROWS)
ROWS_OF(quarter_strips, QUARTER_ROWS)

/* Sixteen elements, out[c][r] = a[r][c]. */
INLINE void transpose_block(float *out, long ldo, const float *a, long lda) {
  quarter_vec x0 = *(const quarter_unaligned *)a;
  quarter_vec x1 = *(const quarter_unaligned *)(a + lda);
  quarter_vec x2 = *(const quarter_unaligned *)(a + 2 * lda);
  quarter_vec x3 = *(const quarter_unaligned *)(a + 3 * lda);
  quarter_vec low01 = __builtin_shufflevector(x0, x1, 0, 4, 1, 5);
  quarter_vec high01 = __builtin_shufflevector(x0, x1, 2, 6, 3, 7);
  quarter_vec low23 = __builtin_shufflevector(x2, x3, 0, 4, 1, 5);
  quarter_vec high23 = __builtin_shufflevector(x2, x3, 2, 6, 3, 7);
  *(quarter_unaligned *)out = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  *(quarter_unaligned *)(out + ldo) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  *(quarter_unaligned *)(out + 2 * ldo) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  *(quarter_unaligned *)(out + 3 * ldo) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

/* out[c][r] = a[r][c], without gaps. The last blocks end with the last row and column, and may write
   some elements again. */
static void transpose(float *out, const float *a, long lda, long rows, long columns) {
  if (rows < 4 || columns < 4) {
    for (long r = 0; r < rows; r++)
      for (long c = 0; c < columns; c++) out[c * rows + r] = a[r * lda + c];
    return;
  }
  for (long r = 0; r < rows; r += 4) {
    if (r + 4 > rows) r = rows - 4;
    for (long c = 0; c < columns; c += 4) {
      if (c + 4 > columns) c = columns - 4;
      transpose_block(out + c * rows + r, rows, a + r * lda + c, lda);
    }
  }
}

static void product(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb,
    int transposed, long m, long n, long k) {
  float panel[WEFT_PANEL];
  if (transposed) {
    transpose(panel, b, ldb, n, k);
    b = panel;
    ldb = n;
  }
  /* Sums go through memory between blocks of the inner dimension, in their order. */
  long wide = n / 16 * 16;
  long length = k < 2 * PRODUCT_INNER ? k : PRODUCT_INNER;
  long width = PRODUCT_BLOCK / length / 16 * 16;
  for (long j = 0; j < wide; j += width) {
    long columns = wide - j < width ? wide - j : width;
    for (long p = 0; p < k; p += length) {
      long inner = k - p < length ? k - p : length;
      strips s = {
          c + j, ldc, a + p * along, down, along, b + p * ldb + j, ldb, columns, inner, p > 0};
      wide_strips_of(m, s);
    }
  }
  /* What is left over, in the narrowest strips that hold it. They end with the last column, and some
     columns before it may be computed again, to the same sums. */
  for (long j = wide, rest; (rest = n - j) > 0;) {
    long strip = rest > 12 && n >= 16 ? 16 : rest > 4 && n >= 8 ? 8 : 4;
    if (strip > rest) j = n - strip;
    strips s = {c + j, ldc, a, down, along, b + j, ldb, strip, k, 0};
    if (strip == 16) wide_strips_of(m, s);
    else if (strip == 8) half_strips_of(m, s);
    else quarter_strips_of(m, s);
    j += strip;
  }
}
