"""One visit of a page, as a browser makes it over HTTP: open, upload, read every answer, close."""

import io
import json
import secrets
from typing import Any

import httpx
import numpy as np
from PIL import Image

TIMEOUT_S = 300


def photo(seed: int, side: int) -> bytes:
    """A JPEG of side x side pixels, no two alike: blots of colour with some grain."""
    random = np.random.default_rng(seed)
    blots = Image.fromarray(random.integers(0, 256, (8, 8, 3), np.uint8))
    smooth = np.asarray(blots.resize((side, side), Image.Resampling.BICUBIC), np.int16)
    grain = random.integers(-12, 13, (side, side, 1), np.int16)
    buffer = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


class Page:
    """An open page; what it may send is read from the page itself."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=f"{address}/gradio_api/", timeout=TIMEOUT_S)
        config = httpx.get(f"{address}/config", timeout=TIMEOUT_S).json()
        self._parts = {part["id"]: part for part in config["components"]}
        self._ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        self._listeners = config["dependencies"]
        self._values: dict[int, Any] = {}
        self._session = secrets.token_hex(6)

    def visit(self, image: bytes) -> int:
        """Do all of it; returns how many rows of results came."""
        with self._http, self._http.stream("GET", f"heartbeat/{self._session}") as alive:
            beats = alive.iter_raw()  # kept, since the connection ends with it
            next(beats)
            self._happens(None, "load")
            self._values[self._ids["lk-drop"]] = self._upload(image)
            self._happens("lk-drop", "input")
            self._happens("lk-turn", "change")
        rows = [self._ids[name] for name in self._ids if str(name).startswith("lk-row-")]
        return sum("lk-thumb" in str(self._values.get(row)) for row in rows)

    def _upload(self, image: bytes) -> dict[str, Any]:
        sent = self._http.post("upload", files={"files": ("photo.jpg", image, "image/jpeg")})
        return {"path": sent.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}

    def _happens(self, elem_id: str | None, event: str) -> None:
        """Send an event to all its listeners, and take in what they answer."""
        source = self._ids[elem_id] if elem_id else None  # None: the page itself
        events = {}
        for listener in self._listeners:
            if any(
                happens == event and source in (None, one) for one, happens in listener["targets"]
            ):
                events[self._join(listener)] = listener
        assert events, f"nothing listens to {event} of {elem_id}"
        self._receive(events)

    def _join(self, listener: dict[str, Any]) -> str:
        data = [self._values.get(one, self._default(one)) for one in listener["inputs"]]
        sent = {"data": data, "fn_index": listener["id"], "session_hash": self._session}
        return self._http.post("queue/join", json=sent).raise_for_status().json()["event_id"]

    def _default(self, part: int) -> Any:
        return self._parts[part]["props"].get("value")

    def _receive(self, events: dict[str, dict[str, Any]]) -> None:
        with self._http.stream("GET", f"queue/data?session_hash={self._session}") as answers:
            for line in answers.iter_lines():
                message = json.loads(line.removeprefix("data: ")) if line else {}
                if message.get("msg") == "process_completed":
                    self._take(events.pop(message["event_id"]), message)
                if not events:
                    return

    def _take(self, listener: dict[str, Any], message: dict[str, Any]) -> None:
        assert message["success"], message["output"]
        for part, value in zip(listener["outputs"], message["output"]["data"], strict=True):
            if not isinstance(value, dict):
                self._values[part] = value
            elif "value" in value:
                self._values[part] = value["value"]
