"""CLIP's two towers: our own, over features of networks that are here anyway, and open_clip's."""

import dataclasses
import json
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike import cards
from lookalike.encoders import efficientnet, hub, resnet
from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.networks import loading
from lookalike.encoders.networks.blocks import ResidualNetwork, to_pixels
from lookalike.encoders.networks.efficientnet import from_package
from lookalike.encoders.networks.lexicon import Lexicon
from lookalike.errors import WeightsError
from lookalike.photos import Photo
from lookalike.storage.files import sha256_file

CONFIG = "open_clip_config.json"  # where open_clip looks for it
LEXICON = "clip/lexicon"
SIDE = 160  # of EfficientNet's input, pixels: half the time of its own 224
ENDS = "</w>"  # how open_clip's tokenizer marks a token that ends a word


class Towers(Protocol):
    """Pictures and words in one space; the vectors of neither need have length 1."""

    weights: WeightsSpec  # with the sha256
    vocabulary: list[str]  # words that are known, in lower case

    def images(self, photos: Sequence[Photo]) -> np.ndarray:
        """n photos to (n, d) float32."""

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """n texts to (n, d) float32."""

    def unknown(self, text: str) -> list[str]:
        """The words of a text that were never met, in their order, each once."""

    def understands(self, text: str) -> bool:
        """Whether any word of a text is known."""

    def heard(self, name: str) -> bool:
        """Whether pictures were called so in training, as far as it is known."""


class Seen:
    """What two networks see in a photo: ImageNet's EfficientNet-Lite0, and the embedded ResNet.

    The one knows the kinds of things that photos show, the other drawings and clothes.
    """

    def __init__(self) -> None:
        (package,) = (one for one in efficientnet.SPEC.weights if one.name == "embedded")
        (embedded,) = (one for one in resnet.SPEC.weights if one.name == "embedded")
        self._large, _ = from_package(package)
        self._small, self.resnet = loading.embedded(embedded, lambda s: ResidualNetwork(**s))

    def __call__(self, photos: Sequence[Photo]) -> np.ndarray:
        """n photos to (n, 1536) float32."""
        return np.concatenate([self.large(photos), self.small(photos)], 1)

    def large(self, photos: Sequence[Photo]) -> np.ndarray:
        """EfficientNet-Lite0's pooled features, (n, 1280) float32."""
        pixels = loading.to_rgb(photos, SIDE, efficientnet.MEAN, efficientnet.STD)
        return loading.run(self._large, pixels)

    def small(self, photos: Sequence[Photo]) -> np.ndarray:
        """The embedded ResNet's vectors, (n, 256) float32, of length 1."""
        vectors = self._small(to_pixels(photos, self.resnet.input_size))
        return functional.normalize(vectors).float().numpy()


