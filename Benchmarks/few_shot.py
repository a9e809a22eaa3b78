"""What `weft compare few-shot-glyphs` generates and how, in PyTorch's own convolutions, layer
normalisation and attention: for methods.py."""

import torch
from torch.nn.functional import conv2d, layer_norm, linear, scaled_dot_product_attention

SIDE = 28


def image_convolution(x, kernel, side):
    """Images [N, side, side, C] and a kernel [3, 3, C, D], stride 2: [N, ., ., D], each image
    normalised over all its numbers."""
    y = conv2d(x.permute(0, 3, 1, 2), kernel.permute(3, 2, 0, 1), stride=2, padding=1)
    return layer_norm(y.permute(0, 2, 3, 1), (y.shape[2], y.shape[3], y.shape[1]))


class ConvNet:
    """The target network: four convolutions and a linear layer."""

    def __init__(self, about):
        channels, classes = int(about["channels"]), int(about["outputs"])
        self.sides = [14, 7, 4, 2]
        self.tensors = []
        for layer in range(4):
            depth = channels if layer else 1
            self.tensors += [(f"W{layer + 1}", (3, 3, depth, channels)),
                             (f"b{layer + 1}", (channels,))]
        self.tensors += [("W5", (4 * channels, classes)), ("b5", (classes,))]

    def layer(self, layer, weights, x):
        """x [T, B, ...] -> [T, B, ...], with weights of its own for every task."""
        w, b = weights[f"W{layer}"], weights[f"b{layer}"]
        tasks, count = x.shape[:2]
        if layer == 5:
            return torch.einsum("tbi,tio->tbo", x.reshape(tasks, count, -1), w) + b[:, None]
        side = self.sides[layer - 2] if layer > 1 else SIDE
        rows = [image_convolution(x[t].reshape(count, side, side, -1), w[t], side) + b[t]
                for t in range(tasks)]
        return torch.relu(torch.stack(rows))


def features(p, name, x):
    """Examples [T, B, pixels] -> [T, B, numbers]."""
    images, layer = x.reshape(-1, SIDE, SIDE, 1), 1
    while f"{name}.conv{layer}.w" in p:
        own = f"{name}.conv{layer}"
        images = image_convolution(images, p[own + ".w"], None)
        images = torch.relu(images * p[own + ".scale"] + p[own + ".b"])
        layer += 1
    return dense(p, name + ".out", images.reshape(*x.shape[:2], -1))


def dense(p, name, x):
    return linear(x, p[name + ".w"].T, p.get(name + ".b"))


def encoder(p, name, x, heads):
    block, (count, tokens, model) = 0, x.shape
    while f"{name}.{block}.qkv.w" in p:
        own = f"{name}.{block}."

        def norm(layer, x):
            return layer_norm(x, (model,), p[f"{own}{layer}.weight"], p[f"{own}{layer}.bias"])

        qkv = dense(p, own + "qkv", norm("ln1", x)).view(count, tokens, 3, heads, model // heads)
        seen = scaled_dot_product_attention(*qkv.permute(2, 0, 3, 1, 4).unbind())
        x = x + dense(p, own + "proj", seen.transpose(1, 2).reshape(count, tokens, model))
        x = x + dense(p, own + "ff2", torch.relu(dense(p, own + "ff1", norm("ln2", x))))
        block += 1
    return x


def class_means(values, y):
    return torch.einsum("tsn,tsd->tnd", y, values) / y.sum(1)[:, :, None]


def hyper_transformer(target, p, x, y, heads=4):
    """The target's weights, layer by layer, from examples x [T, S, .] and labels y [T, S, N]."""
    seen, told = features(p, "hyper.features", x), y @ p["hyper.labels"]
    tasks, count = x.shape[:2]
    layers = len(target.tensors) // 2
    weights, activations = {}, x
    for layer in range(1, layers + 1):
        name, own = f"hyper.{layer}", seen
        if layer > 1:
            own = seen + dense(p, name + ".in", activations.reshape(tasks, count, -1))
        tokens = torch.cat([own, told], 2)
        slots = p[name + ".placeholders"][None]
        slots = slots + class_means(tokens, y) if layer == layers else slots.expand(tasks, -1, -1)
        read = encoder(p, name, torch.cat([tokens, slots], 1), heads)[:, count:]
        rows = dense(p, name + ".head", layer_norm(read, read.shape[-1:]))
        (w, shape), (b, _) = target.tensors[2 * layer - 2:2 * layer]
        weights[w] = rows[..., :-1].transpose(1, 2).reshape(tasks, *shape)
        weights[b] = rows[..., -1]
        if layer < layers:
            activations = target.layer(layer, weights, activations)
    return weights


def prototypes(p, support, y, x):
    """Minus the squared distance of examples to the means of classes' features."""
    means = class_means(features(p, "features", support), y)
    seen = features(p, "features", x)
    return -(seen[:, :, None] - means[:, None]).square().sum(3)
