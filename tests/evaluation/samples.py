"""Plausible reports, for looking at and for testing what is drawn from them.

The numbers are drawn at random and carry the shape of the real ones; nothing compares them with
anything but themselves.
"""

from itertools import combinations

import numpy as np

from lookalike.evaluation.report import Report

METHODS = {  # name: title, precision@10, milliseconds
    "resnet": ("ResNet", 0.929, 5.1),
    "siamese": ("Siamese", 0.925, 2.4),
    "vit": ("ViT", 0.905, 8.8),
    "clip": ("CLIP", 0.921, 6.9),
    "efficientnet": ("EfficientNet", 0.868, 12.5),
    "autoencoder": ("Autoencoder", 0.841, 1.7),
    "sift": ("SIFT", 0.512, 31.0),
}
PARENTS = {
    "T-shirt/top": "Tops", "Pullover": "Tops", "Coat": "Tops", "Shirt": "Tops",
    "Trouser": "Bottoms", "Dress": "Bottoms", "Sandal": "Shoes", "Sneaker": "Shoes",
    "Ankle boot": "Shoes", "Bag": "Bags",
}  # fmt: skip
QUALITIES = {  # metric: what it is as a share of precision@10
    "precision@1": 1.0, "precision@10": 1.0, "recall@10": 0.01, "map": 0.9, "map@r": 0.82,
    "r_precision": 0.85, "ndcg@10": 1.0, "mrr": 1.02, "success@1": 1.0, "success@5": 1.05,
    "success@10": 1.06, "success@25": 1.07,
}  # fmt: skip
BINS = [(1, 1), (2, 2), (3, 5), (6, 10), (11, 25), (26, 50), (51, 100), (101, 1000)]
QUERIES = 1000


def typed(report):
    """A report.json as it is read from a file."""
    return Report.model_validate(report)


def report(methods=tuple(METHODS), parents=PARENTS, labels=tuple(PARENTS), strips=4, seed=0):
    """A report.json of these methods and labels; `parents` may be {}."""
    draw = np.random.default_rng(seed)
    rows = [_method(name, labels, parents, draw) for name in methods]
    return {
        "gallery": {
            "name": "fashion-mnist", "title": "Fashion-MNIST", "count": 10000,
            "fingerprint": "5f" * 32, "classes": len(labels),
        },
        "queries": {
            "source": "1,000 held-out images", "count": QUERIES, "copies_left_out": 3,
            "without_relevant": 0, "timed": 200,
        },
        "relevance": "label", "k": 10, "metric": "precision@10", "depth": 1000, "level": 0.95,
        "made": "2026-11-21", "machine": "2 cores, 16 GiB, Python 3.11, NumPy 2.4",
        "notes": [],
        "methods": rows,
        "differences": _differences(rows),
        "two_stage": [_two_stage(rows)] if len(rows) > 1 else [],
        "strips": [_strip(number, methods, labels, draw) for number in range(strips)],
        "robustness": _robustness(rows, draw),
    }  # fmt: skip


def _method(name, labels, parents, draw):
    title, quality, ms = METHODS[name]
    classes = {label: _group(quality + draw.uniform(-0.2, 0.06), QUERIES) for label in labels}
    groups = {"class": classes}
    if parents:
        kinds = dict.fromkeys(parents[label] for label in labels)
        groups["parent"] = {kind: _group(quality + draw.uniform(-0.1, 0.06), 99) for kind in kinds}
    return {
        "name": name, "method": name, "title": title, "weights": "embedded", "engine": "annoy",
        "params": {"trees": 10}, "dimension": 128, "encoded_dimension": 256,
        "built": "index", "engine_recall@10": 0.995,
        "engine_recall@1000": 0.91,
        "metrics": {
            metric: _interval(min(quality * share, 0.999)) for metric, share in QUALITIES.items()
        },
        "ms": {
            "encode": {"p50": ms * 0.9, "p95": ms * 1.3}, "search": {"p50": 0.2, "p95": 0.31},
            "rerank": {"p50": 9.0, "p95": 14.0} if name == "sift" else {"p50": 0.0, "p95": 0.0},
            "total": {"p50": ms, "p95": ms * 1.4},
        },
        "groups": groups,
        "first_hit": _first_hit(quality, draw),
        "calibration": _calibration(quality),
    }  # fmt: skip


def _calibration(quality):
    claimed = np.linspace(0.05, quality, 15).tolist()
    bins = [{"pairs": 200, "claimed": one, "right": one**1.1} for one in claimed]
    return {
        "same": "label", "queries": 300, "pairs": 3000,
        "expected_error": sum(one["claimed"] - one["right"] for one in bins) / 15, "bins": bins,
        "good_matches": {"share": quality, "right": quality, "others_right": None},
    }  # fmt: skip


def _interval(mean):
    half = 1.96 * np.sqrt(mean * (1 - mean) / QUERIES) * 0.6
    return {"mean": mean, "low": mean - half, "high": min(mean + half, 1.0)}


def _group(mean, queries):
    mean = float(np.clip(mean, 0.02, 1.0))
    return {"queries": queries, "precision@10": mean, "map": mean * 0.9}


def _first_hit(quality, draw):
    shares = np.append(quality * (1 - quality) ** np.arange(len(BINS)), (1 - quality) ** 9)
    counts = draw.multinomial(QUERIES, shares / shares.sum()).tolist()
    histogram = [[*ranks, count] for ranks, count in zip([*BINS, (0, 0)], counts, strict=True)]
    return {
        "mean_rank": 2 - quality,
        "found": 1 - counts[-1] / QUERIES,
        "histogram": histogram,
    }


