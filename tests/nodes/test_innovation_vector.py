"""Inputs, outputs and conversion: published intervals, scopes that do not fit, and what is said to be missing."""

import numpy as np
import pytest
from tests.nodes.innovation_by_hand import cluster, indicators

from megaregion.errors import InputError
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_vector import conversion, vector

PATENTS = [("A", 2019, "patents", 10.0, "count", "全市"), ("B", 2019, "patents", 0.0, "count", "全市"),
           ("C", 2019, "patents", 30.0, "count", "全市")]  # fmt: skip
PEOPLE = [(p, 2019, "population", 2e5, "person", "全市") for p in "AB"] + [
    ("C", 2019, "population", 3e5, "person", "市辖区")
]


def test_counts_have_the_exact_poisson_interval() -> None:
    """Garwood's (1936) 95 % limits: 0 gives 0 to 3.689, 10 gives 4.795 to 18.390."""
    got = vector(cluster(indicators=indicators(*PATENTS)), InnovationOptions(), seed=1)
    assert got is not None
    rows = got.to_frame().set_index("place_id")
    np.testing.assert_allclose(rows.loc["A", ["low", "high"]].astype(float), [4.795, 18.390], atol=5e-4)
    np.testing.assert_allclose(rows.loc["B", ["low", "high"]].astype(float), [0.0, 3.689], atol=5e-4)
    assert list(rows["share"]) == [0.25, 0.0, 0.75] and list(rows["rank"]) == [2.0, 3.0, 1.0]
    assert (rows["rank_p05"] <= rows["rank"]).all() and (rows["rank"] <= rows["rank_p95"]).all()
    assert "3 of 8 places have a value" in " ".join(got.warnings)


def test_a_count_is_divided_only_by_people_of_its_own_territory_and_year() -> None:
    """A has 10 per 200,000, that is 0.5 per 10,000; C was counted in its districts and its patents were not."""
    got = vector(cluster(indicators=indicators(*PATENTS, *PEOPLE)), InnovationOptions(), seed=1)
    assert got is not None
    head = got.to_frame().set_index("place_id")["per_10000"]
    assert head["A"] == pytest.approx(0.5) and head["B"] == 0.0 and np.isnan(head["C"])
    alone = vector(cluster(indicators=indicators(*PATENTS, PEOPLE[-1])), InnovationOptions(), seed=1)
    assert alone is not None and "nobody counted the residents" in " ".join(alone.warnings)


def test_shares_have_neither_interval_nor_rank_and_what_is_absent_is_named() -> None:
    rows = [
        ("A", 2020, "bachelor_share", 20.0, "percent", "全市"),
        ("B", 2020, "bachelor_share", 30.0, "percent", "全市"),
    ]
    got = vector(cluster(indicators=indicators(*rows)), InnovationOptions(), seed=1)
    assert got is not None
    assert got.to_frame()[["low", "high", "share", "rank", "per_10000"]].isna().all(axis=None)
    assert "rd_intensity" in got.facts()["absent_inputs"] and "patents" in got.facts()["absent_outputs"]


def test_a_degree_is_shared_out_and_has_no_interval_of_single_cases() -> None:
    rows = [(p, 2020, "copublication_degree", v, "count", "全市") for p, v in (("A", 30.0), ("B", 10.0))]
    got = vector(cluster(indicators=indicators(*rows)), InnovationOptions(), seed=1)
    assert got is not None
    frame = got.to_frame()
    assert frame["share"].tolist() == [0.75, 0.25] and frame[["low", "high", "rank"]].isna().all(axis=None)


def test_the_year_nearest_to_the_base_year_counts() -> None:
    rows = [("A", y, "patents", v, "count", "全市") for y, v in ((2010, 1.0), (2018, 2.0), (2022, 3.0))]
    got = vector(cluster(indicators=indicators(*rows)), InnovationOptions(), seed=1)
    assert got is not None and got.to_frame()["value"].tolist() == [2.0]


def test_conversion_by_hand_and_its_reasons() -> None:
    """15 of 148: Wilson's 95 % interval is .0624 to .1605 (Newcombe 1998, Stat. Med. 17, Table I, method 3)."""
    rows = [("A", 2020, "patents_converted", 15.0, "count", "全市"),
            ("A", 2020, "valid_patents", 148.0, "count", "全市"),
            ("B", 2020, "patents_converted", 5.0, "count", "全市"),
            ("C", 2020, "patents_converted", 5.0, "count", "市辖区"),
            ("C", 2020, "valid_patents", 20.0, "count", "全市"),
            ("D", 2020, "patents_converted", 9.0, "count", "全市"), ("D", 2020, "valid_patents", 3.0, "count", "全市"),
            ("E", 2020, "patents_converted", 0.0, "count", "全市"), ("E", 2020, "valid_patents", 0.0, "count", "全市"),
            ]  # fmt: skip
    got = conversion(cluster(indicators=indicators(*rows)), InnovationOptions())
    assert got is not None
    table = got.to_frame().set_index("place_id")
    assert table.loc["A", "rate"] == 15 / 148
    np.testing.assert_allclose(table.loc["A", ["low", "high"]].astype(float), [0.0624, 0.1605], atol=5e-5)
    assert table["reason_en"].to_dict() == {
        "A": "", "B": "no number of valid patents", "C": "the two are of different years or territories",
        "D": "more converted than valid", "E": "no valid patents", **dict.fromkeys("FGH",
        "no number of licensed or transferred patents"),
    }  # fmt: skip
    assert table["rate"].notna().sum() == 1 and (table["reason_zh"].ne("") == table["rate"].isna()).all()
    assert conversion(cluster(), InnovationOptions()) is None


def test_nothing_at_all_gives_nothing() -> None:
    assert innovation(cluster(), seed=1) == {}


def test_what_cannot_be_said_is_said() -> None:
    got = innovation(cluster(indicators=indicators(*PATENTS)), seed=1)
    assert list(got) == ["innovation"]
    told = " ".join(got["innovation"].warnings)
    for part in ("no conversion rate", "no tables/documents.csv", "no complexity and no relatedness"):
        assert part in told


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*PATENTS, ("A", 2019, "patents", 4.0, "count", "市辖区")], "several values for A"),
        ([("A", 2019, "patents", -4.0, "count", "全市")], "negative for A"),
    ],
)
def test_bad_values(rows: list[tuple[str, int, str, float, str, str]], words: str) -> None:
    with pytest.raises(InputError, match=words):
        vector(cluster(indicators=indicators(*rows)), InnovationOptions(), seed=1)


def test_conversion_needs_counts() -> None:
    rows = [("A", 2020, "patents_converted", 5.0, "percent", "全市")]
    with pytest.raises(InputError, match="conversion needs counts, got patents_converted in percent"):
        conversion(cluster(indicators=indicators(*rows)), InnovationOptions())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"year": 3}, "unknown keys year"),
        ({"years": 0, "draws": 5}, "years must be .*; draws must be"),
        ({"activities": "jobs"}, "activities must be documents or industries"),
        ({"prior": -1, "design_effect": 0.5}, "prior must be >= 0.*design_effect must be >= 1"),
        ({"least_expected": "x", "until": "now"}, "until must be a year.*least_expected must be >= 0"),
        ({"inputs": ["patents"], "outputs": ["patents"]}, "cannot be both input and output"),
        ({"inputs": "patents"}, "must be a list"),
    ],
)
def test_bad_options(given: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        InnovationOptions.of(given)
