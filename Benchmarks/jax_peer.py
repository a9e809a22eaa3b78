#!/usr/bin/env python3
"""Times the workloads in JAX: one compiled step a call, or (`--mode scan`) twenty."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

import timing
from jax_losses import LOSSES
from workloads import WORKLOADS, Sizes, Workload

#: Steps of a call in mode `scan`.
TOGETHER = 20
#: Boxes of the workload `shapes`; its balls have radii 0.4 to 0.7.
HALF_EXTENTS = np.float32(
    [[0.3, 0.7, 0.5], [0.4, 0.6, 0.5], [0.5, 0.5, 0.5], [0.6, 0.4, 0.5]])[:, None]
RADII = np.float32([[0.4], [0.5], [0.6], [0.7]])

Numbers = dict[str, Array]


def occupancy(key: Array, size: Sizes) -> Numbers:
    points = jax.random.uniform(key, (size["shapes"], size["points"], 3), minval=-1, maxval=1)
    balls = jnp.sum(points[:4] ** 2, 2) < RADII ** 2
    boxes = jnp.all(jnp.abs(points[4:]) < HALF_EXTENTS, 2)
    return {"p": points, "inside": jnp.concatenate([balls, boxes]).astype(jnp.float32)}


def sinusoids(key: Array, size: Sizes) -> Numbers:
    tasks, points = size["tasks"], size["points"]
    keys = jax.random.split(key, 3)
    amplitude = jax.random.uniform(keys[0], (tasks, 1, 1), minval=0.1, maxval=5)
    phase = jax.random.uniform(keys[1], (tasks, 1, 1), maxval=math.pi)
    x = jax.random.uniform(keys[2], (tasks, 2 * points, 1), minval=-5, maxval=5)
    y = amplitude * jnp.sin(x - phase)
    return {"support x": x[:, :points], "support y": y[:, :points],
            "query x": x[:, points:], "query y": y[:, points:]}


FRESH = {"shapes": occupancy, "maml-sine": sinusoids}


class State(NamedTuple):
    parameters: Numbers
    #: Adam's moments, and how many steps it has done.
    first: Numbers
    second: Numbers
    done: Array
    key: Array


def clipped(gradients: Numbers, limit: float) -> Numbers:
    norm = jnp.sqrt(sum(jnp.sum(g ** 2) for g in gradients.values()))
    scale = jnp.minimum(1, limit / (norm + 1e-6))
    return {name: scale * g for name, g in gradients.items()}


def adam(state: State, gradients: Numbers, rate: float, key: Array) -> State:
    done = state.done + 1
    of_first, of_second = 1 - 0.9 ** done, 1 - 0.999 ** done
    parameters, first, second = {}, {}, {}
    for name, g in gradients.items():
        m = first[name] = 0.9 * state.first[name] + 0.1 * g
        v = second[name] = 0.999 * state.second[name] + 0.001 * g ** 2
        change = m / of_first / (jnp.sqrt(v / of_second) + 1e-8)
        parameters[name] = state.parameters[name] - rate * change
    return State(parameters, first, second, done, key)


def training_step(name: str, workload: Workload):
    loss_of, size = LOSSES[name], workload.sizes

    def step(state: State, batch: Numbers) -> tuple[State, Array]:
        key = state.key
        if workload.fresh:
            key, now = jax.random.split(key)
            batch = FRESH[name](now, size)
        loss, gradients = jax.value_and_grad(loss_of)(state.parameters, batch, size)
        if workload.clip:
            gradients = clipped(gradients, workload.clip)
        return adam(state, gradients, workload.rate, key), loss

    return step


def training(name: str, seed: int, scanned: bool):
    """A function that takes n steps, multiples of `TOGETHER` if scanned, and returns the losses."""
    workload = WORKLOADS[name]
    parameters, batch = (
        {key: jnp.array(array) for key, array in arrays.items()}
        for arrays in workload.draw(np.random.default_rng(seed), workload.sizes))
    first, second = ({key: jnp.zeros_like(array) for key, array in parameters.items()}
                     for _ in range(2))
    state = State(parameters, first, second, jnp.float32(0), jax.random.key(seed))
    step = training_step(name, workload)

    def steps(state: State, batch: Numbers) -> tuple[State, Array]:
        def once(state, _):
            # Tied to the parameters, so that nothing of the batch alone moves out of the loop.
            parameters, tied = lax.optimization_barrier((state.parameters, batch))
            return step(state._replace(parameters=parameters), tied)

        return lax.scan(once, state, length=TOGETHER)

    call = jax.jit(steps if scanned else step, donate_argnums=0)

    def train(count: int):
        nonlocal state
        losses = []
        for _ in range(count // TOGETHER if scanned else count):
            state, loss = call(state, batch)
            losses.append(loss)
        jax.block_until_ready(state)
        return jnp.concatenate(losses) if scanned else losses

    return train


def main() -> None:
    options = timing.options(__doc__, ["step", "scan"])
    scanned = options.mode == "scan"
    for name in options.workloads:
        train = training(name, options.seed, scanned)
        timing.run("jax-scan" if scanned else "jax", name, options, train,
                   TOGETHER if scanned else 1)


if __name__ == "__main__":
    main()
