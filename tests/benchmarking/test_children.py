"""A process of its own: one core, its own memory, its errors handed on."""

import multiprocessing
import os

import numpy as np
import pytest

from lookalike.benchmarking import memory
from lookalike.benchmarking.children import ONE_THREAD, in_child
from lookalike.errors import LookalikeError


def about_itself():
    yield os.getpid()
    yield {name: os.environ.get(name) for name in ONE_THREAD}
    yield len(os.sched_getaffinity(0))


def failing():
    yield 1
    raise LookalikeError("It broke.", "Mend it.")


def dying():
    yield 1
    os._exit(3)


def holding(megabytes):
    memory.settle()
    before = memory.own_mb()
    array = np.ones((megabytes, 2**17))  # doubles: 1 MiB a row
    yield memory.own_mb() - before
    del array
    yield memory.own_mb() - before
    yield memory.peak_mb() - before


def test_it_has_one_thread_and_one_core(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    process, variables, cores = in_child(about_itself)
    assert process != os.getpid() and cores == 1
    assert set(variables.values()) == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "7" and "MKL_NUM_THREADS" not in os.environ


def test_its_errors_arrive_after_what_it_gave():
    values = in_child(failing)
    assert next(values) == 1
    with pytest.raises(LookalikeError, match="Mend it"):
        next(values)


def test_its_death_is_told():
    values = in_child(dying)
    assert next(values) == 1
    with pytest.raises(LookalikeError, match=r"stopped before its end \(exit code 3\)"):
        next(values)


def test_it_ends_with_whoever_listens():
    values = in_child(about_itself)
    next(values)
    values.close()
    assert not multiprocessing.active_children()


def freed(megabytes):
    """Small pieces, which the C library keeps when they are freed, and then as many again."""
    pieces = [bytes(1000) for _ in range(megabytes * 1000)]
    last = bytes(1000)  # behind them all, so that the heap does not shrink by itself
    del pieces
    memory.settle()
    before = memory.own_mb()
    again = [bytes(1000) for _ in range(megabytes * 1000)]
    yield memory.own_mb() - before, len(again) + len(last)


def test_what_was_freed_before_is_not_had_for_nothing():
    ((more, _),) = in_child(freed, 32)
    assert more > 30


def test_memory_held_and_at_its_peak():
    held, after, peak = in_child(holding, 64)
    assert 60 < held < 80
    assert after < 16
    assert peak > 60
