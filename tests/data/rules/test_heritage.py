"""The data doctor on a list of heritage; the sites are invented for the test."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from megaregion.data.check import check
from megaregion.data.problem import Problem

SOUND = Path(__file__).parents[1] / "check" / "sound"
WEIGHTS = "\n[options.culture.levels]\nnational = 4\nprovincial = 3\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SOUND, tmp_path / "region"))


def found(folder: Path, rows: list[tuple[object, ...]], weights: str = WEIGHTS) -> dict[str, Problem]:
    """Findings about the list by code, with this list and these weights."""
    columns = ["site_id", "name", "level", "lon", "lat", "place_id", "visitors"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "tables" / "heritage.csv", index=False)
    config = (SOUND / "workspace.toml").read_text(encoding="utf-8")
    (folder / "workspace.toml").write_text(config + weights, encoding="utf-8")
    mine = [p for p in check(folder) if p.table == "tables/heritage.csv" or p.code == "level-weight"]
    assert len({p.code for p in mine}) == len(mine)
    return {p.code: p for p in mine}


def middle(folder: Path) -> tuple[str, float, float]:
    places = pd.read_csv(folder / "tables" / "places.csv", dtype={"place_id": str})
    level = places[places["kind"] == "city"].iloc[0]
    return level["place_id"], float(level["lon"]), float(level["lat"])


def test_a_sound_list_is_left_in_peace(folder: Path) -> None:
    place, lon, lat = middle(folder)
    rows = [("s1", "One", "national", lon, lat, "", 5), ("s2", "Two", "provincial", "", "", place, "")]
    assert found(folder, rows) == {}


def test_levels_need_weights(folder: Path) -> None:
    _, lon, lat = middle(folder)
    rows = [("s1", "One", "national", lon, lat, "", ""), ("s2", "Two", "village", lon, lat, "", "")]
    problem = found(folder, rows)["level-weight"]
    assert (problem.severity, problem.labels) == ("error", ("village",))
    assert "(national, provincial)" in problem.message
    assert "(no level at all)" in found(folder, rows, weights="")["level-weight"].message
    wrong = found(folder, rows[:1], weights='\n[options.culture.levels]\nnational = "4"\n')["level-weight"]
    assert (wrong.table, wrong.labels) == ("workspace.toml", ("national",))


def test_places_of_sites(folder: Path) -> None:
    place, lon, lat = middle(folder)
    rows = [
        ("s1", "One", "national", lon, lat, "nowhere", ""),  # unknown place
        ("s2", "Two", "national", "", "", "", ""),  # neither position nor place
        ("s3", "Three", "national", 10.0, -60.0, "", ""),  # in no polygon
        ("s4", "Four", "national", 300.0, lat, "", ""),  # no degrees
        ("s5", "Five", "national", lon, lat, place, -7),
        ("s5", "Five b", "national", lon, lat, place, ""),  # one identifier for two
    ]
    problems = found(folder, rows)
    assert {code: p.labels for code, p in problems.items()} == {
        "unknown-place": ("nowhere",), "no-place": ("s2", "s4"), "site-outside": ("s3",), "coordinate-range": ("s4",),
        "negative-value": ("s5",), "duplicate-id": ("s5",),
    }  # fmt: skip
    assert problems["site-outside"].severity == "warning"
    assert all(p.severity == "error" for code, p in problems.items() if code != "site-outside")


def test_a_site_on_two_lists_counts_twice(folder: Path) -> None:
    _, lon, lat = middle(folder)
    rows = [("s1", "Old hall", "national", lon, lat, "", ""), ("s2", "Old hall", "provincial", lon, lat, "", "")]
    assert (found(folder, rows)["twin-sites"].severity, found(folder, rows)["twin-sites"].count) == ("warning", 1)
