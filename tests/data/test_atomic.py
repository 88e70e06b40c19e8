import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from megaregion.data.atomic import PREFIX, replacing, sha256, sweep, write_text


def test_a_failing_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_killed_in_the_middle_of_writing(tmp_path: Path) -> None:
    """A process killed with SIGKILL while it writes leaves the old file whole; sweep removes the rest."""
    path = tmp_path / "a.csv"
    write_text(path, "old")
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom megaregion.data.atomic import replacing\n"
        "with replacing(Path(sys.argv[1])) as t:\n"
        "    h = t.open('w'); h.write('half' * 10000); h.flush(); print('writing', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        left = [p for p in tmp_path.iterdir() if p.name.startswith(PREFIX)]
        assert len(left) == 1
        assert sweep(tmp_path) == []  # its writer is alive: not ours to remove
        os.kill(child.pid, signal.SIGKILL)
        child.wait(timeout=10)
    assert path.read_text() == "old"
    deadline = time.monotonic() + 10
    while (gone := sweep(tmp_path)) == [] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone == left
    assert list(tmp_path.iterdir()) == [path]


def test_hash_of_known_text(tmp_path: Path) -> None:
    """SHA-256 of 'abc' is the example of FIPS 180-2, appendix B.1."""
    write_text(tmp_path / "abc", "abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
