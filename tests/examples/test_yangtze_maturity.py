"""The coding of the shipped agreements: complete, within its codebook, and the source of the shipped table."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.core.reliability import krippendorff_alpha
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.maturity import maturity


@pytest.fixture(scope="module")
def coding(examples: Path) -> pd.DataFrame:
    return pd.read_csv(examples / "yangtze-delta" / "derive" / "agreement_coding.csv")


def test_every_agreement_is_judged_by_both_from_a_text(coding: pd.DataFrame, examples: Path) -> None:
    agreements = pd.read_csv(examples / "yangtze-delta" / "tables" / "agreements.csv")
    for _, own in coding.groupby("coder"):
        assert own["agreement_id"].tolist() == agreements["agreement_id"].tolist()
    assert coding["level"].isin(range(6)).all()
    assert (coding["carried"].isin([0.0, 0.5, 1.0]) | coding["carried"].isna()).all()
    assert coding["evidence"].str.len().gt(20).all()
    assert coding["read"].str.contains(r"^(?:document|later report) ").all()


def test_the_table_is_derived_from_the_coding(coding: pd.DataFrame, examples: Path) -> None:
    folder = examples / "yangtze-delta"
    by_field = runpy.run_path(str(folder / "derive" / "maturity.py"))["by_field"]
    found = by_field(coding, pd.read_csv(folder / "tables" / "agreements.csv"))
    pd.testing.assert_frame_equal(found, pd.read_csv(folder / "tables" / "maturity.csv"))


def test_what_is_carried_out_is_that_of_the_agreements_that_reach_the_level(examples: Path) -> None:
    """One that shares money and does nothing, one that only talks and does so: level 4 of which nothing is done."""
    by_field = runpy.run_path(str(examples / "yangtze-delta" / "derive" / "maturity.py"))["by_field"]
    agreements = pd.DataFrame({"agreement_id": ["a", "b"], "field": "health", "status": "signed"})
    coding = pd.DataFrame({"agreement_id": ["a", "b"], "coder": "x", "level": [4, 1], "carried": [0.0, 1.0]})
    assert by_field(coding, agreements)[["level", "implementation"]].to_numpy().tolist() == [[4.0, 0.0]]


def test_readers_agree_beyond_chance(coding: pd.DataFrame) -> None:
    """Against the alpha of one reading with the other's rows shuffled, whose mean is near 0."""
    level = coding.pivot(index="coder", columns="agreement_id", values="level").to_numpy(float)
    rng = np.random.default_rng(1)
    chance = [
        krippendorff_alpha(np.vstack([level[0], rng.permutation(level[1])]), metric="ordinal") for _ in range(199)
    ]
    assert abs(np.mean(chance)) < 0.05
    assert krippendorff_alpha(level, metric="ordinal") > max(chance)
    assert krippendorff_alpha(level[::-1], metric="ordinal") == krippendorff_alpha(level, metric="ordinal")


def test_the_workspace_reads_it(examples: Path) -> None:
    table, problems = Workspace(examples / "yangtze-delta").read("maturity")
    assert problems == []
    found = maturity(table)
    assert found.coders == 2
    assert set(found.facts()["missing_fields"]) == {"health", "culture"}
