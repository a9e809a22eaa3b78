#include "CDataSets.h"
/* `#embed` is C23, which clang offers in every C. */
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char cells[] = {
#embed "architectures-cnn.csv"
};
static const unsigned char layers[] = {
#embed "architectures-mlp.csv"
};
weft_bytes weft_architectures(int of_units) {
  return of_units ? (weft_bytes){layers, sizeof layers} : (weft_bytes){cells, sizeof cells};
}
