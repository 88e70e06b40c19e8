"""Each finding about the meaning of flows on a workspace with one defect, and on the real flows where they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.check import check
from megaregion.data.fetch import fetch
from megaregion.data.init import from_example
from megaregion.data.problem import Problem
from megaregion.data.workspace import Workspace
from megaregion.errors import InputError

SOUND = Path(__file__).parent.parent / "check" / "sound"
CITIES = ("010100", "010200", "010300", "020100", "020200", "020300")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "sound"))


def flows(root: Path, square: np.ndarray, layer: str = "commuting", unit: str = "person", **more: object) -> None:
    """The square as rows of a further file; NaN is no row."""
    rows = [
        {"layer": layer, "origin": a, "destination": b, "value": square[i, j], "unit": unit, "period": "2020",
         "observed": "true", "source": "counts", **more}
        for i, a in enumerate(CITIES) for j, b in enumerate(CITIES) if np.isfinite(square[i, j])
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(root / "tables" / "flows.more.csv", index=False)


def options(root: Path, text: str) -> None:
    with (root / "workspace.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def found(root: Path) -> dict[str, Problem]:
    return {p.code: p for p in check(root)}


def counts(seed: int = 1) -> np.ndarray:
    """Whole flows, larger inside, many of them small."""
    out = np.floor(np.random.default_rng(seed).pareto(0.6, (6, 6)) * 8 + 1)
    np.fill_diagonal(out, 5000 + 100 * np.arange(6))
    return out


def test_sound_commuting_has_nothing(root: Path) -> None:
    flows(root, counts())
    assert check(root) == []


def test_flows_that_stop_at_a_threshold(root: Path) -> None:
    square = np.array([10, 10, 11, 11, 12, 12, 13, 14, 15, 16, 17, 19, 21, 22, 30, 44, 71, 90, 120, 150, 200, 300, 350,
                       380,
                       400, 450, 500, 600, 700, 900], dtype=float)  # fmt: skip
    full = np.full((6, 6), 9000.0)
    full[~np.eye(6, dtype=bool)] = square
    flows(root, full)
    problem = found(root)["censored-flows"]
    assert (
        problem.severity == "warning" and "none of 30 flows of commuting is below 10, 12 are between" in problem.message
    )
    options(root, "\n[options.flows.commuting]\ncensored_below = 10\n")
    assert check(root) == []  # said is not found again
    flows(root, np.where(full == 10, 7, full))
    assert found(root)["below-threshold"].severity == "error"


def test_shares_and_fractions_under_the_name_of_persons(root: Path) -> None:
    """Shares of each origin, and the same divided by the square root of two: an index."""
    square = counts()
    share = 100 * square / square.sum(axis=1, keepdims=True)
    flows(root, share)
    assert {"shares-not-volumes", "fractional-counts"} <= set(found(root))
    flows(root, square / np.sqrt(2))
    assert set(found(root)) == {"fractional-counts"}
    flows(root, square / np.sqrt(2), layer="goods", unit="index")
    assert check(root) == []
    flows(root, square / np.sqrt(2), observed="false")
    assert check(root) == []  # an estimate may have fractions


def test_one_end_and_no_flow_inside(root: Path) -> None:
    square = np.full((6, 6), np.nan)
    square[0] = [100, 90, 80, 70, 60, 50]
    flows(root, square, layer="goods", unit="t")
    assert set(found(root)) == {"one-end"} and found(root)["one-end"].column == "origin"
    flows(root, square.T, layer="goods", unit="t")
    assert found(root)["one-end"].column == "destination"
    square = counts()
    np.fill_diagonal(square, np.nan)
    flows(root, square)
    assert set(found(root)) == {"no-internal-flows"} and "inside any place" in found(root)["no-internal-flows"].message
    square[0, 0] = 9.0
    flows(root, square)
    assert "inside 5 of 6 places" in found(root)["no-internal-flows"].message
    flows(root, square, layer="goods", unit="t")
    assert check(root) == []


def test_measured_and_modelled_in_one_layer(root: Path) -> None:
    flows(root, counts())
    table = pd.read_csv(root / "tables" / "flows.more.csv", dtype=str)
    table.loc[0, "observed"] = "false"
    table.to_csv(root / "tables" / "flows.more.csv", index=False)
    assert set(found(root)) == {"mixed-observed"}


def test_two_units_in_one_layer_are_not_added_up(root: Path) -> None:
    flows(root, counts())
    table = pd.read_csv(root / "tables" / "flows.more.csv", dtype=str)
    table.loc[0, "unit"] = "10000 persons"
    table.to_csv(root / "tables" / "flows.more.csv", index=False)
    assert "mixed-units" in found(root)
    with pytest.raises(InputError, match="'commuting' has several units: 10000 persons, person"):
        Workspace(root).cluster()


def test_transposed_flows_against_known_totals(root: Path) -> None:
    """Employed by residence and by workplace, with 3 % who cross the border of the region."""
    square = counts(3)
    both = {"employed_home": square.sum(axis=1) * 1.03, "employed_work": square.sum(axis=0) * 0.99}
    pd.DataFrame([
        {"place_id": city, "year": 2020, "indicator": name, "value": round(value[k]), "unit": "person", "scope": "city",
         "source": "yearbook", "flag": ""}
        for name, value in both.items() for k, city in enumerate(CITIES)
    ]).to_csv(root / "tables" / "indicators.more.csv", index=False)  # fmt: skip
    options(root, '\n[options.flows.commuting]\nout_total = "employed_home"\nin_total = "employed_work"\n')
    flows(root, square)
    assert "transposed-flows" not in found(root)
    flows(root, square.T)
    problem = found(root)["transposed-flows"]
    assert problem.severity == "error" and "origin and destination have changed places" in problem.message
    text = (root / "workspace.toml").read_text(encoding="utf-8")
    (root / "workspace.toml").write_text(text.replace("employed_work", "employed_wrok"), encoding="utf-8")
    assert found(root)["totals-missing"].labels == ("employed_wrok",)


def test_options_that_nothing_reads(root: Path) -> None:
    flows(root, counts())
    options(root, "\n[options.flows.comuting]\ncensored_below = -1\nout_totl = 'x'\n")
    problems = [p for p in check(root) if p.table == "workspace.toml"]
    assert {(p.code, p.column) for p in problems} == {
        ("unknown-key", "[options.flows]"), ("unknown-key", "[options.flows.comuting]"),
        ("wrong-type", "[options.flows.comuting]"),
    }  # fmt: skip


def test_the_real_flows(shared_data: Path, tmp_path: Path) -> None:
    """German commuting: nothing below ten, transposed it misses employment; Amap made into shares."""
    folder = from_example(tmp_path / "germany", "germany")
    fetch(folder, mirror=shared_data)
    assert not {"censored-flows", "transposed-flows"} & set(found(folder))
    text = (folder / "workspace.toml").read_text(encoding="utf-8")
    for stated in ("censored_below = 10.0 ", "absent_below = { commuting = 10.0 }"):
        assert stated in text
        text = text.replace(stated, "#")
    (folder / "workspace.toml").write_text(text, encoding="utf-8")
    path = folder / "tables" / "flows.csv"
    table = pd.read_csv(path, dtype=str)
    table.rename(columns={"origin": "destination", "destination": "origin"}).to_csv(path, index=False)
    problems = found(folder)
    assert (
        "none of 9493 flows of commuting is below 10" in problems["censored-flows"].message
    )  # 9,493: the publisher's file
    assert problems["transposed-flows"].severity == "error"
    delta = from_example(tmp_path / "delta", "yangtze-delta")
    fetch(delta, mirror=shared_data)
    path = delta / "tables" / "flows.fetched.csv"
    amap = pd.read_csv(path, dtype={"origin": str, "destination": str})
    assert not {"fractional-counts", "shares-not-volumes"} & set(found(delta))
    amap["value"] = 100 * amap["value"] / amap.groupby("origin")["value"].transform("sum")
    amap.assign(unit="person").to_csv(path, index=False)
    assert {"fractional-counts", "shares-not-volumes"} <= set(found(delta))
