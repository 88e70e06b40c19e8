"""Controls of a border: shared zones, what lies between, direct trains."""

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
from megaregion.errors import InputError
from megaregion.links.diagnose import border_study
from megaregion.links.soft.barriers import Dyads, dyads
from megaregion.links.soft.border_controls import border_controls, foretelling, with_controls
from megaregion.links.soft.border_levels import border_levels

FOLDER = example_folder("yangtze-delta")


@pytest.fixture(scope="module")
def delta():
    return Workspace(FOLDER).cluster()


def test_zones_pairs_and_direct_trains_by_hand(delta):
    ids = units(delta).index
    zone = pd.DataFrame({"place_id": ids, "zone": ["wu" if k[:2] in ("31", "33") else "other" for k in ids]})
    between = pd.DataFrame({"origin": ["310100"], "destination": ["320600"], "value": ["1"]})  # the Yangtze
    got = border_controls(delta, {"dialect": zone, "water": between, "direct-rail": None})
    assert got["dialect"].loc["310100", "330100"] == 1 and got["dialect"].loc["310100", "320500"] == 0
    assert got["water"].loc["320600", "310100"] == 1 and got["water"].to_numpy().sum() == 2  # both directions
    trains = delta.flows["trains"].reindex(index=ids, columns=ids).fillna(0).to_numpy() > 0
    off = ~np.eye(len(ids), dtype=bool)
    np.testing.assert_array_equal(got["direct-rail"].to_numpy()[off] > 0, (trains | trains.T)[off])  # counted apart


def test_further_columns_are_not_read_and_both_forms_at_once_are_refused(delta):
    ids = units(delta).index
    zone = pd.DataFrame({"place_id": ids, "zone": "x", "source": "a text", "note": None})
    assert border_controls(delta, {"dialect": zone})["dialect"].to_numpy().all()
    with pytest.raises(InputError, match="columns must be"):
        border_controls(delta, {"a": zone.assign(origin=ids, destination=ids, value=1.0)})


def test_what_cannot_be_used_is_said_at_once(delta):
    ids = list(units(delta).index)
    tables = {
        "a": pd.DataFrame({"place_id": ids[1:] + ids[-1:], "zone": "x"}),
        "b": pd.DataFrame({"origin": ["310100"], "destination": ["nowhere"], "value": ["wide"]}),
        "c": pd.DataFrame({"place": ids}),
    }
    with pytest.raises(InputError, match=r"a: twice: 341800; no zone: 310100; .*b: .*nowhere; .*no finite.*c: columns"):
        border_controls(delta, tables)


def test_command_prints_controls_beside_the_levels(tmp_path: Path):
    file = tmp_path / "zones.csv"
    ids = units(Workspace(FOLDER).cluster()).index
    file.write_bytes(
        b"place_id,zone\n" + "".join(f"{k},{'吴语' if k < '321300' else '官话'}\n" for k in ids).encode("gbk")
    )
    args = ["borders", str(FOLDER), "--replications", "9", "--control"]
    found = CliRunner().invoke(cli, [*args, f"dialect={file}"])
    assert found.exit_code == 0, found.output
    assert [line.split()[1] for line in found.stdout.splitlines() if line.split()[:1] == ["dialect"]] == ["control"] * 3
    assert sum(line.split()[:1] == ["controls:pair:320000-330000"] for line in found.stdout.splitlines()) == 1
    for wrong in ("rail", f"dialect={tmp_path / 'none.csv'}"):
        assert "expected direct-rail, or NAME=FILE" in CliRunner().invoke(cli, [*args, wrong]).output


def test_a_control_that_is_the_flow_said_again_is_left_out(delta):
    """Where no direct train runs no train flows: beside such a control only pairs with trains would be left."""
    ids = units(delta).index
    level = pd.DataFrame({"province": groups(delta)})
    km = pd.DataFrame(matrix_km(units(delta)["lon"], units(delta)["lat"]), ids, ids)
    pairs = dyads(delta.flows["trains"], km, groups(delta), absent_is_zero=True)
    direct = border_controls(delta, {"direct-rail": None})
    assert foretelling(with_controls(pairs, direct).rows, direct) == ("direct-rail",)
    with_it, without = border_levels(pairs, level, controls=direct), border_levels(pairs, level)
    rows, plain = with_it.to_frame().set_index("term"), without.to_frame().set_index("term")
    assert not rows.loc["direct-rail", "identified"] and "the flow said again" in rows.loc["direct-rail", "note_en"]
    assert rows.loc["province", "coef"] == plain.loc["province", "coef"] and rows.loc["province", "n"] == 1560
    assert any("direct-rail" in text for text in with_it.warnings)


def test_controls_stand_beside_the_main_border_and_every_pair(delta):
    """A control that is noise moves nothing beyond its error; one regression gives the same as `border_levels`."""
    ids = units(delta).index
    noise = np.random.default_rng(1).normal(size=(len(ids), len(ids)))
    table = {"noise": pd.DataFrame(noise + noise.T, ids, ids)}
    found = border_study(delta, layer="trains", distance="great_circle", seed=1, replications=2, controls=table)
    rows = found["estimates"].to_frame().set_index("spec")
    level = found["levels"].to_frame().set_index("term")
    assert rows.loc["controls", "coef"] == pytest.approx(level.loc["province", "coef"], abs=1e-6)
    assert abs(rows.loc["controls", "coef"] - rows.loc["main", "coef"]) < 0.05
    pairs = rows.index[rows.index.str.startswith("controls:pair:")]
    assert len(pairs) == 6 and rows.loc[pairs, "identified"].sum() == 3
    with pytest.raises(InputError, match="cannot be called flow"):
        with_controls(Dyads(pd.DataFrame(), groups(delta), "distance", 60.0), {"flow": table["noise"]})
