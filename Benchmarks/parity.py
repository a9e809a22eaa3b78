#!/usr/bin/env python3
"""Computes a training step that Weft wrote down once more, in PyTorch and double precision.

    weft bench maml-sine --parity step.safetensors
    python3 Benchmarks/parity.py step.safetensors...

For each file: the relative difference of the loss, and the largest one, by Euclidean norms, of a
gradient and of a parameter after the step (needs torch and safetensors). Ends with status 1 where
one is larger than 1e-5 for the loss or 1e-4 for the rest.
"""

import sys

import torch
from safetensors import safe_open
from torch.nn.functional import (
    binary_cross_entropy_with_logits, cross_entropy, layer_norm, relu,
    scaled_dot_product_attention)

LIMITS = {"loss": 1e-5, "gradient": 1e-4, "parameter": 1e-4}


def dense(p, name, x):
    return x @ p[name + ".w"] + p[name + ".b"]


def hyper(p, act, x):
    """The hidden layers of a hypernetwork and its head."""
    return dense(p, "head", act(dense(p, "hyper2", act(dense(p, "hyper1", x)))))


def main_network(flat, widths, act, x):
    """A network a task: flat weights [T, P] and inputs [T, B, n]."""
    at = 0
    for layer, (n, m) in enumerate(zip(widths, widths[1:])):
        weight = flat[:, at:at + n * m].reshape(-1, n, m)
        bias = flat[:, at + n * m:at + n * m + m].unsqueeze(1)
        at += (n + 1) * m
        x = torch.einsum("tbn,tnm->tbm", x, weight) + bias
        if layer < len(widths) - 2:
            x = act(x)
    return x


def classify(logits, labels):
    return cross_entropy(logits.flatten(0, -2), labels.flatten().long())


def multitask(p, b, size):
    width = size["width"]
    y = main_network(hyper(p, torch.tanh, p["emb"]), [1, width, width, 1], torch.tanh, b["x"])
    return ((y - b["y"]) ** 2).mean()


def large_hypernet(p, b, size):
    width = size["width"]
    logits = main_network(
        hyper(p, relu, p["emb"]), [width, width, width, size["classes"]], relu, b["x"])
    return classify(logits, b["y"])


def shapes(p, b, size):
    width = size["width"]
    logits = main_network(
        hyper(p, relu, p["emb"]), [3, width, width, width, 1], relu, b["p"])[..., 0]
    return binary_cross_entropy_with_logits(logits, b["inside"])


def lowrank_wide(p, b, size):
    flat = hyper(p, torch.tanh, p["emb"])
    widths = [size["inputs"], size["width"], size["width"], size["classes"]]
    rank, at, x = size["rank"], 0, b["x"]
    for layer, (n, m) in enumerate(zip(widths, widths[1:])):
        u = flat[:, at:at + n * rank].reshape(-1, n, rank)
        at += n * rank
        v = flat[:, at:at + m * rank].reshape(-1, m, rank)
        at += m * rank
        x = x @ (u @ v.mT) + flat[:, None, at:at + m]
        at += m
        if layer < 2:
            x = relu(x)
    return classify(x, b["y"])


def chunked_continual(p, b, size):
    def generate(task):
        pairs = torch.cat([task.expand(len(p["chunk_emb"]), -1), p["chunk_emb"]], 1)
        return hyper(p, relu, pairs).flatten()

    widths = [size["inputs"], size["width"], size["width"], size["classes"]]
    count = b["targets"].shape[1]
    logits = main_network(generate(p["task_emb"])[None, :count], widths, relu, b["x"][None])
    drift = sum(
        ((generate(task)[:count] - target) ** 2).sum()
        for task, target in zip(b["prev_emb"], b["targets"]))
    return classify(logits, b["y"]) + 0.01 / len(b["targets"]) * drift


def cell(gates, c):
    i, f, g, o = gates
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def predict_tokens(p, states, tokens):
    return classify(dense(p, "out", torch.stack(states)), tokens[1:])


def lstm(p, b, size):
    tokens = b["tokens"].long()
    h = c = torch.zeros(tokens.shape[1], size["hidden"], dtype=torch.float64)
    states = []
    for token in tokens[:-1]:
        gates = p["emb"][token] @ p["lstm.wx"] + h @ p["lstm.wh"] + p["lstm.b"]
        h, c = cell(gates.chunk(4, 1), c)
        states.append(h)
    return predict_tokens(p, states, tokens)


def hyperlstm(p, b, size):
    tokens = b["tokens"].long()
    batch, hidden, scales = tokens.shape[1], size["hidden"], size["scales"]
    h = c = torch.zeros(batch, hidden, dtype=torch.float64)
    own = memory = torch.zeros(batch, size["hyper"], dtype=torch.float64)
    offset = torch.cat([p["z_bias"], torch.zeros(4 * scales, dtype=torch.float64)])
    states = []
    for token in tokens[:-1]:
        x = p["emb"][token]
        gates = dense(p, "hyper_x", x) + torch.cat([h, own], 1) @ p["hyper_h"]
        own, memory = cell(gates.chunk(4, 1), memory)
        z = (own @ p["z"] + offset).reshape(batch, 12, scales)
        d_h, d_x, d_b = torch.einsum("bks,ksh->kbh", z, p["d"]).split(4)
        of_h = (h @ p["wh"]).reshape(batch, 4, hidden).transpose(0, 1)
        of_x = (x @ p["wx"]).reshape(batch, 4, hidden).transpose(0, 1)
        h, c = cell(d_h * of_h + d_x * of_x + d_b + p["b0"][:, None], c)
        states.append(h)
    return predict_tokens(p, states, tokens)


