"""Read a network of Darknet's: a cfg and its weights, as a torch module.

Darknet's layers in its own words: https://github.com/AlexeyAB/darknet/wiki/CFG-Parameters-in-the-different-layers.
Only what the YOLO networks up to YOLOv4-tiny use is read; anything else is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from lookalike.errors import WeightsError

EPSILON = 1e-6  # Darknet's, of batch normalisation
SLOPE = 0.1  # of "leaky"


@dataclass(frozen=True)
class Section:
    """One part of a cfg: "[convolutional]" and what stands under it."""

    kind: str
    options: dict[str, str]

    def whole(self, key: str, default: int | None = None) -> int:
        """An option that is a whole number."""
        return int(self.options[key] if default is None else self.options.get(key, default))

    def numbers(self, key: str) -> list[float]:
        """An option that is a list."""
        return [float(part) for part in self.options[key].split(",")]


def sections(text: str) -> list[Section]:
    """The parts of a cfg in their order, without its comments."""
    found: list[Section] = []
    for line in (raw.partition("#")[0].strip() for raw in text.splitlines()):
        if line.startswith("["):
            found.append(Section(line.strip("[]"), {}))
        elif line:
            key, _, value = line.partition("=")
            found[-1].options[key.strip()] = value.strip()
    return found


@dataclass(frozen=True)
class Shape:
    """What a layer gives, for a photo of any size."""

    width: int  # channels
    stride: int  # pixels of the photo to one of its own


class Head(nn.Module):
    """A [yolo] layer: what the network says in each cell, as boxes and scores.

    Args:
        anchors: (a, 2) widths and heights, pixels of the network's input.
        stride: side of a cell, pixels of the network's input.
        reach: scale_x_y, how far beyond its cell a centre may lie.
    """

    anchors: Tensor

    def __init__(self, anchors: Tensor, stride: int, reach: float) -> None:
        super().__init__()
        self.register_buffer("anchors", anchors)
        self.stride, self.reach = stride, reach

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """(1, a * (5 + kinds), h, w) to (n, 4) x1, y1, x2, y2 in pixels and (n, kinds) scores."""
        _, channels, height, width = values.shape
        count = len(self.anchors)
        cells = values.reshape(count, channels // count, height, width).permute(0, 2, 3, 1)
        down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        corner = torch.stack([across, down], -1).to(values.dtype)
        centre = cells[..., :2].sigmoid() * self.reach - (self.reach - 1) / 2 + corner
        centre = centre * self.stride
        half = cells[..., 2:4].exp() * self.anchors[:, None, None] / 2
        scores = cells[..., 4:5].sigmoid() * cells[..., 5:].sigmoid()
        boxes = torch.cat([centre - half, centre + half], -1)
        return boxes.reshape(-1, 4), scores.reshape(-1, channels // count - 5)


class Network(nn.Module):
    """A network of Darknet's.

    Args:
        cfg: text of the cfg.
        weights: Darknet's file of weights; random ones if none.

    Raises:
        WeightsError: the cfg has a layer that is not read here, or the weights are of another cfg.
    """

    def __init__(self, cfg: str, weights: Path | None = None) -> None:
        super().__init__()
        net, *parts = sections(cfg)
        self.layers = nn.ModuleList()
        self._from: list[list[int]] = []  # for each layer, the numbers of those that it reads
        made: list[Shape] = []
        for part in parts:
            read = _inputs(part, len(made))
            before = [made[i] if i >= 0 else Shape(net.whole("channels"), 1) for i in read]
            layer, shape = _layer(part, before)
            self.layers.append(layer)
            self._from.append(read)
            made.append(shape)
        if weights is not None:
            _fill(self, weights)
        self.eval()

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """One photo, (1, 3, h, w) float32 RGB in [0, 1]; what `Head` gives, all heads together."""
        outputs: list[Tensor] = []
        found = []
        for layer, read in zip(self.layers, self._from, strict=True):
            inputs = [outputs[i] if i >= 0 else photo for i in read]
            if isinstance(layer, Head):
                found.append(layer(inputs[0]))
                outputs.append(inputs[0])
            else:
                outputs.append(layer(*inputs))
        boxes, scores = zip(*found, strict=True)
        return torch.cat(boxes), torch.cat(scores)


class Route(nn.Module):
    """One group of the channels of the layers named, joined."""

    def __init__(self, groups: int, group: int) -> None:
        super().__init__()
        self.groups, self.group = groups, group

    def forward(self, *inputs: Tensor) -> Tensor:
        """(1, c, h, w) each, to (1, the sum of c / groups, h, w)."""
        return torch.cat([one.chunk(self.groups, 1)[self.group] for one in inputs], 1)


def _inputs(part: Section, here: int) -> list[int]:
    """Numbers of the layers that a layer reads; negative ones count back from it."""
    if part.kind != "route":
        return [here - 1]
    return [int(n) if n >= 0 else here + int(n) for n in part.numbers("layers")]


def _layer(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    if part.kind not in MAKERS:
        raise _unread(f"the layer [{part.kind}]")
    return MAKERS[part.kind](part, before)


def _convolution(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    width, size, stride = part.whole("filters"), part.whole("size"), part.whole("stride", 1)
    normalised = bool(part.whole("batch_normalize", 0))
    padding = size // 2 if part.whole("pad", 0) else part.whole("padding", 0)
    layers: list[nn.Module] = [
        nn.Conv2d(before[0].width, width, size, stride, padding, bias=not normalised)
    ]
    if normalised:
        layers.append(nn.BatchNorm2d(width, eps=EPSILON))
    activation = part.options.get("activation", "linear")
    if activation not in ("leaky", "linear") or part.whole("groups", 1) != 1:
        raise _unread(f"the activation {activation!r}, or groups of a convolution")
    if activation == "leaky":
        layers.append(nn.LeakyReLU(SLOPE))
    return nn.Sequential(*layers), Shape(width, before[0].stride * stride)


def _route(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    groups = part.whole("groups", 1)
    width = sum(one.width for one in before) // groups
    return Route(groups, part.whole("group_id", 0)), Shape(width, before[0].stride)


def _pool(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    size, stride = part.whole("size"), part.whole("stride", 1)
    if size != stride:
        raise _unread("pooling that overlaps")
    return nn.MaxPool2d(size, stride), Shape(before[0].width, before[0].stride * stride)


def _upsample(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    stride = part.whole("stride")
    shape = Shape(before[0].width, before[0].stride // stride)
    return nn.Upsample(scale_factor=stride), shape


def _head(part: Section, before: list[Shape]) -> tuple[nn.Module, Shape]:
    pairs = torch.tensor(part.numbers("anchors")).reshape(-1, 2)
    anchors = pairs[[int(place) for place in part.numbers("mask")]]
    reach = float(part.options.get("scale_x_y", 1))
    return Head(anchors, before[0].stride, reach), before[0]


MAKERS: dict[str, Callable[[Section, list[Shape]], tuple[nn.Module, Shape]]] = {
    "convolutional": _convolution,
    "route": _route,
    "maxpool": _pool,
    "upsample": _upsample,
    "yolo": _head,
}


# Weights.


def _fill(network: Network, file: Path) -> None:
    values = _values(file)
    for layer in network.layers:
        if isinstance(layer, nn.Sequential):
            for tensor in _in_file_order(layer):
                taken = values[: tensor.numel()]
                if len(taken) < tensor.numel():
                    raise _other(file)
                tensor.data.copy_(torch.from_numpy(taken.copy()).reshape(tensor.shape))
                values = values[tensor.numel() :]
    if len(values):
        raise _other(file)


def _values(file: Path) -> np.ndarray:
    """The file's float32 values, behind its version and the count of images seen."""
    content = file.read_bytes()
    major, minor = np.frombuffer(content, "<i4", 2)
    head = 20 if major * 10 + minor >= 2 else 16  # the count takes 8 bytes, or 4
    return np.frombuffer(content, "<f4", offset=head)


def _in_file_order(layer: nn.Sequential) -> Iterator[Tensor]:
    tensors = layer.state_dict()
    names = ("1.bias", "1.weight", "1.running_mean", "1.running_var", "0.bias", "0.weight")
    yield from (tensors[name] for name in names if name in tensors)


def folded(network: Network) -> Network:
    """The same network, its batch normalisation folded into the convolutions; changes it."""
    for layer in network.layers:
        if isinstance(layer, nn.Sequential):
            convolution, normalisation = layer[0], layer[1 % len(layer)]
            if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
                layer[0] = nn.utils.fuse_conv_bn_eval(convolution, normalisation)
                layer[1] = nn.Identity()
    return network


def _unread(what: str) -> WeightsError:
    return WeightsError(
        f"This cfg has {what}, which is not read here.",
        "Use a cfg of convolutional, route, maxpool, upsample and yolo layers.",
    )


def _other(file: Path) -> WeightsError:
    return WeightsError(
        f"The weights {file.name!r} do not fit the cfg.", "Use the two files of one network."
    )
