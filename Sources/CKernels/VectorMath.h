/*
 * Sixteen floats at a time, and the functions of one variable on them. The compiler makes of a
 * vector one, two or four registers, whatever the instruction set has; sums therefore have the same
 * sixteen lanes everywhere.
 *
 * Included once for each instruction set. Errors are relative, against double precision, in the
 * ranges given; comparisons are written so that NaN stays NaN.
 */
#include <stdint.h>
#include <string.h>

#if WEFT_VECTOR_BYTES > 16
#include <immintrin.h>
#endif

/* Every function with a vector argument is inlined: no calling convention is involved. */
#pragma clang diagnostic ignored "-Wpsabi"
#define INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((ext_vector_type(16)));
typedef float vec_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef float half_vec __attribute__((ext_vector_type(8)));
typedef int32_t ivec __attribute__((ext_vector_type(16)));
typedef uint32_t uvec __attribute__((ext_vector_type(16)));
typedef uint64_t lvec __attribute__((ext_vector_type(16)));
enum { LANES = 16 };

INLINE vec splat(float x) { return (vec)x; }
INLINE vec load(const float *a) { return *(const vec_unaligned *)a; }
INLINE void store(float *a, vec x) { *(vec_unaligned *)a = x; }

INLINE ivec lanes_below(long n) {
  ivec lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return lane < (int32_t)n;
}

/* Asks for memory that is written in a moment, so that the write need not wait until a core that has
   read or written it gives it up. */
#define OWN_SOON(AT) __builtin_prefetch(AT, 1, 3)

/* Fewer than sixteen floats, the other lanes 0. Nothing beyond them is touched. */
INLINE vec load_part(const float *a, long n) {
#if WEFT_VECTOR_BYTES == 64
  return (vec)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), a);
#elif WEFT_VECTOR_BYTES == 32
  ivec mask = lanes_below(n);
  vec x;
  x.lo = (half_vec)_mm256_maskload_ps(a, (__m256i)mask.lo);
  x.hi = (half_vec)_mm256_maskload_ps(a + 8, (__m256i)mask.hi);
  return x;
#else
  union { vec v; float f[LANES]; } t = {.v = 0};
  for (long i = 0; i < n; i++) t.f[i] = a[i];
  return t.v;
#endif
}

INLINE void store_part(float *a, vec x, long n) {
  union { vec v; float f[LANES]; } t = {.v = x};
  const float *from = t.f;
  /* n in binary: copies of fixed lengths. */
  for (long length = 8; length; length /= 2) {
    if (!(n & length)) continue;
    memcpy(a, from, (size_t)length * sizeof(float));
    a += length;
    from += length;
  }
}

INLINE vec choose(ivec condition, vec a, vec b) { return condition ? a : b; }
INLINE ivec bits(vec x) { return (ivec)x; }
INLINE vec number(ivec x) { return (vec)x; }

INLINE vec magnitude(vec x) { return number(bits(x) & 0x7fffffff); }
INLINE vec with_sign_of(vec x, vec sign) {
  return number((bits(x) & 0x7fffffff) | (bits(sign) & (ivec)0x80000000));
}
/* NaN if either is. */
INLINE vec larger(vec a, vec b) { return choose(a > b, a, choose(a == a, b, a)); }
INLINE vec smaller(vec a, vec b) { return choose(a < b, a, choose(a == a, b, a)); }

/* Lanes to one number, as a tree. */
INLINE float total(vec x) {
  typedef float vec4 __attribute__((ext_vector_type(4)));
  half_vec a = x.lo + x.hi;
  vec4 b = a.lo + a.hi;
  return (b.x + b.z) + (b.y + b.w);
}

/* NaN if any lane is. */
INLINE float largest(vec x) {
#define LARGER(a, b) ((a) > (b) ? (a) : (a) == (a) ? (b) : (a))
  typedef float vec4 __attribute__((ext_vector_type(4)));
  half_vec a = LARGER(x.lo, x.hi);
  vec4 b = LARGER(a.lo, a.hi);
  float c = LARGER(b.x, b.z), d = LARGER(b.y, b.w);
  return LARGER(c, d);
#undef LARGER
}

/* Adding and taking away 1.5 · 2^23 rounds to a whole number, which then stands in the low bits. */
#define ROUNDING 12582912.0f