def _differences(rows):
    return [
        _difference(first, second, metric)
        for metric in ("precision@10", "map")
        for first, second in combinations(rows, 2)
    ]


def _difference(first, second, metric):
    mean = first["metrics"][metric]["mean"] - second["metrics"][metric]["mean"]
    half = 0.006
    return {
        "metric": metric, "first": first["name"], "second": second["name"],
        "mean": mean, "low": mean - half, "high": mean + half,
    }  # fmt: skip


def _two_stage(rows):
    first, second = min(rows, key=lambda row: row["ms"]["total"]["p50"]), rows[0]
    alone = [
        {
            "precision@10": row["metrics"]["precision@10"]["mean"],
            "map": row["metrics"]["map"]["mean"],
            "ms_p50": row["ms"]["total"]["p50"],
            "ms_p95": row["ms"]["total"]["p95"],
        }
        for row in (first, second)
    ]
    curve = []
    for n in (10, 20, 50, 100, 200, 500):
        share = 1 - 10 / n
        point = {key: alone[0][key] + share * (alone[1][key] - alone[0][key]) for key in alone[0]}
        curve.append({"n": n, **point, "ms_p50": alone[0]["ms_p50"] + 0.3 + n / 200})
    return {
        "first": first["method"], "second": second["method"], "curve": curve,
        "first_alone": alone[0], "second_alone": alone[1],
    }  # fmt: skip


def _strip(number, methods, labels, draw):
    label = labels[number % len(labels)]
    answers = {}
    for name in methods:
        hits = draw.random(10) < (0.3 if number % 2 == 0 else 0.95)
        answers[name] = [
            _answer(draw, label if hit else draw.choice(labels), label) for hit in hits
        ]
    relevant = [answer["relevant"] for found in answers.values() for answer in found]
    return {
        "query": f"t10k-{number:05}.png", "label": label,
        "kind": "typical" if number % 2 else "worst", "number": number,
        "precision": float(np.mean(relevant)), "answers": answers,
    }  # fmt: skip


def _answer(draw, label, wanted):
    item = int(draw.integers(0, 10000))
    return {
        "id": item, "name": f"train-{item:05}.png", "label": str(label),
        "relevant": str(label) == wanted,
    }  # fmt: skip


def _robustness(rows, draw):
    changes = {"flip": "Flipped", "rotate": "Rotated 15°", "blur": "Blurred", "crop": "Cropped"}
    return {
        "metric": "precision@10", "queries": 500,
        "changes": [{"name": name, "title": title} for name, title in changes.items()],
        "rows": [
            {
                "name": row["name"], "title": row["title"],
                "unchanged": row["metrics"]["precision@10"],
                "changes": {name: _changed(row, draw.uniform(-0.02, 0.5)) for name in changes},
            }
            for row in rows
        ],
    }  # fmt: skip


def _changed(row, loss):
    mean = row["metrics"]["precision@10"]["mean"] - loss
    return {"mean": mean, "loss": {"mean": loss, "low": loss - 0.02, "high": loss + 0.02}}


ENGINES = {  # name: factor of exact's speed at recall 1/2, bytes per vector
    "exact": (1, 3136), "annoy": (14, 3600), "faiss-hnsw": (95, 3400), "faiss-ivf": (24, 3140),
    "faiss-ivfpq": (40, 196), "pq": (6, 196), "lsh": (3, 256), "kdtree": (0.4, 3300),
    "voyager": (80, 3400),
}  # fmt: skip


def engines():
    """An engines.json."""
    return {
        "dataset": "fashion-mnist-784-euclidean", "count": 60000, "dimension": 784,
        "queries": 1000, "k": 10, "threads": 1, "machine": "2 cores, 16 GiB",
        "date": "2026-11-21", "exact_qps": 61.0,
        "rows": [row for name in ENGINES for row in _sweep(name)],
        "growth": [
            _growth(name, count)
            for name in ("annoy", "faiss-hnsw")
            for count in (10_000, 60_000, 250_000, 1_000_000)
        ],
        "overhead": {"engine": "annoy", "count": 60000, "dimension": 128, "k": 10, "ratio": 1.03},
    }  # fmt: skip


def _sweep(name):
    factor, size = ENGINES[name]
    exact = name in ("exact", "kdtree")
    recalls = [1.0] if exact else [0.55, 0.8, 0.91, 0.97, 0.989, 0.996]
    return [
        {
            "engine": name, "params": {"effort": 10 * 2**step}, "recall@10": recall,
            "qps": 61.0 * factor * (1 if exact else (1.04 - recall) * 18),
            "relative_qps": factor * (1 if exact else (1.04 - recall) * 18),
            "build_s": 0.1 + factor / 3, "file_mb": size * 60000 / 2**20,
            "memory_mb": size * 61000 / 2**20, "bytes_per_vector": size,
        }
        for step, recall in enumerate(recalls)
    ]  # fmt: skip


def _growth(name, count):
    fast = name == "faiss-hnsw"
    return {
        "engine": name, "count": count, "dimension": 128, "params": {},
        "build_s": count / (9000 if fast else 30000), "peak_mb": count * 128 * 4 * 2.4 / 2**20,
        "file_mb": count * (780 if fast else 690) / 2**20, "recall@10": 0.953,
        "qps": (9000 if fast else 2500) / np.log10(count),
    }  # fmt: skip
