"""What else the classes of the training sets are called."""

import re

# Other words for a class, beside its own name. Two classes may share a word.
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


def words_of(label: str) -> tuple[str, ...]:
    """What a class is called, its own name first: "grand piano" of grand_piano."""
    own = re.sub(r"[_/]+", " ", label).lower()
    return SYNONYMS.get(label, (own,))
