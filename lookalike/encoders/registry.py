"""The encoders by name, in the order of the page. To add one: write its file, and name it here.

After them come those that the user adapted, which are found by their cards. Reading a spec imports
no model library, so that the page and the command line start at once.
"""

import threading
from functools import cache
from importlib import import_module

from lookalike.encoders import adapted
from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.errors import LookalikeError, unknown_name
from lookalike.settings import settings

ENCODERS = {
    # name: the class, in the module lookalike.encoders.<name> unless another one is given
    "resnet": "ResNet",
    "vit": "ViT",
    "clip": "CLIP",
    "efficientnet": "EfficientNet",
    "mobilenet": "MobileNet",
    "autoencoder": "Autoencoder",
    "siamese": "Siamese",
    "triplet": "Triplet",
    "barlow": "Barlow",
    "sift": "SIFT",
    "orb": "ORB",
    "hash": "Hash",
    "pixels": "Pixels",
    "mobilenetv3": "timm_networks.MobileNetV3",
    "vgg16": "timm_networks.VGG16",
    "bit": "timm_networks.BiT",
}

_loaded: dict[tuple[str, str, str], Encoder] = {}
_locks: dict[tuple[str, str, str], threading.Lock] = {}
_guard = threading.Lock()  # of both


def names() -> list[str]:
    """Every method, in the order of the page."""
    return [*ENCODERS, *(name for name in adapted.names() if _usable(name))]


def _usable(name: str) -> bool:
    """Whether an adapted method can be shown; a damaged one must not stop the others."""
    if name in ENCODERS:
        return False
    try:
        return bool(spec(name))
    except LookalikeError as error:
        adapted.leave_out(str(error))
        return False


def defaults() -> list[str]:
    """The methods that need no network: those that are meant where none is named.

    Not the user's own: what was adapted to one gallery says little of another.
    """
    return [name for name in ENCODERS if spec(name).weights[0].source != "hub"]


@cache
def spec(name: str) -> EncoderSpec:
    """What a method is.

    Raises:
        UnknownNameError: there is no such method.
        WeightsError: it is an adapted one whose card is damaged.
    """
    if name not in ENCODERS:
        return _adapted(name)[0]
    return encoder_type(name).spec


def encoder_type(name: str) -> type[Encoder]:
    """The class of a method.

    Raises:
        UnknownNameError: there is no such method.
    """
    if name in ENCODERS:
        module, _, kind = ENCODERS[name].rpartition(".")
        return getattr(import_module(f"lookalike.encoders.{module or name}"), kind)
    _adapted(name)
    return adapted.Adapted


def reads_words(name: str) -> bool:
    """Whether a method is a TextEncoder, without loading it.

    Raises:
        UnknownNameError: there is no such method.
    """
    return hasattr(encoder_type(name), "encode_text")


def _adapted(name: str) -> tuple[EncoderSpec, adapted.Card]:
    card = adapted.find(name)
    if card is None:
        raise unknown_name("method", name, names())
    # One that was adapted stands on no other.
    base = spec(card.base.method) if card.base.method in ENCODERS else None
    return adapted.spec(name, card, base), card


def weights_spec(name: str, weights: str | None = None) -> WeightsSpec:
    """One of a method's sets of weights; its default unless named.

    Raises:
        UnknownNameError: there is no such method, or it has no such weights.
    """
    known = {one.name: one for one in spec(name).weights}
    chosen = next(iter(known)) if weights is None else weights
    if chosen not in known:
        raise unknown_name(f"set of {name} weights", chosen, list(known))
    return known[chosen]


def weights_for(name: str, wanted: str | None = None) -> str:
    """The weights that answer: the wanted ones where the method has them, else its default.

    Args:
        wanted: the setting's unless given.

    Raises:
        UnknownNameError: there is no such method, or no method has such weights.
    """
    wanted = wanted or settings().weights
    known = [weights.name for weights in spec(name).weights]
    if wanted in known:
        return wanted
    every = {one.name for other in names() for one in spec(other).weights}
    if wanted not in every:
        raise unknown_name("set of weights", wanted, sorted(every))
    return known[0]


def load(name: str, weights: str | None = None) -> Encoder:
    """The encoder of this name and weights; the same object every time. Thread-safe.

    Its `weights.sha256` is the loaded file's.

    Raises:
        UnknownNameError: there is no such method, or it has no such weights.
        WeightsError: the weights are missing, damaged, or cannot be fetched.
    """
    wanted = weights_spec(name, weights)
    key = name, wanted.name, wanted.sha256
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:  # one per model, so that two visitors don't load the same file twice
        if key not in _loaded:
            _loaded[key] = _make(name, wanted)
        return _loaded[key]


def _make(name: str, weights: WeightsSpec) -> Encoder:
    if name not in ENCODERS:
        of, card = _adapted(name)
        return adapted.Adapted(of, card, load(card.base.method, card.base.weights))
    return encoder_type(name)(weights)
