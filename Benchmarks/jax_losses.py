"""The loss of each workload in JAX: of parameters, a batch and sizes, in any precision.

Networks of a task are written for one task and mapped over all by `vmap`, time by `scan`.
"""

from itertools import pairwise

import jax
import jax.numpy as jnp
from jax import Array
from jax.nn import log_softmax, relu, sigmoid, softplus, standardize

from workloads import flat_sizes, low_rank_sizes


def dense(p, name: str, x: Array) -> Array:
    return x @ p[name + ".w"] + p[name + ".b"]


def hyper(p, act, x: Array) -> Array:
    """The hidden layers of a hypernetwork and its head."""
    return dense(p, "head", act(dense(p, "hyper2", act(dense(p, "hyper1", x)))))


def cut(flat: Array, sizes: list[int]):
    """The parts of a vector one after the other; there may be a rest."""
    at = 0
    for count in sizes:
        yield flat[at:at + count]
        at += count


def main_network(flat: Array, widths: list[int], act, x: Array) -> Array:
    """A network a task: flat weights [T, P or more] and inputs [T, B, n]."""
    def network(flat, x):
        parts = cut(flat, flat_sizes(widths))
        for layer, (n, m) in enumerate(pairwise(widths)):
            x = x @ next(parts).reshape(n, m) + next(parts)
            if layer < len(widths) - 2:
                x = act(x)
        return x

    return jax.vmap(network)(flat, x)


def classify(logits: Array, labels: Array) -> Array:
    indices = labels.astype(int).reshape(*logits.shape[:-1], 1)
    return -jnp.take_along_axis(log_softmax(logits), indices, -1).mean()


def multitask(p, b, size):
    widths = [1, size["width"], size["width"], 1]
    y = main_network(hyper(p, jnp.tanh, p["emb"]), widths, jnp.tanh, b["x"])
    return jnp.mean((y - b["y"]) ** 2)


def large_hypernet(p, b, size):
    widths = [size["width"]] * 3 + [size["classes"]]
    return classify(main_network(hyper(p, relu, p["emb"]), widths, relu, b["x"]), b["y"])


def shapes(p, b, size):
    widths = [3] + [size["width"]] * 3 + [1]
    logits = main_network(hyper(p, relu, p["emb"]), widths, relu, b["p"])[..., 0]
    return jnp.mean(softplus(logits) - b["inside"] * logits)


def lowrank_wide(p, b, size):
    rank, widths = size["rank"], [size["inputs"], size["width"], size["width"], size["classes"]]

    def network(flat, x):
        parts = cut(flat, low_rank_sizes(widths, rank))
        for layer, (n, m) in enumerate(pairwise(widths)):
            u, v, bias = next(parts).reshape(n, rank), next(parts).reshape(m, rank), next(parts)
            x = (x @ u) @ v.T + bias
            if layer < len(widths) - 2:
                x = relu(x)
        return x

    return classify(jax.vmap(network)(hyper(p, jnp.tanh, p["emb"]), b["x"]), b["y"])


def chunked_continual(p, b, size):
    widths = [size["inputs"], size["width"], size["width"], size["classes"]]
    tasks = jnp.concatenate([p["task_emb"][None], b["prev_emb"]])
    # The first layer acts on [task ; chunk]: each half is multiplied where it is few.
    of_task, of_chunk = jnp.split(p["hyper1.w"], [size["embedding"]])
    chunks = p["chunk_emb"] @ of_chunk + p["hyper1.b"]
    hidden = relu((tasks @ of_task)[:, None] + chunks).reshape(-1, size["hidden"])
    generated = dense(p, "head", relu(dense(p, "hyper2", hidden))).reshape(len(tasks), -1)
    logits = main_network(generated[:1], widths, relu, b["x"][None])
    drift = jnp.sum((generated[1:, :sum(flat_sizes(widths))] - b["targets"]) ** 2)
    return classify(logits, b["y"]) + 0.01 / size["earlier"] * drift


def cell(gates, c: Array) -> tuple[Array, Array]:
    """The next state from the gates i, f, g, o before their nonlinearities."""
    i, f, g, o = gates
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(c), c


