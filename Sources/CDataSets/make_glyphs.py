#!/usr/bin/env python3
"""Chooses the characters of glyphs.gz: make_glyphs.py FOLDER > glyphs.gz

FOLDER holds characters as rendered from Noto fonts, 28 x 28: glyph-images-idx3-ubyte.gz,
glyph-labels-idx1-ushort.gz and classes.tsv. What comes out is gzip of a line for each character,
`split<TAB>script<TAB>character<TAB>exemplars`, an empty line, and the exemplars in that order, 392
bytes each: two pixels a byte, 0 (black) to 15 (white), the left one in the high half.
"""
import csv
import gzip
import sys

import numpy as np

SPLITS = {
    "train": "LATIN GREEK CYRILLIC GEORGIAN DEVANAGARI BENGALI GUJARATI GURMUKHI ARABIC MYANMAR "
    "SINHALA THAI LAO MALAYALAM",
    "validation": "ADLAM TAMIL KHMER",
    "test": "ARMENIAN HEBREW KANNADA TELUGU ETHIOPIC",
}
# How many of a script, and how much two characters of a script may look alike.
MOST = {"train": 60, "validation": 40, "test": 40}
ALIKE = 0.94

folder = sys.argv[1]
images = np.frombuffer(gzip.open(f"{folder}/glyph-images-idx3-ubyte.gz").read()[16:], np.uint8)
images = images.reshape(-1, 28, 28)
labels = np.frombuffer(gzip.open(f"{folder}/glyph-labels-idx1-ushort.gz").read()[8:], ">u2")
with open(f"{folder}/classes.tsv", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def outline(image):
    """The image blurred, so that small shifts count little, as a vector of length 1."""
    x = np.pad(image.astype(float), 3)
    for axis in (0, 1):
        x = sum(np.roll(x, shift, axis) for shift in range(-2, 3))
    x = x.ravel() - x.mean()
    return x / np.linalg.norm(x)


lines, pixels = [], []
for split, scripts in SPLITS.items():
    for script in scripts.split():
        # Letters as they are come before those with marks and ligatures.
        own = [row for row in rows if row["script"] == script]
        own.sort(key=lambda r: (any(w in r["name"] for w in ("WITH", "FORM", "LIGATURE")), int(r["class"])))
        chosen = []
        for row in own:
            these = images[labels == int(row["class"])]
            shape = outline(these.mean(0))
            if all(shape @ other < ALIKE for _, _, other in chosen):
                chosen.append((row, these, shape))
            if len(chosen) == MOST[split]:
                break
        print(split, script, len(chosen), "of", len(own), file=sys.stderr)
        for row, these, _ in chosen:
            lines.append(f"{split}\t{script.capitalize()}\t{row['char']}\t{len(these)}")
            levels = np.rint(these / 17.0).astype(np.uint8).reshape(len(these), -1)
            pixels.append((levels[:, 0::2] << 4 | levels[:, 1::2]).tobytes())
data = "\n".join(lines).encode() + b"\n\n" + b"".join(pixels)
sys.stdout.buffer.write(gzip.compress(data, 9, mtime=0))
