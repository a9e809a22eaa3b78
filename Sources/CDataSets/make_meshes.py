#!/usr/bin/env python3
"""Packs closed meshes for Weft: make_meshes.py FOLDER > meshes.gz

FOLDER holds NAME.off.gz. What comes out is gzip of a line for each mesh, `name<TAB>vertices<TAB>faces`, an
empty line, and for each in that order its vertices, three signed 16-bit numbers each, the smallest byte
first: the mesh in the middle of a cube and as large as it, whose sides are at -32767 and 32767; then its
faces, three unsigned 16-bit numbers each.
"""
import gzip
import sys

import numpy as np

NAMES = "anchor eight handle helmet joint knot pinion rotor part spool".split()

lines, data = [], []
for name in NAMES:
    with gzip.open(f"{sys.argv[1]}/{name}.off.gz", "rt") as file:
        rows = [line.split("#")[0].split() for line in file]
    rows = [row for row in rows if row]
    if rows[0][0] != "OFF":
        sys.exit(f"{name} is no OFF file")
    counts, rows = (rows[0][1:], rows[1:]) if len(rows[0]) > 1 else (rows[1], rows[2:])
    vertices, faces = int(counts[0]), int(counts[1])
    places = np.array([row[:3] for row in rows[:vertices]], float)
    corners = np.array([row[1:4] for row in rows[vertices : vertices + faces]], int)
    if any(row[0] != "3" for row in rows[vertices : vertices + faces]):
        sys.exit(f"{name} has faces that are no triangles")
    low, high = places.min(0), places.max(0)
    scaled = (places - (low + high) / 2) / ((high - low).max() / 2)
    data.append(np.rint(scaled * 32767).astype("<i2").tobytes() + corners.astype("<u2").tobytes())
    lines.append(f"{name}\t{vertices}\t{faces}")
whole = "\n".join(lines).encode() + b"\n\n" + b"".join(data)
sys.stdout.buffer.write(gzip.compress(whole, 9, mtime=0))
