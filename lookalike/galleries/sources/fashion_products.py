"""Fashion Product Images: a shop's product photos, with its own categories (MIT).

P. Aggarwal, https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-small.
"""

from collections import Counter, defaultdict

from lookalike.galleries.sources.data_set import DataSet, Entry


class FashionProducts(DataSet):
    """Labelled at three levels: article type, sub-category and master category."""

    name = "fashion-products"
    title = "Fashion Product Images"
    about = "{count} product photos on white, labelled by article type and two levels above it."
    licence = "MIT"
    source = "https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-small"
    paper = ""
    hub = "ashraq/fashion-product-images-small"
    revision = "3859c76db2f6f3d3b9a3863345e3ccdbff75879d"
    names = ("name", "id")
    label = ("label", "articleType")
    levels = {  # noqa: RUF012
        "sub_category": ("sub_category", "subCategory"),
        "master_category": ("master_category", "masterCategory"),
    }
    details = {  # noqa: RUF012
        "gender": ("gender",),
        "base_colour": ("base_colour", "baseColour"),
        "season": ("season",),
        "usage": ("usage",),
        "product_name": ("product_name", "productDisplayName"),
    }

    def parents(self, entries: list[Entry]) -> dict[str, str]:
        """The master category that most products of an article type are in."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for entry in entries:
            if entry.label and "master_category" in entry.metadata:
                counts[entry.label][entry.metadata["master_category"]] += 1
        return {label: _most(counts[label]) for label in sorted(counts)}


def _most(counts: Counter[str]) -> str:
    # Of two that are as frequent, the first by name: the order of the rows must not matter.
    return min(counts, key=lambda name: (-counts[name], name))
