#!/usr/bin/env python3
"""Writes a file's bytes as a C function that returns them: embed.py FILE NAME > Name.c"""
import sys

path, name = sys.argv[1:]
data = open(path, "rb").read()
print(f"/* Made by embed.py from {path.split('/')[-1]}; see LICENSES.md. */")
print('#include "CDataSets.h"')
print("static const unsigned char bytes[] = {")
for start in range(0, len(data), 24):
    print(",".join(str(byte) for byte in data[start : start + 24]) + ",")
print("};")
print(f"weft_bytes weft_{name}(void) {{ return (weft_bytes){{bytes, sizeof bytes}}; }}")
