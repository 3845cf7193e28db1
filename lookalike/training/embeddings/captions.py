"""Captions made from labels and attributes, for the embedded CLIP."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from lookalike.training.embeddings.pictures import PictureSet

# Other words for a class, beside its own name. Two classes may share a word; a picture is a match
# for every caption whose word fits its class.
SYNONYMS: dict[str, tuple[str, ...]] = {
    # Fashion-MNIST
    "T-shirt/top": ("t-shirt", "tee", "top"),
    "Trouser": ("trousers", "pants"),
    "Pullover": ("pullover", "sweater", "jumper"),
    "Dress": ("dress", "gown"),
    "Coat": ("coat", "jacket", "overcoat"),
    "Sandal": ("sandal", "sandals", "shoe", "shoes"),
    "Shirt": ("shirt", "blouse"),
    "Sneaker": ("sneaker", "sneakers", "sports shoes", "trainers", "shoe", "shoes"),
    "Bag": ("bag", "handbag", "purse"),
    "Ankle boot": ("ankle boot", "boot", "boots", "shoe", "shoes"),
    # Fashion Product Images
    "Tshirts": ("t-shirt", "tee", "top"),
    "Shirts": ("shirt",),
    "Casual Shoes": ("casual shoes", "sneakers", "shoe", "shoes"),
    "Sports Shoes": ("sports shoes", "sneakers", "trainers", "shoe", "shoes"),
    "Formal Shoes": ("formal shoes", "shoe", "shoes"),
    "Heels": ("high heels", "shoe", "shoes"),
    "Flats": ("flat shoes", "shoe", "shoes"),
    "Sandals": ("sandal", "sandals", "shoe", "shoes"),
    "Handbags": ("handbag", "bag", "purse"),
    "Backpacks": ("backpack", "rucksack", "bag"),
    "Watches": ("watch", "wristwatch"),
    "Sweaters": ("sweater", "pullover", "jumper"),
    "Sweatshirts": ("sweatshirt", "hoodie"),
    "Jackets": ("jacket", "coat"),
    "Trousers": ("trousers", "pants"),
    "Dresses": ("dress", "gown"),
    "Caps": ("cap", "hat"),
    # Caltech-101
    "Faces": ("face", "person"),
    "Faces_easy": ("face", "person"),
    "Leopards": ("leopard",),
    "Motorbikes": ("motorbike", "motorcycle", "bike"),
    "car_side": ("car", "automobile"),
    "cougar_body": ("cougar", "puma"),
    "cougar_face": ("cougar", "puma"),
    "crocodile_head": ("crocodile",),
    "flamingo_head": ("flamingo", "bird"),
    "flamingo": ("flamingo", "bird"),
    "ibis": ("ibis", "bird"),
    "pigeon": ("pigeon", "bird"),
    "rooster": ("rooster", "bird"),
    "emu": ("emu", "bird"),
    "water_lilly": ("water lily", "flower"),
    "sunflower": ("sunflower", "flower"),
    "lotus": ("lotus", "flower"),
    "windsor_chair": ("windsor chair", "chair"),
    "inline_skate": ("inline skate", "roller skate"),
    "cellphone": ("cellphone", "mobile phone", "telephone"),
    "airplanes": ("airplane",),
    "watch": ("watch", "wristwatch"),
}
TEMPLATES = ("a photo of a {}", "a photo of {}", "a picture of a {}", "an image of the {}", "{}")
PEOPLE = {"Men": "men's", "Women": "women's", "Boys": "boys'", "Girls": "girls'"}
# Said of everything, so that the tower learns that they tell nothing.
EMPTY = ("", "", "", "", "nice ", "new ", "old ", "small ", "large ", "my ")


@dataclass
class Captions:
    """What can be said of the pictures of some sets.

    Args:
        sets: in the order in which `Batch.items` counts them.
    """

    sets: Iterable[PictureSet]
    nouns: list[str] = field(init=False)
    colours: list[str] = field(init=False)

    def __post_init__(self) -> None:
        labels = [label for one in self.sets for label in one.labels]
        facts = [row for one in self.sets for row in one.attributes]
        words = {label: words_of(label) for label in sorted(set(labels))}
        self.nouns = sorted({word for several in words.values() for word in several})
        self.colours = sorted({row["base_colour"].lower() for row in facts if _coloured(row)})
        place = {noun: number for number, noun in enumerate(self.nouns)}
        self._words = [words[label] for label in labels]
        self._colour = [row["base_colour"].lower() if _coloured(row) else "" for row in facts]
        self._people = [PEOPLE.get(row.get("gender", ""), "") for row in facts]
        self._fits = torch.zeros(len(labels), len(self.nouns), dtype=torch.bool)
        for row, several in enumerate(self._words):
            self._fits[row, [place[word] for word in several]] = True
        self._place = place

    def draw(self, items: Tensor, generator: torch.Generator) -> tuple[list[str], Tensor]:
        """One caption per picture, and which pictures each caption fits.

        Half the captions use the class's own name; two thirds of those that can name the colour.

        Args:
            items: (n,) int64 positions of the pictures in the sets, one after the other.
            generator: where all chance comes from.

        Returns:
            n captions, and (n, n) bool: row i, column j says that picture i fits caption j.
        """
        rows = items.tolist()
        texts, columns = [], []
        colours = [self._colour[row] for row in rows]
        people = [self._people[row] for row in rows]
        chance = torch.rand(len(rows), 6, generator=generator).tolist()
        for row, (own, word, template, colour, person, filler) in zip(rows, chance, strict=True):
            known = self._words[row]
            noun = known[0] if own < 0.5 else known[int(word * len(known))]
            said_colour = self._colour[row] if colour < 0.67 else ""
            said_person = self._people[row] if person < 0.33 else ""
            start = EMPTY[int(filler * len(EMPTY))]
            phrase = start + " ".join(filter(None, (said_person, said_colour, noun)))
            texts.append(TEMPLATES[int(template * len(TEMPLATES))].format(phrase))
            fits = self._fits[items, self._place[noun]]
            fits &= torch.tensor([said_colour in ("", one) for one in colours])
            columns.append(fits & torch.tensor([said_person in ("", one) for one in people]))
        return texts, torch.stack(columns, 1)

    def everything(self) -> list[str]:
        """Texts that hold every word that `draw` may use."""
        return [*self.nouns, *self.colours, *PEOPLE.values(), *TEMPLATES, *EMPTY]


def words_of(label: str) -> tuple[str, ...]:
    """What a class is called, its own name first: "grand piano" of grand_piano."""
    own = re.sub(r"[_/]+", " ", label).lower()
    return SYNONYMS.get(label, (own,))


def _coloured(row: dict[str, str]) -> bool:
    return row.get("base_colour", "NA") not in ("NA", "Multi")
