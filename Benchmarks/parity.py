#!/usr/bin/env python3
"""Computes a training step that Weft wrote down once more, in double precision, with the losses
that torch_peer.py or jax_peer.py are timed with.

    weft bench maml-sine --parity step.safetensors
    weft compare sinusoids --methods maml --parity step.safetensors
    weft compare sine-family --methods lora --parity step.safetensors --stage 2
    weft train split-digits --steps 1010 --parity step.safetensors
    weft train architectures --steps 20 --parity step.safetensors
    python3 Benchmarks/parity.py [--jax] step.safetensors...

For each file: the relative difference of the loss, and the largest one, by Euclidean norms, of a
gradient and of a parameter after the step. Ends with status 1 where one is larger than 1e-5 for the
loss or 1e-4 for the rest, or where the peers would start from other parameters or another batch:
other names, other shapes.
"""

import json
import math
import sys

import numpy as np

from workloads import WORKLOADS, Arrays, Sizes

LIMITS = {"loss": 1e-5, "gradient": 1e-4, "parameter": 1e-4}


def by_torch(name: str, parameters: Arrays, batch: Arrays, size: Sizes) -> tuple[float, Arrays]:
    """Loss and gradients."""
    import torch

    from torch_losses import LOSSES

    p = {key: torch.tensor(array, requires_grad=True) for key, array in parameters.items()}
    b = {key: torch.tensor(array) for key, array in batch.items()}
    loss = LOSSES[name](p, b, size)
    gradients = torch.autograd.grad(loss, list(p.values()))
    return loss.item(), {key: gradient.numpy() for key, gradient in zip(p, gradients)}


def by_jax(name: str, parameters: Arrays, batch: Arrays, size: Sizes) -> tuple[float, Arrays]:
    """Loss and gradients."""
    import jax

    from jax_losses import LOSSES

    jax.config.update("jax_enable_x64", True)
    value = jax.jit(jax.value_and_grad(lambda p, b: LOSSES[name](p, b, size)))
    loss, gradients = value(parameters, batch)
    return loss.item(), {key: np.asarray(gradient) for key, gradient in gradients.items()}


def read(path: str) -> tuple[dict[str, str], Arrays]:
    """Metadata, and tensors in double precision, of a safetensors file of 32-bit floats."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = np.frombuffer(file.read(), np.float32)
    about = header.pop("__metadata__")
    return about, {
        name: data[entry["data_offsets"][0] // 4:entry["data_offsets"][1] // 4]
        .reshape(entry["shape"]).astype(np.float64) for name, entry in header.items()}


def norm(array: np.ndarray) -> float:
    return math.sqrt(np.vdot(array, array))


def is_drawn_alike(name: str, size: Sizes, parameters: Arrays, batch: Arrays) -> bool:
    """Whether the peers' parameters and fixed batch have these names and shapes."""
    def form(arrays: Arrays):
        return {key: array.shape for key, array in arrays.items()}

    workload = WORKLOADS[name]
    drawn, drawn_batch = workload.draw(np.random.default_rng(0), size)
    return form(drawn) == form(parameters) and (
        workload.fresh or form(drawn_batch) == form(batch))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """‖a − b‖ / ‖b‖; infinite where a number is not finite."""
    value = norm(a - b) / max(norm(b), 1e-30)
    return value if math.isfinite(value) else math.inf


def largest(recorded: Arrays, computed: Arrays) -> tuple[float, str]:
    """The largest difference, and where it is."""
    if recorded.keys() != computed.keys():
        raise KeyError(f"{', '.join(sorted(recorded.keys() ^ computed.keys()))} stands alone")
    return max((difference(recorded[key], value), key) for key, value in computed.items())


def updated(about: dict[str, str], gradients: Arrays, parameters: Arrays, rate: float,
            clip: float) -> Arrays:
    """Parameters after the step.

    Adam's first step: m̂ = g and v̂ = g². It moves a parameter by the gradient's sign, which is
    rounding where the true gradient is 0 (a bias of keys); so from the recorded gradients, which are
    checked by themselves.
    """
    total = math.sqrt(sum(norm(g) ** 2 for g in gradients.values()))
    scale = clip / (total + 1e-6) if clip and total > clip else 1.0

    def after(key: str, before: np.ndarray) -> np.ndarray:
        if key not in gradients:
            return before
        g = gradients[key] * scale
        return before - rate * (g if about.get("optimizer") == "sgd" else g / (np.abs(g) + 1e-8))

    return {key: after(key, before) for key, before in parameters.items()}


def by_method(about: dict[str, str], parameters: Arrays, batch: Arrays) -> tuple[float, Arrays]:
    """Loss and gradients of a method of weft compare."""
    import torch

    from methods import step

    p = {key: torch.tensor(array, requires_grad=True) for key, array in parameters.items()}
    loss, gradients = step(about, p, {key: torch.tensor(array) for key, array in batch.items()})
    return loss.item(), {key: g.detach().numpy() for key, g in gradients.items()}


def by_scheme(about: dict[str, str], parameters: Arrays, batch: Arrays,
              state: Arrays) -> tuple[float, Arrays]:
    """Loss and gradients of a continual experiment, or of one that writes architectures' weights."""
    import torch

    if about["experiment"] == "architectures":
        from architectures import step
    else:
        from continual import step

    p = {key: torch.tensor(array, requires_grad=True) for key, array in parameters.items()}
    loss, gradients = step(about, p, *(
        {key: torch.tensor(array) for key, array in arrays.items()} for arrays in (batch, state)))
    # An embedding's gradient is that of the task's own row.
    return loss.item(), {key: g.detach().numpy() for key, g in gradients.items()}


