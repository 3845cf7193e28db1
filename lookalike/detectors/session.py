"""ONNX Runtime, as the detectors run it."""

from pathlib import Path
from typing import Any

from lookalike.settings import settings


def open_session(path: Path) -> Any:
    """A session with our number of threads, which don't spin while they wait for the next photo.

    On two cores a spinning thread takes the core that the next method's encoder needs.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings().threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
