#pragma once
/* Data sets as the bytes of files, linked into the program so that it runs from anywhere.
   LICENSES.md says where each comes from; embed.py makes an array of a file, or `#embed` does. */

typedef struct { const unsigned char *start; long count; } weft_bytes;

/* scikit-learn's digits.csv.gz: 1,797 lines of 64 grey values 0…16 (8 × 8, row by row) and the
   digit, 0…9, joined by commas; gzip. */
weft_bytes weft_digits(void);

/* The first megabyte of the World English Bible, a verse a line, UTF-8; gzip. */
weft_bytes weft_web_bible(void);

/* 972 characters of 22 scripts in the styles of Noto fonts, 28 x 28; gzip. make_glyphs.py says how. */
weft_bytes weft_glyphs(void);

/* 5,000 of MNIST's training digits, 28 x 28, 500 of each: 5,000 labels, then the images; gzip.
   make_mnist.py says how. */
weft_bytes weft_mnist(void);

/* Weights of 50 chicks from their first to their 21st day: weight,time,chick,diet; text. */
weft_bytes weft_chick_weights(void);

/* 228 patients with lung cancer of 18 institutions (NCCTG); text. */
weft_bytes weft_lung(void);

/* Ten closed meshes of CGAL's examples: names and sizes, then vertices and faces; gzip. make_meshes.py says
   how. */
weft_bytes weft_meshes(void);

/* Small networks that were trained for real, and how well they classify; text. `weft search architectures
   --table` makes such a table. Those of convolutions, or of layers of units. */
weft_bytes weft_architectures(int of_units);
