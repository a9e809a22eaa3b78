"""A step of continual learning in PyTorch: the loss of the current task and, for every trained parameter,
its gradient with the pull of what holds earlier tasks, from the parameters, inputs and state that Weft
wrote down."""

import torch

from methods import Setting


def generate(setting, z, p):
    """The weights [T, ...] by name for contexts z [T, n]; of one network with parts of each task's own
    where there is no hypernetwork."""
    if setting.about.get("method", "hypernetwork") == "hypernetwork":
        return setting.generate(z, p)
    tasks, weights = z.shape[0], {}
    for name, shape in setting.tensors:
        if "own." + name in p:
            weights[name] = (z @ p["own." + name]).reshape(tasks, *shape)
            continue
        weights[name] = p["base." + name][None].expand(tasks, *shape)
        bias = "b" + name[1:]
        if f"own.{bias}.scale" in p:
            scale = 1 + z @ p[f"own.{bias}.scale"]
            weights[name] = weights[name] * (scale[:, None] if name[0] == "W" else scale)
            if name[0] == "b":
                weights[name] = weights[name] + z @ p[f"own.{bias}.shift"]
    return weights


def candidate(gradient, state, name, rate):
    """The step that Adam would take."""
    m = 0.9 * state[f"optimizer.first-moment/{name}"] + 0.1 * gradient
    v = 0.999 * state[f"optimizer.second-moment/{name}"] + 0.001 * gradient ** 2
    t = state["optimizer.steps"] + 1
    return -rate * (m / (1 - 0.9 ** t)) / (torch.sqrt(v / (1 - 0.999 ** t)) + 1e-8)


def step(about, p, b, state):
    setting = Setting(about)
    method = about.get("method", "hypernetwork")
    names = about["trained"].split(",")
    z = p["embedding"][b["task"].long()]
    loss = setting.per_task(setting.target(generate(setting, z, p), b["x"]), b["y"]).mean()
    gradients = dict(zip(names, torch.autograd.grad(
        loss, [p[name] for name in names], retain_graph=True)))
    theta = [name for name in names if name != "embedding"]
    if method == "hypernetwork":
        ahead = {}
        for name in theta:
            move = candidate(gradients[name], state, name, b["rate"])
            if about.get("lookahead") == "off":
                move = torch.zeros_like(move)
            ahead[name] = (p[name] + move).detach().requires_grad_()
        every = {name: value.detach() for name, value in p.items()} | ahead
        rows = b["earlier"].long() if "earlier" in b else slice(None)
        weights = generate(setting, every["embedding"][rows], every)
        pull = sum(
            (((weights[name] - state["stored." + name][rows]) ** 2).flatten(1).sum(1)
             * b["weight"]).sum() for name, _ in setting.tensors)
        for name, more in zip(theta, torch.autograd.grad(pull, list(ahead.values()))):
            gradients[name] = gradients[name] + more
    for name in theta:
        own = name.removeprefix("base.")
        if method == "ewc" and "ewc.sum." + own in state:
            gradients[name] = gradients[name] + b["strength"] * (
                p[name] * state["ewc.sum." + own] - state["ewc.anchor." + own])
        if method == "si" and "si.importance." + own in state:
            gradients[name] = gradients[name] + 2 * b["strength"] * (
                state["si.importance." + own] * (p[name] - state["si.anchor." + own]))
        if method == "film" and name.startswith("base."):
            gradients[name] = gradients[name] * b["learns"]
    return loss, gradients
