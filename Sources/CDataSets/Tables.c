#include "CDataSets.h"
/* `#embed` is C23, which clang offers in every C. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char chicks[] = {
#embed "chick-weights.csv"
};
weft_bytes weft_chick_weights(void) { return (weft_bytes){chicks, sizeof chicks}; }
static const unsigned char lung[] = {
#embed "lung.csv"
};
weft_bytes weft_lung(void) { return (weft_bytes){lung, sizeof lung}; }
