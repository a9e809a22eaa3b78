"""A training step of a generator of architectures' weights in PyTorch. Every architecture is read from its
code and computed by itself, as the graph it is: nothing is masked, no kernel is padded, messages go from
node to node."""

import math

import torch
from torch.nn.functional import conv2d, linear

KINDS = {"cnn": ["conv1", "conv3", "conv5", "pool", "skip"], "mlp": ["dense", "skip"]}
SIDES = {"conv1": 1, "conv3": 3, "conv5": 5, "pool": 3, "skip": 1, "dense": 1}
UNITS = {"relu": torch.relu, "tanh": torch.tanh, "linear": lambda u: u}
WIDEST = {"cnn": 8, "mlp": 16}


class Frame:
    """What becomes of an image before the first node."""

    def __init__(self, about):
        self.kind = about["space"]
        self.classes = int(about["outputs"])
        self.pixels = int(about["inputs"])
        self.side = math.isqrt(self.pixels)
        self.stride = max(self.side // 4, 1)
        self.stem_side = self.stride + 1
        self.widest = WIDEST[self.kind]
        self.operations = KINDS[self.kind]
        self.weighted = [o for o in self.operations if o not in ("pool", "skip")]


class Architecture:
    """Read from a code: width, nodes (operation, units, inputs) or None, and outputs."""

    def __init__(self, frame, code):
        own, count = len(frame.operations) + len(UNITS), 1
        while 1 + count * own + count * (count + 1) // 2 + count + 1 < len(code):
            count += 1
        self.width = round(code[0].item() * frame.widest)
        self.nodes, place = [], 1
        for number in range(1, count + 1):
            operations = code[place:place + len(frame.operations)]
            units = code[place + len(frame.operations):place + own]
            edges = code[place + own:place + own + number]
            place += own + number
            if operations.sum() == 0:
                self.nodes.append(None)
                continue
            operation = frame.operations[int(operations.argmax())]
            unit = list(UNITS)[int(units.argmax())] if units.sum() else None
            self.nodes.append((operation, unit, [i for i, e in enumerate(edges) if e]))
        self.outputs = [i for i, e in enumerate(code[place:]) if e]


def dense(p, name, x):
    return x @ p[name + ".w"] + p[name + ".b"]


def states(about, frame, a, p):
    """A state for the input, each node and the end, by messages there and back."""
    size = int(about["state"])
    inputs = [[]] + [n[2] if n else [] for n in a.nodes] + [a.outputs]
    last = len(a.nodes) + 1
    h = []
    for number in range(last + 1):
        begin = torch.zeros(2 + len(frame.operations) + len(UNITS) + 3, dtype=p["node.w"].dtype)
        node = a.nodes[number - 1] if 0 < number < last else None
        if number == 0:
            begin[0] = 1
        elif number == last:
            begin[1] = 1
        elif node:
            begin[2 + frame.operations.index(node[0])] = 1
            if node[1]:
                begin[2 + len(frame.operations) + list(UNITS).index(node[1])] = 1
        begin[-3], begin[-2] = a.width / frame.widest, 0.5 * math.log(a.width)
        begin[-1] = 0.5 * len(inputs[number])
        h.append(torch.tanh(dense(p, "node", begin)))

    def updated(way, own, said):
        m = sum(said) / len(said) if said else torch.zeros_like(own)
        gate = torch.sigmoid(dense(p, way + ".gates", torch.cat([m, own])))
        z, r = gate[:size], gate[size:]
        n = torch.tanh(dense(p, way + ".new", torch.cat([m, r * own])))
        return own + z * (n - own)

    def say(way, number):
        return torch.tanh(dense(p, way + ".message", h[number]))

    for _ in range(int(about["rounds"])):
        for number in range(1, last + 1):
            h[number] = updated(
                "forward", h[number], [say("forward", i) for i in inputs[number]])
        for number in reversed(range(last)):
            takers = [j for j in range(number + 1, last + 1) if number in inputs[j]]
            h[number] = updated("backward", h[number], [say("backward", j) for j in takers])
    return h


def by_graph(about, frame, a, p):
    """Weights and biases by name, for as many channels as the widest has."""
    h = states(about, frame, a, p)

    def decoded(name, state):
        x = torch.relu(dense(p, f"decoder.{name}.hidden", state))
        return dense(p, f"decoder.{name}.w", x), dense(p, f"decoder.{name}.b", x)

    written = {"stem": decoded("stem", h[0]), "head": decoded("head", h[-1])}
    for number, node in enumerate(a.nodes, 1):
        if node and node[0] in frame.weighted:
            written[number] = decoded(node[0], h[number])
    return written


def by_code(frame, a, p, code):
    x = torch.relu(dense(p, "code.2", torch.relu(dense(p, "code.1", code))))

    def decoded(name):
        return dense(p, f"code.{name}.w", x), dense(p, f"code.{name}.b", x)

    written = {"stem": decoded("stem"), "head": decoded("head")}
    largest = max(SIDES[o] for o in frame.weighted)
    for number, node in enumerate(a.nodes, 1):
        if node and node[0] in frame.weighted:
            weight, bias = decoded(f"n{number}")
            edge, side = (largest - SIDES[node[0]]) // 2, SIDES[node[0]]
            weight = weight.reshape(largest, largest, frame.widest, frame.widest)
            written[number] = weight[edge:edge + side, edge:edge + side].reshape(-1), bias
    return written


def shared(frame, a, p):
    written = {name: (p[f"shared.{name}.w"].reshape(-1), p[f"shared.{name}.b"])
               for name in ("stem", "head")}
    for number, node in enumerate(a.nodes, 1):
        if node and node[0] in frame.weighted:
            written[number] = (
                p[f"shared.n{number}.{node[0]}"].reshape(-1), p[f"shared.n{number}.b"])
    return written


def outputs(frame, a, written, x):
    """Of one architecture for images [B, pixels]: [B, classes]."""
    width, widest, batch = a.width, frame.widest, x.shape[0]

    def normal(u, bias):
        size = (u ** 2).mean((1, 2, 3), keepdim=True)
        return u / torch.sqrt(size + 1e-5) + bias[:width].reshape(1, width, 1, 1)

    def kernel(weight, side):
        return weight.reshape(side, side, -1, widest)[..., :width].permute(3, 2, 0, 1)

    weight, bias = written["stem"]
    if frame.kind == "mlp":
        inputs = frame.pixels
        first = linear(x, weight.reshape(inputs, widest)[:, :width].T / math.sqrt(inputs))
        first = first.reshape(batch, width, 1, 1)
    else:
        inputs = frame.stem_side ** 2
        first = conv2d(
            x.reshape(batch, 1, frame.side, frame.side),
            kernel(weight, frame.stem_side) / math.sqrt(inputs), stride=frame.stride, padding=1)
    known = [normal(first, bias)]
    for number, node in enumerate(a.nodes, 1):
        if node is None:
            known.append(None)
            continue
        operation, unit, sources = node
        mean = sum(known[i] for i in sources) / len(sources)
        if operation == "skip":
            known.append(mean)
        elif operation == "pool":
            known.append(torch.nn.functional.avg_pool2d(mean, 3, stride=1, padding=1))
        else:
            side = SIDES[operation]
            weight, bias = written[number]
            own = kernel(weight, side)[:, :width] / (side * math.sqrt(width))
            known.append(
                UNITS[unit](normal(conv2d(mean, own, padding=side // 2), bias)))
    features = (sum(known[i] for i in a.outputs) / len(a.outputs)).mean((2, 3))
    weight, bias = written["head"]
    head = weight.reshape(widest, frame.classes)[:width] / math.sqrt(width)
    return features @ head + bias


def step(about, p, b, state):
    frame = Frame(about)
    losses = []
    for code, x, y in zip(b["codes"], b["x"], b["y"]):
        a = Architecture(frame, code)
        written = {
            "graph": lambda: by_graph(about, frame, a, p),
            "smash": lambda: by_code(frame, a, p, code), "shared": lambda: shared(frame, a, p),
        }[about["generator"]]()
        y_hat = outputs(frame, a, written, x)
        losses.append(-(torch.log_softmax(y_hat, -1) * y).sum(1).mean())
    loss = sum(losses) / len(losses)
    names = about["trained"].split(",")
    gradients = torch.autograd.grad(loss, [p[name] for name in names], allow_unused=True)
    return loss, {name: torch.zeros_like(p[name]) if g is None else g
                  for name, g in zip(names, gradients)}
