"""The data doctor: every broken workspace is found and named, the sound one is left in peace, nothing is raised."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from megaregion.data.check import as_json, check, counts, has_errors, render
from megaregion.data.fetch import fetch
from megaregion.data.init import from_example
from megaregion.data.problem import Problem

FOLDER = Path(__file__).parent / "check"


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("broken_workspaces", FOLDER / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["broken_workspaces"] = module
    spec.loader.exec_module(module)
    return module


make = _make()


def codes(problems: list[Problem]) -> set[str]:
    return {p.code for p in problems}


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A copy of the sound workspace, to be broken."""
    return Path(shutil.copytree(FOLDER / "sound", tmp_path / "sound"))


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{name}.csv", dtype=str, keep_default_na=False)


def save(frame: pd.DataFrame, folder: Path, name: str) -> None:
    frame.to_csv(folder / "tables" / f"{name}.csv", index=False)


def test_folders_are_what_the_script_gives() -> None:
    """Neither the committed files nor the script that wrote them change alone."""
    for name, region in make.regions().items():
        folder = FOLDER / name
        there = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert there == region.files(), name


def test_there_are_more_than_twenty() -> None:
    assert len(make.BROKEN) >= 22
    assert not (FOLDER / "encoding-gbk" / "tables" / "places.csv").read_bytes().isascii()
    with pytest.raises(UnicodeDecodeError):
        (FOLDER / "encoding-gbk" / "tables" / "places.csv").read_text(encoding="utf-8")


def test_sound_workspace_has_nothing() -> None:
    assert check(FOLDER / "sound") == []


@pytest.mark.parametrize("name", sorted(make.BROKEN))
def test_each_defect_is_found_and_nothing_else(name: str) -> None:
    _, severity, code, where, column, label = make.BROKEN[name]
    problems = check(FOLDER / name)
    found = [p for p in problems if (p.severity, p.code, p.table, p.column) == (severity, code, where, column)]
    assert found, render(problems)
    assert any(shown.startswith(label) for p in found for shown in (p.labels or ("",))), found
    assert all(p.message and p.fix for p in found if severity != "note")
    assert codes(problems) == {code}, render(problems)
    assert has_errors(problems) == (severity == "error")


def test_everything_together() -> None:
    """One defect does not hide another."""
    problems = check(FOLDER / "everything")
    for name, (_, severity, code, where, column, _) in make.BROKEN.items():
        if name not in make.APART:
            assert any((p.severity, p.code, p.table, p.column) == (severity, code, where, column) for p in problems), (
                name
            )
    assert "rule-stopped" not in codes(problems)


def test_order_counts_text_and_json() -> None:
    problems = check(FOLDER / "everything")
    ranks = [("error", "warning", "note").index(p.severity) for p in problems]
    assert ranks == sorted(ranks)
    found = counts(problems)
    assert sum(found.values()) == len(problems) and all(found.values())
    text = render(problems)
    assert text.splitlines()[-1].startswith(f"{found['error']} errors, {found['warning']} warnings, ")
    data = json.loads(json.dumps(as_json(problems), ensure_ascii=False))
    assert data["ok"] is False and data["counts"] == found
    assert [p["code"] for p in data["problems"]] == [p.code for p in problems]
    assert all(len(p["labels"]) <= 5 for p in data["problems"])
    assert as_json([])["ok"] is True and render([]).startswith("nothing found")


def test_checking_writes_nothing(sound: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in sound.rglob("*")}
    check(sound)
    assert {p: p.stat().st_mtime_ns for p in sound.rglob("*")} == before


# --- nothing is raised -----------------------------------------------------------------------------------------


def test_no_folder_and_file_for_folder(tmp_path: Path) -> None:
    assert [p.code for p in check(tmp_path / "nowhere")] == ["no-folder"]
    (tmp_path / "file").write_text("x")
    assert [p.code for p in check(tmp_path / "file")] == ["no-folder"]


