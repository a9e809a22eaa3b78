/* Made by make_meshes.py; see LICENSES.md. */
#include "CDataSets.h"
/* `#embed` is C23, which clang offers in every C. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char bytes[] = {
#embed "meshes.gz"
};
weft_bytes weft_meshes(void) { return (weft_bytes){bytes, sizeof bytes}; }
