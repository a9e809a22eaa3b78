/* glibc lets a program define the allocator's entry points, and keeps its own under other names. */
#include "CAllocations.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local uint64_t of_thread __attribute__((tls_model("initial-exec")));
static _Atomic uint64_t of_process;

static inline void count(void) {
  of_thread++;
  atomic_fetch_add_explicit(&of_process, 1, memory_order_relaxed);
}

uint64_t weft_allocations_of_thread(void) { return of_thread; }
uint64_t weft_allocations_of_process(void) {
  return atomic_load_explicit(&of_process, memory_order_relaxed);
}

void weft_return_free_memory(void) { malloc_trim(0); }

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
  count();
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  if (alignment < sizeof(void *) || (alignment & (alignment - 1))) return EINVAL;
  count();
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *out = result;
  return 0;
}
