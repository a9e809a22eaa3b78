/*
 * Matrix products. A few rows of the result stay in registers while the rows of the right side stream
 * by, in strips of as many columns as the registers hold; every number is the sum of its products in
 * their order, so it does not matter how many rows and columns are computed at once. The right side
 * is read where it lies if it is small or there are few rows, and otherwise copied block by block to
 * where its strips follow each other (the panels of Goto and van de Geijn 2008). Few rows times a
 * transposed right side are sums in sixteen lanes instead, which need no copy.
 */

/* Rows of the result at a time, in strips of thirty-two, sixteen, eight and four columns: as many as the
   registers hold, and enough to hide the latency of the additions. */
#if WEFT_VECTOR_BYTES == 64
enum { BROAD_ROWS = 12, WIDE_ROWS = 12, HALF_ROWS = 12, QUARTER_ROWS = 12 };
#elif WEFT_VECTOR_BYTES == 32
enum { WIDE_ROWS = 6, HALF_ROWS = 12, QUARTER_ROWS = 12 };
#else
enum { WIDE_ROWS = 3, HALF_ROWS = 6, QUARTER_ROWS = 12 };
#endif

/* Elements and length of a block of a right side that is read where it lies, which is used for all rows
   before the next one. */
enum { PRODUCT_BLOCK = 4096, PRODUCT_INNER = 64 };
_Static_assert(PRODUCT_BLOCK / (2 * PRODUCT_INNER) >= 16, "a block is at least a vector wide");

/* A large right side for few rows is used once or twice, so it pays more to read long rows of it, few at
   a time, which the processor fetches ahead, than to keep a block. */
enum { STREAM_FROM = 65536, STREAM_MOST_ROWS = 12, STREAM_INNER = 16, STREAM_COLUMNS = 2048 };

typedef float broad_vec __attribute__((ext_vector_type(32)));
typedef float broad_unaligned __attribute__((ext_vector_type(32), aligned(4)));
typedef float quarter_vec __attribute__((ext_vector_type(4)));
typedef float half_unaligned __attribute__((ext_vector_type(8), aligned(4)));
typedef float quarter_unaligned __attribute__((ext_vector_type(4), aligned(4)));

typedef struct {
  float *c;
  long ldc;
  const float *a;
  long down, along; /* of a: from row to row, and along the inner dimension */
  const float *b;
  long ldb, next; /* of b: from row to row, and from strip to strip */
  long columns, inner;
  int accumulate; /* whether the result goes on from what is there */
  const float *d; /* what is added to the finished sums, or null */
  long ldd;
} strips;

/* Hides where a pointer comes from. The compiler would otherwise make each row's address from the one
   before, a chain of additions that takes longer than the arithmetic. */
#define APART(POINTER) __asm__("" : "+r"(POINTER))

#define WHOLE_LOAD(UNALIGNED, AT, COUNT) (*(const UNALIGNED *)(AT))
#define WHOLE_STORE(UNALIGNED, AT, X, COUNT) (*(UNALIGNED *)(AT) = (X))
#define PART_LOAD(UNALIGNED, AT, COUNT) load_part(AT, COUNT)
#define PART_STORE(UNALIGNED, AT, X, COUNT) store_part(AT, X, COUNT)

/* `rows` rows of the result, strip by strip of WIDTH columns, of which `columns` is a multiple; or the
   one strip of fewer columns than that. Three rows of a have one pointer. */