/* e^x, error 2e-7; 0 below -86.6, infinite above 88.7. x = n log 2 + r, polynomial in r (Cephes). */
INLINE vec vec_exp(vec x) {
  vec c = choose(x > 89.0f, splat(89.0f), choose(x < -86.6f, splat(-86.6f), x));
  vec shifted = c * 1.44269504f + ROUNDING;
  vec n = shifted - ROUNDING;
  vec r = c - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vec p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  /* Twice 2^(n-1), since 2^128 is no float. */
  ivec half = (bits(shifted) - bits(splat(ROUNDING)) + 126) << 23;
  p = p * 2.0f * number(half);
  return choose(x > 88.72f, splat(__builtin_inff()), choose(x < -86.6f, splat(0), p));
}

/* Natural logarithm, error 2e-7 (Cephes). Denormal numbers count as 0. */
INLINE vec vec_log(vec x) {
  ivec b = bits(x);
  ivec e = ((b >> 23) & 0xff) - 126;
  vec m = number((b & 0x007fffff) | 0x3f000000);
  ivec low = m < 0.70710678f;
  e = e + low;
  m = choose(low, m + m, m) - 1.0f;
  vec z = m * m;
  vec p = splat(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  vec n = __builtin_convertvector(e, vec);
  vec r = p * m * z + n * -2.12194440e-4f;
  r = r - 0.5f * z + m + n * 0.693359375f;
  r = choose(x == __builtin_inff(), x, r);
  r = choose(x < 1.17549435e-38f, splat(-__builtin_inff()), r);
  return choose(x < 0, splat(__builtin_nanf("")), choose(x == x, r, x));
}

/* log(1 + x) for x >= 0, also for x far below 1 (the correction is Kahan's). */
INLINE vec vec_log1p(vec x) {
  vec u = 1.0f + x;
  vec d = u - 1.0f;
  return choose(d == 0, x, vec_log(u) * (x / choose(d == 0, splat(1), d)));
}

/* Error 5e-7: a quotient of odd and even polynomials (the coefficients are those of Eigen). */
INLINE vec vec_tanh(vec x) {
  vec c = choose(x > 7.9f, splat(7.9f), choose(x < -7.9f, splat(-7.9f), x));
  vec s = c * c;
  vec p = splat(-2.76076847742355e-16f);
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  vec q = splat(1.19825839466702e-06f);
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return p * c / q;
}

INLINE vec vec_sigmoid(vec x) { return 1.0f / (1.0f + vec_exp(-x)); }

INLINE vec vec_softplus(vec x) {
  return choose(x > 0, x, choose(x == x, splat(0), x)) + vec_log1p(vec_exp(-magnitude(x)));
}

/* Sine of x + quarter · π/2, absolute error 1e-7 for |x| < 10^4: π/2 is taken away in three parts,
   then sine or cosine of the rest (Cephes). */
INLINE vec vec_sine(vec x, int quarter) {
  vec shifted = x * 0.636619772f + ROUNDING;
  vec n = shifted - ROUNDING;
  ivec q = bits(shifted) + quarter;
  vec r = x - n * 1.5703125f;
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188216e-8f;
  vec z = r * r;
  vec s = splat(-1.9515295891e-4f);
  s = s * z + 8.3321608736e-3f;
  s = s * z - 1.6666654611e-1f;
  s = s * z * r + r;
  vec c = splat(2.443315711809948e-5f);
  c = c * z - 1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = c * z * z - 0.5f * z + 1.0f;
  vec y = choose((q & 1) != 0, c, s);
  y = choose((q & 2) != 0, -y, y);
  /* Where rounding has no meaning any more. */
  return choose(magnitude(x) < 4e6f, y, x - x);
}

/* The error function, error 3e-7: x P(x²) below 1, else 1 − e^Q(x); Chebyshev fits of our own. */
INLINE vec vec_erf(vec x) {
  vec a = magnitude(x), s = x * x;
  vec p = splat(7.88249711e-05f);
  p = p * s - 8.01885499e-04f;
  p = p * s + 5.18931194e-03f;
  p = p * s - 2.68543288e-02f;
  p = p * s + 1.12835975e-01f;
  p = p * s - 3.76126269e-01f;
  p = p * s + 1.12837917f;
  vec t = choose(a > 4.0f, splat(4.0f), a);
  vec q = splat(1.61024042e-06f);
  q = q * t - 4.55127729e-05f;
  q = q * t + 5.92092758e-04f;
  q = q * t - 4.73695062e-03f;
  q = q * t + 2.63551208e-02f;
  q = q * t - 1.09960799e-01f;
  q = q * t - 6.31956241e-01f;
  q = q * t - 1.13015510f;
  q = q * t + 3.00268823e-04f;
  return choose(a < 1.0f, x * p, with_sign_of(1.0f - vec_exp(q), x));
}
