"""Lines that HiGHS writes past Python to the standard output, kept out of where JSON may be expected."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_banner() -> Iterator[None]:
    """Send what native code writes to the standard output to nowhere while the block runs."""
    sys.stdout.flush()
    saved, null = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(null)
