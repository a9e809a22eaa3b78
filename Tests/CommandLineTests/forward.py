"""Computes a target network's outputs from a file of `weft generate` with NumPy alone.

    python3 forward.py FILE < inputs.json > outputs.json

The file says in its metadata how the network computes; inputs are a list of rows.
"""
import json, math, sys
import numpy as np
from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    details, weights = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
activations = {
    "tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "sine": np.sin,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))}
x, layers = np.array(json.load(sys.stdin), dtype=np.float32), len(weights) // 2
for layer in range(1, layers + 1):
    x = x @ weights[f"W{layer}"] + weights[f"b{layer}"]
    x = activations[details["activation"]](x) if layer < layers else x
json.dump(x.tolist(), sys.stdout)
