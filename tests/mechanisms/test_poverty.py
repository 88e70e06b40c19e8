"""Poverty of persons, of brackets, of many dimensions, and of places."""

import numpy as np
import pandas as pd
import pytest

from megaregion.core.poverty import fgt
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.mechanisms.brackets import poverty_of_brackets
from megaregion.mechanisms.deprivations import multidimensional
from megaregion.mechanisms.poverty import poor_places, poverty, poverty_of_persons


def incomes(values: list[float], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({
        "record_id": [f"r{i:03d}" for i in range(len(values))], "place_id": "a", "year": 2020, "level": "person",
        "income": values, "unit": "CNY (2020) per person", "source": "s", **columns,
    })  # fmt: skip


# Bounds and means of rural India 1983 as in Datt (1998): rupees a month
RURAL_INDIA = pd.DataFrame({
    "place_id": "india", "year": 1983, "lower": [0.0, 30, 40, 50, 60, 70, 85, 100, 125, 150, 200, 250, 300],
    "upper": [30.0, 40, 50, 60, 70, 85, 100, 125, 150, 200, 250, 300, np.nan],
    "number": [0.92, 2.47, 5.11, 7.90, 9.69, 15.24, 13.64, 16.99, 10.00, 9.78, 3.96, 1.81, 2.49],
    "mean_income": [24.84, 35.80, 45.36, 55.10, 64.92, 77.08, 91.75, 110.64, 134.90, 167.76, 215.48, 261.66, 384.97],
    "counted": "person", "unit": "INR (1983) per person month", "source": "datt-1998",
})  # fmt: skip


def value(frame: pd.DataFrame, **where: object) -> pd.Series:
    for name, one in where.items():
        frame = frame[frame[name] == one]
    assert len(frame) == 1
    return frame.iloc[0]


def test_measures_by_hand() -> None:
    """Median 10, line 5 at a half: incomes 1 and 4 are below, gaps .8 and .2 among 5 people."""
    table = poverty_of_persons(incomes([1, 4, 10, 12, 30]), shares=[0.5], draws=0, seed=1).to_frame()
    assert table["line"].unique().tolist() == [5.0]
    assert [value(table, alpha=a)["value"] for a in (0, 1, 2)] == pytest.approx([0.4, 0.2, (0.64 + 0.04) / 5])
    assert table["low"].isna().all()


def test_households_count_by_members_and_weight() -> None:
    one = incomes([1, 4, 10, 12], level="household", people=[4, 1, 3, 2], weight=[1.0, 2.0, 1.0, 1.0])
    many = incomes(list(np.repeat([1.0, 4, 10, 12], [4, 2, 3, 2])))
    for share in (0.4, 0.6):
        a = poverty_of_persons(one, shares=[share], draws=0, seed=1).to_frame()
        b = poverty_of_persons(many, shares=[share], draws=0, seed=1).to_frame()
        np.testing.assert_allclose(a["value"], b["value"], rtol=1e-12)
        assert a["people"].iloc[0] == 11


@pytest.mark.parametrize("median_of", ["all", "own group"])
def test_groups_add_up_to_the_whole(median_of) -> None:
    rng = np.random.default_rng(1)
    frame = incomes(
        list(rng.lognormal(9, 0.7, 90)), group=["rural"] * 50 + ["urban"] * 40, weight=rng.uniform(1, 3, 90)
    )
    table = poverty_of_persons(frame, median_of=median_of, draws=0, seed=1).to_frame()
    for share in (0.4, 0.5, 0.6):
        for alpha in (0, 1, 2):
            part = table[(table["line_share"] == share) & (table["alpha"] == alpha)].set_index("group")
            groups = part.loc[["rural", "urban"]]
            total = (groups["value"] * groups["people"]).sum() / part.loc["", "people"]
            assert part.loc["", "value"] == pytest.approx(total, rel=1e-12)
            assert groups["contribution"].sum() == pytest.approx(1.0)


def test_own_group_lines_are_those_of_each_group() -> None:
    frame = incomes([1, 2, 4, 10, 20, 40], group=["rural"] * 3 + ["urban"] * 3)
    table = poverty_of_persons(frame, shares=[0.6], median_of="own group", draws=0, seed=1).to_frame()
    at = table[table["alpha"] == 0].set_index("group")
    assert at.loc["rural", "line"] == pytest.approx(1.2)
    assert at.loc["urban", "line"] == pytest.approx(12.0)
    assert np.isnan(at.loc["", "line"])
    assert at["value"].tolist() == pytest.approx([1 / 3] * 3)


def test_interval_holds_the_value_and_repeats_with_its_seed() -> None:
    frame = incomes(list(np.random.default_rng(2).lognormal(9, 0.8, 300)))
    one = poverty_of_persons(frame, draws=200, seed=5).to_frame()
    assert ((one["low"] <= one["value"]) & (one["value"] <= one["high"])).all()
    pd.testing.assert_frame_equal(one, poverty_of_persons(frame, draws=200, seed=5).to_frame())
    pd.testing.assert_frame_equal(
        one, poverty_of_persons(frame.sample(frac=1, random_state=1), draws=200, seed=5).to_frame()
    )


def test_area_means_are_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match="spread inside") as caught:
        poverty_of_persons(incomes([1, 2, 3], level="area"), seed=1)
    assert "poor_places" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        ({"income": [-1.0, 2, 3]}, InputError, "negative"),
        ({"income": [np.inf, 2, 3]}, InputError, "infinite"),
        ({"income": [np.nan, 2, 3]}, MissingDataError, "r000"),
        ({"record_id": ["x", "x", "y"]}, InputError, "repeated"),
        ({"unit": ["CNY", "EUR", "EUR"]}, InputError, "several units"),
        ({"income": [0.0, 0, 5]}, InputError, "median is 0"),
        ({"weight": [0.0, 0, 0]}, InputError, "nobody"),
    ],
)
def test_bad_incomes_are_named(change: dict[str, object], error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        poverty_of_persons(incomes([1, 2, 3]).assign(**change), seed=1)


def test_years_in_different_money_are_refused() -> None:
    """The lines of both years stand in one column with one unit."""
    both = pd.concat([incomes([1, 2, 3]), incomes([4, 5, 6], year=2010, unit="EUR (2010)")])
    with pytest.raises(InputError, match=r"several units: .*EUR \(2010\)"):
        poverty_of_persons(both, seed=1)


def test_everything_wrong_is_said_at_once() -> None:
    frame = incomes([-1, 2, np.nan]).assign(record_id=["x", "x", "y"])
    with pytest.raises(InputError, match=r"repeated.*negative.*missing"):
        poverty_of_persons(frame, seed=1)


@pytest.mark.parametrize("shares", [[], [0.0], [1.2], [0.5, 0.5]])
def test_shares_must_make_sense(shares: list[float]) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        poverty_of_persons(incomes([1, 2, 3]), shares=shares, seed=1)


def test_empty_groups_among_others_are_not_taken_for_all() -> None:
    table = poverty_of_persons(incomes([1, 2, 3, 4], group=["x", "x", None, None]), draws=0, seed=1).to_frame()
    assert sorted(table["group"].unique()) == ["", "unstated", "x"]


def test_brackets_of_rural_india() -> None:
    """The fitted headcount lies within what the brackets allow, and both curves are Lorenz curves."""
    result = poverty_of_brackets(RURAL_INDIA)
    table = result.to_frame()
    assert (table["problems"] == "").all()
    assert table["headcount"].between(table["headcount_low"], table["headcount_high"]).all()
    assert table.groupby("line_share")["chosen"].agg(lambda s: (s == "yes").sum()).tolist() == [1, 1, 1]
    assert result.facts() == {"distributions": 1, "with_valid_curve": 1}
    assert table["median"].between(85, 100).all()  # half of the people fall into that bracket
    assert table["mean"].iloc[0] == pytest.approx((RURAL_INDIA["number"] * RURAL_INDIA["mean_income"]).sum() / 100)


def test_order_of_rows_scale_of_people_and_currency_do_not_matter() -> None:
    base = poverty_of_brackets(RURAL_INDIA).to_frame()
    mixed = RURAL_INDIA.sample(frac=1, random_state=3).assign(number=lambda f: f["number"] * 1e6)
    shares = ["headcount", "gap", "squared_gap", "gini"]
    np.testing.assert_allclose(poverty_of_brackets(mixed).to_frame()[shares], base[shares], rtol=1e-9)
    dear = RURAL_INDIA.assign(**{c: RURAL_INDIA[c] * 7 for c in ("lower", "upper", "mean_income")})
    got = poverty_of_brackets(dear).to_frame()
    np.testing.assert_allclose(got[shares], base[shares], rtol=1e-9)
    np.testing.assert_allclose(got["line"], base["line"] * 7, rtol=1e-9)


def test_open_top_needs_a_mean_or_a_pareto_tail() -> None:
    """Of a Pareto distribution the tail through the last two thresholds is the distribution itself."""
    lower = np.array([1.0, 1.2, 1.5, 2.0, 3.0, 5.0])
    beyond = lower**-3.0  # exponent 3, least income 1; means: closed form between bounds
    number = beyond - np.append(beyond[1:], 0.0)
    top = np.append(lower[1:], np.inf)
    mean = 1.5 * (lower**-2.0 - top**-2.0) / number
    frame = pd.DataFrame({"place_id": "a", "year": 2020, "lower": lower, "upper": np.append(lower[1:], np.nan),
                          "number": number, "mean_income": np.append(mean[:-1], np.nan), "counted": "person",
                          "unit": "CNY"})  # fmt: skip
    with pytest.raises(InputError, match="open and has no mean"):
        poverty_of_brackets(frame)
    result = poverty_of_brackets(frame, open_top="pareto")
    assert result.to_frame()["mean"].iloc[0] == pytest.approx(1.5, rel=1e-12)
    assert any("Pareto" in text for text in result.warnings)


def test_missing_means_are_middles_and_it_is_said() -> None:
    frame = RURAL_INDIA.assign(mean_income=RURAL_INDIA["mean_income"].where(RURAL_INDIA["upper"].isna()))
    result = poverty_of_brackets(frame)
    assert any("middles" in text for text in result.warnings)
    middles = (RURAL_INDIA["lower"] + RURAL_INDIA["upper"]) / 2
    want = (middles.fillna(384.97) * RURAL_INDIA["number"]).sum() / 100
    assert result.to_frame()["mean"].iloc[0] == pytest.approx(want)


@pytest.mark.parametrize(
    ("row", "column", "new", "word"),
    [
        (3, "upper", 65.0, "overlap"),
        (3, "upper", 55.0, "leave a gap"),
        (3, "upper", np.nan, "only the last open"),
        (3, "number", -1.0, "numbers must"),
        (3, "mean_income", 65.0, "outside its bracket"),
        (3, "counted", "household", "same in all rows"),
        (3, "lower", 70.0, "lower < upper"),
    ],
)
def test_bad_brackets_are_named(row: int, column: str, new: object, word: str) -> None:
    frame = RURAL_INDIA.copy()
    frame.loc[row, column] = new
    with pytest.raises(InputError, match=word):
        poverty_of_brackets(frame)


def test_too_few_brackets_and_gaps() -> None:
    with pytest.raises(InputError, match="at least 5"):
        poverty_of_brackets(RURAL_INDIA.iloc[:4])
    with pytest.raises(MissingDataError, match="without number"):
        poverty_of_brackets(RURAL_INDIA.assign(number=RURAL_INDIA["number"].where(RURAL_INDIA.index != 2)))


ALKIRE_FOSTER = pd.DataFrame([
    {"record_id": person, "place_id": "a", "year": 2020, "dimension": "abcd"[j], "value": v, "cutoff": z,
     "scale": "cardinal", "unit": "index", "group": "x" if person in "12" else "y"}
    for person, row in zip("1234", [[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]], strict=True)
    for j, (v, z) in enumerate(zip(row, (13, 12, 3, 1), strict=True))
])  # fmt: skip


def test_alkire_and_foster_by_group() -> None:
    """Their example with k = 2 of 4 (H 1/2, A 3/4, M0 3/8); persons 1, 2 and 3, 4 as groups: M0 1/4 and 1/2."""
    whole, dimensions = multidimensional(ALKIRE_FOSTER, k=0.5)
    table = whole.to_frame().set_index("group")
    assert table.loc["", ["headcount", "intensity", "m0"]].tolist() == [0.5, 0.75, 0.375]
    assert table.loc[["x", "y"], "m0"].tolist() == [0.25, 0.5]
    assert table.loc[["x", "y"], "contribution"].tolist() == pytest.approx([1 / 3, 2 / 3])
    parts = dimensions.to_frame()
    assert parts.groupby("group")["contribution"].sum().tolist() == pytest.approx([1.0] * 3)


def test_ordinal_values_have_no_gaps() -> None:
    whole, _ = multidimensional(ALKIRE_FOSTER.assign(scale="ordinal"), k=0.5)
    assert whole.to_frame()[["m1", "m2"]].isna().all(axis=None)
    assert whole.to_frame()["m0"].iloc[0] == 0.375
    assert whole.warnings


@pytest.mark.parametrize(
    ("change", "error", "word"),
    [
        (lambda f: f.assign(cutoff=np.arange(16.0)), InputError, "cutoff: differs"),
        (lambda f: pd.concat([f, f.iloc[[0]]]), InputError, "given twice"),
        (lambda f: f.iloc[1:], MissingDataError, "1 pairs"),
        (lambda f: f.assign(value=f["value"].where(f.index != 3)), MissingDataError, "value: missing"),
        (lambda f: f.assign(scale="nominal"), InputError, "neither"),
        (lambda f: f.assign(people=-1.0), InputError, "negative"),
    ],
)
def test_bad_deprivations_are_named(change, error: type[Exception], word: str) -> None:
    with pytest.raises(error, match=word):
        multidimensional(change(ALKIRE_FOSTER))


@pytest.mark.parametrize("k", [0.0, 1.5, float("nan")])
def test_k_out_of_range(k: float) -> None:
    with pytest.raises(InputError, match="k must"):
        multidimensional(ALKIRE_FOSTER, k=k)


def test_poor_places_are_no_poor_people() -> None:
    """People weigh the median: half live in c, so the median is 30 and .6 of it 18."""
    mean, people = pd.Series({"a": 10.0, "b": 20.0, "c": 30.0}), pd.Series({"a": 2.0, "b": 2.0, "c": 6.0})
    result = poor_places(mean, people, unit="EUR (2019) per person", shares=[0.6])
    row = result.to_frame().iloc[0]
    assert (row["line"], row["poor_places"], row["people_there"], row["people_share"]) == (18.0, 1, 2.0, 0.2)
    assert any("not poor people" in text for text in result.warnings)
    with pytest.raises(AlignmentError):
        poor_places(mean, people.drop("a"), unit="EUR")
    with pytest.raises(MissingDataError):
        poor_places(mean.where(mean > 10), people, unit="EUR")


def test_entry_returns_all_tables_and_says_what_is_lacking() -> None:
    nothing = poverty(seed=1)
    assert list(nothing) == ["poverty", "poverty_lorenz", "multidimensional", "multidimensional_dimensions"]
    full = poverty(incomes=incomes([1, 2, 5, 9]), brackets=RURAL_INDIA, deprivations=ALKIRE_FOSTER, draws=9, seed=1)
    for name, result in nothing.items():
        assert len(result.to_frame()) == 0 and result.warnings
        assert list(result.to_frame().columns) == [c.name for c in result.describe()]
        assert list(full[name].to_frame().columns) == [c.name for c in full[name].describe()]
        assert len(full[name].to_frame())
        assert all(c.en and c.zh for c in full[name].describe())


def test_kernel_and_table_agree() -> None:
    y = np.random.default_rng(9).lognormal(9, 1, 50)
    table = poverty_of_persons(incomes(list(y)), shares=[0.6], draws=0, seed=1).to_frame()
    want = [fgt(y, np.ones(50), 0.6 * float(np.median(y)), a) for a in (0, 1, 2)]
    assert table["value"].tolist() == pytest.approx(want, rel=1e-12)
