"""Published numbers on the data of the how-tos on vouchers and joint parks.

Michigan: the output printed in public lecture notes on these data ("Panel Data Methods", after Wooldridge): change of
log scrap, 1988 less 1987, on the grant: -.3170579, constant -.0574357, 54 firms; log scrap of 1988 on the grant alone:
.0566 (rstudio-pubs-static.s3.amazonaws.com/1250745..., constant .4085). Not reproduced: the fixed effects of three
years. Karlovy Vary: announcements of the region on the calls of 2012 (kr-karlovarsky.cz, 26 April 2012) and 2017
(socialnidialog.cz). Parks: 40 % of tax and statistics to Songjiang, closed forms of Nash and Shapley.
"""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.parks_stated import ParkOptions, stated_parks
from megaregion.links.soft.vouchers import lottery_effect

HERE = Path(__file__).parents[2] / "docs/howto"


def _log_scrap() -> pd.DataFrame:
    panel = pd.read_csv(HERE / "vouchers_register/michigan_training_grants.csv")
    assert panel["firm"].nunique() == 157
    wide = panel.assign(y=np.log(panel["scrap_percent"])).pivot(index="firm", columns="year", values="y")
    won = panel[panel["year"] == 1988].set_index("firm")["granted"] == 1
    return pd.DataFrame({"change": wide[1988] - wide[1987], "level": wide[1988], "won": won}).dropna()


def test_grants_of_michigan_as_printed() -> None:
    found = lottery_effect(_log_scrap(), ["change", "level"], seed=1, draws=99).to_frame().set_index("outcome")
    assert found.loc["change", "winners"] + found.loc["change", "losers"] == 54
    assert found.loc["change", "difference"] == pytest.approx(-0.3170579, abs=1e-6)  # scrap is kept to six decimals
    assert found.loc["change", "mean_losers"] == pytest.approx(-0.0574357, abs=1e-6)
    assert found.loc["level", "difference"] == pytest.approx(0.0566, abs=5e-5)
    assert found.loc["level", "mean_losers"] == pytest.approx(0.4085, abs=5e-5)


def test_calls_of_karlovy_vary_as_announced() -> None:
    """2017: twelve applied, seven for 1.1 million CZK. 2012: eleven, all successful, 1,655,000 CZK; one is not here."""
    rows = pd.read_csv(HERE / "vouchers_register/karlovy_vary_applications.csv")
    assert rows["application"].is_unique and rows["asked"].max() == 170_000  # the limit of the scheme
    assert (rows["granted"] <= rows["asked"]).all() and rows.loc[~rows["successful"], "granted"].eq(0).all()
    call = rows[rows["year"] == 2017]
    assert (len(call), int(call["successful"].sum())) == (12, 7)
    assert round(call.loc[call["successful"], "asked"].sum() / 1e6, 1) == 1.1
    first = rows[rows["year"] == 2012]
    assert len(first) == 10 and first["successful"].all() and 1_655_000 - first["granted"].sum() == 170_000


def test_redeemed_vouchers_are_in_the_register() -> None:
    rows = pd.read_csv(HERE / "vouchers_register/karlovy_vary_applications.csv").set_index("application")
    used = pd.read_csv(HERE / "vouchers_register/voucher_redemptions.csv").set_index("voucher")
    assert (rows.loc[used.index, "granted"] == 1000 * used["amount"]).all()
    assert (rows.loc[used.index, "firm"] == used["firm"]).all()


def test_parks_name_places_and_agree_with_the_national_plan() -> None:
    """Every programme pairs one to one; the parks of northern Anhui are those of the eight pairs of 2021."""
    cluster = Workspace(example_folder("yangtze-delta")).cluster()
    listed = pd.read_csv(HERE / "joint_parks_delta.csv", dtype=str)
    assert set(listed["origin"]) | set(listed["host"]) <= set(cluster.places.index)
    assert set(listed["read"]) <= {"primary", "reprint", "report"} and listed["source"].str.startswith("http").all()
    for name, p in listed[~listed["programme"].isin(["single", "northern Anhui"])].groupby("programme"):
        assert p["origin"].is_unique and p["host"].is_unique, name
    north = listed[listed["programme"] == "northern Anhui"]
    city = north["host"].where(north["host"].str.endswith("00"), north["host"].map(cluster.places["parent_id"]))
    plan = cluster.agreements[cluster.agreements.index.str.startswith("paired-")]["parties"]
    assert set(north["origin"] + ";" + city) == set(plan)


