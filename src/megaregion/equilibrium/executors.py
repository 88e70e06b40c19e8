"""Where the draws of an ensemble are computed: here, in a pool of processes, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, MutableMapping, MutableSet
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from megaregion._optional import require
from megaregion.errors import InputError

T = TypeVar("T")
SERIAL, PROCESSES = "serial", "processes"
CLUSTER = ("tcp://", "tls://", "ws://", "wss://")
_PATIENCE = "10s"  # for a scheduler and its first worker
_CLIENTS: MutableMapping[Executor, Any] = WeakKeyDictionary()  # clients of dask that stand behind an executor
_LOCAL: MutableSet[Executor] = WeakSet()  # pools whose processes read the files of this machine
_RECEIVED: dict[str, Any] = {}  # the last value that this worker was handed


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


class _Pool(ProcessPoolExecutor):
    """Workers that never hear Ctrl-C: it is held back while they are started, and they inherit that."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        if not hasattr(signal, "pthread_sigmask"):
            return super().submit(fn, *args, **kwargs)
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # its own start would let the signal through
        held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return super().submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _pool(workers: int) -> Iterator[Executor]:
    pool = _Pool(workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)
    _LOCAL.add(pool)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _begin() -> None:
    """Leave Ctrl-C to the process that asked, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # a process that is killed closes no pool
        os._exit(1)


def _cluster(address: str) -> Iterator[Executor]:
    distributed = require("distributed", extra="distributed")
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no dask scheduler answers at {address}: {error}", hint="start it with: dask scheduler"
        ) from None
    try:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except OSError:  # TimeoutError is one
            raise InputError(
                f"the dask scheduler at {address} has no workers", hint=f"start them with: dask worker {address}"
            ) from None
        executor = client.get_executor(pure=False)
        _CLIENTS[executor] = client
        yield executor
    finally:
        client.close()


@dataclass(frozen=True, kw_only=True)
class _Parcel:
    """A pickled value on its way to workers: the path of a file, or the bytes themselves."""

    token: str
    path: Path | None = None
    data: bytes = b""

    def open(self) -> Any:
        if self.token not in _RECEIVED:
            _RECEIVED.clear()
            _RECEIVED[self.token] = pickle.loads(self.data if self.path is None else self.path.read_bytes())
        return _RECEIVED[self.token]


@contextmanager
def shared(executor: Executor | None, value: Any) -> Iterator[Any]:
    """What tasks are given in place of a large value; inside of them `received` gives the value back.

    Workers of a pool or a cluster of `executor_for` get it once each, however many tasks there are. An executor from
    elsewhere gets the bytes with each task, and a worker opens them once.

    Parameters
    ----------
    executor : Executor or None
    value : object
        Can be pickled; not to be changed by a task.

    Notes
    -----
    Everyone works on a copy that went through pickle, this process too: strides of arrays, and with them the order of
    sums, are the same everywhere.
    """
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    token = uuid.uuid4().hex
    if executor is None or isinstance(executor, ThreadPoolExecutor):
        yield pickle.loads(data)
    elif executor in _CLIENTS:
        yield _CLIENTS[executor].scatter(pickle.loads(data), broadcast=True, hash=False)
    elif executor in _LOCAL:
        with tempfile.TemporaryDirectory(prefix="megaregion-") as folder:
            path = Path(folder) / token
            path.write_bytes(data)
            yield _Parcel(token=token, path=path)
    else:
        yield _Parcel(token=token, data=data)


def received(handed: Any) -> Any:
    """The value behind what `shared` gave."""
    return handed.open() if isinstance(handed, _Parcel) else handed


def single_threaded(work: Callable[[], T]) -> T:
    """Result of some work with one thread of BLAS.

    The number of threads changes the order of sums, so that results would hang on the machine by their last bits;
    where draws run side by side, one thread each is also the fastest.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        return work()
