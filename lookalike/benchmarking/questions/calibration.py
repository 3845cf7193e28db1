"""Which coefficients rank the proposals of YOLO's two embedded networks best?

What comes out stands in lookalike/detectors/both.py; what it achieves is measured by
`python -m lookalike.benchmarking photographs subject`.
"""

from dataclasses import asdict
from typing import Any

from lookalike.detectors import registry
from lookalike.training.subject import calibration, sources

COMPOSITES = 150  # of the easier kinds, and again of the harder ones
SEED = 99
NETWORKS = ("coco", "subject")


def measure_calibration() -> dict[str, Any]:
    """The coefficients of each network."""
    detectors = [registry.load("yolo", name) for name in NETWORKS]
    sets = calibration.sets(sources.data_folder(None), SEED, COMPOSITES)
    drawn = [list(calibration.choices(detectors, pictures)) for pictures in sets]
    fitted = calibration.fit(drawn, len(detectors))
    rows = [
        {"network": name, **{key: round(value, 2) for key, value in asdict(one).items()}}
        for name, one in zip(NETWORKS, fitted, strict=True)
    ]
    return {"seed": SEED, "pictures": [len(some) for some in drawn], "rows": rows}
