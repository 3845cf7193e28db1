"""Asking a host once, and briefly, before a library tries it for half a minute."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE_S = 5.0  # for a first answer; a slow line gives one sooner
REMEMBERED_S = 60.0  # a silent host is not asked again so soon: a dozen methods may ask for weights

_silent: dict[str, float] = {}  # host: when it was asked in vain, seconds of the monotonic clock


def ask(host: str, question: Callable[[], Answer], patience: float | None = None) -> Answer:
    """What one small request to a host gives, or TimeoutError if it keeps us waiting.

    A client's own time limits do not suffice: they hold for each address of a host's dozen in
    turn, and not at all while its name is looked up.

    Args:
        host: any name for it; a host that was silent is not asked again for a minute.
        question: makes the request. It is left behind in its thread when patience ends, so it
            must end by itself.
        patience: seconds; PATIENCE_S unless given.

    Raises:
        TimeoutError: no answer, now or just before.
        Exception: what the question raises.
    """
    since = time.monotonic() - _silent.get(host, -REMEMBERED_S)
    if since < REMEMBERED_S:
        raise TimeoutError(f"no answer {since:.0f} s ago")
    patience = PATIENCE_S if patience is None else patience
    answer: Future[Answer] = Future()
    Thread(target=_put, args=(question, answer), daemon=True).start()
    if wait([answer], patience).not_done:
        _silent[host] = time.monotonic()
        raise TimeoutError(f"no answer within {patience:g} s")
    return answer.result()


def ask_hub(question: Callable[[], Answer]) -> Answer:
    """`ask` of the Hugging Face hub, or of the mirror that HF_ENDPOINT names.

    HF_HUB_ETAG_TIMEOUT, in seconds, replaces the usual patience: a mirror may need longer. With
    HF_HUB_OFFLINE=1 nothing is asked, since the hub's client refuses at once.
    """
    from huggingface_hub import constants

    longer = os.environ.get("HF_HUB_ETAG_TIMEOUT")  # a whole number: the client refuses others
    return ask(constants.ENDPOINT, question, float(longer) if longer else None)


def _put(question: Callable[[], Answer], answer: Future[Answer]) -> None:
    try:
        answer.set_result(question())
    except Exception as error:
        answer.set_exception(error)
