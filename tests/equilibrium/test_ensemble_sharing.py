"""The baseline goes to a worker once, workers end with their parent, doubtful draws are named."""

import os
import pickle
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from megaregion.equilibrium import joint
from megaregion.equilibrium.calibrate import baseline
from megaregion.equilibrium.executors import executor_for, received, shared
from megaregion.equilibrium.joint import ensemble
from megaregion.equilibrium.parameters import Parameters, scale_bound
from megaregion.equilibrium.shocks import Impulse
from megaregion.errors import InputError, SolveError

WORK = r"""
import os, time
from megaregion.equilibrium.executors import executor_for

def busy(seconds):
    os.write(1, b"%d\n" % os.getpid())  # one call: lines of two processes never mix
    time.sleep(seconds)

if __name__ == "__main__":
    with executor_for("processes", workers=2) as pool:
        for future in [pool.submit(busy, 0.5) for _ in range(1000)]:
            future.result()
"""


class Counted:
    """Says how often it came out of pickle in this process."""

    opened = 0

    def __init__(self) -> None:
        self.block = np.arange(100_000.0)

    def __setstate__(self, state) -> None:
        Counted.opened += 1
        self.__dict__.update(state)


def look(handed, _number: int) -> tuple[int, int, float]:
    total = float(received(handed).block.sum())
    return os.getpid(), Counted.opened, total


class Weighed(Executor):
    """Runs at once, and adds up what a pool would have to send."""

    def __init__(self) -> None:
        self.bytes: list[int] = []

    def submit(self, fn, /, *args, **kwargs):
        self.bytes.append(len(pickle.dumps((fn, args, kwargs))))
        done: Future = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def at(base, number: int, sample) -> Parameters:
    chosen = dict(zip(sample.names[:-1], map(float, sample.values[number][:-1]), strict=True))
    return base.settings.parameters.replace(**chosen)


def half(base) -> dict[str, Impulse]:
    n = len(base.place.places)
    return {"half": Impulse(
        time_ratio=np.ones((n, n)), barrier=np.where(base.place.cross > 0, 0.5, 1.0), productivity=np.ones(n),
        amenity=np.ones(n),
    )}  # fmt: skip


def test_a_worker_of_a_pool_opens_the_value_once_and_tasks_are_small() -> None:
    value = Counted()
    with executor_for("processes", workers=2) as pool, shared(pool, value) as handed:
        assert len(pickle.dumps(handed)) < 1_000 < value.block.nbytes
        seen = [pool.submit(look, handed, k) for k in range(20)]
        found = [one.result() for one in seen]
    assert {opened for _, opened, _ in found} == {1}
    assert {total for _, _, total in found} == {value.block.sum()}
    assert not handed.path.exists()


def test_a_second_value_replaces_the_first() -> None:
    with executor_for("processes", workers=1) as pool:
        for scale in (1.0, 2.0):
            value = Counted()
            value.block = value.block * scale
            with shared(pool, value) as handed:
                assert pool.submit(look, handed, 0).result()[2] == value.block.sum()


@pytest.mark.parametrize("kind", ["threads", "foreign"])
def test_any_executor_serves(kind: str) -> None:
    made = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with made as pool, shared(pool, Counted()) as handed:
        assert {one.result()[2] for one in [pool.submit(look, handed, k) for k in range(4)]} == {4_999_950_000.0}


def test_a_dask_cluster_gets_the_value_once() -> None:
    distributed = pytest.importorskip("distributed", reason="extra `distributed` is not installed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        executor_for(cluster.scheduler_address) as pool,
        shared(pool, Counted()) as handed,
    ):
        before = Counted.opened
        found = [one.result() for one in [pool.submit(look, handed, k) for k in range(10)]]
    assert {total for _, _, total in found} == {4_999_950_000.0} and Counted.opened - before <= 1


def test_a_cluster_without_workers_is_one_clear_error(monkeypatch) -> None:
    distributed = pytest.importorskip("distributed", reason="extra `distributed` is not installed")
    monkeypatch.setattr("megaregion.equilibrium.executors._PATIENCE", "0.5s")
    with (
        distributed.LocalCluster(
            n_workers=0, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1"
        ) as cluster,
        pytest.raises(InputError, match="has no workers"),
        executor_for(cluster.scheduler_address),
    ):
        pass


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_workers_end_with_a_parent_that_is_killed(tmp_path) -> None:
    script = tmp_path / "work.py"
    script.write_text(WORK)
    workers: set[int] = set()
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout is not None
        while len(workers) < 2:
            workers.add(int(child.stdout.readline()))
        child.kill()
    waited = time.monotonic() + 30
    while time.monotonic() < waited and any(map(alive, workers)):
        time.sleep(0.05)
    assert not any(map(alive, workers))


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_the_end_of_a_worker_is_one_clear_error(geography, cluster, times, border, monkeypatch) -> None:
    monkeypatch.setattr(joint, "TRIAL", 0.0)
    monkeypatch.setattr(joint, "START_UP", -1.0)
    place = geography(6, 3)
    base = baseline(cluster(place, equilibrium={"draws": 20}), times(place), border)
    with executor_for("processes", workers=1) as pool:
        pool.submit(os._exit, 1)
        with pytest.raises(SolveError, match="a worker process ended early"):
            ensemble(base, half(base), seed=1, executor=pool)


def test_draws_beyond_the_bound_of_uniqueness_are_kept_and_named(geography, cluster, times, border) -> None:
    place = geography(8, 3)
    base = baseline(cluster(place, equilibrium={"draws": 20, "nu": 0.47}), times(place), border)
    found = ensemble(base, half(base), seed=2)
    expected = [k for k in found.kept.tolist() if scale_bound(at(base, k, found.sample)) < 0.47]
    assert 0 < len(expected) < len(found.kept) and list(found.beyond) == expected
    assert f"at {len(expected)} of 20 draws agglomeration is above the bound" in found.warnings[-1]
    plain = ensemble(baseline(cluster(place, equilibrium={"draws": 20}), times(place), border), {}, seed=2)
    assert plain.beyond == () and plain.warnings == ()


def test_the_baseline_is_not_sent_with_every_task_of_a_pool(geography, cluster, times, border, monkeypatch) -> None:
    monkeypatch.setattr(joint, "TRIAL", 0.0)
    monkeypatch.setattr(joint, "START_UP", -1.0)
    place = geography(8, 3)
    base = baseline(cluster(place, equilibrium={"draws": 20}), times(place), border)
    foreign, own = Weighed(), Weighed()
    from megaregion.equilibrium import executors

    executors._LOCAL.add(own)
    one, two = (ensemble(base, half(base), seed=2, executor=e) for e in (foreign, own))
    assert max(own.bytes) < 2_000 < min(foreign.bytes)
    np.testing.assert_array_equal(one.values["gains"]["gain"], two.values["gains"]["gain"])
