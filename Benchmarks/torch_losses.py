"""The loss of each workload in PyTorch: of parameters, a batch and sizes, in any precision.

Tasks are batched, a layer is one product with its bias, and generated vectors are cut by `split`,
whose backward is one concatenation where slices would each have a gradient full of zeros.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import (
    binary_cross_entropy_with_logits, cross_entropy, embedding, layer_norm, mse_loss, pad, relu,
    scaled_dot_product_attention)

from workloads import flat_sizes, low_rank_sizes


def dense(p, name: str, x: Tensor) -> Tensor:
    return torch.addmm(p[name + ".b"], x, p[name + ".w"])


def hyper(p, act, x: Tensor) -> Tensor:
    """The hidden layers of a hypernetwork and its head."""
    return dense(p, "head", act(dense(p, "hyper2", act(dense(p, "hyper1", x)))))


def main_network(flat: Tensor, widths: list[int], act, x: Tensor) -> Tensor:
    """A network a task: flat weights [T, P or more] and inputs [T, B, n]."""
    sizes = flat_sizes(widths)
    if rest := flat.shape[1] - sum(sizes):
        sizes.append(rest)
    parts = iter(flat.split(sizes, 1))
    for layer, (n, m) in enumerate(pairwise(widths)):
        weight, bias = next(parts).view(-1, n, m), next(parts).unsqueeze(1)
        x = torch.baddbmm(bias, x, weight)
        if layer < len(widths) - 2:
            x = act(x)
    return x


def classify(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits.flatten(0, -2), labels.flatten().long())


def multitask(p, b, size):
    widths = [1, size["width"], size["width"], 1]
    y = main_network(hyper(p, torch.tanh, p["emb"]), widths, torch.tanh, b["x"])
    return mse_loss(y, b["y"])


def large_hypernet(p, b, size):
    widths = [size["width"]] * 3 + [size["classes"]]
    return classify(main_network(hyper(p, relu, p["emb"]), widths, relu, b["x"]), b["y"])


def shapes(p, b, size):
    widths = [3] + [size["width"]] * 3 + [1]
    logits = main_network(hyper(p, relu, p["emb"]), widths, relu, b["p"])
    return binary_cross_entropy_with_logits(logits.squeeze(2), b["inside"])


def lowrank_wide(p, b, size):
    rank, widths = size["rank"], [size["inputs"], size["width"], size["width"], size["classes"]]
    parts = iter(hyper(p, torch.tanh, p["emb"]).split(low_rank_sizes(widths, rank), 1))
    x = b["x"]
    for layer, (n, m) in enumerate(pairwise(widths)):
        u, v = next(parts).view(-1, n, rank), next(parts).view(-1, m, rank)
        x = torch.baddbmm(next(parts).unsqueeze(1), torch.bmm(x, u), v.mT)
        if layer < len(widths) - 2:
            x = relu(x)
    return classify(x, b["y"])


def chunked_continual(p, b, size):
    widths = [size["inputs"], size["width"], size["width"], size["classes"]]
    tasks = torch.cat([p["task_emb"].unsqueeze(0), b["prev_emb"]])
    # The first layer acts on [task ; chunk]: each half is multiplied where it is few.
    of_task, of_chunk = p["hyper1.w"].split([size["embedding"], size["chunk-embedding"]])
    chunks = torch.addmm(p["hyper1.b"], p["chunk_emb"], of_chunk)
    hidden = relu((tasks @ of_task).unsqueeze(1) + chunks).flatten(0, 1)
    generated = dense(p, "head", relu(dense(p, "hyper2", hidden))).view(len(tasks), -1)
    current, held = generated.split([1, size["earlier"]])
    logits = main_network(current, widths, relu, b["x"].unsqueeze(0))
    drift = mse_loss(held[:, :sum(flat_sizes(widths))], b["targets"], reduction="sum")
    return classify(logits, b["y"]) + 0.01 / size["earlier"] * drift


def cell(gates: Sequence[Tensor], c: Tensor, norm=None) -> tuple[Tensor, Tensor]:
    """The next state from the gates i, f, g, o before their nonlinearities."""
    i, f, g, o = gates
    c = torch.addcmul(torch.sigmoid(f) * c, torch.sigmoid(i), torch.tanh(g))
    return torch.sigmoid(o) * torch.tanh(norm(c) if norm else c), c


def normalized(p, name: str, x: Tensor) -> Tensor:
    """Over the last axis, with a gain and perhaps a shift for each unit."""
    gain = p[name + ".gain"]
    if gain.dim() == 1:
        gain = gain.view(-1, x.shape[-1]).squeeze(0)
    return layer_norm(x, x.shape[-1:], eps=1e-3) * gain + p.get(name + ".shift", 0)


def normalized_lstm(p, b, size):
    """Layer normalisation of the gates and of the memory."""
    tokens = b["tokens"].long()
    batch, hidden = tokens.shape[1], size["hidden"]
    of_x = embedding(tokens[:-1], p["emb"]) @ p["lstm.wx"]
    h = c = of_x.new_zeros(batch, hidden)
    states = []
    for now in of_x.unbind():
        gates = (now + h @ p["lstm.wh"]).view(batch, 4, hidden)
        gates = normalized(p, "lstm.gates", gates) + p["lstm.b"].view(4, hidden)
        h, c = cell(gates.unbind(1), c, partial(normalized, p, "lstm.memory"))
        states.append(h)
    return classify(dense(p, "out", torch.cat(states)), tokens[1:])


def lstm(p, b, size):
    if size["norm"]:
        return normalized_lstm(p, b, size)
    tokens = b["tokens"].long()
    x = embedding(tokens[:-1], p["emb"])
    zero = x.new_zeros(1, tokens.shape[1], size["hidden"])
    weights = [p["lstm.wx"].T, p["lstm.wh"].T, p["lstm.b"], torch.zeros_like(p["lstm.b"])]
    # What torch.nn.LSTM calls: biases, one layer, no dropout, training, one direction, time first.
    states, _, _ = torch.lstm(x, (zero, zero), weights, True, 1, 0.0, True, False, False)
    return classify(dense(p, "out", states.flatten(0, 1)), tokens[1:])


def hyperlstm(p, b, size):
    tokens = b["tokens"].long()
    batch, hidden, scales = tokens.shape[1], size["hidden"], size["scales"]
    # Products with the inputs are taken for all times at once.
    x = embedding(tokens[:-1].flatten(), p["emb"])
    of_x = (x @ p["wx"]).view(-1, batch, 4, hidden).transpose(1, 2)
    # Where gates are normalised, the bias comes after.
    small = x @ p["hyper_x.w"] if size["norm"] else dense(p, "hyper_x", x)
    small = small.view(-1, batch, 4 * size["hyper"])
    of_main, of_own = (
        partial(normalized, p, name) if size["norm"] else None
        for name in ("memory", "hyper_memory"))
    z_bias = pad(p["z_bias"], (0, 4 * scales))
    d_bias = pad(p["b0"], (0, 0, 8, 0)).unsqueeze(1)
    h = c = x.new_zeros(batch, hidden)
    own = memory = x.new_zeros(batch, size["hyper"])
    states = []
    for now, hyper_now in zip(of_x.unbind(), small.unbind()):
        gates = torch.addmm(hyper_now, torch.cat([h, own], 1), p["hyper_h"])
        if size["norm"]:
            gates = normalized(p, "hyper_gates", gates.view(batch, 4, -1)) \
                + p["hyper_x.b"].view(4, -1)
            gates = gates.flatten(1)
        own, memory = cell(gates.chunk(4, 1), memory, of_own)
        z = torch.addmm(z_bias, own, p["z"]).view(batch, 12, scales).transpose(0, 1)
        d_h, d_x, d_b = torch.baddbmm(d_bias, z, p["d"]).chunk(3)
        of_h = (h @ p["wh"]).view(batch, 4, hidden).transpose(0, 1)
        gates = torch.addcmul(torch.addcmul(d_b, d_x, now), d_h, of_h)
        if size["norm"]:
            gates = normalized(p, "gates", gates)
        h, c = cell(gates.unbind(), c, of_main)
        states.append(h)
    return classify(dense(p, "out", torch.cat(states)), tokens[1:])


def maml_sine(p, b, size):
    def network(w, x):
        h = relu(torch.baddbmm(w["b1"], x, w["w1"]))
        h = relu(torch.baddbmm(w["b2"], h, w["w2"]))
        return torch.baddbmm(w["b3"], h, w["w3"])

    # Every task's own view of the shared parameters: one gradient call has the gradients of all.
    tasks = size["tasks"]
    own = {name: w.expand(tasks, -1, -1) if w.dim() == 2 else w.expand(tasks, 1, -1)
           for name, w in p.items()}
    support = mse_loss(network(own, b["support x"]), b["support y"], reduction="sum")
    gradients = torch.autograd.grad(
        support / size["points"], list(own.values()), create_graph=True)
    fast = {name: torch.sub(w, g, alpha=0.01) for (name, w), g in zip(own.items(), gradients)}
    return mse_loss(network(fast, b["query x"]), b["query y"])


def fewshot_hypertransformer(p, b, size):
    episodes, heads, model, ways = (size[k] for k in ("episodes", "heads", "model", "ways"))
    shots = dense(p, "features", b["support"].flatten(0, 1)).view(episodes, ways, -1)
    shots = torch.cat([shots, p["labels"].expand(episodes, -1, -1)], 2)
    x = torch.cat([shots, p["placeholders"].expand(episodes, -1, -1)], 1).flatten(0, 1)
    for block in range(size["blocks"]):
        name = f"blocks.{block}."

        def norm(layer, x):
            weight, bias = p[f"{name}{layer}.weight"], p[f"{name}{layer}.bias"]
            return layer_norm(x, (model,), weight, bias, 1e-5)

        qkv = dense(p, name + "qkv", norm("ln1", x)).view(episodes, -1, 3, heads, model // heads)
        attended = scaled_dot_product_attention(*qkv.permute(2, 0, 3, 1, 4).unbind())
        x = x + dense(p, name + "proj", attended.transpose(1, 2).reshape(-1, model))
        x = x + dense(p, name + "ff2", relu(dense(p, name + "ff1", norm("ln2", x))))
    slots = x.view(episodes, -1, model)[:, ways:].flatten(0, 1)
    flat = dense(p, "head", slots).view(episodes, -1)
    logits = main_network(flat, [size["features"], size["width"], ways], relu, b["queries"])
    return classify(logits, b["y"])


LOSSES = {
    "multitask-small": multitask,
    "multitask-medium": multitask,
    "multitask-large": multitask,
    "chunked-continual": chunked_continual,
    "lowrank-wide": lowrank_wide,
    "hyperlstm": hyperlstm,
    "lstm": lstm,
    "maml-sine": maml_sine,
    "shapes": shapes,
    "fewshot-hypertransformer": fewshot_hypertransformer,
    "large-hypernet": large_hypernet,
}