class Head(nn.Module):
    """From what is seen, and from a lexicon's vectors, to the common space.

    Args:
        features: length of what is seen.
        hidden: width of the perceptron beside the linear map.
        lexicon: length of the lexicon's vectors.
        dimension: of the common space.
        names: how many names have a correction of their own.
        letters: bytes of these names as UTF-8, with a line break between two.
        dropout: share of the perceptron's inner values that training leaves out.
    """

    def __init__(
        self,
        features: int,
        hidden: int,
        lexicon: int,
        dimension: int,
        names: int = 0,
        letters: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("deviation", torch.ones(features))
        self.first, self.second = nn.Linear(features, hidden), nn.Linear(hidden, dimension)
        self.direct = nn.Linear(features, dimension)
        self.words = nn.Linear(lexicon, dimension, bias=False)
        self.corrections = nn.Parameter(torch.zeros(names, dimension))
        self.letters: Tensor
        self.register_buffer("letters", torch.zeros(letters, dtype=torch.uint8))

    def forward(self, features: Tensor) -> Tensor:
        """What is seen, (n, features), to (n, dimension) of length 1."""
        known = (features - self.mean) / self.deviation
        known = functional.dropout(known, self.dropout / 2, self.training)
        inner = functional.dropout(functional.gelu(self.first(known)), self.dropout, self.training)
        return functional.normalize(self.second(inner) + self.direct(known))

    def texts(self, vectors: Tensor, corrections: Tensor) -> Tensor:
        """The lexicon's vectors, (n, lexicon), to (n, dimension) of length 1.

        Args:
            corrections: (n, dimension), those of the names in each text.
        """
        return functional.normalize(functional.normalize(self.words(vectors)) + corrections)


class EmbeddedTowers:
    """The head that we trained over `Seen`, and the lexicon.

    Raises:
        WeightsError: a file is missing, is not what its card says, or the ResNet is another one
            than the head was trained over.
    """

    def __init__(self, weights: WeightsSpec) -> None:
        self._seen = Seen()
        self._head, self.weights = loading.embedded(weights, lambda s: Head(**s))
        card = cards.read(cards.find(weights.location))
        if card.get("resnet") != self._seen.resnet.sha256:
            raise WeightsError(
                "CLIP's embedded weights were trained over another ResNet than is here.",
                "Train them again with `python -m lookalike train clip`.",
            )
        self._lexicon = lexicon()
        self.vocabulary = self._lexicon.words
        names, known = _lines(self._head.letters.numpy()), self._head.corrections.numpy()
        self._names = Lexicon(names, known, np.ones(len(known), np.float32))

    def images(self, photos: Sequence[Photo]) -> np.ndarray:
        """n photos to (n, d) float32."""
        return loading.run(self._head, torch.from_numpy(self._seen(photos)))

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """n texts to (n, d) float32; zeros where no word is known."""
        vectors, corrections = (
            torch.from_numpy(words.embed(texts)) for words in (self._lexicon, self._names)
        )
        made = self._head.texts(vectors, corrections)
        return torch.where(vectors.any(1, keepdim=True), made, 0.0).numpy()

    def unknown(self, text: str) -> list[str]:
        """The words of a text that the lexicon lacks."""
        return self._lexicon.unknown(text)

    def understands(self, text: str) -> bool:
        """Whether the lexicon has any word of a text."""
        return self._lexicon.understands(text)

    def heard(self, name: str) -> bool:
        """Whether pictures were called so in training."""
        return name in self._names


def lexicon() -> Lexicon:
    """The shipped lexicon.

    Raises:
        WeightsError: its file is missing, or is not what the card says.
    """
    from safetensors.numpy import load_file

    place = cards.find(LEXICON)
    state = load_file(place / cards.verify(place)["file"])
    scales = state["scales"].astype(np.float32)
    return Lexicon(_lines(state["letters"]), state["vectors"], scales)


def _lines(letters: np.ndarray) -> list[str]:
    return bytes(letters).decode().split("\n")


class HubTowers:
    """A CLIP from a pinned hub repository in open_clip's layout.

    Raises:
        WeightsError: a file could not be fetched, or is another one.
    """

    def __init__(self, weights: WeightsSpec) -> None:
        place = hub.snapshot(weights, "open_clip_model.safetensors", CONFIG)
        settings = json.loads((place / CONFIG).read_text(encoding="utf-8"))
        self._colours = settings["preprocess_cfg"]
        self._model = loading.ready(open_clip.create_model(f"local-dir:{place}"))
        context = settings["model_cfg"]["text_cfg"].get("context_length", 77)
        self._tokens = open_clip.SimpleTokenizer(context_length=context)
        sha256 = weights.sha256 or sha256_file(place / "open_clip_model.safetensors")
        self.weights = dataclasses.replace(weights, sha256=sha256)
        every = (token.removesuffix(ENDS) for token in self._tokens.encoder if token.endswith(ENDS))
        self.vocabulary = [word for word in every if word.isascii() and word.isalpha()]

    def images(self, photos: Sequence[Photo]) -> np.ndarray:
        """n photos to (n, d) float32."""
        side, colours = self.weights.input_size, self._colours
        pixels = loading.to_rgb(photos, side, colours["mean"], colours["std"])
        return loading.run(self._model.encode_image, pixels)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        """n texts to (n, d) float32."""
        return loading.run(self._model.encode_text, self._tokens(list(texts)))

    def unknown(self, text: str) -> list[str]:
        """None: these towers have read so much that they have met each of their tokens."""
        return []

    def understands(self, text: str) -> bool:
        """Always."""
        return True

    def heard(self, name: str) -> bool:
        """Nobody knows."""
        return False
