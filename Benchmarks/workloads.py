"""The eleven workloads in NumPy: sizes, parameters at step 0, fixed batches, how they are trained.

Names of sizes, parameters and arrays are those of Sources/Workloads, so that a step which Weft
wrote down can be put in their place. The losses are in torch_losses.py and jax_losses.py.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Callable

import numpy as np

Sizes = dict[str, int]
Arrays = dict[str, np.ndarray]
Random = np.random.Generator


@dataclass(frozen=True)
class Workload:
    sizes: Sizes
    #: Draws parameters and batch.
    draw: Callable[[Random, Sizes], tuple[Arrays, Arrays]]
    rate: float = 1e-3
    #: Limit of the norm of all gradients together.
    clip: float | None = None
    #: Whether every step draws a batch of its own, with the framework's generator.
    fresh: bool = False


def flat_sizes(widths: list[int]) -> list[int]:
    """The numbers of each weight and bias of an MLP, in the order of its flat vector."""
    return [count for n, m in pairwise(widths) for count in (n * m, m)]


def low_rank_sizes(widths: list[int], rank: int) -> list[int]:
    """The numbers of each U, V and bias of an MLP with weights U Vᵀ."""
    return [count for n, m in pairwise(widths) for count in (n * rank, m * rank, m)]


def normal(random: Random, shape: tuple[int, ...] | int, variance: float = 1) -> np.ndarray:
    numbers = random.standard_normal(shape, np.float32)
    numbers *= np.float32(sqrt(variance))
    return numbers


def uniform(random: Random, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    return random.uniform(low, high, shape).astype(np.float32)


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def linear(random: Random, name: str, n: int, m: int, variance: float) -> Arrays:
    return {name + ".w": normal(random, (n, m), variance), name + ".b": zeros(m)}


def flat_mlp(random: Random, widths: list[int], gain: float) -> np.ndarray:
    """An initialised MLP as one vector."""
    return np.concatenate(
        [part for n, m in pairwise(widths) for part in (normal(random, n * m, gain / n), zeros(m))])


def hyper_mlp(random: Random, size: Sizes, tasks: int, gain: float, bias: np.ndarray) -> Arrays:
    """A hyper MLP that at first generates little else than its head's bias."""
    embedding, hidden = size["embedding"], size["hidden"]
    return {"emb": normal(random, (tasks, embedding), 0.01),
            **linear(random, "hyper1", embedding, hidden, gain / embedding),
            **linear(random, "hyper2", hidden, hidden, gain / hidden),
            "head.w": normal(random, (hidden, bias.size), 0.01 / hidden), "head.b": bias}


def classification(random: Random, tasks: int, examples: int, inputs: int, classes: int) -> Arrays:
    return {"x": normal(random, (tasks, examples, inputs)),
            "y": random.integers(classes, size=(tasks, examples))}


def multitask(random, size):
    widths = [1, size["width"], size["width"], 1]
    parameters = hyper_mlp(random, size, size["tasks"], 1, flat_mlp(random, widths, 1))
    x = uniform(random, (size["tasks"], size["points"], 1), -3, 3)
    phase = np.arange(size["tasks"], dtype=np.float32)[:, None, None] * np.float32(0.3)
    return parameters, {"x": x, "y": np.sin(x + phase)}


