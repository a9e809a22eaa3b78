"""The transformer that `weft compare digit-views --set target=transformer` races with, in PyTorch's own
layer normalisation and attention: for methods.py."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import layer_norm, scaled_dot_product_attention


class Transformer:
    """The target network: patches, pre-norm blocks, and a linear layer on the tokens' mean."""

    def __init__(self, about):
        def number(name):
            return int(about["target." + name])

        self.side, self.patch, self.model = number("side"), number("patch"), number("model")
        self.heads, self.blocks = number("heads"), number("blocks")
        self.across = self.side // self.patch
        model, classes = self.model, int(about["outputs"])
        self.tensors = [("E", (self.patch ** 2, model)), ("e", (model,)),
                        ("P", (self.across ** 2, model))]
        for block in map(str, range(1, self.blocks + 1)):
            self.tensors += [
                (f"n{block}a.gain", (model,)), (f"n{block}a.shift", (model,)),
                ("QKV" + block, (model, 3 * model)), ("qkv" + block, (3 * model,)),
                ("O" + block, (model, model)), ("o" + block, (model,)),
                (f"n{block}b.gain", (model,)), (f"n{block}b.shift", (model,)),
                ("F" + block, (model, 2 * model)), ("f" + block, (2 * model,)),
                ("G" + block, (2 * model, model)), ("g" + block, (model,))]
        self.tensors += [("n.gain", (model,)), ("n.shift", (model,)),
                         ("Y", (model, classes)), ("y", (classes,))]

    def __call__(self, weights, x, prefixes):
        """Images x [T, B, pixels] -> [T, B, classes], with weights of its own for every task; prefixes
        are keys [T, P, model] and values of every block by name, or nothing."""
        return torch.stack([
            self.one({name: w[t] for name, w in weights.items()}, x[t],
                     {name: p[t] for name, p in prefixes.items()}) for t in range(x.shape[0])])

    def one(self, w, x, prefixes):
        """A task's images [B, pixels] -> [B, classes]."""
        def norm(name, x):
            return layer_norm(x, (self.model,)) * (1 + w[name + ".gain"]) + w[name + ".shift"]

        images = x.reshape(-1, 1, self.side, self.side)
        # Rows of an unfolded image are the pixels of a patch, its columns the patches.
        patches = torch.nn.functional.unfold(images, self.patch, stride=self.patch).mT
        x = patches @ w["E"] + w["e"] + w["P"]
        for block in map(str, range(1, self.blocks + 1)):
            x = x + self.attention(block, w, norm(f"n{block}a", x), prefixes)
            wide = torch.relu(norm(f"n{block}b", x) @ w["F" + block] + w["f" + block])
            x = x + wide @ w["G" + block] + w["g" + block]
        return norm("n", x).mean(1) @ w["Y"] + w["y"]

    def attention(self, block, w, x, prefixes):
        queries, keys, values = (x @ w["QKV" + block] + w["qkv" + block]).chunk(3, -1)
        if prefixes:
            front = [prefixes[f"prefix{block}.{part}"].expand(len(x), -1, -1)
                     for part in ("keys", "values")]
            keys, values = torch.cat([front[0], keys], 1), torch.cat([front[1], values], 1)

        def apart(x):
            return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)

        # The faster kernels have no second derivatives, and MAML wants them.
        with sdpa_kernel(SDPBackend.MATH):
            seen = scaled_dot_product_attention(apart(queries), apart(keys), apart(values))
        return seen.transpose(1, 2).reshape(x.shape) @ w["O" + block] + w["o" + block]
