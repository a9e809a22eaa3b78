#pragma once
/* Heap allocations (malloc, calloc, realloc, aligned variants) made by the calling thread, and by
   all threads, since the program started. Linking this target replaces the allocator's entry
   points with counting ones that forward to the C library. */
#include <stdint.h>
uint64_t weft_allocations_of_thread(void);
uint64_t weft_allocations_of_process(void);
/* Gives what was freed back to the system. */
void weft_return_free_memory(void);
