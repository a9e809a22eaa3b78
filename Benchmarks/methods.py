"""The methods and strategies of `weft compare` in PyTorch: the loss of the first step of a stage of a
method's training, from the parameters and inputs that Weft wrote down. Everything is put together and
multiplied out; nothing is folded, factored or shared."""

import torch

import few_shot
import transformer

ACTIVATIONS = {
    "tanh": torch.tanh, "relu": torch.relu, "sine": torch.sin, "sigmoid": torch.sigmoid,
    "gelu": torch.nn.functional.gelu,
}


class Setting:
    """What the file says about the step: knobs by name, and the sizes of the target network."""

    def __init__(self, about):
        self.about = about
        hidden = [int(w) for w in about["target-widths"].split("-")]
        widths = [int(about["inputs"])] + hidden + [int(about["outputs"])]
        self.tensors = []
        for layer, (i, o) in enumerate(zip(widths, widths[1:]), 1):
            self.tensors += [(f"W{layer}", (i, o)), (f"b{layer}", (o,))]
        self.conv = few_shot.ConvNet(about) if about.get("target") == "cnn" else None
        if self.conv:
            self.tensors = self.conv.tensors
        self.transformer = None
        if about.get("target") == "transformer":
            self.transformer = transformer.Transformer(about)
            self.tensors = self.transformer.tensors

    def number(self, name):
        return float(self.about[name])

    def target(self, weights, x, prefixes=None):
        if self.transformer:
            return self.transformer(weights, x, prefixes or {})
        for layer in range(1, len(self.tensors) // 2 + 1):
            x = self.layer(layer, weights, x)
        return x

    def layer(self, layer, weights, x):
        if self.conv:
            return self.conv.layer(layer, weights, x)
        x = torch.einsum("tbi,tio->tbo", x, weights[f"W{layer}"])
        last = len(self.tensors) // 2
        over = {"units": -1, "batch": 1}.get(self.about.get("normalization"))
        if over and layer < last:
            centred = x - x.mean(over, keepdim=True)
            x = centred / (centred.square().mean(over, keepdim=True) + 1e-5).sqrt()
        x = x + weights[f"b{layer}"][:, None, :]
        return ACTIVATIONS[self.about["target-activation"]](x) if layer < last else x

    def per_task(self, outputs, y):
        if self.about["objective"] == "squared-error":
            return ((outputs - y) ** 2).mean((1, 2))
        return -(torch.log_softmax(outputs, -1) * y).sum((1, 2)) / y.shape[1]

    # Strategies: the weights [T, ...] by name for contexts z [T, n].

    def trunk(self, z, p):
        if self.about["encoding"] == "magnitude-invariant":
            z = torch.cat([torch.cos(torch.pi / 2 * z), torch.sin(torch.pi / 2 * z)], 1)
        layer = 1
        while f"trunk.{layer}.weight" in p:
            z = ACTIVATIONS[self.about["hyper-activation"]](
                z @ p[f"trunk.{layer}.weight"] + p[f"trunk.{layer}.bias"])
            layer += 1
        return z

    def generate(self, z, p):
        tasks = z.shape[0]

        def whole(name):
            return p["base." + name][None].expand(tasks, *p["base." + name].shape)

        if "head.weight" in p:
            return self.row(z, p)
        h = self.trunk(z, p)

        def head(name, shape):
            flat = h @ p[f"head.{name}.weight"] + p[f"head.{name}.bias"]
            return flat.reshape(tasks, *shape)

        weights = {}
        for index, (name, shape) in enumerate(self.tensors):
            if any(key.endswith(".scale.weight") for key in p):
                # A weight goes by the bias that follows it.
                is_weight = self.is_weight(name)
                bias = self.tensors[index + is_weight][0]
                middle = 0 if self.about["film-scale"] == "bare" else 1
                own = (shape[-1],) if is_weight else shape
                scale = middle + head(bias + ".scale", own)
                weights[name] = whole(name) * (scale[:, None, :] if is_weight else scale)
                if not is_weight:
                    weights[name] = weights[name] + head(bias + ".shift", own)
                continue
            base = whole(name) if "base." + name in p else 0
            if f"head.{name}.left.weight" in p:
                rank = p[f"head.{name}.left.bias"].numel() // shape[0]
                left, right = head(name + ".left", (shape[0], rank)), head(
                    name + ".right", (rank, shape[1]))
                weights[name] = base + torch.einsum("tir,tro->tio", left, right)
            elif f"head.{name}.weight" in p:
                weights[name] = base + head(name, shape)
            else:
                weights[name] = base
        return weights

    @staticmethod
    def is_weight(name):
        """Positions, though a matrix, are added as biases are."""
        return name[0].isupper() and name != "P"

    def row(self, z, p):
        """One head for a row of all weights, written chunk by chunk."""
        tasks, parts = z.shape[0], []
        for chunk in p.get("chunks", [None]):
            own = z if chunk is None else torch.cat([z, chunk[None].expand(tasks, -1)], 1)
            parts.append(self.trunk(own, p) @ p["head.weight"] + p["head.bias"])
        row, first, weights = torch.cat(parts, 1), 0, {}
        for name, shape in self.tensors:
            count = torch.Size(shape).numel()
            weights[name] = row[:, first:first + count].reshape(tasks, *shape)
            first += count
        return weights

    def encode(self, x, y, p):
        h = torch.cat([x, y], 2)
        for layer in (1, 2):
            h = torch.relu(h @ p[f"encoder.{layer}.weight"] + p[f"encoder.{layer}.bias"])
        return h.mean(1) @ p["encoder.3.weight"] + p["encoder.3.bias"]

    def base(self, p, tasks):
        return {name: p["base." + name][None].expand(tasks, *shape)
                for name, shape in self.tensors}


def descend(setting, own, forward, x, y, steps, second_order):
    """Own numbers after some steps of gradient descent on x and y."""
    for _ in range(steps):
        loss = setting.per_task(forward(own), y).sum()
        gradients = torch.autograd.grad(loss, list(own.values()), create_graph=second_order)
        own = {key: value - setting.number("inner-rate") * (g if second_order else g.detach())
               for (key, value), g in zip(own.items(), gradients)}
    return own


def returned(setting, sent, x, y):
    """What clients return: how far steps on their own rows lead away from what they were sent."""
    rate, momentum = setting.number("local-rate"), setting.number("local-momentum")
    own = {name: weight.detach().clone().requires_grad_() for name, weight in sent.items()}
    velocity = {name: torch.zeros_like(weight) for name, weight in own.items()}
    for rows, answers in zip(x, y):
        loss = setting.per_task(setting.target(own, rows), answers).sum()
        gradients = torch.autograd.grad(loss, list(own.values()))
        velocity = {name: momentum * velocity[name] + g for name, g in zip(own, gradients)}
        own = {name: (weight - rate * velocity[name]).detach().requires_grad_()
               for name, weight in own.items()}
    return {name: (weight - own[name]).detach() for name, weight in sent.items()}


def step(about, p, b):
    """The loss, and the gradient of every trained parameter or what stands in its place."""
    setting, method = Setting(about), about["method"]
    x, y = b["x"], b["y"]
    tasks = x.shape[0]
    chosen = b["tasks"].long() if "tasks" in b else slice(None)
    own = {key[5:]: value[chosen] for key, value in p.items() if key.startswith("task.")}
    names = [key for key in about["trained"].split(",")]

    def loss_of(weights):
        return setting.per_task(setting.target(weights, x), y).mean()

    if method in ("pfedhn", "fedavg"):
        clients = x.shape[1]
        sent = (setting.generate(own["z"], p) if method == "pfedhn"
                else setting.base(p, clients))
        changes = returned(setting, sent, x, y)
        loss = setting.per_task(setting.target(sent, x[0]), y[0]).mean()
        product = sum((sent[name] * change).sum() for name, change in changes.items()) / clients
        return loss, dict(zip(names, torch.autograd.grad(product, [p[name] for name in names])))
    if method == "standard":
        loss = loss_of(own)
    elif method == "pooled":
        loss = loss_of(setting.base(p, tasks))
    elif method == "lora":
        weights = setting.base(p, tasks)
        for name in [name for name, _ in setting.tensors if name + ".left" in own]:
            weights[name] = weights[name] + torch.einsum(
                "tir,tro->tio", own[name + ".left"], own[name + ".right"])
        loss = loss_of(weights)
    elif method == "prefix":
        # The first stage trains the base, and there are no prefixes yet.
        outputs = setting.target(
            setting.base(p, tasks), x, own if about["stage"] != "1" else None)
        loss = setting.per_task(outputs, y).mean()
    elif method == "heads":
        shared = {name: p["base." + name][None].expand(tasks, *shape)
                  for name, shape in setting.tensors if "base." + name in p}
        loss = loss_of({**shared, **own})
    elif method in ("hypernetwork", "learned-init", "hyper-lora"):
        loss = loss_of(setting.generate(own["z"], p))
    elif method == "set-encoder":
        loss = loss_of(setting.generate(setting.encode(b["support.x"], b["support.y"], p), p))
    elif method == "hyper-transformer":
        loss = loss_of(few_shot.hyper_transformer(setting, p, b["support.x"], b["support.y"]))
    elif method == "prototypes":
        logits = few_shot.prototypes(p, b["support.x"], b["support.y"], x)
        loss = setting.per_task(logits, y).mean()
    else:
        sx, sy = b["support.x"], b["support.y"]
        if method == "embedding":
            start = {"z": torch.zeros(tasks, int(about["contexts"]), dtype=x.dtype,
                                      requires_grad=True)}
            make = lambda own: setting.generate(own["z"], p)
        else:
            start = setting.base(p, tasks)
            make = lambda own: own
        steps = int(about["reptile-steps" if method == "reptile" else "inner-steps"])
        ends = descend(setting, start, lambda own: setting.target(make(own), sx), sx, sy, steps,
                       method in ("maml", "embedding"))
        loss = loss_of(make(ends))
        if method == "reptile":
            return loss, {name: p[name] - ends[name[5:]].mean(0) for name in names}
    return loss, dict(zip(names, torch.autograd.grad(loss, [p[name] for name in names])))
