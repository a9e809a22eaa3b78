/* The loops for any processor of the architecture (SSE2 on x86-64). */
#define WEFT_TABLE weft_loops_baseline
#define WEFT_VECTOR_BYTES 16
#include "LoopBodies.h"
