"""The region of the equilibrium's tests, and projects in it."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

_spec = importlib.util.spec_from_file_location(
    "equilibrium_region", Path(__file__).parent.parent / "equilibrium" / "conftest.py"
)
assert _spec is not None and _spec.loader is not None
_region = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_region)
geography, cluster, times, border, times_of = (
    _region.geography, _region.cluster, _region.times, _region.border, _region.times_of,
)  # fmt: skip


def _entries(places: tuple[str, ...], count: int, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    out: list[dict[str, Any]] = []
    for number in range(count):
        i, j = rng.choice(len(places), 2, replace=False)
        out.append({
            "id": f"rail-{number:02}", "name": f"Line {number}", "name_zh": f"线路{number}", "kind": "rail",
            "cost": float(rng.uniform(100, 400)), "cost_basis": "assumption", "evidence": "assumption",
            "jurisdictions": [places[i], places[j]],
            "change": [{
                "type": "AddLink", "from_node": f"n{places[i]}", "to_node": f"n{places[j]}", "length_km": 100.0,
                "time_min": float(rng.uniform(20, 60)),
            }],
        })  # fmt: skip
    return out


@pytest.fixture
def entries() -> Callable[..., list[dict[str, Any]]]:
    """Maker of rail projects as projects.toml gives them."""
    return _entries
