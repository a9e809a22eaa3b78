"""Writes PyTorchFixture.swift: a small network and its training in PyTorch, double precision.

    python make_fixture.py > ../PyTorchFixture.swift

Two layers with tanh, log-softmax cross-entropy and a penalty on the squared gradient (so that
second derivatives are in it), trained for five steps by each optimiser, with and without clipping.
"""

import torch

torch.set_default_dtype(torch.float64)
SIZES = [(6, 5), (5,), (5, 3), (3,)]
NAMES = ["w1", "b1", "w2", "b2"]


def start():
    g = torch.Generator().manual_seed(1)
    # Multiples of 1/1024, so that float32 holds the same numbers.
    draw = lambda shape: torch.round(torch.randn(shape, generator=g) * 512) / 1024
    return [draw(s).requires_grad_() for s in SIZES], draw((7, 6)), torch.tensor([0, 2, 1, 1, 0, 2, 2])


def loss_of(p, x, labels):
    h = torch.tanh(x @ p[0] + p[1])
    ce = torch.nn.functional.cross_entropy(h @ p[2] + p[3], labels)
    inner = torch.autograd.grad(ce, p, create_graph=True)
    return ce + 0.5 * sum((g * g).sum() for g in inner)


def numbers(t):
    return "[" + ", ".join(f"{v:.9g}" for v in t.detach().reshape(-1).tolist()) + "]"


def wrapped(name, text, indent=2):
    words, line, lines = text.split(" "), " " * (indent + 2), []
    for w in words:
        if len(line) + len(w) + 1 > 100:
            lines.append(line.rstrip())
            line = " " * (indent + 2)
        line += w + " "
    lines.append(line.rstrip())
    print(" " * indent + f"static let {name}: [Double] =\n" + "\n".join(lines))


OPTIMISERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adamW": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.3),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8),
}

p, x, labels = start()
print("// Written by Fixtures/make_fixture.py.\nenum PyTorchFixture {")
print(f"  static let labels = {labels.tolist()}")
wrapped("x", numbers(x))
for name, t in zip(NAMES, p):
    wrapped(name, numbers(t))
loss = loss_of(p, x, labels)
print(f"  static let loss = {loss.item():.12g}")
for name, g in zip(NAMES, torch.autograd.grad(loss, p)):
    wrapped(f"{name}Gradient", numbers(g))
for clip in [None, 0.1]:
    for name, make in OPTIMISERS.items():
        p, x, labels = start()
        optimiser = make(p)
        for _ in range(5):
            optimiser.zero_grad()
            loss_of(p, x, labels).backward()
            if clip:
                torch.nn.utils.clip_grad_norm_(p, clip)
            optimiser.step()
        wrapped(name + ("Clipped" if clip else ""), numbers(torch.cat([t.reshape(-1) for t in p])))
print("}")
