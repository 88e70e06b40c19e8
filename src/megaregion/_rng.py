"""Random numbers: always from a required seed."""

import hashlib

import numpy as np


def generator(seed: int | np.random.Generator, *stream: str) -> np.random.Generator:
    """Generator for `seed`; named streams are independent, so that adding a draw moves no other result."""
    if isinstance(seed, np.random.Generator):
        return seed
    words = [int(seed)]
    for name in stream:
        words.append(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))
    return np.random.default_rng(words)
