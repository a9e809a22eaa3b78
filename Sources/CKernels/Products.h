/*
 * Products of small matrices, for which the call of a BLAS costs more than the work, and products
 * that add up few outer products (the gradient of a hypernetwork's head). A few rows of the result
 * stay in registers while the rows of the right side stream by; that side must fit into the cache.
 */

/* Rows of the result at a time: as many as the registers hold, sixteen columns each. */
#if WEFT_VECTOR_BYTES == 64
enum { PRODUCT_ROWS = 12 };
#elif WEFT_VECTOR_BYTES == 32
enum { PRODUCT_ROWS = 6 };
#else
enum { PRODUCT_ROWS = 3 };
#endif

/* Floats of the right side that are used for all rows before the next ones. */
enum { PRODUCT_BLOCK = 4096 };

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
} strips;

/* `rows` rows of the result, strip by strip of WIDTH columns; the last strip ends at the last column
   and may compute some of them again. There are at least WIDTH columns. */
#define STRIPS(NAME, TYPE, UNALIGNED, WIDTH)                                          \
  INLINE void NAME(const int rows, strips s) {                                        \
    for (long j = 0; j < s.columns; j += WIDTH) {                                     \
      if (j + WIDTH > s.columns) j = s.columns - WIDTH;                               \
      TYPE sum[PRODUCT_ROWS];                                                         \
      for (int r = 0; r < rows; r++) sum[r] = (TYPE)0.0f;                             \
      const float *b = s.b + j, *a = s.a;                                             \
      for (long p = 0; p < s.inner; p++) {                                            \
        TYPE x = *(const UNALIGNED *)b;                                               \
        for (int r = 0; r < rows; r++) sum[r] += x * a[r * s.down];                   \
        b += s.ldb;                                                                   \
        a += s.along;                                                                 \
      }                                                                               \
      for (int r = 0; r < rows; r++) *(UNALIGNED *)(s.c + r * s.ldc + j) = sum[r];    \
    }                                                                                 \
  }

STRIPS(wide_strips, vec, vec_unaligned, 16)
STRIPS(half_strips, half_vec, half_unaligned, 8)
STRIPS(quarter_strips, quarter_vec, quarter_unaligned, 4)

/* The number of rows is known where the loops over it are unrolled; more than there are registers for
   never come. */
#define ROWS_CASE(NAME, COUNT) \
  case COUNT: \
    if (COUNT <= PRODUCT_ROWS) NAME(COUNT <= PRODUCT_ROWS ? COUNT : 1, s); \
    return;

#define ROWS_OF(NAME)                          \
  static void NAME##_of(long rows, strips s) { \
    switch (rows) {                            \
      ROWS_CASE(NAME, 1)                       \
      ROWS_CASE(NAME, 2)                       \
      ROWS_CASE(NAME, 3)                       \
      ROWS_CASE(NAME, 4)                       \
      ROWS_CASE(NAME, 5)                       \
      ROWS_CASE(NAME, 6)                       \
      ROWS_CASE(NAME, 7)                       \
      ROWS_CASE(NAME, 8)                       \
      ROWS_CASE(NAME, 9)                       \
      ROWS_CASE(NAME, 10)                      \
      ROWS_CASE(NAME, 11)                      \
      ROWS_CASE(NAME, 12)                      \
    }                                          \
  }

ROWS_OF(wide_strips)
ROWS_OF(half_strips)
ROWS_OF(quarter_strips)

/* out[c][r] = a[r][c], without gaps. */
static void transpose(float *out, const float *a, long lda, long rows, long columns) {
  long r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *row = a + r * lda;
    long c = 0;
    for (; c + 4 <= columns; c += 4) {
      quarter_vec x0 = *(const quarter_unaligned *)(row + c);
      quarter_vec x1 = *(const quarter_unaligned *)(row + lda + c);
      quarter_vec x2 = *(const quarter_unaligned *)(row + 2 * lda + c);
      quarter_vec x3 = *(const quarter_unaligned *)(row + 3 * lda + c);
      quarter_vec low01 = __builtin_shufflevector(x0, x1, 0, 4, 1, 5);
      quarter_vec high01 = __builtin_shufflevector(x0, x1, 2, 6, 3, 7);
      quarter_vec low23 = __builtin_shufflevector(x2, x3, 0, 4, 1, 5);
      quarter_vec high23 = __builtin_shufflevector(x2, x3, 2, 6, 3, 7);
      float *to = out + c * rows + r;
      *(quarter_unaligned *)to = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
      *(quarter_unaligned *)(to + rows) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
      *(quarter_unaligned *)(to + 2 * rows) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
      *(quarter_unaligned *)(to + 3 * rows) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    for (; c < columns; c++)
      for (long i = 0; i < 4; i++) out[c * rows + r + i] = row[i * lda + c];
  }
  for (; r < rows; r++)
    for (long c = 0; c < columns; c++) out[c * rows + r] = a[r * lda + c];
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
  /* As many columns at a time as stay in the first-level cache. */
  long width = PRODUCT_BLOCK / k / 16 * 16;
  if (width < 64) width = 64;
  for (long j = 0; j < n; j += width) {
    /* What is left over and too narrow for a strip is computed with columns before it. */
    if (j && n - j < 16) j = n - 16;
    long columns = n - j < width ? n - j : width;
    for (long i = 0; i < m; i += PRODUCT_ROWS) {
      long rows = m - i < PRODUCT_ROWS ? m - i : PRODUCT_ROWS;
      strips s = {c + i * ldc + j, ldc, a + i * down, down, along, b + j, ldb, columns, k};
      if (n >= 16) wide_strips_of(rows, s);
      else if (n >= 8) half_strips_of(rows, s);
      else quarter_strips_of(rows, s);
    }
  }
}