def maml_sine(p, b, size):
    def network(w, x):
        h = relu(x @ w["w1"] + w["b1"])
        return relu(h @ w["w2"] + w["b2"]) @ w["w3"] + w["b3"]

    loss = 0
    for xs, ys, xq, yq in zip(*(b[k] for k in ("support x", "support y", "query x", "query y"))):
        inner = ((network(p, xs) - ys) ** 2).mean()
        gradients = torch.autograd.grad(inner, list(p.values()), create_graph=True)
        fast = {name: w - 0.01 * g for (name, w), g in zip(p.items(), gradients)}
        loss = loss + ((network(fast, xq) - yq) ** 2).mean()
    return loss / len(b["support x"])


def fewshot_hypertransformer(p, b, size):
    episodes, heads, model = size["episodes"], size["heads"], size["model"]
    shots = torch.cat(
        [dense(p, "features", b["support"]), p["labels"].expand(episodes, -1, -1)], 2)
    x = torch.cat([shots, p["placeholders"].expand(episodes, -1, -1)], 1)
    for block in range(size["blocks"]):
        def part(name, x):
            return dense(p, f"blocks.{block}.{name}", x)

        def norm(name, x):
            name = f"blocks.{block}.{name}"
            return layer_norm(x, (model,), p[name + ".weight"], p[name + ".bias"], 1e-5)

        q, k, v = (
            t.reshape(episodes, -1, heads, model // heads).transpose(1, 2)
            for t in part("qkv", norm("ln1", x)).chunk(3, 2))
        attended = scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = x + part("proj", attended)
        x = x + part("ff2", relu(part("ff1", norm("ln2", x))))
    widths = [size["features"], size["width"], size["ways"]]
    flat = dense(p, "head", x[:, size["ways"]:]).flatten(1)
    return classify(main_network(flat, widths, relu, b["queries"]), b["y"])


#: Loss, learning rate and limit of the gradients' norm.
WORKLOADS = {
    "multitask-small": (multitask, 1e-3, None),
    "multitask-medium": (multitask, 1e-3, None),
    "multitask-large": (multitask, 1e-3, None),
    "chunked-continual": (chunked_continual, 5e-4, 1),
    "lowrank-wide": (lowrank_wide, 1e-3, None),
    "hyperlstm": (hyperlstm, 1e-3, 1),
    "lstm": (lstm, 1e-3, 1),
    "maml-sine": (maml_sine, 1e-3, None),
    "shapes": (shapes, 1e-4, None),
    "fewshot-hypertransformer": (fewshot_hypertransformer, 1e-3, None),
    "large-hypernet": (large_hypernet, 1e-3, None),
}


def difference(a, b):
    return ((a - b).norm() / b.norm().clamp_min(1e-30)).item()


def check(path):
    """The workload's name, and the largest difference of each kind with where it is."""
    with safe_open(path, "pt") as file:
        about = file.metadata()
        tensors = {key: file.get_tensor(key).double() for key in file.keys()}
    size = {key: int(value) for key, value in about.items()
            if key not in ("format", "workload", "seed")}
    kinds = {"parameter": {}, "batch": {}, "gradient": {}, "updated": {}}
    for key, value in tensors.items():
        kind, _, name = key.partition("/")
        if name:
            kinds[kind][name] = value
    loss_of, rate, clip = WORKLOADS[about["workload"]]
    parameters = {k: v.requires_grad_() for k, v in kinds["parameter"].items()}
    loss = loss_of(parameters, kinds["batch"], size)
    gradients = dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values()))))
    norm = torch.sqrt(sum((g ** 2).sum() for g in kinds["gradient"].values()))
    scale = clip / (norm + 1e-6) if clip and norm > clip else 1.0

    def updated(name):
        # Adam's first step: m̂ = g and v̂ = g². It moves a parameter by the gradient's sign, which is
        # rounding where the true gradient is 0 (a bias of keys); so from the recorded gradients,
        # which are checked by themselves.
        g = kinds["gradient"][name] * scale
        return parameters[name] - rate * g / (g.abs() + 1e-8)

    rows = {"loss": (abs(tensors["loss"].item() / loss.item() - 1), "")}
    rows["gradient"] = max((difference(kinds["gradient"][k], g), k) for k, g in gradients.items())
    rows["parameter"] = max(
        (difference(kinds["updated"][k], updated(k)), k) for k in parameters)
    return about["workload"], rows


def main(paths):
    if not paths or paths[0].startswith("-"):
        sys.exit(__doc__)
    passed = True
    print(f"{'workload':26}{'loss':>9}  {'worst gradient':32}worst parameter after a step")
    for path in paths:
        name, rows = check(path)
        passed &= all(rows[kind][0] <= limit for kind, limit in LIMITS.items())
        cells = [f"{value:.1e} {where}" for value, where in (rows["gradient"], rows["parameter"])]
        print(f"{name:26}{rows['loss'][0]:9.1e}  {cells[0]:32}{cells[1]}", flush=True)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
