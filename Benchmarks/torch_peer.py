#!/usr/bin/env python3
"""Times the workloads in PyTorch, eager or with the loss compiled by torch.compile."""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

import timing
from torch_losses import LOSSES
from workloads import WORKLOADS, Sizes

#: Boxes of the workload `shapes`; its balls have radii 0.4 to 0.7.
HALF_EXTENTS = torch.tensor(
    [[0.3, 0.7, 0.5], [0.4, 0.6, 0.5], [0.5, 0.5, 0.5], [0.6, 0.4, 0.5]]).unsqueeze(1)
RADII = torch.tensor([[0.4], [0.5], [0.6], [0.7]])


def occupancy(size: Sizes) -> dict[str, Tensor]:
    points = torch.empty(size["shapes"], size["points"], 3).uniform_(-1, 1)
    balls = points[:4].norm(dim=2) < RADII
    boxes = (points[4:].abs() < HALF_EXTENTS).all(2)
    return {"p": points, "inside": torch.cat([balls, boxes]).float()}


def sinusoids(size: Sizes) -> dict[str, Tensor]:
    tasks, points = size["tasks"], size["points"]
    amplitude = torch.empty(tasks, 1, 1).uniform_(0.1, 5)
    phase = torch.empty(tasks, 1, 1).uniform_(0, math.pi)
    x = torch.empty(tasks, 2 * points, 1).uniform_(-5, 5)
    y = amplitude * torch.sin(x - phase)
    (support_x, query_x), (support_y, query_y) = x.split(points, 1), y.split(points, 1)
    return {"support x": support_x, "support y": support_y, "query x": query_x, "query y": query_y}


FRESH = {"shapes": occupancy, "maml-sine": sinusoids}


def training(name: str, seed: int, compiled: bool):
    """A function that takes n steps and returns their losses."""
    workload, loss_of = WORKLOADS[name], LOSSES[name]
    size = workload.sizes
    parameters, batch = (
        {key: torch.from_numpy(array) for key, array in arrays.items()}
        for arrays in workload.draw(np.random.default_rng(seed), size))
    trained = [parameter.requires_grad_() for parameter in parameters.values()]
    adam = torch.optim.Adam(trained, lr=workload.rate, fused=True)
    if compiled:
        loss_of = torch.compile(loss_of)

    def step() -> Tensor:
        loss = loss_of(parameters, FRESH[name](size) if workload.fresh else batch, size)
        adam.zero_grad()
        loss.backward()
        if workload.clip:
            clip_grad_norm_(trained, workload.clip)
        adam.step()
        return loss.detach()

    return lambda steps: [step() for _ in range(steps)]


def main() -> None:
    options = timing.options(__doc__, ["eager", "compile"])
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    for name in options.workloads:
        train = training(name, options.seed, options.mode == "compile")
        timing.run(f"torch-{options.mode}", name, options, train)


if __name__ == "__main__":
    main()