#define STRIPS(NAME, TYPE, UNALIGNED, WIDTH, MOST, LOAD, STORE)                       \
  INLINE void NAME(const int rows, strips s) {                                        \
    const int threes = (rows + 2) / 3;                                                \
    const float *first = s.b;                                                         \
    for (long j = 0; j < s.columns; j += WIDTH) {                                     \
      TYPE sum[MOST];                                                                 \
      for (int r = 0; r < rows; r++)                                                  \
        sum[r] = s.accumulate ? LOAD(UNALIGNED, s.c + r * s.ldc + j, s.columns) : (TYPE)0.0f; \
      const float *b = first, *a[(MOST + 2) / 3];                                     \
      for (int t = 0; t < threes; t++) {                                              \
        a[t] = s.a + 3 * t * s.down;                                                  \
        APART(a[t]);                                                                  \
      }                                                                               \
      if (!s.accumulate)                                                              \
        for (int r = 0; r < rows; r++)                                                \
          for (int l = 0; l < WIDTH; l += 16) OWN_SOON(s.c + r * s.ldc + j + l);      \
      for (long p = 0; p < s.inner; p++) {                                            \
        TYPE x = *(const UNALIGNED *)b;                                               \
        for (int r = 0; r < rows; r++) sum[r] += x * a[r / 3][r % 3 * s.down];        \
        b += s.ldb;                                                                   \
        for (int t = 0; t < threes; t++) a[t] += s.along;                             \
      }                                                                               \
      if (s.d)                                                                        \
        for (int r = 0; r < rows; r++)                                                \
          sum[r] += LOAD(UNALIGNED, s.d + r * s.ldd + j, s.columns);                  \
      for (int r = 0; r < rows; r++)                                                  \
        STORE(UNALIGNED, s.c + r * s.ldc + j, sum[r], s.columns);                     \
      first += s.next;                                                                \
    }                                                                                 \
  }

#if WEFT_VECTOR_BYTES == 64
STRIPS(broad_strips, broad_vec, broad_unaligned, 32, BROAD_ROWS, WHOLE_LOAD, WHOLE_STORE)
#endif
STRIPS(wide_strips, vec, vec_unaligned, 16, WIDE_ROWS, WHOLE_LOAD, WHOLE_STORE)
STRIPS(part_strips, vec, vec_unaligned, 16, WIDE_ROWS, PART_LOAD, PART_STORE)
STRIPS(half_strips, half_vec, half_unaligned, 8, HALF_ROWS, WHOLE_LOAD, WHOLE_STORE)
STRIPS(quarter_strips, quarter_vec, quarter_unaligned, 4, QUARTER_ROWS, WHOLE_LOAD, WHOLE_STORE)

/* The number of rows is known where the loops over it are unrolled; more than there are registers for
   never come. */
#define ROWS_CASE(NAME, COUNT, MOST) \
  case COUNT: \
    if (COUNT <= MOST) NAME(COUNT <= MOST ? COUNT : 1, s); \
    break;

/* A group of rows. */
#define GROUP_OF(NAME, MOST)                  \
  static void NAME##_of(long rows, strips s) { \
    switch (rows) {                           \
      ROWS_CASE(NAME, 1, MOST)                \
      ROWS_CASE(NAME, 2, MOST)                \
      ROWS_CASE(NAME, 3, MOST)                \
      ROWS_CASE(NAME, 4, MOST)                \
      ROWS_CASE(NAME, 5, MOST)                \
      ROWS_CASE(NAME, 6, MOST)                \
      ROWS_CASE(NAME, 7, MOST)                \
      ROWS_CASE(NAME, 8, MOST)                \
      ROWS_CASE(NAME, 9, MOST)                \
      ROWS_CASE(NAME, 10, MOST)               \
      ROWS_CASE(NAME, 11, MOST)               \
      ROWS_CASE(NAME, 12, MOST)               \
    }                                         \
  }

#if WEFT_VECTOR_BYTES == 64
GROUP_OF(broad_strips, BROAD_ROWS)
#endif
GROUP_OF(wide_strips, WIDE_ROWS)
GROUP_OF(part_strips, WIDE_ROWS)
GROUP_OF(half_strips, HALF_ROWS)
GROUP_OF(quarter_strips, QUARTER_ROWS)

/* M rows in groups as equal as they can be: BODY for each with its number of `rows`, S moving on. */
#define EACH_GROUP(M, MOST, S, BODY)                                               \
  for (long left = (M), groups = (left + MOST - 1) / MOST; groups; groups--) {     \
    long rows = (left + groups - 1) / groups;                                      \
    BODY;                                                                          \
    (S).c += rows * (S).ldc;                                                       \
    (S).a += rows * (S).down;                                                      \
    if ((S).d) (S).d += rows * (S).ldd;                                            \
    left -= rows;                                                                  \
  }

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