def without_norm(size):
    if size["norm"]:
        raise ValueError("layer normalisation is compared with PyTorch only")


def lstm(p, b, size):
    without_norm(size)
    tokens = b["tokens"].astype(int)
    # Products with the inputs are taken for all times at once.
    x = dense({"x.w": p["lstm.wx"], "x.b": p["lstm.b"]}, "x", p["emb"][tokens[:-1]])
    zero = jnp.zeros((tokens.shape[1], size["hidden"]), x.dtype)

    def step(state, now):
        h, c = state
        h, c = cell(jnp.split(now + h @ p["lstm.wh"], 4, 1), c)
        return (h, c), h

    _, states = jax.lax.scan(step, (zero, zero), x)
    return classify(dense(p, "out", states), tokens[1:])


def hyperlstm(p, b, size):
    without_norm(size)
    tokens = b["tokens"].astype(int)
    batch, hidden, scales = tokens.shape[1], size["hidden"], size["scales"]
    x = p["emb"][tokens[:-1]]
    of_x, small = x @ p["wx"], dense(p, "hyper_x", x)
    z_bias = jnp.pad(p["z_bias"], (0, 4 * scales))

    def step(state, now):
        h, c, own, memory = state
        of_x, small = now
        gates = small + jnp.concatenate([h, own], 1) @ p["hyper_h"]
        own, memory = cell(jnp.split(gates, 4, 1), memory)
        z = (own @ p["z"] + z_bias).reshape(batch, 12, scales)
        d_h, d_x, d_b = jnp.split(jnp.einsum("bks,ksh->bkh", z, p["d"]), 3, 1)
        by_gate = (batch, 4, hidden)
        gates = d_h * (h @ p["wh"]).reshape(by_gate) + d_x * of_x.reshape(by_gate) + d_b + p["b0"]
        h, c = cell(gates.swapaxes(0, 1), c)
        return (h, c, own, memory), h

    main, own = (jnp.zeros((batch, width), x.dtype) for width in (hidden, size["hyper"]))
    _, states = jax.lax.scan(step, (main, main, own, own), (of_x, small))
    return classify(dense(p, "out", states), tokens[1:])


def maml_sine(p, b, size):
    def error(w, x, y):
        h = relu(x @ w["w1"] + w["b1"])
        h = relu(h @ w["w2"] + w["b2"])
        return jnp.mean((h @ w["w3"] + w["b3"] - y) ** 2)

    def task(support_x, support_y, query_x, query_y):
        gradients = jax.grad(error)(p, support_x, support_y)
        fast = {name: w - 0.01 * gradients[name] for name, w in p.items()}
        return error(fast, query_x, query_y)

    names = ("support x", "support y", "query x", "query y")
    return jax.vmap(task)(*(b[name] for name in names)).mean()


def fewshot_hypertransformer(p, b, size):
    episodes, heads, model, ways = (size[k] for k in ("episodes", "heads", "model", "ways"))
    labels = jnp.broadcast_to(p["labels"], (episodes, *p["labels"].shape))
    slots = jnp.broadcast_to(p["placeholders"], (episodes, *p["placeholders"].shape))
    shots = jnp.concatenate([dense(p, "features", b["support"]), labels], 2)
    x = jnp.concatenate([shots, slots], 1)
    for block in range(size["blocks"]):
        name = f"blocks.{block}."

        def norm(layer, x):
            weight, bias = p[f"{name}{layer}.weight"], p[f"{name}{layer}.bias"]
            return standardize(x, epsilon=1e-5) * weight + bias

        qkv = dense(p, name + "qkv", norm("ln1", x))
        qkv = qkv.reshape(episodes, -1, 3, heads, model // heads)
        attended = jax.nn.dot_product_attention(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2])
        x = x + dense(p, name + "proj", attended.reshape(x.shape))
        x = x + dense(p, name + "ff2", relu(dense(p, name + "ff1", norm("ln2", x))))
    flat = dense(p, "head", x[:, ways:]).reshape(episodes, -1)
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
