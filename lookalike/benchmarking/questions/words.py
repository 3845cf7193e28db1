"""Do words find what they name? Each name of the gallery of things asks, by the method that reads.

A name's own items are right. Only names of at least `LEAST` items ask; those that CLIP's training
heard are told from those that it never heard.
"""

from collections import Counter
from typing import Any

import numpy as np

from lookalike.encoders import registry
from lookalike.encoders.clip import CLIP
from lookalike.galleries.gallery import open_gallery

GALLERY, METHOD = "things", "clip"
LEAST = NEAREST = 5


def measure_words() -> dict[str, Any]:
    """P@5 of names as queries, exact search: all, heard in training, never heard."""
    encoder, gallery = registry.load(METHOD), open_gallery(GALLERY)
    assert isinstance(encoder, CLIP)
    labels = np.array(gallery.labels)
    names = [name for name, count in Counter(gallery.labels).items() if count >= LEAST]
    near = encoder.encode_text(names) @ encoder.encode(gallery.photos(0, len(gallery))).T
    nearest = np.argsort(-near, axis=1, kind="stable")[:, :NEAREST]
    hits = (labels[nearest] == np.array(names)[:, None]).mean(1)
    heard = np.array([encoder.has_heard(name) for name in names])
    groups = {"all": heard | True, "heard in training": heard, "never heard": ~heard}
    rows = [
        {"names": group, "queries": int(of.sum()), "P@5": round(float(hits[of].mean()), 3)}
        for group, of in groups.items()
        if of.any()
    ]
    return {"gallery": GALLERY, "method": METHOD, "weights": encoder.weights.name, "rows": rows}
