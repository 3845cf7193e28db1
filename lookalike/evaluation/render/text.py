"""Figures in words: what a metric is called, a duration, a share."""

_NAMES = {
    "precision": "P",
    "recall": "Recall",
    "map": "mAP",
    "map@r": "MAP@R",
    "r_precision": "R-precision",
    "ndcg": "nDCG",
    "mrr": "MRR",
    "success": "Top",
    "judged_precision": "Judged precision",
    "judged_map": "Judged mAP",
    "judged_ndcg": "Judged nDCG",
    "judged_mrr": "Judged MRR",
}


def metric_name(metric: str) -> str:
    """A metric as tables and plots call it: "P@10", "mAP", "nDCG@10", "Top 5"."""
    stem, at, cut = metric.partition("@")
    if metric in _NAMES or not at:
        return _NAMES.get(metric, metric)
    return f"{_NAMES.get(stem, stem)}{' ' if stem == 'success' else '@'}{cut}"


def milliseconds(ms: float) -> str:
    """A duration to three digits: "0.21 ms", "12.5 ms", "1,240 ms"; its space breaks no line."""
    digits = 0 if ms >= 100 else 1 if ms >= 10 else 2
    return f"{ms:,.{digits}f}\N{NO-BREAK SPACE}ms"


def percent(share: float, digits: int = 0) -> str:
    """A share in hundreds: "95 %", the space of which breaks no line."""
    return f"{share:.{digits}%}".replace("%", "\N{NO-BREAK SPACE}%")


def parameters(params: dict[str, object]) -> str:
    """An engine's parameters: "n_trees 20, search_k 8000"."""
    return ", ".join(f"{name} {value}" for name, value in params.items())
