"""Go on from the published detector, whose batch normalisation is folded into its convolutions."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np


def unfold(model: Any, file: Path, batches: Iterable[Any]) -> None:
    """Give `model` the weights of a published model.onnx, and its normalisation back.

    The exported convolutions hold scale and shift already. So each normalisation gets the mean and
    variance that its input has on `batches`, and the scale and shift that undo them: the network
    says the same as before, and learns as one that was never folded.

    Args:
        model: Ultralytics' DetectionModel of the same architecture; left in training mode.
        file: what `subject_export.export` wrote.
        batches: (n, 3, side, side) float32 RGB in [0, 1]; some hundred pictures are enough.

    Raises:
        KeyError: the file is of another architecture.
    """
    import torch
    from torch import nn

    weights = _read(file)
    normalised = {
        name: module.bn for name, module in model.named_modules() if hasattr(module, "bn")
    }
    with torch.no_grad():
        for name, module in model.named_modules():
            if not isinstance(module, nn.Conv2d) or not module.weight.requires_grad:
                continue
            module.weight.copy_(torch.from_numpy(weights[f"{name}.weight"]))
            folded = normalised.get(name.rpartition(".")[0])
            shift: Any = module.bias if folded is None else folded.bias
            shift.copy_(torch.from_numpy(weights[f"{name}.bias"]))
        _measure(model, list(normalised.values()), batches)
    model.train()


def _read(file: Path) -> dict[str, np.ndarray]:
    """The tensors of an ONNX file by name, as float32."""
    import onnx
    from onnx import numpy_helper

    tensors = onnx.load(file).graph.initializer
    return {
        tensor.name.removesuffix("_half"): numpy_helper.to_array(tensor).astype(np.float32)
        for tensor in tensors
        if tensor.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    }


def _measure(model: Any, normalised: list[Any], batches: Iterable[Any]) -> None:
    """Set mean, variance, scale and shift of every normalisation; what they do stays the same."""
    import torch

    sums = [torch.zeros(2, bn.num_features, dtype=torch.float64) for bn in normalised]
    counts = [0] * len(normalised)

    def count(place: int, module: Any, inputs: tuple[Any]) -> None:
        values = inputs[0].double()
        sums[place] += torch.stack([values.sum((0, 2, 3)), values.square().sum((0, 2, 3))])
        counts[place] += values.numel() // values.shape[1]

    for bn in normalised:  # as if it were not there, but for the shift
        bn.running_mean.zero_()
        bn.running_var.fill_(1 - bn.eps)
        bn.weight.fill_(1)
    hooks = [
        bn.register_forward_pre_hook(partial(count, place)) for place, bn in enumerate(normalised)
    ]
    model.eval()
    for images in batches:
        model(images)
    for hook in hooks:
        hook.remove()
    for bn, (total, squares), number in zip(normalised, sums, counts, strict=True):
        mean = total / number
        variance = (squares / number - mean.square()).clamp(min=0)
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(variance)
        bn.weight.copy_((variance + bn.eps).sqrt())
        bn.bias += bn.running_mean
