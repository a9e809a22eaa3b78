#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "CKernels.h"

_Static_assert(sizeof(cpu_set_t) == sizeof(weft_processors), "a mask of 1024 processors");

int weft_get_processors(weft_processors *out) {
  memset(out, 0, sizeof *out);
  return sched_getaffinity(0, sizeof *out, (cpu_set_t *)out) ? errno : 0;
}

int weft_set_processors(const weft_processors *wanted) {
  return sched_setaffinity(0, sizeof *wanted, (const cpu_set_t *)wanted) ? errno : 0;
}
