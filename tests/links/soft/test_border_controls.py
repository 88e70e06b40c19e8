"""Controls of a border: shared zones, what lies between, direct trains."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli
from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError
from megaregion.links.soft.border_controls import border_controls

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
    for wrong in ("rail", f"dialect={tmp_path / 'none.csv'}"):
        assert "expected direct-rail, or NAME=FILE" in CliRunner().invoke(cli, [*args, wrong]).output