def test_empty_folder(tmp_path: Path) -> None:
    assert {"no-workspace", "missing-table", "no-geometry"} == codes(check(tmp_path))


@pytest.mark.parametrize("seed", range(2))
def test_binary_garbage_in_every_file(sound: Path, seed: int) -> None:
    """Random bytes in each file in turn: a finding, never a traceback, and no rule that gives up."""
    draw = random.Random(seed)
    for path in sorted(p for p in sound.rglob("*") if p.is_file()):
        keep = path.read_bytes()
        path.write_bytes(draw.randbytes(draw.choice((1, 300, 5000))))
        problems = check(sound)
        assert problems, path
        assert "rule-stopped" not in codes(problems), render(problems)
        path.write_bytes(keep)


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_cells_stop_no_rule(sound: Path, seed: int) -> None:
    """Cells replaced by anything at all: findings, and every rule runs to its end."""
    draw = random.Random(seed)
    odd = [
        "",
        "nan",
        "-inf",
        "1e400",
        "0",
        "-1",
        "市",
        "010100",
        "s010100",
        "true",
        "１２",
        ";;",
        "1,5",
        "9" * 40,
        "\u3000",
    ]
    for name in ("places", "indicators", "nodes", "links", "services", "flows", "agreements"):
        frame = table(sound, name)
        for _ in range(max(3, frame.size // 12)):
            frame.iloc[draw.randrange(len(frame)), draw.randrange(frame.shape[1])] = draw.choice(odd)
        save(frame, sound, name)
    problems = check(sound)
    assert has_errors(problems)
    assert "rule-stopped" not in codes(problems), render(problems)


@pytest.mark.parametrize("number", range(15))
def test_every_column_may_be_missing(sound: Path, number: int) -> None:
    """The n-th column of every table, and then of one table only, is not there."""
    names = ("places", "indicators", "nodes", "links", "services", "flows", "agreements")
    whole = {name: table(sound, name) for name in names}
    for name, frame in whole.items():
        save(frame.drop(columns=frame.columns[number % frame.shape[1]]), sound, name)
    assert "rule-stopped" not in codes(check(sound))
    for name in names:
        save(whole[name], sound, name)
    one = names[number % len(names)]
    save(whole[one].drop(columns=whole[one].columns[number % whole[one].shape[1]]), sound, one)
    assert "rule-stopped" not in codes(check(sound))


def test_empty_files(sound: Path) -> None:
    """No bytes at all: without projects a workspace is complete, without a tree or tables it is not."""
    (sound / "projects.toml").write_bytes(b"")
    assert check(sound) == []
    for name in (
        "index.toml",
        "workspace.toml",
        "tables/flows.csv",
        "geometry/places.geojson",
        "scenarios/easier-border.toml",
    ):
        (sound / name).write_bytes(b"")
    found = {p.table for p in check(sound) if p.severity == "error"}
    assert {
        "index.toml",
        "workspace.toml",
        "tables/flows.csv",
        "geometry/places.geojson",
        "scenarios/easier-border.toml",
    } <= found


def test_folder_where_a_file_is_expected(sound: Path) -> None:
    for name in ("tables/flows.csv", "workspace.toml", "index.toml", "geometry/places.geojson"):
        (sound / name).unlink()
        (sound / name).mkdir()
    problems = check(sound)
    assert {"tables/flows.csv", "workspace.toml", "index.toml", "geometry/places.geojson"} <= {
        p.table for p in problems if p.code == "unreadable"
    }


def test_file_where_a_folder_is_expected(sound: Path) -> None:
    shutil.rmtree(sound / "tables")
    (sound / "tables").write_text("x")
    assert ("unreadable", "tables") in {(p.code, p.table) for p in check(sound)}


def test_permission_denied(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, since the superuser may read everything."""
    real = Path.read_bytes

    def refuse(self: Path) -> bytes:
        if self.name in ("flows.csv", "index.toml"):
            raise PermissionError(13, "Permission denied", str(self))
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert {"tables/flows.csv", "index.toml"} == {p.table for p in check(sound) if p.code == "unreadable"}


CHANGE = "[[project]]\ncost = nan\n[[project.change]]\ntype = 'AddLink'\nfrom_node = 1\nto_node = 2\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("workspace.toml", "cluster = 3"),
        ("workspace.toml", "[cluster]\nlevel = 5\nbase_year = '2020'\ncrs = 7\nlanguages = 1"),
        ("workspace.toml", "[cluster]\nlevel = ['a']\ncurrency = []\ntimetable = {}\ndatum = []"),
        ("workspace.toml", "sources = 1\n[cluster]\nid = 'x'"),
        ("workspace.toml", "indicators = []\n[cluster]\nid = 'x'"),
        ("workspace.toml", "[sources]\na = 1"),
        ("workspace.toml", "[indicators]\npopulation = [1]"),
        ("projects.toml", "project = 1"),
        ("projects.toml", "[[project]]\nchange = 1"),
        ("projects.toml", "[[project]]\nid = 1\njurisdictions = 'x'\n[[project.change]]\ntype = 3"),
        ("projects.toml", CHANGE + "length_km = 'x'\ntime_min = 1"),
        ("projects.toml", CHANGE + "length_km = 1\ntime_min = 1"),
        ("scenarios/easier-border.toml", "id = 'a'\nchange = 3"),
        ("scenarios/easier-border.toml", "id = 'a'\n[[change]]\ntype = 'ScaleBarrier'\nbetween = 7\nfactor = 1"),
        ("scenarios/easier-border.toml", "id = 'a'\nchange = [1, 2]"),
        ("index.toml", "index = 1\npillar = 2"),
        ("index.toml", "[[pillar]]\nindicator = 3"),
        ("index.toml", "[[pillar]]\n[[pillar.indicator]]\nid = ['a']\nyear = 'x'\nweight = 'y'"),
        ("index.toml", "[index]\nyear = [1]\n[[pillar]]\n[[pillar.indicator]]\nid = 'gdp'\nyear = [2]"),
    ],
)
def test_strange_toml_stops_no_rule(sound: Path, name: str, text: str) -> None:
    (sound / name).write_text(text)
    problems = check(sound)
    assert has_errors(problems) and "rule-stopped" not in codes(problems), render(problems)


# --- formats ---------------------------------------------------------------------------------------------------


def test_parts_in_other_formats_are_one_table(sound: Path) -> None:
    """Rows in Parquet and XLSX beside the CSV belong to the table; a row given in two files is found."""
    flows = table(sound, "flows")
    save(flows.iloc[:20], sound, "flows")
    flows.iloc[20:30].assign(value=lambda f: f["value"].astype(float), observed=True, time_min=np.nan).to_parquet(
        sound / "tables" / "flows.fetched.parquet"
    )
    flows.iloc[30:].to_excel(sound / "tables" / "flows.more.xlsx", index=False)
    assert check(sound) == []
    flows.iloc[[0]].to_excel(sound / "tables" / "flows.again.xlsx", index=False)
    found = check(sound)
    assert codes(found) == {"duplicate-id"}
    assert found[0].table == "tables/flows.again.xlsx + tables/flows.csv"


def test_byte_order_mark_is_no_defect(sound: Path) -> None:
    path = sound / "tables" / "places.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check(sound) == []


def test_codes_typed_as_numbers_in_parquet(sound: Path) -> None:
    """An integer column has lost the zeros: every reference says so, with the code that was meant."""
    flows = table(sound, "flows")
    (sound / "tables" / "flows.csv").unlink()
    flows.assign(
        origin=flows["origin"].astype(int), value=flows["value"].astype(float), observed=True, time_min=np.nan
    ).to_parquet(sound / "tables" / "flows.parquet")
    found = [p for p in check(sound) if p.severity == "error"]
    assert [(p.code, p.column) for p in found] == [("lost-zeros", "origin")]
    assert "10100 is 010100" in found[0].message


def test_places_that_lost_their_zeros(sound: Path) -> None:
    places = table(sound, "places")
    places["place_id"] = places["place_id"].str.lstrip("0")
    save(places, sound, "places")
    assert any(p.code == "lost-zeros" and "without their leading zeros" in p.message for p in check(sound))


# --- thresholds: what is no defect -----------------------------------------------------------------------------


def _indicator(folder: Path, rows: pd.DataFrame) -> None:
    save(pd.concat([table(folder, "indicators"), rows.astype(str)], ignore_index=True), folder, "indicators")


def _series(name: str, values: dict[str, list[float]], first: int, unit: str, step: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"place_id": place, "scope": "全市", "source": "yearbook", "year": first + step * i, "indicator": name,
             "value": value, "unit": unit}
            for place, numbers in values.items()
            for i, value in enumerate(numbers)
        ]
    )  # fmt: skip


def test_growth_that_all_share_is_no_jump(sound: Path) -> None:
    """Product triples everywhere in ten years: common growth. One place that gains tenfold is a jump."""
    grown = {city: [1000.0 + i, (1000.0 + i) * (3.0 + 0.1 * i)] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("product", grown, 2010, "million CNY (current)", 10))
    assert check(sound) == []
    grown["010100"][1] *= 10
    save(table(FOLDER / "sound", "indicators"), sound, "indicators")
    _indicator(sound, _series("product", grown, 2010, "million CNY (current)", 10))
    found = check(sound)
    assert [(p.code, p.labels) for p in found] == [("jump", ("product 010100 2010-2020 +2900 %",))]


def test_rates_may_move_but_not_by_a_power_of_ten(sound: Path) -> None:
    rates = {city: [4.1, 2.5 + 0.3 * i, 6.0 - 0.2 * i] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("unemployment", rates, 2018, "percent"))
    assert check(sound) == []
    rates["020200"] = [4.1, 3.9, 39.8]
    save(table(FOLDER / "sound", "indicators"), sound, "indicators")
    _indicator(sound, _series("unemployment", rates, 2018, "percent"))
    assert codes(check(sound)) == {"unit-slip"}


def test_coarse_numbers_on_a_line_are_no_interpolation(sound: Path) -> None:
    """Hospitals 12, 13, 14, 15 and shares of 17.1, 17.2, 17.3, 17.4 % happen; 1,234,567 + 7,919 a year does not."""
    coarse = {city: [12.0 + i, 13.0 + i, 14.0 + i, 15.0 + i] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("hospitals", coarse, 2017, "count"))
    fine = {city: [17.1 + i, 17.2 + i, 17.3 + i, 17.4 + i] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("old_share", fine, 2017, "percent"))
    assert check(sound) == []


def test_random_walks_are_no_interpolation(sound: Path) -> None:
    """The rule promises fewer than 0.1 false runs in a table: 20 tables of 6,000 values give at most a few."""
    draw = np.random.default_rng(7)
    false = 0
    for _ in range(5):
        walks = {city: list(np.round(50 + np.cumsum(draw.normal(0.3, 0.4, 200)), 1)) for city in make.CITIES}
        save(table(FOLDER / "sound", "indicators"), sound, "indicators")
        _indicator(sound, _series("rate", walks, 1800, "percent"))
        false += any(p.code == "interpolated-series" for p in check(sound))
    assert false <= 1


def test_a_round_million_is_a_number(sound: Path) -> None:
    """One place of exactly 9,999 among larger ones is a value; a place of 9,999,999 among thousands is not."""
    base = {city: [8000.0 + 700 * i] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("jobs_there", {**base, "010100": [9999.0]}, 2020, "job"))
    assert check(sound) == []
    save(table(FOLDER / "sound", "indicators"), sound, "indicators")
    _indicator(sound, _series("jobs_there", {**base, "010100": [9999999.0]}, 2020, "job"))
    assert codes(check(sound)) == {"sentinel-value"}


def test_a_balance_may_be_negative_an_amount_not(sound: Path) -> None:
    values = {city: [-100.0 + 41 * i] for i, city in enumerate(make.CITIES)}
    _indicator(sound, _series("net_migration", values, 2020, "person"))
    assert check(sound) == []
    save(table(FOLDER / "sound", "indicators"), sound, "indicators")
    _indicator(sound, _series("jobs_there", values, 2020, "job"))
    assert codes(check(sound)) == {"negative-value"}


def test_shares_with_the_unit_percent_are_right(sound: Path) -> None:
    parts = {"farms": 12.5, "industry": 40.0, "services": 47.5}
    rows = [_series(f"jobs_{name}", {c: [v] for c in make.CITIES}, 2020, "percent") for name, v in parts.items()]
    _indicator(sound, pd.concat(rows))
    assert check(sound) == []
    save(table(FOLDER / "sound", "indicators"), sound, "indicators")
    rows = [_series(f"jobs_{name}", {c: [v] for c in make.CITIES}, 2020, "job") for name, v in parts.items()]
    _indicator(sound, pd.concat(rows))
    assert codes(check(sound)) == {"shares-not-volumes"}


def test_full_width_brackets_are_chinese(sound: Path) -> None:
    places = table(sound, "places")
    places.loc[3, "name_zh"] = "东山市（市区），甲"
    save(places, sound, "places")
    assert check(sound) == []


def test_short_links_may_be_off_by_half_a_kilometre(sound: Path) -> None:
    """Timetables print whole kilometres: 5.98 km is allowed where the straight line has 6.67, 5.9 is not."""
    links = table(sound, "links")
    links.loc[links["link_id"] == "c", "length_km"] = "5.98"  # 0.97 * 6.672 - 0.5 = 5.972
    save(links, sound, "links")
    assert check(sound) == []
    links.loc[links["link_id"] == "c", "length_km"] = "5.96"
    save(links, sound, "links")
    assert codes(check(sound)) == {"shorter-than-straight"}


def test_a_tree_that_waits_for_data_is_a_note(sound: Path) -> None:
    text = (sound / "index.toml").read_text()
    (sound / "index.fetched.toml").write_text(text.replace('"bachelor_share"', '"a"').replace('"urban_share"', '"b"'))
    assert [(p.severity, p.code, p.table) for p in check(sound)] == [("note", "absent-indicator", "index.fetched.toml")]


def test_impossible_speed_and_circle_of_parents(sound: Path) -> None:
    services = table(sound, "services")
    services.loc[0, ["in_vehicle_min", "fastest_min"]] = ["0.7", "0.5"]
    save(services, sound, "services")
    assert codes(check(sound)) == {"too-fast"}
    save(table(FOLDER / "sound", "services"), sound, "services")
    places = table(sound, "places")
    places.loc[places["place_id"] == "010000", "parent_id"] = "010101"
    save(places, sound, "places")
    assert "parent-cycle" in codes(check(sound))


# --- real data, size -------------------------------------------------------------------------------------------


def test_the_yangtze_example_has_no_error(examples: Path) -> None:
    problems = check(examples / "yangtze-delta")
    assert not has_errors(problems), render(problems)


def test_the_german_example_has_no_error(shared_data: Path, tmp_path: Path) -> None:
    """Built by its recipe from the publishers' files."""
    folder = from_example(tmp_path / "germany", "germany")
    fetch(folder, mirror=shared_data)
    problems = check(folder)
    assert not has_errors(problems), render(problems)


def test_350_000_values(sound: Path) -> None:
    """400 places, 28 years, 31 indicators of plain noise: no rule stumbles, none sees a pattern."""
    places = [f"1{i:05d}" for i in range(400)]
    draw = np.random.default_rng(1)
    index = pd.MultiIndex.from_product([places, range(1995, 2023), [f"rate_{i}" for i in range(31)]])
    frame = index.to_frame(index=False, name=["place_id", "year", "indicator"])
    frame["value"] = np.round(draw.normal(50, 9, len(frame)), 2)
    frame = frame.assign(unit="percent", scope="county", source="yearbook")
    more = pd.DataFrame(
        {"place_id": places, "name": places, "kind": "town", "parent_id": "010100", "lon": "", "lat": ""}
    )
    save(more, sound, "places.more")
    frame.to_parquet(sound / "tables" / "indicators.panel.parquet")
    problems = check(sound)
    assert "rule-stopped" not in codes(problems)
    assert not {"interpolated-series", "jump", "unit-slip", "panel-hole"} & codes(
        [p for p in problems if "panel" in p.table]
    )


def test_shift_between_real_levels_is_found(examples: Path, tmp_path: Path) -> None:
    """The real counties moved to GCJ-02 against the real cities: direction, distance and side are named."""
    import geopandas as gpd
    import shapely

    from megaregion.data.datum import convert

    real = examples / "yangtze-delta"
    (tmp_path / "tables").mkdir()
    (tmp_path / "geometry").mkdir()
    shutil.copy(real / "workspace.toml", tmp_path)
    shutil.copy(real / "tables" / "places.csv", tmp_path / "tables")
    shapes = gpd.read_file(real / "geometry" / "places.gpkg")
    kinds = table(tmp_path, "places").set_index("place_id")["kind"]
    county = (shapes["place_id"].map(kinds) == "county").to_numpy()

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(convert(xy[:, 0], xy[:, 1], "WGS-84", "GCJ-02"))

    shapes.loc[county, "geometry"] = shapely.transform(shapes.geometry[county].array, move)
    shapes.to_file(tmp_path / "geometry" / "places.gpkg", driver="GPKG")
    found = [p for p in check(tmp_path) if p.code == "datum-shift"]
    assert [p.table for p in found] == ["geometry/places.gpkg (county)"]
    assert "(county) is in GCJ-02, not in WGS-84" in found[0].message and "southeast" in found[0].message
    assert 'convert(lon, lat, "GCJ-02", "WGS-84")' in found[0].fix


def test_a_light_timetable_is_looked_at(sound: Path) -> None:
    """A stop that is not in nodes.csv, a train that runs backwards, a time that is none."""
    stop = table(sound, "nodes")["node_id"].iloc[0]
    rows = [("G1", stop, "", "8:00"), ("G1", stop, "7:50", ""), ("G2", "nowhere", "", "8:00"), ("G2", stop, "9:00", "")]
    columns = ["train", "stop", "arrival", "departure"]
    save(pd.DataFrame(rows, columns=columns), sound, "train_calls")
    found = [p for p in check(sound) if p.table == "tables/train_calls.csv"]
    assert {p.code for p in found} == {"unknown-node", "train-times"}
    assert "run backwards in trains G1 (1 in all)" in next(p.message for p in found if p.code == "train-times")
    save(pd.DataFrame([("G1", stop, "", "8 Uhr")], columns=columns), sound, "train_calls")
    messages = [p.message for p in check(sound) if p.code == "train-times"]
    assert any("cells are no times, as '8 Uhr'" in m for m in messages)
    good = [("G1", stop, "", "8:00"), ("G1", stop, "9:00", "")]
    save(pd.DataFrame(good, columns=columns), sound, "train_calls")
    assert not [p for p in check(sound) if p.table == "tables/train_calls.csv"]


def test_entitlements_facilities_and_pairs_are_looked_at(sound: Path) -> None:
    """Shares above one, unknown ids, units that differ, what is below zero, pairs that end before they start."""
    place = table(sound, "places")["place_id"].iloc[0]
    rows = [("all", place, "medical", "1.2"), (place, "all", "medical", ""), ("nowhere", place, "pension", "0.5")]
    save(pd.DataFrame(rows, columns=["origin", "destination", "scheme", "value"]), sound, "recognition")
    lines = [("h", "hospital", place, 2020, -1, "count"), ("i", "hospital", place, 2020, 5, "person"),
             ("j", "school", "nowhere", 2020, 5, "person")]  # fmt: skip
    columns = ["facility_id", "service", "place_id", "year", "supply", "unit"]
    save(pd.DataFrame(lines, columns=columns), sound, "services_supply")
    pairs = [("A", "A", 2010, ""), ("A", place, 2016, 2015)]
    save(pd.DataFrame(pairs, columns=["donor", "recipient", "start", "end"]), sound, "pairs")
    found = check(sound)

    def codes(name: str) -> set[str]:
        return {p.code for p in found if p.table == f"tables/{name}.csv"}

    assert codes("recognition") == {"recognition-range", "unknown-place"}
    assert codes("services_supply") == {"mixed-unit", "negative-value", "unknown-place"}
    assert codes("pairs") == {"pair-itself", "pair-years"}
    labels = {p.code: p.labels for p in found if p.table == "tables/recognition.csv"}
    assert labels == {"recognition-range": (f"all {place} medical",), "unknown-place": ("nowhere",)}


def test_road_lengths(sound: Path) -> None:
    """Official lengths of unknown units and of nothing are found; good ones are not."""
    columns = ["place_id", "road_class", "length_km", "year"]
    place = pd.read_csv(sound / "tables" / "places.csv", dtype=str)["place_id"].iloc[0]
    save(pd.DataFrame([(place, "all", 1200.0, 2020)], columns=columns), sound, "road_lengths")
    assert not [p for p in check(sound) if p.table == "tables/road_lengths.csv"]
    save(pd.DataFrame([("atlantis", "all", 0.0, 2020)], columns=columns), sound, "road_lengths")
    found = {p.code for p in check(sound) if p.table == "tables/road_lengths.csv"}
    assert "unknown-place" in found and len(found) > 1


def test_prices_and_flows_of_several_periods_are_looked_at(sound: Path) -> None:
    """No logarithm of zero, one kind, one unit a good and a layer, at least three goods and two periods, known ids."""
    place = table(sound, "places")["place_id"].iloc[0]
    prices = [(place, "rice", 2019, 0, "price", "CNY"), (place, "rice", 2020, 5, "index", "EUR"),
              ("nowhere", "tea", 2020, 5, "price", "CNY")]  # fmt: skip
    columns = ["place_id", "good", "period", "price", "kind", "unit"]
    save(pd.DataFrame(prices, columns=columns), sound, "prices")
    flows = [("people", place, place, 2020, -1, "person"), ("people", place, "nowhere", 2020, 2, "index"),
             ("dreams", place, place, 2020, 2, "person")]  # fmt: skip
    save(
        pd.DataFrame(flows, columns=["layer", "origin", "destination", "period", "value", "unit"]), sound, "flow_panel"
    )
    found = check(sound)

    def codes(name: str) -> set[str]:
        return {p.code for p in found if p.table == f"tables/{name}.csv"}

    assert codes("prices") == {"negative-value", "mixed-kind", "mixed-unit", "few-goods", "unknown-place"}
    assert codes("flow_panel") == {"negative-value", "mixed-unit", "unknown-layer", "one-period", "unknown-place"}
    save(pd.DataFrame(prices, columns=columns).assign(kind="cost"), sound, "prices")
    assert "expected price or index" in next(p.message for p in check(sound) if p.code == "mixed-kind")


def test_tables_of_one_capability_are_looked_at_too(sound: Path) -> None:
    """Incomes of an unknown place, in an unknown unit: a table that no other capability reads."""
    row = {"record_id": "r1", "place_id": make.CITIES[0], "year": 2020, "level": "person", "income": 5.0,
           "unit": "CNY (2020)", "source": "census"}  # fmt: skip
    save(pd.DataFrame([row]), sound, "incomes")
    assert check(sound) == []
    save(pd.DataFrame([row | {"place_id": "nowhere", "unit": "bananas", "source": "hearsay"}]), sound, "incomes")
    assert codes(check(sound)) == {"unknown-place", "unknown-unit", "unknown-source"}
    assert {p.severity for p in check(sound) if p.code != "unknown-source"} == {"error"}
