"""Trees and tables that the tests of the index share."""

from typing import Any

import numpy as np
import pandas as pd

from megaregion.nodes.index_chain import Chain, chain
from megaregion.nodes.tree import IndexTree, tree_from_dict

PLACES = [f"p{i}" for i in range(8)]


def leaf(name: str, low: float | None = 0.0, high: float | None = 1.0, **more: Any) -> dict[str, Any]:
    """An indicator between 0 and 1."""
    posts = {} if low is None else {"low": low, "high": high, "goalpost_source": "test"}
    return {"id": name, "name": name, "direction": 1, "unit": "index", **posts, **more}


def tree(pillars: dict[str, list[dict[str, Any]]] | None = None, keys: dict[str, dict[str, Any]] | None = None,
         **head: Any) -> IndexTree:  # fmt: skip
    """Pillars a (a1, a2, a3) and b (b1, b2) if none are given; `keys` adds to pillars, `head` to [index]."""
    given = pillars or {"a": [leaf("a1"), leaf("a2"), leaf("a3")], "b": [leaf("b1"), leaf("b2")]}
    return tree_from_dict(
        {
            "index": {"name": "T", "year": 2020, "delta": 0.0, "min_indicators": 1, **head},
            "pillar": [{"id": p, "name": p, **(keys or {}).get(p, {}), "indicator": x} for p, x in given.items()],
        }
    )


def values(seed: int = 1, names: tuple[str, ...] = ("a1", "a2", "a3", "b1", "b2"), n: int = 8) -> pd.DataFrame:
    """Uniform values, rows places."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.uniform(0.05, 0.95, (n, len(names))), [f"p{i}" for i in range(n)], list(names))


def tidy(wide: pd.DataFrame, year: int = 2020, unit: str = "index") -> pd.DataFrame:
    """Long table; gaps are rows without value."""
    out = wide.rename_axis("place_id").reset_index().melt(id_vars="place_id", var_name="indicator")
    return out.assign(year=year, unit=unit, scope="全市")


def made(wide: pd.DataFrame | None = None, which: IndexTree | None = None, **options: Any) -> Chain:
    """The chain of a wide table of one year."""
    data = values() if wide is None else wide
    return chain(tidy(data), list(data.index), tree=which or tree(), **options)
