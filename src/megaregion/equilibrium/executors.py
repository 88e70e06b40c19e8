"""Where the draws of an ensemble are computed: here, in a pool of processes, or on a cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from megaregion._optional import require
from megaregion.errors import InputError

T = TypeVar("T")
SERIAL, PROCESSES = "serial", "processes"
CLUSTER = ("tcp://", "tls://", "ws://", "wss://")
HEAVY = 5e7  # draws x scenarios x cells of the matrices from which a pool of processes pays


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def executor_for(scheduler: str | None = None, *, workers: int | None = None) -> Iterator[Executor | None]:
    """An executor, closed at the end; None stands for this process.

    Parameters
    ----------
    scheduler : str, optional
        ``serial`` (or None), ``processes``, or the address of a dask scheduler such as ``tcp://host:8786`` (extra
        `distributed`).
    workers : int, optional
        Processes of the pool; default one a processor. A dask cluster has its own.

    Raises
    ------
    InputError
        The scheduler is none of these, there is no such cluster, or the number of workers is not positive.
    MissingExtraError
        The package dask.distributed is not installed.

    Notes
    -----
    Processes are spawned, not forked: threads of BLAS and numba do not survive a fork. They ignore Ctrl-C, which this
    process answers: what waits is cancelled, and the exception goes on.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers must be at least 1, got {workers}")
    if scheduler is None or scheduler == SERIAL:
        yield None
    elif scheduler == PROCESSES:
        yield from _pool(workers or processors())
    elif scheduler.startswith(CLUSTER):
        yield from _cluster(scheduler)
    else:
        raise InputError(
            f"unknown scheduler {scheduler!r}",
            hint=f"{SERIAL}, {PROCESSES}, or the address of a dask scheduler, tcp://host:port",
        )


def _pool(workers: int) -> Iterator[Executor]:
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_deaf)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _deaf() -> None:
    """Leave Ctrl-C to the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cluster(address: str) -> Iterator[Executor]:
    distributed = require("distributed", extra="distributed")
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no dask scheduler answers at {address}: {error}", hint="start it with: dask scheduler"
        ) from None
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()


def single_threaded(work: Callable[[], T]) -> T:
    """Result of some work with one thread of BLAS.

    The number of threads changes the order of sums, so that results would hang on the machine by their last bits;
    where draws run side by side, one thread each is also the fastest.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        return work()