/* Rows r, r + 4, r + 8 and r + 12 of four columns. */
INLINE vec every_fourth(const float *a, long lda) {
  half_vec low = __builtin_shufflevector(
      *(const quarter_unaligned *)a, *(const quarter_unaligned *)(a + 4 * lda), 0, 1, 2, 3, 4, 5, 6, 7);
  half_vec high = __builtin_shufflevector(
      *(const quarter_unaligned *)(a + 8 * lda), *(const quarter_unaligned *)(a + 12 * lda), 0, 1, 2, 3, 4,
      5, 6, 7);
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

/* Sixteen rows of four columns, out[c][r] = a[r][c]. */
INLINE void transpose_strip(float *out, long ldo, const float *a, long lda) {
  vec x0 = every_fourth(a, lda), x1 = every_fourth(a + lda, lda);
  vec x2 = every_fourth(a + 2 * lda, lda), x3 = every_fourth(a + 3 * lda, lda);
#define LOW(X, Y) \
  __builtin_shufflevector(X, Y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(X, Y) \
  __builtin_shufflevector(X, Y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FIRST(X, Y) \
  __builtin_shufflevector(X, Y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define SECOND(X, Y) \
  __builtin_shufflevector(X, Y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
  vec low01 = LOW(x0, x1), high01 = HIGH(x0, x1), low23 = LOW(x2, x3), high23 = HIGH(x2, x3);
  store(out, FIRST(low01, low23));
  store(out + ldo, SECOND(low01, low23));
  store(out + 2 * ldo, FIRST(high01, high23));
  store(out + 3 * ldo, SECOND(high01, high23));
#undef LOW
#undef HIGH
#undef FIRST
#undef SECOND
}

/* Columns of the right side that are used together: a strip of a packed panel. */
#if WEFT_VECTOR_BYTES == 64
enum { STRIP = 32 };
#define whole_strips_of broad_strips_of
enum { WHOLE_ROWS = BROAD_ROWS };
#else
enum { STRIP = 16 };
#define whole_strips_of wide_strips_of
enum { WHOLE_ROWS = WIDE_ROWS };
#endif

_Static_assert((int)WHOLE_ROWS <= (int)WEFT_PANEL_ROWS, "a group of rows fits behind the panel");
_Static_assert((int)WEFT_PANEL_COLUMNS % (int)STRIP == 0, "a panel is whole strips");

/* A strip of `width` columns of a panel; what is missing of `full` is zero. */
static void pack_strip(
    float *strip, long full, const float *b, long ldb, int transposed, long inner, long width) {
  if (width < full)
    for (long i = 0; i < inner * full; i += 16) store(strip + i, (vec)0.0f);
  if (transposed && width >= 16 && inner >= 4) {
    for (long r = 0; r < width; r += 16) {
      if (r + 16 > width) r = width - 16;
      for (long p = 0; p < inner; p += 4) {
        if (p + 4 > inner) p = inner - 4;
        transpose_strip(strip + p * full + r, full, b + r * ldb + p, ldb);
      }
    }
  } else if (transposed && width >= 4 && inner >= 4) {
    for (long r = 0; r < width; r += 4) {
      if (r + 4 > width) r = width - 4;
      for (long p = 0; p < inner; p += 4) {
        if (p + 4 > inner) p = inner - 4;
        transpose_block(strip + p * full + r, full, b + r * ldb + p, ldb);
      }
    }
  } else if (transposed) {
    for (long r = 0; r < width; r++)
      for (long p = 0; p < inner; p++) strip[p * full + r] = b[r * ldb + p];
  } else if (width == full) {
    for (long p = 0; p < inner; p++)
      for (long j = 0; j < full; j += 16) store(strip + p * full + j, load(b + p * ldb + j));
  } else {
    for (long p = 0; p < inner; p++)
      for (long j = 0; j < width; j++) strip[p * full + j] = b[p * ldb + j];
  }
}

/* Copies `rows` columns of a that lie along it. */
static void pack_group(float *group, const float *a, long along, long inner, long rows) {
  for (long p = 0; p < inner; p++) store(group + p * rows, load_part(a + p * along, rows));
}

/* How far apart the columns of a left side may be, for groups of rows that do not lie along it, without
   being driven out of the first-level cache by each other before the next strip. */
enum { PACKED_FROM = 256 };

/* With the right side copied, block by block, to where its strips follow each other; and the left side
   too where that pays. */
static void product_packed(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb,
    int transposed, long m, long n, long k, const float *d, long ldd, float *panel) {
  float *group = panel + WEFT_PANEL_INNER * WEFT_PANEL_COLUMNS;
  for (long j = 0; j < n; j += WEFT_PANEL_COLUMNS) {
    long columns = n - j < WEFT_PANEL_COLUMNS ? n - j : WEFT_PANEL_COLUMNS;
    long whole = columns / STRIP * STRIP;
    for (long p = 0; p < k; p += WEFT_PANEL_INNER) {
      long inner = k - p < WEFT_PANEL_INNER ? k - p : WEFT_PANEL_INNER;
      const float *block = transposed ? b + j * ldb + p : b + p * ldb + j;
      long step = transposed ? ldb : 1;
      for (long i = 0; i < columns; i += STRIP) {
        long width = columns - i < STRIP ? columns - i : STRIP;
        long full = (width + 15) / 16 * 16;
        pack_strip(panel + i * inner, full, block + i * step, ldb, transposed, inner, width);
      }
      int is_last = p + inner == k;
      strips s = {c + j, ldc, a + p * along, down, along, panel, STRIP, STRIP * inner,
                  whole, inner, p > 0, d && is_last ? d + j : 0, ldd};
      EACH_GROUP(m, WHOLE_ROWS, s, {
        strips g = s;
        if (along > PACKED_FROM && columns > STRIP) {
          pack_group(group, s.a, along, inner, rows);
          g.a = group;
          g.down = 1;
          g.along = rows;
        }
        if (whole) whole_strips_of(rows, g);
        g.c += whole;
        g.b += whole * inner;
        if (g.d) g.d += whole;
        long rest = columns - whole;
        g.ldb = (rest + 15) / 16 * 16;
        if (rest >= 16) {
          g.columns = 16;
          wide_strips_of(rows, g);
          g.c += 16;
          g.b += 16;
          if (g.d) g.d += 16;
        }
        g.columns = rest % 16;
        if (g.columns) part_strips_of(rows, g);
      })
    }
  }
}

/* Rows of the result at a time where its numbers are sums in lanes. */
#if WEFT_VECTOR_BYTES == 64
enum { DOT_ROWS = 4 };
#else
enum { DOT_ROWS = 1 };
#endif

/* The sums of four vectors, each added up as `total` does. */
INLINE quarter_vec totals(const vec x[4]) {
#define HALVES(A, B, SUM)                                                                            \
  SUM = __builtin_shufflevector(A, B, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)        \
        + __builtin_shufflevector(A, B, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
  vec low, high;
  HALVES(x[0], x[1], low);
  HALVES(x[2], x[3], high);
#undef HALVES
  vec fours =
      __builtin_shufflevector(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
      + __builtin_shufflevector(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  fours += __builtin_shufflevector(fours, fours, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return __builtin_shufflevector(fours, fours, 0, 4, 8, 12)
         + __builtin_shufflevector(fours, fours, 1, 5, 9, 13);
}

INLINE void dot_block(
    const int rows, const int columns, float *c, long ldc, const float *a, long lda, const float *b,
    long ldb, long k, int accumulate) {
  vec sum[DOT_ROWS][4];
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < 4; j++) sum[r][j] = (vec)0.0f;
  long p = 0;
#define DOT_STEP(LOAD)                                                     \
  {                                                                        \
    vec x[4];                                                              \
    for (int j = 0; j < columns; j++) x[j] = LOAD(b + j * ldb + p);        \
    for (int r = 0; r < rows; r++) {                                       \
      vec y = LOAD(a + r * lda + p);                                       \
      for (int j = 0; j < columns; j++) sum[r][j] += x[j] * y;             \
    }                                                                      \
  }
#define REST(AT) load_part(AT, k - p)
  for (; p + LANES <= k; p += LANES) DOT_STEP(load)
  if (p < k) DOT_STEP(REST)
#undef REST
#undef DOT_STEP
  for (int r = 0; r < rows; r++) {
    union { quarter_vec v; float f[4]; } t = {.v = totals(sum[r])};
    for (int j = 0; j < columns; j++)
      c[r * ldc + j] = accumulate ? c[r * ldc + j] + t.f[j] : t.f[j];
  }
}

/* Few rows times a right side whose columns lie along it. */
static void product_of_dots(
    float *c, long ldc, const float *a, long lda, const float *b, long ldb, long m, long n, long k,
    int accumulate) {
  for (long j = 0; j < n; j += 4) {
    long columns = n - j < 4 ? n - j : 4;
    for (long i = 0; i < m; i += DOT_ROWS) {
      long rows = m - i < DOT_ROWS ? m - i : DOT_ROWS;
#define DOT_CASE(R, C) \
  case 8 * R + C:                                                                         \
    dot_block(R, C, c + i * ldc + j, ldc, a + i * lda, lda, b + j * ldb, ldb, k, accumulate); \
    break;
      switch (8 * rows + columns) {
        DOT_CASE(1, 1) DOT_CASE(1, 2) DOT_CASE(1, 3) DOT_CASE(1, 4)
#if WEFT_VECTOR_BYTES == 64
        DOT_CASE(2, 1) DOT_CASE(2, 2) DOT_CASE(2, 3) DOT_CASE(2, 4)
        DOT_CASE(3, 1) DOT_CASE(3, 2) DOT_CASE(3, 3) DOT_CASE(3, 4)
        DOT_CASE(4, 1) DOT_CASE(4, 2) DOT_CASE(4, 3) DOT_CASE(4, 4)
#endif
      }
    }
  }
}

/* With the right side read where it lies. */
static void product(
    float *c, long ldc, const float *a, long down, long along, const float *b, long ldb, long m,
    long n, long k, const float *d, long ldd) {
  /* Sums go through memory between blocks of the inner dimension, in their order. */
  long wide = n / 16 * 16;
  long length = k < 2 * PRODUCT_INNER ? k : PRODUCT_INNER;
  long width = PRODUCT_BLOCK / length / 16 * 16;
  if (m <= STREAM_MOST_ROWS && k > STREAM_INNER && k * n > STREAM_FROM) {
    length = STREAM_INNER;
    width = STREAM_COLUMNS;
  }
  for (long j = 0; j < wide; j += width) {
    long columns = wide - j < width ? wide - j : width;
    for (long p = 0; p < k; p += length) {
      long inner = k - p < length ? k - p : length;
      long whole = columns / STRIP * STRIP;
      int is_last = p + inner == k;
      strips s = {c + j, ldc, a + p * along, down, along, b + p * ldb + j, ldb, STRIP,
                  whole, inner, p > 0, d && is_last ? d + j : 0, ldd};
      EACH_GROUP(m, WHOLE_ROWS, s, {
        if (whole) whole_strips_of(rows, s);
        if (whole < columns) {
          strips g = s;
          g.c += whole;
          g.b += whole;
          if (g.d) g.d += whole;
          g.columns = columns - whole;
          wide_strips_of(rows, g);
        }
      })
    }
  }
  /* What is left over, in the narrowest strips that hold it. They end with the last column, and some
     columns before it may be computed again, to the same sums. */
  for (long j = wide, rest; (rest = n - j) > 0;) {
    long strip = rest > 12 && n >= 16 ? 16 : rest > 4 && n >= 8 ? 8 : 4;
    if (strip > rest) j = n - strip;
    strips s = {c + j, ldc, a, down, along, b + j, ldb, strip, strip, k, 0, d ? d + j : 0, ldd};
    if (strip == 16) EACH_GROUP(m, WIDE_ROWS, s, wide_strips_of(rows, s))
    else if (strip == 8) EACH_GROUP(m, HALF_ROWS, s, half_strips_of(rows, s))
    else EACH_GROUP(m, QUARTER_ROWS, s, quarter_strips_of(rows, s))
    j += strip;
  }
}