def chunked_continual(random, size):
    embedding, chunk_embedding, hidden = (
        size[name] for name in ("embedding", "chunk-embedding", "hidden"))
    count = sum(flat_sizes([size["inputs"], size["width"], size["width"], size["classes"]]))
    chunks, inputs = -(-count // size["chunk"]), embedding + chunk_embedding
    p = {"task_emb": normal(random, embedding),
         "chunk_emb": normal(random, (chunks, chunk_embedding)),
         **linear(random, "hyper1", inputs, hidden, 2 / inputs),
         **linear(random, "hyper2", hidden, hidden, 2 / hidden),
         **linear(random, "head", hidden, size["chunk"], 0.0025 / hidden)}
    earlier = normal(random, (size["earlier"], embedding))
    # What the earlier tasks are held to is what the initial network generates for them, and noise.
    pairs = np.concatenate([np.repeat(earlier, chunks, 0),
                            np.tile(p["chunk_emb"], (size["earlier"], 1))], 1)
    hidden1 = np.maximum(pairs @ p["hyper1.w"], 0)
    generated = np.maximum(hidden1 @ p["hyper2.w"], 0) @ p["head.w"]
    targets = generated.reshape(size["earlier"], -1)[:, :count]
    return p, {"x": uniform(random, (size["examples"], size["inputs"]), 0, 1),
               "y": random.integers(size["classes"], size=size["examples"]),
               "prev_emb": earlier, "targets": targets + normal(random, targets.shape, 1e-4)}


def lowrank_wide(random, size):
    rank, widths = size["rank"], [size["inputs"], size["width"], size["width"], size["classes"]]
    bias = np.concatenate([
        part for n, m in pairwise(widths)
        for part in (normal(random, (n + m) * rank, sqrt(2 / (rank * n))), zeros(m))])
    return (hyper_mlp(random, size, size["tasks"], 1, bias),
            classification(random, size["tasks"], size["examples"], widths[0], widths[-1]))


def token_stream(random: Random, size: Sizes) -> Arrays:
    """Each token follows from the one before with probability 3/4, else it is any."""
    tokens = random.integers(size["vocabulary"], size=(size["length"] + 1, size["sequences"]))
    follows = random.random(tokens.shape) < 0.75
    for now, after, rule in zip(tokens, tokens[1:], follows[1:]):
        after[rule] = (5 * now[rule] + 7) % size["vocabulary"]
    return {"tokens": tokens}


def normalization(size: Sizes, scaled: dict, shifted: dict) -> Arrays:
    """Gains of what is normalised, and shifts where they are not biases of another name."""
    if not size["norm"]:
        return {}
    gains = {name + ".gain": np.ones(shape, np.float32)
             for name, shape in (scaled | shifted).items()}
    return gains | {name + ".shift": np.zeros(shape, np.float32)
                    for name, shape in shifted.items()}


def lstm(random, size):
    vocabulary, embedding, hidden = (size[name] for name in ("vocabulary", "embedding", "hidden"))
    parameters = {"emb": normal(random, (vocabulary, embedding)),
                  "lstm.wx": normal(random, (embedding, 4 * hidden), 1 / embedding),
                  "lstm.wh": normal(random, (hidden, 4 * hidden), 1 / hidden),
                  "lstm.b": zeros(4 * hidden),
                  **normalization(size, {"lstm.gates": 4 * hidden}, {"lstm.memory": hidden}),
                  **linear(random, "out", hidden, vocabulary, 1 / hidden)}
    return parameters, token_stream(random, size)


def hyperlstm(random, size):
    vocabulary, embedding, hidden = (size[name] for name in ("vocabulary", "embedding", "hidden"))
    hyper, scales = size["hyper"], size["scales"]
    d = np.full((12, scales, hidden), 0.25, np.float32)
    d[8:] = 0
    parameters = {"emb": normal(random, (vocabulary, embedding)),
                  "wx": normal(random, (embedding, 4 * hidden), 1 / embedding),
                  "wh": normal(random, (hidden, 4 * hidden), 1 / hidden),
                  "b0": zeros(4, hidden),
                  "hyper_h": normal(random, (hidden + hyper, 4 * hyper), 1 / (hidden + hyper)),
                  "z": normal(random, (hyper, 12 * scales), 1e-4),
                  "z_bias": np.ones(8 * scales, np.float32), "d": d,
                  **normalization(size, {"hyper_gates": 4 * hyper}, {
                      "gates": (4, 1, hidden), "memory": hidden, "hyper_memory": hyper}),
                  **linear(random, "hyper_x", embedding, 4 * hyper, 1 / embedding),
                  **linear(random, "out", hidden, vocabulary, 1 / hidden)}
    return parameters, token_stream(random, size)


def maml_sine(random, size):
    widths = [1, size["width"], size["width"], 1]
    parameters = {}
    for layer, (n, m) in enumerate(pairwise(widths), 1):
        parameters[f"w{layer}"] = normal(random, (n, m), 1 / n)
        parameters[f"b{layer}"] = zeros(m)
    return parameters, {}


def shapes(random, size):
    bias = flat_mlp(random, [3, size["width"], size["width"], size["width"], 1], 2)
    return hyper_mlp(random, size, size["shapes"], 2, bias), {}


def fewshot_hypertransformer(random, size):
    episodes, ways, features = size["episodes"], size["ways"], size["features"]
    model, label, slots = size["model"], size["label"], size["placeholders"]
    parameters = {"labels": normal(random, (ways, label)),
                  "placeholders": normal(random, (slots, model)),
                  **linear(random, "features", features, model - label, 1 / features)}
    for block in range(size["blocks"]):
        name = f"blocks.{block}."
        for norm in ("ln1", "ln2"):
            parameters[f"{name}{norm}.weight"] = np.ones(model, np.float32)
            parameters[f"{name}{norm}.bias"] = zeros(model)
        parameters |= (linear(random, name + "qkv", model, 3 * model, 1 / model)
                       | linear(random, name + "proj", model, model, 1 / model)
                       | linear(random, name + "ff1", model, 2 * model, 2 / model)
                       | linear(random, name + "ff2", 2 * model, model, 1 / (2 * model)))
    count = sum(flat_sizes([features, size["width"], ways]))
    parameters |= linear(random, "head", model, -(-count // slots), 0.01 / model)
    prototypes = normal(random, (episodes, ways, features))
    queries = np.repeat(prototypes, size["queries"], 1)
    classes = np.repeat(np.arange(ways), size["queries"])
    return parameters, {"support": prototypes + normal(random, prototypes.shape, 0.25),
                        "queries": queries + normal(random, queries.shape, 0.25),
                        "y": np.tile(classes, (episodes, 1))}


def large_hypernet(random, size):
    width, classes = size["width"], size["classes"]
    bias = flat_mlp(random, [width, width, width, classes], 2)
    return (hyper_mlp(random, size, size["tasks"], 2, bias),
            classification(random, size["tasks"], size["examples"], width, classes))


def _multitask(tasks: int, embedding: int, hidden: int, width: int, points: int) -> Workload:
    return Workload(dict(tasks=tasks, embedding=embedding, hidden=hidden, width=width,
                         points=points), multitask)


_TOKENS = dict(vocabulary=64, embedding=64, hidden=128, length=64, sequences=32, norm=0)

WORKLOADS = {
    "multitask-small": _multitask(8, 8, 32, 16, 32),
    "multitask-medium": _multitask(16, 8, 64, 64, 64),
    "multitask-large": _multitask(32, 16, 128, 128, 128),
    "chunked-continual": Workload(
        {"examples": 128, "inputs": 784, "width": 100, "classes": 10, "hidden": 100,
         "embedding": 32, "chunk-embedding": 16, "chunk": 750, "earlier": 4},
        chunked_continual, rate=5e-4, clip=1),
    "lowrank-wide": Workload(
        dict(tasks=8, embedding=16, hidden=64, inputs=64, width=512, classes=10, rank=8,
             examples=64), lowrank_wide),
    "hyperlstm": Workload(_TOKENS | dict(hyper=32, scales=4), hyperlstm, clip=1),
    "lstm": Workload(_TOKENS, lstm, clip=1),
    "maml-sine": Workload(dict(tasks=25, points=10, width=40), maml_sine, fresh=True),
    "shapes": Workload(
        dict(shapes=8, embedding=16, hidden=128, width=64, points=1024), shapes, rate=1e-4,
        fresh=True),
    "fewshot-hypertransformer": Workload(
        dict(episodes=16, ways=5, queries=5, features=64, model=64, heads=2, label=16,
             placeholders=10, blocks=2, width=32), fewshot_hypertransformer),
    "large-hypernet": Workload(
        dict(tasks=4, embedding=64, hidden=512, width=256, classes=10, examples=256),
        large_hypernet),
}