def after_many(gradients: Arrays, parameters: Arrays, state: Arrays, rate: float,
               clip: float) -> Arrays:
    """Parameters after a step of an Adam that has taken others before."""
    total = math.sqrt(sum(norm(g) ** 2 for g in gradients.values()))
    scale = clip / (total + 1e-6) if clip and total > clip else 1.0
    t = state["optimizer.steps"].item() + 1

    def after(key: str, before: np.ndarray) -> np.ndarray:
        if key not in gradients:
            return before
        g = gradients[key] * scale
        m = 0.9 * state[f"optimizer.first-moment/{key}"] + 0.1 * g
        v = 0.999 * state[f"optimizer.second-moment/{key}"] + 0.001 * g ** 2
        return before - rate * (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)

    return {key: after(key, before) for key, before in parameters.items()}


def nearer(recorded: Arrays, gradients: Arrays, single: Arrays) -> Arrays:
    """The computed gradients, single precision's for those that double precision's are too far from.

    Next to the kink of a ReLU unit a sum may fall on the other side when it is rounded to 32 bits, and
    an example's whole gradient goes along. Then PyTorch's own two precisions differ as much, and the
    recorded numbers are held to the one that is rounded as they are; by the same limit.
    """
    return {
        key: single[key].astype(np.float64)
        if difference(recorded[key], value) > LIMITS["gradient"] else value
        for key, value in gradients.items()}


def check(path: str, compute) -> tuple[str, dict[str, tuple[float, str]], bool]:
    """The workload's name, the largest difference of each kind with where it is, and whether the
    peers start alike."""
    kinds: dict[str, Arrays] = {
        "parameter": {}, "batch": {}, "state": {}, "gradient": {}, "updated": {}}
    try:
        about, tensors = read(path)
        for key, array in tensors.items():
            kind, _, own = key.partition("/")
            if own:
                kinds[kind][own] = array
        recorded_loss = tensors["loss"].item()
        parameters, recorded, batch = kinds["parameter"], kinds["gradient"], kinds["batch"]
        state = kinds["state"]
        if "experiment" in about:
            name, alike = " ".join(
                about[key] for key in ("experiment", "method", "generator", "space") if key in about
            ), True

            def again(kind: type) -> tuple[float, Arrays]:
                return by_scheme(about, *(
                    {key: array.astype(kind) for key, array in arrays.items()}
                    for arrays in (parameters, batch, state)))

            loss, gradients = again(np.float64)
            if (recorded.keys() == gradients.keys()
                    and largest(recorded, gradients)[0] > LIMITS["gradient"]):
                gradients = nearer(recorded, gradients, again(np.float32)[1])
            rate = batch["rate"].item()
            clip = batch["clip"].item() if "clip" in batch else 0.0
        elif "method" in about:
            name, alike = about["method"], True
            if about.get("stage", "1") != "1":
                name += " stage " + about["stage"]
            if about.get("strategy", "full") != "full":
                name += " " + about["strategy"]
            loss, gradients = by_method(about, parameters, batch)
            if (recorded.keys() == gradients.keys()
                    and largest(recorded, gradients)[0] > LIMITS["gradient"]):
                _, single = by_method(about, *(
                    {key: array.astype(np.float32) for key, array in arrays.items()}
                    for arrays in (parameters, batch)))
                gradients = nearer(recorded, gradients, single)
            rate, clip = batch["rate"].item(), batch["clip"].item()
        else:
            name = about["workload"]
            size = {key: int(value) for key, value in about.items()
                    if key not in ("format", "workload", "seed")}
            loss, gradients = compute(name, parameters, batch, size)
            rate, clip = WORKLOADS[name].rate, WORKLOADS[name].clip
            alike = is_drawn_alike(name, size, parameters, batch)
        after = (after_many(recorded, parameters, state, rate, clip) if "experiment" in about
                 else updated(about, recorded, parameters, rate, clip))
        rows = {
            "loss": (difference(np.float64(recorded_loss), np.float64(loss)), ""),
            "gradient": largest(recorded, gradients),
            "parameter": largest(kinds["updated"], after),
        }
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
            RuntimeError, MemoryError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        sys.exit(f"parity.py: {path} is no step that weft bench NAME --parity FILE or "
                 f"weft compare FAMILY --methods NAME --parity FILE wrote: {why}")
    return name, rows, alike


def main(arguments: list[str]) -> None:
    compute = by_jax if "--jax" in arguments else by_torch
    paths = [argument for argument in arguments if argument != "--jax"]
    if not paths or paths[0].startswith("-"):
        sys.exit(__doc__)
    passed = True
    print(f"{'workload':26}{'loss':>9}  {'worst gradient':32}worst parameter after a step")
    for path in paths:
        name, rows, alike = check(path, compute)
        passed &= alike and all(rows[kind][0] <= limit for kind, limit in LIMITS.items())
        cells = [f"{value:.1e} {where}" for value, where in (rows["gradient"], rows["parameter"])]
        print(f"{name:26}{rows['loss'][0]:9.1e}  {cells[0]:32}{cells[1]}", flush=True)
        if not alike:
            print(f"{name}: workloads.py draws parameters or a batch of other names or shapes")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
