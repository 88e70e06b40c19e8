"""`python -m megaregion` is the command."""

import subprocess
import sys

from megaregion import __version__


def test_module_runs_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "megaregion", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(__version__)
