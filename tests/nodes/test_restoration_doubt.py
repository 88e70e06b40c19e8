"""Choices over a range of prices: by hand, at the ends, and where the range is a point."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.errors import InputError, MissingDataError, SchemaError
from megaregion.nodes.restoration import read_restoration, restoration_priority
from megaregion.nodes.restoration_doubt import has_ranges, restoration_doubt
from megaregion.units import known

SITES = pd.DataFrame(
    {"gain": [5.0, 3.0, 1.0], "cost": [2.0, 1.0, 1.0], "cost_low": [1.0, 0.5, 1.0], "cost_high": [4.0, 2.0, 1.0]},
    index=pd.Index(["A", "B", "C"], name="site"),
)


def test_one_site_by_hand() -> None:
    """Cost 4^u, budget 2: within it for u <= 1/2, 32 of the 64 points, the plan and the low end; not the high end."""
    one = pd.DataFrame({"gain": [1.0], "cost": [2.0], "cost_low": [1.0], "cost_high": [4.0]}, index=["A"])
    found = restoration_doubt(one, budget=2.0)
    row = found.to_frame().iloc[0]
    assert row["share_chosen"] == pytest.approx((32 + 2) / 67)
    assert (row["planned"], row["at_low"], row["at_high"], row["reading"]) == (True, True, False, "depends")
    facts = found.facts()
    assert (facts["plan_within_budget"], facts["gain_at_low_prices"], facts["gain_at_high_prices"]) == (0.5, 1.0, 0.0)
    assert list(found.to_frame()) == [c.name for c in found.describe()]
    assert all(known(c.unit) and c.en and c.zh for c in found.describe())


def test_shared_price_moves_together() -> None:
    """A and B at one price cost 3 x 2^(2u-1), budget 3: both for u <= 1/2, then A alone while 2 x 2^(2u-1) <= 3."""
    found = restoration_doubt(SITES.drop("C").assign(price="land"), budget=3.0)
    table, u = found.to_frame().set_index("site"), (np.arange(64) + 0.5) / 64
    b_alone = 2 * 4**u / 2 > 3
    assert table.loc["B", "share_chosen"] == pytest.approx(((u <= 0.5).sum() + b_alone.sum() + 3) / 67)
    assert found.facts()["prices"] == 1 and set(table["price"]) == {"land"}
    assert restoration_doubt(SITES, budget=3.0).facts()["prices"] == 2  # C has a fixed cost


def test_cheaper_never_brings_less_and_a_point_is_the_plan() -> None:
    facts = restoration_doubt(SITES, budget=3.0).facts()
    assert facts["gain_at_low_prices"] >= facts["gain_planned"] >= facts["gain_at_high_prices"]
    point = SITES.assign(cost_low=SITES["cost"], cost_high=SITES["cost"])
    found, plan = restoration_doubt(point, budget=3.0), restoration_priority(SITES, budget=3.0)
    table = found.to_frame().set_index("site")
    chosen = plan.to_frame().set_index("site")["chosen"]
    assert (table["planned"] == chosen.reindex(table.index)).all()
    assert set(table["reading"]) == {"always", "never"} and found.facts()["sets_compared"] == 3
    assert found.facts()["gain_median"] == plan.facts()["gain"]
    assert restoration_doubt(SITES.iloc[:0], budget=1.0).to_frame().empty


@pytest.mark.parametrize(
    ("sites", "error", "said"),
    [
        (SITES.drop(columns="cost_low"), SchemaError, r"sites\.cost_low"),
        (SITES.assign(cost_high=[None, 2.0, 1.0]), MissingDataError, r"\['A'\]"),
        (SITES.assign(cost_low=3.0), InputError, "cost_low <= cost <= cost_high does not hold"),
        (SITES.assign(cost_low=0.0), InputError, "must be > 0"),
    ],
)
def test_what_cannot_be_used(sites: pd.DataFrame, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        restoration_doubt(sites, budget=2.0)
    with pytest.raises(InputError, match="power of two"):
        restoration_doubt(SITES, budget=2.0, points=3)


def test_from_a_file_and_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    SITES.assign(price=["land", "land", ""]).reset_index().to_csv(file, index=False)
    table, _ = read_restoration(file)
    assert has_ranges(table) and table["price"].tolist() == ["land", "land", ""]
    half = tmp_path / "half.csv"
    SITES.drop(columns="cost_high").reset_index().to_csv(half, index=False)
    with pytest.raises(SchemaError, match=r"sites\.cost_high"):  # half a range is not passed over
        CliRunner().invoke(cli, ["restore", str(half), "--budget", "3"], catch_exceptions=False)
    ran = CliRunner().invoke(cli, ["restore", str(file), "--budget", "3"])
    assert ran.exit_code == 0, ran.output
    assert "Sites to restore over the range of prices" in ran.stdout and "plan_within_budget" in ran.stdout
    SITES[["gain", "cost"]].reset_index().to_csv(file, index=False)
    assert "range of prices" not in CliRunner().invoke(cli, ["restore", str(file), "--budget", "3"]).stdout
