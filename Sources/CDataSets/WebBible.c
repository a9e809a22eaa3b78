#include "CDataSets.h"
/* `#embed` is C23, which clang offers in every C. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char bytes[] = {
#embed "web-bible.gz"
};
weft_bytes weft_web_bible(void) { return (weft_bytes){bytes, sizeof bytes}; }
