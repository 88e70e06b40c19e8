"""Vouchers: design, redemption, lottery."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.randomization_inference import lottery_test
from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.vouchers import VoucherRules, lottery_effect, redemption, voucher_design
from megaregion.links.soft.vouchers_additional import additional
from megaregion.links.soft.vouchers_stated import VoucherOptions, stated_vouchers


def projects(*rows: tuple[str, str, float, float, float, float, float]) -> pd.DataFrame:
    names = ["project", "firm", "cost", "match", "additionality", "additionality_low", "additionality_high"]
    return pd.DataFrame(list(rows), columns=names)


FOUR = projects(
    ("p", "A", 100, 10, 0.5, 0.5, 0.5), ("q", "A", 100, 9, 0.5, 0.5, 0.5), ("r", "B", 100, 6, 0.5, 0.1, 0.9),
    ("s", "C", 40, 4, 0.5, 0.5, 0.6),
)  # fmt: skip


def test_budget_and_cap_of_a_firm() -> None:
    """Vouchers of 40, 40, 40, 16. Budget 96: p, q, s would be worth 11.5, but A may get 60 only: p, r, s 10."""
    free = voucher_design(FOUR, VoucherRules(budget=96, subsidy=0.4), money="thousand CNY")
    assert free.facts()["worth"] == 11.5
    got = voucher_design(FOUR, VoucherRules(budget=96, subsidy=0.4, cap=60), money="thousand CNY")
    facts = got.facts()
    assert got.table["chosen"].tolist() == [1, 0, 1, 1]
    assert (facts["worth"], facts["spent"], facts["deadweight"]) == (10.0, 96.0, 48.0)
    assert facts["bound"] == pytest.approx(10.0)
    assert facts["worth_low"] == pytest.approx(5 + 0.6 + 2)
    assert facts["worth_high"] == pytest.approx(5 + 5.4 + 2.4)


def test_choice_that_hangs_on_the_assumption_is_said() -> None:
    """Money for one: q is worth 4.5 for sure, r .6 to 5.4."""
    got = voucher_design(FOUR.iloc[1:3], VoucherRules(budget=40, subsidy=0.4), money="CNY")
    assert got.table[["chosen", "chosen_low", "chosen_high"]].to_numpy().tolist() == [[1, 1, 0], [0, 0, 1]]
    assert got.facts()["chosen_throughout"] == []
    assert any("hangs on" in text for text in got.warnings)
    sure = voucher_design(FOUR.iloc[:2], VoucherRules(budget=40, subsidy=0.4), money="CNY")
    assert sure.facts()["chosen_throughout"] == ["p"]
    assert not any("hangs on" in text for text in sure.warnings)


def test_voucher_never_exceeds_the_cap_and_parts() -> None:
    got = voucher_design(FOUR, VoucherRules(budget=30, subsidy=0.5, cap=20, divisible=True), money="CNY")
    assert got.table["grant"].tolist() == [20, 20, 20, 20]
    assert got.table["chosen"].tolist() == pytest.approx([1, 0, 0.5, 0])
    for result in (got, voucher_design(FOUR.iloc[:0], VoucherRules(budget=1, subsidy=0.5), money="CNY")):
        assert [c.name for c in result.describe()] == list(result.to_frame())


def test_design_refuses_with_everything_wrong() -> None:
    bad = projects(("p", "A", 0, -1, 0.5, 0.6, 0.9), ("p", "A", 1, 1, 1.2, 0.2, 1.3), ("q", "B", 1, np.inf, 0, 0, 0))
    with pytest.raises(InputError) as caught:
        voucher_design(bad, VoucherRules(budget=-1, subsidy=0, cap=0), money="CNY")
    for text in ("budget must", "subsidy must", "cap must", "stand twice: p", "cost must be > 0", "match must be >= 0",
                 "finite: q", "must lie in [0, 1]", "between its low and high"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(MissingDataError, match="additionality is missing for p"):
        voucher_design(
            FOUR.assign(additionality=[np.nan, 0.5, 0.5, 0.5]), VoucherRules(budget=1, subsidy=0.5), money="CNY"
        )


def redeemed() -> pd.DataFrame:
    rows = [("1", "f", "a", "x", "a", 30.0), ("2", "f", "a", "y", "b", 10.0), ("3", "g", "a", "y", "b", 20.0),
            ("4", "h", "b", "y", "b", 40.0)]  # fmt: skip
    return pd.DataFrame(rows, columns=["voucher", "firm", "firm_place", "provider", "provider_place", "amount"])


def test_redemption_by_hand() -> None:
    got = redemption(redeemed(), money="thousand CNY", eligible=pd.Series({"a": 8, "b": 2, "c": 5}))
    a, b, c = got.table.to_dict("records")
    assert (a["vouchers"], a["cross_share"], a["cross_amount_share"]) == (3, pytest.approx(2 / 3), 0.5)
    assert (a["hhi"], a["uptake"], b["hhi"], b["uptake"]) == (0.5, 0.25, 1.0, 0.5)
    assert (c["vouchers"], c["uptake"]) == (0, 0.0)
    assert np.isnan(c["hhi"])
    facts = got.facts()
    assert (facts["vouchers"], facts["cross_amount_share"], facts["uptake"]) == (4, 0.3, pytest.approx(3 / 15))
    assert facts["hhi"] == pytest.approx(0.3**2 + 0.7**2)
    assert [col.name for col in got.describe()] == list(got.to_frame())


def test_redemption_without_eligible_and_without_rows() -> None:
    got = redemption(redeemed(), money="CNY")
    assert got.table["uptake"].isna().all() and any("no uptake" in text for text in got.warnings)
    none = redemption(redeemed().iloc[:0], money="CNY")
    assert len(none.table) == 0 and none.facts()["cross_share"] is None


def test_redemption_refuses() -> None:
    bad = redeemed().assign(voucher=["1", "1", "3", "4"], amount=[-1.0, 1, 1, 1], firm_place=["a", "b", "a", "b"])
    with pytest.raises(InputError) as caught:
        redemption(bad, money="CNY", eligible=pd.Series({"a": 1.0, "b": 5.0}))
    for text in ("stand twice: 1", "amount must be >= 0 and finite: 1", "a firm has several places: f",
                 "more firms redeemed than are eligible: a"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(MissingDataError, match="amount"):
        redemption(redeemed().assign(amount="many"), money="CNY")


def test_lottery_covers_a_known_effect() -> None:
    """Effect 2, 200 lotteries of 30 + 30: the 95 % interval covers in 95 % (four standard errors of the share)."""
    rng, covered = np.random.default_rng(11), 0
    for _ in range(200):
        won = rng.permutation(np.arange(60) < 30)
        y = rng.normal(10, 3, 60) + 2.0 * won
        found = lottery_test(y, won, np.zeros(60, dtype=np.intp), draws=1, seed=1)
        covered += abs(found.difference - 2.0) <= 1.96 * found.se
    assert abs(covered / 200 - 0.95) <= 4 * np.sqrt(0.05 * 0.95 / 200)
    firms = pd.DataFrame({"won": won, "sales": y})
    got = lottery_effect(firms, ["sales"], seed=1, draws=499, unit="thousand CNY").table.iloc[0]
    var = np.var(y[won], ddof=1) / 30 + np.var(y[~won], ddof=1) / 30
    assert got["se"] == pytest.approx(np.sqrt(var))
    assert (got["ci_high"] - got["ci_low"]) / 2 == pytest.approx(1.959963984540054 * np.sqrt(var))
    assert (got["winners"], got["losers"], got["exact"]) == (30, 30, False)


def test_lottery_refuses() -> None:
    firms = pd.DataFrame({"won": [True, False, True], "y": [1.0, np.nan, 2.0], "stratum": ["s", "s", "t"]})
    with pytest.raises(InputError, match="needs the columns z"):
        lottery_effect(firms, ["z"], seed=1)
    with pytest.raises(InputError, match="winners and losers: t"):
        lottery_effect(firms, ["y"], seed=1)
    with pytest.raises(MissingDataError, match=r"y \(1\)"):
        lottery_effect(firms.iloc[:2], ["y"], seed=1)
    with pytest.raises(InputError, match="true or false"):
        lottery_effect(firms.assign(won=["yes", "no", "no"]), ["y"], seed=1)
    small = lottery_effect(firms.iloc[:2].assign(y=[3.0, 1.0]), ["y"], seed=1)
    assert small.table["difference"].tolist() == [2.0]
    assert small.table["p"].tolist() == [1.0]
    assert np.isnan(small.table["se"].iloc[0])  # one winner, one loser: no spread to judge by
    assert [c.name for c in small.describe()] == list(small.to_frame())


def test_additional_part_by_group() -> None:
    """Group p: 2 -> 4 against 1 -> 2, a quarter. q: 0 -> 6 against 0 -> 0, all. Rows without a before stay out."""
    firms = pd.DataFrame({
        "won": [True, True, False, False] * 2, "stratum": ["q"] * 4 + ["p"] * 4,
        "before": [0.0, 0, 0, 0, 2, 2, 1, 1], "after": [6.0, 6, 0, 0, 4, 4, 2, 2],
    })  # fmt: skip
    got = additional(firms, outcome="hours", unit="hours")
    table = got.to_frame().set_index("stratum")
    assert table["additional"].to_dict() == {"p": 0.25, "q": 1.0} and list(table.index) == ["p", "q"]
    assert table["anyway"].to_dict() == {"p": 3.0, "q": 0.0}
    assert [c.name for c in got.describe()] == list(got.to_frame())
    assert any("(2): the interval is rough there" in text for text in got.warnings)
    rows = pd.concat([firms.rename(columns={"after": "value"}).assign(outcome=o, unit="h", firm=firms.index.astype(str))
                      for o in ("hours", "sales")])  # fmt: skip
    rows.loc[rows["outcome"] == "sales", "before"] = np.nan
    found = stated_vouchers({"voucher_lottery": rows}, VoucherOptions(), seed=1)
    assert found["voucher_additional"].to_frame()["outcome"].tolist() == ["hours", "hours"]
    assert len(found["voucher_lottery"].to_frame()) == 2
    assert "voucher_additional" not in stated_vouchers({"voucher_lottery": rows.drop(columns="before")},
                                                       VoucherOptions(), seed=1)  # fmt: skip


def test_additional_part_refuses() -> None:
    firms = pd.DataFrame({"won": [True, True, False, False], "before": [1.0, 1, 1, np.nan], "after": [2.0, 2, 1, 1]})
    with pytest.raises(MissingDataError, match=r"before \(1\)"):
        additional(firms, outcome="hours", unit="hours")
    with pytest.raises(InputError, match="needs the columns before"):
        additional(firms.drop(columns="before"), outcome="hours", unit="hours")
    with pytest.raises(InputError, match=r">= 0.*; two firms of each kind are needed in all firms"):
        additional(firms.assign(before=[-1.0, 1, 1, 1], won=[True, False, False, False]), outcome="h", unit="h")
    with pytest.raises(InputError, match="true or false"):
        additional(firms.assign(before=1.0, won=["yes", "no", "no", "no"]), outcome="h", unit="h")
