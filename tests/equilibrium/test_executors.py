"""Where draws are computed does not matter; Ctrl-C leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from megaregion.equilibrium.executors import executor_for, single_threaded
from megaregion.errors import InputError

WORK = r"""
import os, signal, sys, time
from megaregion.equilibrium.executors import executor_for

def busy(seconds):
    os.write(1, b"%d\n" % os.getpid())  # one call: lines of two processes never mix
    time.sleep(seconds)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in jobs in the background
    with executor_for("processes", workers=2) as pool:
        waiting = [pool.submit(busy, 1.0) for _ in range(50)]
        print("ready", flush=True)
        for future in waiting:
            future.result()
"""


def test_serial_is_no_executor() -> None:
    for name in (None, "serial"):
        with executor_for(name) as found:
            assert found is None


@pytest.mark.parametrize("scheduler", ["tcp", "http://x:1", "process", ""])
def test_unknown_schedulers_are_refused(scheduler: str) -> None:
    with pytest.raises(InputError, match="unknown scheduler") as error, executor_for(scheduler):
        pass
    assert "processes" in str(error.value)


def test_no_worker_is_refused() -> None:
    with pytest.raises(InputError, match="workers must be at least 1"), executor_for("processes", workers=0):
        pass


def test_single_thread_holds_inside_and_ends_after() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> set[int]:
        return {e["num_threads"] for e in threadpool_info() if e["user_api"] == "blas"}

    before = threads()
    assert single_threaded(threads) == {1}
    assert threads() == before


def test_errors_come_back_and_close_the_pool() -> None:
    with pytest.raises(ZeroDivisionError), executor_for("processes", workers=1) as pool:
        assert pool is not None
        pool.submit(divmod, 1, 0).result()
    with pytest.raises(RuntimeError):
        pool.submit(divmod, 1, 1)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_cancels_what_waits_and_leaves_no_process(tmp_path) -> None:
    script = tmp_path / "work.py"
    script.write_text(WORK)
    child = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    workers: set[int] = set()
    while len(workers) < 2:
        line = child.stdout.readline()
        assert line, child.communicate()  # it ended before its time: say why
        workers |= {int(line)} if line.strip().isdigit() else set()
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    begun = time.monotonic()
    _, errors = child.communicate(timeout=60)
    assert child.returncode != 0 and "KeyboardInterrupt" in errors
    assert errors.count("Traceback") == 1  # the workers say nothing
    assert time.monotonic() - begun < 25  # 50 tasks of a second on two workers would take as long
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_an_absent_cluster_is_one_clear_error() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="no dask scheduler answers"), executor_for("tcp://127.0.0.1:9"):
        pass


def test_numbers_of_numpy_survive_the_trip() -> None:
    with executor_for("processes", workers=1) as pool:
        assert pool is not None
        np.testing.assert_array_equal(pool.submit(np.sort, np.array([3.0, 1.0])).result(), [1.0, 3.0])