def test_a_published_share_is_the_bargain_that_shapley_gives_too() -> None:
    """40 of 100 to the origin: x = (100 - d) / 2 for d = 20 of the host alone; with two parties Shapley = Nash."""
    share = pd.read_csv(HERE / "joint_parks_rules.csv").set_index("park").loc["Songjiang-Lu'an", "origin_percent"]
    key = {"park": "p", "item": "tax", "unit": "percent"}
    alone = {"origin": 0.0, "host": 100.0 - 2 * share}
    parties = pd.DataFrame([{**key, "party": k, "alone": d, "total": 100.0} for k, d in alone.items()])
    worths = [{**key, "coalition": k, "worth": d} for k, d in {**alone, "origin;host": 100.0}.items()]
    nash = stated_parks({"park_parties": parties}, ParkOptions())["park_bargaining"].to_frame().set_index("party")
    shapley = stated_parks({"park_coalitions": pd.DataFrame(worths)}, ParkOptions())["park_shapley"].to_frame()
    assert nash["payoff"].to_dict() == pytest.approx({"origin": 40.0, "host": 60.0})
    assert shapley.set_index("party")["payoff"].to_dict() == pytest.approx(nash["payoff"].to_dict())


def _ran(*arguments: str) -> dict[str, pd.DataFrame]:
    found = CliRunner().invoke(cli, [*arguments, "--json"])
    assert found.exit_code == 0, found.output
    return {name: pd.DataFrame(part["rows"]) for name, part in json.loads(found.stdout).items()}


def test_vouchers_run_on_the_shipped_folder() -> None:
    """No project costs more than its cap, the budget holds, five of seven vouchers of the register leave the region."""
    folder = str(HERE / "vouchers_register")
    rules = ["--budget", "200000", "--subsidy", "0.5", "--cap", "20000", "--match-unit", "hours", "--seed", "1"]
    found = _ran("vouchers", folder, *rules, "--draws", "99")
    chosen = found["vouchers"].query("chosen == 1")
    assert chosen["grant"].sum() <= 200_000 and chosen.groupby("firm")["grant"].sum().max() <= 20_000
    assert found["voucher_redemption"]["cross_share"].iloc[0] == pytest.approx(5 / 7)
    assert set(found["voucher_additional"]["stratum"]) == {"trained before", "did not"}


def test_parks_run_on_the_shipped_folder() -> None:
    """Payoffs are the published shares; what is booked in full at both ends is counted twice once."""
    weights = ["--land", "0", "--labour", "0", "--complementarity", "20", "--hour", "0.5"]
    found = _ran("parks", str(HERE / "joint_parks"), *weights)
    rules = pd.read_csv(HERE / "joint_parks_rules.csv").set_index("park")["origin_percent"].dropna()
    got = found["park_bargaining"].query("party == 'origin'").set_index("park")["payoff"]
    np.testing.assert_allclose(got[rules.index], rules)
    twice = found["park_attribution"].groupby("park")["correction"].sum()
    assert sorted(twice.round(9)) == [-100.0, 0.0] and len(found["parks"]) == 5


def test_pairing_runs_on_the_shipped_folder() -> None:
    """The pairs before are those of the national plan; the largest sum is no less than theirs."""
    found = _ran("pairing", str(HERE / "paired_assistance"), "--decay-min", "180", "--year", "2021")["pairing"]
    cluster = Workspace(example_folder("yangtze-delta")).cluster()
    plan = cluster.agreements[cluster.agreements.index.str.startswith("paired-")]["parties"].str.split(";")
    names = cluster.places["name"]
    assert {(names[a], names[b]) for a, b in plan} == set(zip(found["donor_before"], found["recipient"], strict=True))
    assert found["benefit"].sum() >= found["benefit_before"].sum()


@pytest.mark.parametrize(
    ("script", "written", "shipped"),
    [("vouchers", ".", "vouchers_register"), ("joint_parks", "Jiangsu 2001", "joint_parks"),
     ("paired_assistance", ".", "paired_assistance")],
)  # fmt: skip
def test_shipped_tables_are_those_that_the_scripts_write(
    script: str, written: str, shipped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [script, str(tmp_path)])
    runpy.run_path(str(HERE / f"{script}.py"))
    files = sorted((tmp_path / written).glob("*.csv"))
    assert files
    for file in files:
        other = pd.read_csv(HERE / shipped / file.name)
        pd.testing.assert_frame_equal(pd.read_csv(file), other, rtol=1e-5, obj=file.name)
