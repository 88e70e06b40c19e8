"""Ranking of links, services and transfers by poverty reduction per unit of cost."""

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.remedies import BENCHMARK, remedies

INCOMES = pd.DataFrame({
    "record_id": ["1", "2", "3", "4"], "place_id": ["a", "a", "b", "b"], "year": 2020, "level": "person",
    "income": [4.0, 12.0, 8.0, 16.0], "unit": "CNY (2020) per person",
})  # fmt: skip


def option(name: str, kind: str, place: str, cost: float, **more: object) -> dict[str, object]:
    return {"option": name, "kind": kind, "place_id": place, "cost": cost, **more}


def table(*rows: dict[str, object], **options: object) -> pd.DataFrame:
    return remedies(INCOMES, pd.DataFrame(rows), line=10.0, **options).to_frame().set_index("option")


def test_reductions_by_hand() -> None:
    """Line 10: gaps .6 and .2 of 4 people, P1 = .2. One unit more for each in a takes .1 off one gap: .025."""
    got = table(
        option("cash", "transfer", "a", 2.0, income_effect=1.0),
        option("link", "link", "b", 1.0, access_effect=0.25, elasticity=1.0, elasticity_low=0.5, elasticity_high=1.0),
    )
    assert got.loc["cash", "reduction_1"] == pytest.approx(0.025)
    assert got.loc["cash", "reduction_2"] == pytest.approx((0.36 - 0.25) / 4)
    assert got.loc["cash", "reduction_0"] == 0.0
    assert got.loc["link", "reduction_0"] == 0.25  # 8 x 1.25 reaches the line
    assert got.loc["link", "reduction_1_low"] == pytest.approx((0.2 - (1 - 0.8 * 1.25**0.5)) / 4)
    assert got.loc["link", "reduction_1_high"] == pytest.approx(0.05)
    assert got.loc["link", "rank"] == 1
    assert got.loc["link", "people_reached"] == 2


def test_perfect_targeting_closes_the_gap() -> None:
    """Bill 6 + 2; per unit of cost no option beats 1 / (n z) of P1."""
    got = table(option("poor", "transfer", "a", 6.0, income_effect=6.0, target="poor"),
                option("all", "transfer", "a", 12.0, income_effect=6.0))  # fmt: skip
    assert got.loc[BENCHMARK, "cost"] == 8.0
    assert got.loc[BENCHMARK, "reduction_1"] == pytest.approx(0.2)
    assert got.loc["poor", "of_benchmark"] == pytest.approx(1.0)
    assert got.loc["all", "of_benchmark"] == pytest.approx(0.5)
    assert got.loc["poor", "people_reached"] == 1
    assert np.isnan(got.loc[BENCHMARK, "rank"])


def test_no_paid_transfer_beats_perfect_targeting() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"record_id": [str(i) for i in range(60)], "place_id": rng.choice(list("abc"), 60),
                          "year": 2020, "level": "person", "income": rng.lognormal(2, 0.8, 60),
                          "people": rng.integers(1, 6, 60), "unit": "CNY"})  # fmt: skip
    handed = frame.groupby("place_id")["people"].sum()
    options = pd.DataFrame(
        [option(f"{p}{e}", "transfer", p, e * handed[p], income_effect=e) for p in "abc" for e in (1, 3)]
    )
    got = remedies(frame, options, share=0.6).to_frame()
    ratio = got.loc[got["option"] != BENCHMARK, "of_benchmark"]
    assert (ratio <= 1 + 1e-12).all()


def test_what_earns_more_than_it_costs_is_said() -> None:
    """One unit for the poor person of a at a cost of .5: twice perfect targeting; at a cost of 2 half of it."""
    for cost, said in ((0.5, True), (2.0, False)):
        rows = pd.DataFrame([option("road", "link", "a", cost, income_effect=1.0, target="poor")])
        result = remedies(INCOMES, rows, line=10.0)
        assert any("above perfect targeting" in text for text in result.warnings) is said
        assert result.to_frame()["of_benchmark"].iloc[0] == pytest.approx(1 / cost)


def test_several_places_add_up_in_one_option() -> None:
    got = table(
        option("net", "service", "a", 1.0, income_effect=1.0), option("net", "service", "b", 3.0, income_effect=2.0)
    )
    assert got.loc["net", "cost"] == 4.0
    assert got.loc["net", "reduction_1"] == pytest.approx((0.1 + 0.2) / 4)


