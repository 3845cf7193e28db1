"""Run something in a process of its own, on one core, so that memory and threads don't mix."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from lookalike.errors import LookalikeError

# What the numerical libraries read when they are loaded.
ONE_THREAD = dict.fromkeys(
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"], "1"
)


def in_child(what: Callable[..., Iterator[Any]], *arguments: Any) -> Iterator[Any]:
    """What a generator yields in a fresh process that has one thread and one core.

    Args:
        what: a function of a module; it and its arguments are pickled.

    Raises:
        LookalikeError: the one that was raised there, or the process died.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, what, arguments), daemon=True)
    with _environment(ONE_THREAD):
        process.start()
    sender.close()
    try:
        yield from _received(receiver)
    except EOFError as error:
        process.join()
        raise LookalikeError(
            f"A measurement stopped before its end (exit code {process.exitcode}).",
            "Look above for the reason; it may have run out of memory.",
        ) from error
    finally:
        process.kill()
        process.join()


def _received(receiver: Connection) -> Iterator[Any]:
    while True:
        kind, value = receiver.recv()
        if kind == "done":
            return
        if kind == "error":
            raise value
        yield value


def _run(sender: Connection, what: Callable[..., Iterator[Any]], arguments: tuple) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the parent ends this process
    _take_one_core()
    try:
        for value in what(*arguments):
            sender.send(("value", value))
        sender.send(("done", None))
    except LookalikeError as error:
        sender.send(("error", error))


def _take_one_core() -> None:
    """However many threads a library starts, they share one core, as in ann-benchmarks."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
