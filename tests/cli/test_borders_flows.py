"""megaregion borders and megaregion flows on the shipped example."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.core.sphere import matrix_km
from megaregion.data.cluster import groups, units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.links.soft.barriers import border_effect, dyads

FOLDER = str(example_folder("yangtze-delta"))


def ran(*arguments: str):
    found = CliRunner().invoke(cli, list(arguments))
    assert found.exit_code == 0, found.output
    return found


def test_borders_give_the_coefficient_of_the_main_job() -> None:
    found = json.loads(ran("borders", FOLDER, "--replications", "19", "--json").stdout)
    cluster = Workspace(Path(FOLDER)).cluster()
    places = units(cluster)
    km = pd.DataFrame(matrix_km(places["lon"], places["lat"]), places.index, places.index)
    want = border_effect(dyads(cluster.flows["trains"], km, groups(cluster), absent_is_zero=True))
    row = next(r for r in found["levels"]["rows"] if r["role"] == "level")
    assert row["coef"] == pytest.approx(want.coef, abs=1e-6)
    assert {r["method"]: r["coef"] for r in found["inference"]["rows"]}["dyadic"] == pytest.approx(want.coef, abs=1e-6)
    assert row["equivalent_min"] is None  # kilometres
    assert set(found) == {"estimates", "levels", "levels_level", "levels_spline", "inference"}
    specs = {r["spec"]: r for r in found["estimates"]["rows"]}
    assert specs["main"]["coef"] == want.coef and specs["main"]["se"] == want.se > specs["main"]["se_two_way"]
    lines = [s for s in specs if s.startswith("placebo")]  # beside the estimate, without a price
    assert lines == ["placebo", "placebo:longitude"] and specs["placebo"]["equivalent_percent"] is None


def test_flows_name_pairs_and_stickiness() -> None:
    found = json.loads(ran("flows", FOLDER, "--json").stdout)
    assert {r["term"] for r in found["gravity"]["rows"]} == {"ln_x", "same"}
    table = pd.DataFrame(found["expected"]["rows"])
    np.testing.assert_allclose(table["observed"].sum(), table["expected"].sum(), rtol=1e-8)
    assert {r["measure"] for r in found["stickiness"]["rows"]} >= {"persistence", "reciprocity", "excess linkage"}


def test_text_and_unknown_layer() -> None:
    text = ran("flows", FOLDER, "--top", "3")
    assert "Observed over expected" in text.stdout and "3 of" in text.stdout and "layer: trains" in text.stderr
    sticky = ran("flows", FOLDER, "--stickiness").stdout
    assert "note: persistence: persistence needs at least 5 periods" in sticky  # why there is no number
    lost = CliRunner().invoke(cli, ["borders", FOLDER, "--layer", "goods"])
    assert lost.exit_code != 0 and "no layer 'goods'" in str(lost.exception)


def test_two_places_are_told_what_is_missing(tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "two"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("derive", "raw", "results", "report"))
    rows = pd.read_csv(folder / "tables/flows.csv", dtype=str)
    kept = rows[rows["origin"].isin(["310100", "320500"]) & rows["destination"].isin(["310100", "320500"])]
    kept.to_csv(folder / "tables/flows.csv", index=False)
    found = CliRunner().invoke(cli, ["borders", str(folder), "--replications", "9"])
    assert found.exit_code != 0 and "does not identify the border" in str(found.exception)  # not: a spline


def altered(tmp_path: Path, change) -> str:
    """A copy of the example with other flows."""
    import shutil

    folder = tmp_path / "other"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("derive", "raw", "results", "report"))
    change(pd.read_csv(folder / "tables/flows.csv", dtype={"origin": str, "destination": str})).to_csv(
        folder / "tables/flows.csv", index=False
    )
    return str(folder)


def test_shares_taken_for_volumes_are_named(tmp_path: Path) -> None:
    def shares(rows: pd.DataFrame) -> pd.DataFrame:
        part = 100 * rows["value"] / rows.groupby("origin")["value"].transform("sum")
        return rows.assign(value=part).dropna(subset=["value"])

    assert (
        "shares, so that small places weigh" in ran("borders", altered(tmp_path, shares), "--replications", "9").stderr
    )
    assert "shares, so that" not in ran("borders", FOLDER, "--replications", "9").stderr


def test_small_flows_that_are_not_published_are_bounded(tmp_path: Path) -> None:
    """Flows below 10 left out: three tables, and silent pairs at 9 give a smaller border than silent pairs at 0."""
    folder = altered(tmp_path, lambda rows: rows[rows["value"] >= 10])
    found = json.loads(ran("borders", folder, "--replications", "9", "--json").stdout)
    assert "the most it can have" in " ".join(found["levels_most"]["warnings"])
    assert "left out" in " ".join(found["levels_positive"]["warnings"])
    zero, most = (next(r["coef"] for r in found[k]["rows"] if r["role"] == "level") for k in ("levels", "levels_most"))
    assert most < zero