def test_currency_does_not_matter() -> None:
    rows = pd.DataFrame(
        [option("cash", "transfer", "a", 2.0, income_effect=1.0), option("x", "service", "b", 9.0, income_effect=1.0)]
    )
    one = remedies(INCOMES, rows, share=0.6).to_frame()
    dear = rows.assign(cost=rows["cost"] * 7, income_effect=rows["income_effect"] * 7)
    two = remedies(INCOMES.assign(income=INCOMES["income"] * 7), dear, share=0.6).to_frame()
    for name in ("reduction_1", "of_benchmark", "rank", "rank_low", "rank_high"):
        np.testing.assert_allclose(two[name], one[name], rtol=1e-12)


def test_ranks_hold_what_the_ranges_allow() -> None:
    """Every corner of the ranges gives a ranking inside [rank_low, rank_high]; and the ends are reached."""
    spans = {"p": (0.2, 0.5, 1.0), "q": (0.4, 0.6, 0.7), "r": (1.5, 1.6, 1.7)}
    rows = [option(name, "service", "a", 1.0, income_effect=1.0, elasticity=m, elasticity_low=lo, elasticity_high=hi)
            for name, (lo, m, hi) in spans.items()]  # fmt: skip
    got = table(*rows)
    seen: dict[str, set[int]] = {name: set() for name in spans}
    for corner in np.ndindex(3, 3, 3):
        value = {name: spans[name][c] for name, c in zip(spans, corner, strict=True)}
        for name in spans:
            seen[name].add(1 + sum(value[other] > value[name] for other in spans))
    for name in spans:
        assert (got.loc[name, "rank_low"], got.loc[name, "rank_high"]) == (min(seen[name]), max(seen[name]))
    result = remedies(INCOMES, pd.DataFrame(rows), line=10.0)
    assert result.facts() == {"first": "r", "may_be_first": ["r"]}


def test_nobody_poor() -> None:
    result = remedies(INCOMES, pd.DataFrame([option("x", "service", "a", 1.0, income_effect=1.0)]), line=1.0)
    assert result.to_frame()["reduction_1"].tolist() == [0.0, 0.0]
    assert any("nobody is poor" in text for text in result.warnings)


def test_columns_are_described_and_modelled() -> None:
    result = remedies(INCOMES, pd.DataFrame([option("x", "service", "a", 1.0, income_effect=1.0)]), line=9.0)
    assert list(result.to_frame().columns) == [c.name for c in result.describe()]
    assert all(c.modelled for c in result.describe() if c.name.startswith(("reduction", "per_cost", "rank")))


@pytest.mark.parametrize(
    ("row", "error", "word"),
    [
        (option("x", "tax", "a", 1.0, income_effect=1.0), InputError, "kind must"),
        (option("x", "service", "z", 1.0, income_effect=1.0), InputError, "no income is known"),
        (option("x", "service", "a", 1.0), InputError, "not both"),
        (
            option("x", "service", "a", 1.0, income_effect=1.0, access_effect=0.1, elasticity=1.0),
            InputError,
            "not both",
        ),
        (option("x", "link", "a", 1.0, access_effect=0.1), MissingDataError, "elasticity"),
        (option("x", "link", "a", 1.0, access_effect=-1.0, elasticity=1.0), InputError, "above -1"),
        (option("x", "link", "a", 1.0, access_effect=0.1, elasticity=1.0, elasticity_low=2.0), InputError, "between"),
        (option("x", "service", "a", 0.0, income_effect=1.0), InputError, "costs nothing"),
        (option("x", "service", "a", -1.0, income_effect=1.0), InputError, "negative"),
        (option("x", "service", "a", np.nan, income_effect=1.0), MissingDataError, "cost"),
        (option("x", "transfer", "a", 1.0, income_effect=1.0), InputError, "hands out more"),
        (option(BENCHMARK, "service", "a", 1.0, income_effect=1.0), InputError, "taken"),
        (option("x", "service", "a", 1.0, income_effect=1.0, target="rich"), InputError, "target"),
    ],
)
def test_bad_options_are_named(row: dict[str, object], error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        remedies(INCOMES, pd.DataFrame([row]), line=10.0)


def test_other_bad_input() -> None:
    good = pd.DataFrame([option("x", "service", "a", 1.0, income_effect=1.0)])
    for frame, word in (
        (good.iloc[:0], "no option"),
        (pd.concat([good, good]), "twice"),
        (good.drop(columns="cost"), "cost"),
    ):
        with pytest.raises(InputError, match=word):
            remedies(INCOMES, frame, line=10.0)
    with pytest.raises(InputError, match="alpha"):
        remedies(INCOMES, good, alpha=3)
    with pytest.raises(InputError, match="line"):
        remedies(INCOMES, good, line=0.0)
    with pytest.raises(InputError, match="no records"):
        remedies(INCOMES, good, year=1999)
