"""Any rules on any table: finite scores within bounds, or one error raised on purpose; never a warning."""

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.nodes.index_tables_by_hand import leaf, tidy, tree

from megaregion.errors import MegaregionError
from megaregion.nodes.index_analysis import analyse
from megaregion.nodes.index_chain import chain
from megaregion.nodes.index_source import Source
from megaregion.nodes.tree_keys import CHOICES, MEANS

NAMES = ("a1", "a2", "b1", "c1", "c2")
KINDS = ("uniform", "long tail", "whole", "constant", "zeros", "negative", "ties", "absent", "tiny", "huge")


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Columns of every awkward kind, with gaps."""
    n = draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    columns = {}
    for name in NAMES:
        kind = draw(st.sampled_from(KINDS))
        x = {
            "uniform": rng.random(n), "long tail": rng.pareto(0.5, n), "whole": rng.integers(0, 3, n).astype(float),
            "constant": np.full(n, 0.3), "zeros": np.zeros(n), "negative": rng.normal(size=n),
            "ties": rng.choice([0.3, 0.1 + 0.2], n), "absent": np.full(n, np.nan), "tiny": rng.random(n) * 1e-200,
            "huge": rng.random(n) * 1e200,
        }[kind]  # fmt: skip
        gaps = rng.random(n) < draw(st.sampled_from([0.0, 0.0, 0.2, 0.6]))
        columns[name] = np.where(gaps, np.nan, x)
    return pd.DataFrame(columns, [f"p{i}" for i in range(n)])


heads = st.fixed_dictionaries(
    {
        **{key: st.sampled_from(CHOICES[key]) for key in ("missing", "constant", "normalisation", "outliers")},
        "weights": st.sampled_from([w for w in CHOICES["weights"] if w != "ahp"]),
        "aggregation": st.sampled_from([*MEANS, 2, -0.5]),
        "delta": st.sampled_from([0.0, 0.01]),
        "max_missing": st.sampled_from([0.0, 0.5]),
    }
)


def rules(head: dict[str, Any], inside: Any, fixed: bool) -> Any:
    ends = (0.0, 1.0) if fixed else (None, None)
    entries = {
        "a": [leaf("a1", *ends), leaf("a2", *ends, direction=-1)],
        "b": [leaf("b1", *ends, target=[0.2, 0.4])],
        "c": [leaf("c1", *ends), leaf("c2", *ends, weight=3.0)],
    }
    return tree(entries, {"b": {"parent": "a"}, "a": {"aggregation": inside}}, goalposts="pooled", **head)


@given(tables(), heads, st.sampled_from([*MEANS, 0.5]), st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_scores_are_finite_or_refused(wide: pd.DataFrame, head: dict[str, Any], inside: Any, fixed: bool) -> None:
    groups = pd.Series([f"g{i % 2}" for i in range(len(wide))], wide.index)
    try:
        found = chain(tidy(wide), list(wide.index), tree=rules(head, inside, fixed), groups=groups)
    except MegaregionError as error:
        assert str(error)
        return
    if found.branches is None:
        assert any("no score" in text for text in found.warnings)
        return
    assert np.isfinite(found.scores.to_numpy()).all()
    for w in found.weights:
        assert (w >= 0).all() and abs(w.sum() - 1) < 1e-9
    penal = [head["aggregation"], inside]
    if head["normalisation"] != "z" and not any(isinstance(m, str) and m.startswith("mazz") for m in penal):
        assert found.scores.to_numpy().min() >= -1e-12 and found.scores.to_numpy().max() <= 1 + 1e-9
    filled = sum(int(entry.values.isna().sum()) for entry in found.leaves if entry.filled is not None)
    assert len(found.cells) == (filled if head["missing"].startswith("fill") else 0)


@given(tables(), heads, st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_whole_analysis_says_what_it_leaves_out(wide: pd.DataFrame, head: dict[str, Any], fixed: bool) -> None:
    groups = pd.Series([f"g{i % 2}" for i in range(len(wide))], wide.index)
    try:
        which = rules(head, "arithmetic", fixed)
        source = Source(indicators=tidy(wide), places=tuple(wide.index), tree=which, groups=groups)
        found = analyse(source, seed=1, draws=30, size=4, method="topsis")
    except MegaregionError as error:
        assert str(error)
        return
    skipped = set(found["steps"].to_frame().query("skipped != ''")["subject"])
    for name in ("profile", "topsis", "uncertainty", "sensitivity"):
        assert name in found or name in skipped
    for part in found.values():
        assert list(part.to_frame().columns) == [c.name for c in part.describe()]
