"""Profile of maturity by hand, agreement of coders, and tables that make no sense."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.reliability import krippendorff_alpha
from megaregion.data.schema import schema
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.maturity import FIELDS, LEVELS, maturity


def judged(rows: list[tuple[str, str, float, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["field", "coder", "level", "implementation"]).assign(source="s")


TWO = judged([("transport", "x", 4, 0.5), ("transport", "y", 3, 1.0), ("health", "x", 1, 1.0), ("health", "y", 1, 0.8),
              ("culture", "x", 0, np.nan)])  # fmt: skip


def test_by_hand() -> None:
    """Transport: levels 4 and 3, scores 4 * .5 = 2 and 3 * 1 = 3. Nothing agreed scores nothing, carried out or not."""
    found = maturity(TWO)
    table = found.to_frame().set_index("field")
    assert table.index.tolist() == list(FIELDS)
    row = table.loc["transport"]
    assert (row["level"], row["level_min"], row["level_max"], row["coders"]) == (3.5, 3, 4, 2)
    assert (row["score"], row["score_min"], row["score_max"]) == (2.5, 2.0, 3.0)
    assert row["implementation"] == pytest.approx(0.75)
    assert table.loc["culture", "score"] == 0 and np.isnan(table.loc["culture", "implementation"])
    assert table.loc["economy", "coders"] == 0 and np.isnan(table.loc["economy", "level"])
    assert table["weight"].sum() == pytest.approx(1.0) and table.loc["health", "weight"] == pytest.approx(1 / 3)
    assert "economy" in found.facts()["missing_fields"] and any("missing is not level 0" in w for w in found.warnings)
    want = krippendorff_alpha([[0, 1, 4], [np.nan, 1, 3]], metric="ordinal")
    assert found.alpha["level"] == pytest.approx(want)


def test_no_rank_and_no_total() -> None:
    """A profile: rows keep the order of the fields, and no headline number stands for all."""
    found = maturity(TWO, fields=["health", "transport", "culture"])
    assert found.to_frame()["field"].tolist() == ["health", "transport", "culture"]
    assert not {"score", "total", "rank"} & set(found.facts())
    assert len(LEVELS) == 6 and all(en and zh for en, zh in LEVELS.values())


def test_weights() -> None:
    given = TWO.assign(weight=TWO["field"].map({"transport": 2.0, "health": 1.0, "culture": 1.0}))
    table = maturity(given).to_frame().set_index("field")
    assert table.loc["transport", "weight"] == 0.5 and table.loc["transport", "contribution"] == pytest.approx(1.25)
    with pytest.raises(InputError, match="weight differs between the rows of transport"):
        maturity(given.assign(weight=[1.0, 2.0, 1.0, 1.0, 1.0]))
    with pytest.raises(MissingDataError, match="for some fields only"):
        maturity(given.assign(weight=[1.0, 1.0, 1.0, 1.0, np.nan]))


def test_agreement_of_coders_is_said() -> None:
    apart = judged([("health", "x", 1, 0.2), ("health", "y", 5, 1), ("culture", "x", 5, 0.1), ("culture", "y", 1, 0.9)])
    assert any("agree too little on level" in w for w in maturity(apart).warnings)
    assert maturity(apart).alpha["level"] < 0
    alone = maturity(judged([("health", "x", 2, 0.5)]))
    assert any("one coder only" in w for w in alone.warnings) and alone.facts()["alpha_level"] is None
    alike = maturity(judged([("health", "x", 2, 0.5), ("health", "y", 2, 0.5)]))
    assert any("undefined" in w for w in alike.warnings)
    unknown = maturity(judged([("health", "x", 2, np.nan)]))
    assert any("implementation is not known for health" in w for w in unknown.warnings)


def test_order_of_rows_is_nothing() -> None:
    pd.testing.assert_frame_equal(maturity(TWO).to_frame(), maturity(TWO.sample(frac=1, random_state=0)).to_frame())


def test_empty_table() -> None:
    found = maturity(pd.DataFrame({f.name: [] for f in schema("maturity")}))
    table = found.to_frame()
    assert table["field"].tolist() == list(FIELDS) and table["level"].isna().all() and (table["coders"] == 0).all()
    assert found.warnings == ("tables/maturity.csv holds no judgement: the profile is empty",)
    assert found.facts()["alpha_level"] is None
    assert [c.name for c in found.describe()] == list(table.columns) and all(c.en and c.zh for c in found.describe())


def test_bad_tables() -> None:
    bad = judged([("health", "x", 2.5, 1.4), ("health", "x", 7, 0.5), ("sports", "y", -1, 0.5)])
    with pytest.raises(InputError) as caught:
        maturity(bad)
    for text in (
        "unknown fields: sports",
        "judges a field twice: health / x",
        "level is not whole",
        "implementation is not",
    ):
        assert text in str(caught.value)
    with pytest.raises(MissingDataError, match=r"maturity.level is empty in 1 rows"):
        maturity(judged([("health", "x", np.nan, 0.5)]))
    with pytest.raises(InputError, match="lacks the columns source"):
        maturity(TWO.drop(columns="source"))
