/* Made by make_glyphs.py; see LICENSES.md. */
#include "CDataSets.h"
/* `#embed` is C23, which clang offers in every C. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char bytes[] = {
#embed "glyphs.gz"
};
weft_bytes weft_glyphs(void) { return (weft_bytes){bytes, sizeof bytes}; }
