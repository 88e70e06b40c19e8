"""Coverage, selection and imputed means on clusters whose gaps are known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from megaregion.core.multiple_imputation import rubin
from megaregion.data.cluster import Cluster
from megaregion.data.toy import line
from megaregion.data.workspace import Workspace
from megaregion.nodes.data_bias import ALL, data_bias, impute

N = 16


def cluster(missing: tuple[int, ...] = (), *, flag: dict[int, str] | None = None) -> Cluster:
    """The line with an indicator `patents` = 3 x people^1.1 per million of 2020, lacking for some places."""
    base = line(N)
    rows = [
        {"place_id": f"c{i}", "year": 2020, "indicator": "patents", "value": 3.0 * (1e6 / i) ** 1.1, "unit": "count",
         "scope": "全市", "source": "toy", "flag": (flag or {}).get(i, "")}
        for i in range(1, N + 1) if i not in missing
    ]  # fmt: skip
    table = pd.concat([base.indicators, pd.DataFrame(rows)], ignore_index=True)
    return base.replace(indicators=table)


def test_coverage_counts_places_by_group() -> None:
    found = data_bias(cluster((1, 2, 16), flag={3: "interpolated", 4: "border-break"}), seed=1)
    rows = found.coverage.to_frame()
    mine = rows[(rows["indicator"] == "patents") & (rows["kind"] == "city")].set_index("group")
    assert mine[["places", "given"]].loc[[ALL, "A", "B"]].to_numpy().tolist() == [[16, 13], [8, 6], [8, 7]]
    assert mine.loc[ALL, "share"] == pytest.approx(100 * 13 / 16)
    assert mine.loc["A", "flagged"] == pytest.approx(100 * 2 / 6)
    assert mine.loc["A", "interpolated"] == pytest.approx(100 / 6)
    assert mine["former_borders"].isna().all()  # there is no crosswalk
    assert list(rows.columns) == [c.name for c in found.coverage.columns]
    assert found.coverage.facts() == {"indicators": 4, "with_gaps": 1}


def test_values_on_borders_that_changed_since_are_counted() -> None:
    changes = pd.DataFrame(
        [("c1", "c1", 2015), ("c1", "c2", 2015), ("c2", "c2", 2015)], columns=["from_id", "to_id", "year"]
    )
    found = data_bias(cluster().replace(further={"crosswalk": changes}), seed=1).coverage.to_frame()
    mine = found[(found["indicator"] == "population") & (found["group"] == ALL)].set_index("year")["former_borders"]
    assert mine[2010] == pytest.approx(100 * 2 / N)
    assert mine[2020] == 0.0
    told = cluster().replace(further={"crosswalk": changes}, options={"harmonize": {"borders": {"toy": 2020}}})
    frame = data_bias(told, seed=1).coverage.to_frame()
    assert (frame["former_borders"] == 0).all()


def test_gaps_of_the_smallest_are_found_and_those_at_random_are_not() -> None:
    """The four smallest of 16 are missing: every pair is won, exact p = 2 / C(16, 4)."""
    found = data_bias(cluster((13, 14, 15, 16)), seed=1)
    rows = found.selection.to_frame().set_index("trait")
    assert rows.loc["size", "chance"] == 1.0
    assert rows.loc["size", "p"] == pytest.approx(2 / 1820)
    assert rows.loc["size", "difference"] > 0
    assert "related to size" in found.selection.warnings[0]
    even = data_bias(cluster((2, 7, 11, 15)), seed=1).selection
    assert even.to_frame().set_index("trait").loc["size", "q"] > 0.3
    assert even.warnings == ()


def test_selection_is_that_of_mann_and_whitney() -> None:
    missing = (3, 9, 16)
    rows = data_bias(cluster(missing), seed=1).selection.to_frame().set_index("trait")
    people = np.array([1e6 / i for i in range(1, N + 1)])
    gone = np.isin(np.arange(1, N + 1), missing)
    test = stats.mannwhitneyu(people[~gone], people[gone], alternative="two-sided")
    assert rows.loc["size", "p"] == pytest.approx(test.pvalue)


def test_the_mean_is_mended_where_the_missing_ones_can_be_told_from_their_size() -> None:
    """The mean of all 16 is known. Drawn values occur, so the smallest places get a little too much, never less."""
    missing = (12, 14, 15, 16)
    found = data_bias(cluster(missing), seed=1).imputation
    (row,) = found.to_frame().to_dict("records")
    true = np.mean([3.0 * (1e6 / i) ** 1.1 for i in range(1, N + 1)])
    assert row["mean_given"] > 1.2 * true
    donors = np.sort([3.0 * (1e6 / i) ** 1.1 for i in range(1, N + 1) if i not in missing])[
        :9
    ]  # of 12 and below: c4 on
    most = (row["mean_given"] * 12 + 4 * donors.max()) / 16
    assert true < row["mean"] < most < row["mean_given"]
    assert abs(row["mean"] - true) < 0.25 * abs(row["mean_given"] - true)
    assert row["low"] < true < row["high"]
    assert 0 < row["se_gaps"] < row["se"]
    assert row["predictors"] == "size; wealth"
    assert list(found.to_frame().columns) == [c.name for c in found.columns]


def test_the_table_is_the_pooled_draws() -> None:
    given = cluster((12, 14))
    (row,) = data_bias(given, seed=4, draws=7).imputation.to_frame().to_dict("records")
    again = data_bias(given, seed=4, draws=7).imputation.to_frame().iloc[0]
    assert row["mean"] == again["mean"]
    assert row["se_gaps"] ** 2 + 0.0 <= row["se"] ** 2
    assert row["lost"] == pytest.approx(100 * row["se_gaps"] ** 2 / row["se"] ** 2)
    assert data_bias(given, seed=5, draws=7).imputation.to_frame()["mean"].iloc[0] != row["mean"]


def test_impute_keeps_what_is_known_to_the_last_digit_and_draws_what_occurs() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=30)
    y = np.exp(x + rng.normal(0, 0.1, 30))
    y[:5] = np.nan
    drawn = impute(y, {"x": x}, seed=1)
    np.testing.assert_array_equal(drawn[:, 5:], np.tile(y[5:], (20, 1)))
    assert np.isclose(drawn[:, :5, None], y[None, None, 5:], rtol=1e-12).any(axis=2).all()
    assert np.isfinite(rubin(drawn.mean(axis=1), drawn.var(axis=1, ddof=1) / 30).se)


def test_nothing_missing_says_nothing() -> None:
    found = data_bias(line(5), seed=1)
    assert found.selection.to_frame().empty
    assert found.imputation.to_frame().empty
    assert found.coverage.facts()["with_gaps"] == 0
    assert list(found.selection.to_frame().columns) == [c.name for c in found.selection.columns]


def test_too_few_values_are_not_imputed_and_told() -> None:
    found = data_bias(cluster(tuple(range(5, 17))), seed=1)
    assert found.imputation.to_frame().empty
    assert "too few values or predictors to impute: patents" in found.selection.warnings


def test_without_income_gaps_are_compared_by_size_only() -> None:
    given = cluster((3, 9))
    attrs = {**given.attrs, "indicators": {"population": "population"}}
    found = data_bias(given.replace(attrs=attrs), seed=1)
    assert found.selection.to_frame()["trait"].tolist() == ["size"]
    assert any("by size only" in text for text in found.selection.warnings)


def test_no_indicators_at_all() -> None:
    given = line(4)
    found = data_bias(
        given.replace(indicators=given.indicators.iloc[:0], attrs={**given.attrs, "indicators": {}}), seed=1
    )
    assert all(table.to_frame().empty for table in found)


def test_the_four_cities_without_patents_are_poorer(examples: Path) -> None:
    """The source has 37 of the 41 cities: not Anqing, Bengbu, Suzhou (Anhui) and Bozhou."""
    given = Workspace(examples / "yangtze-delta").cluster()
    found = data_bias(given, seed=1)
    cover = found.coverage.to_frame()
    row = cover[(cover["indicator"] == "patents") & (cover["group"] == ALL)].iloc[0]
    assert (row["places"], row["given"], row["year"]) == (41, 37, 2017)
    anhui = cover[(cover["indicator"] == "patents") & (cover["group"] == "340000")].iloc[0]
    assert anhui["places"] - anhui["given"] == 4
    gaps = found.selection.to_frame().set_index(["indicator", "trait"])
    assert gaps.loc[("patents", "wealth"), "chance"] > 0.5
    assert gaps.loc[("patents", "wealth"), "q"] < 0.05
    means = found.imputation.to_frame().set_index("indicator")
    assert means.loc["patents", "mean"] < means.loc["patents", "mean_given"]
