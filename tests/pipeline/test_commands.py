"""Commands that show what the steps computed, on the shipped example."""

import json

import pytest
from click.testing import CliRunner

from megaregion.cli.main import cli


def call(*arguments: object) -> str:
    """Standard output of a command that must succeed."""
    found = CliRunner().invoke(cli, [str(a) for a in arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


@pytest.mark.parametrize(
    ("by", "key"),
    [("scenarios", "variant"), ("places", "place_id"), ("groups", "group"), ("gains", "total"), ("ranges", "parameter"),
     ("reforms", "reform")],
)  # fmt: skip
def test_simulate_shows_each_table_of_the_scenarios_named(done, by: str, key: str) -> None:
    name = "recognition-reform"
    rows = json.loads(call("simulate", done.root, name, "--by", by, "--json"))
    assert rows and all(key in row and row["scenario"] == name for row in rows)
    table = done.store.load("equilibrium")["scenarios" if by == "scenarios" else f"scenario_{by}"].frame
    assert len(rows) == (table["scenario"] == name).sum()


def test_every_number_of_a_scenario_has_its_range(done) -> None:
    """Medians and 5-95 % beside everything that a draw moves."""
    tables = done.store.load("equilibrium")
    for name in ("scenario_places", "scenario_groups", "scenario_gains"):
        frame = tables[name].frame
        numbers = [c for c in frame.columns if frame[c].dtype.kind == "f" and c[-4:] not in ("_p05", "_p50", "_p95")]
        lacking = [c for c in numbers if f"{c}_p05" not in frame.columns]
        # members and shares before move with the assumptions on origins only through the split, so they have ranges too
        assert lacking == [], (name, lacking)
        for c in numbers:
            known = frame[[f"{c}_p05", f"{c}_p50", f"{c}_p95"]].dropna()
            assert (known[f"{c}_p05"] <= known[f"{c}_p50"]).all() and (known[f"{c}_p50"] <= known[f"{c}_p95"]).all()


def test_reforms_add_up_to_the_scenario(done) -> None:
    tables = done.store.load("equilibrium")
    parts = tables["scenario_reforms"].frame
    whole = tables["scenarios"].frame.query("scenario == 'recognition-reform' and variant == 'headline'").iloc[0]
    assert parts["shapley_percent"].sum() == pytest.approx(whole["welfare_percent"], rel=1e-8)
    assert parts["gain"].sum() == pytest.approx(whole["gain"], rel=1e-8)
    assert parts["share"].sum() == pytest.approx(1.0, rel=1e-12)


def test_sensitivities_as_json_and_text(done) -> None:
    found = json.loads(call("sensitivities", done.root, "--json"))
    assert set(found) == {"links", "borders", "places", "link_groups", "screening"}
    assert found["links"]["rows"][0]["rank"] == 1 and found["screening"]["facts"]["correlation"]
    text = call("sensitivities", done.root, "--table", "borders", "--top", "2")
    assert "2 of 6 rows" in text and "all_borders_welfare_percent" in text and "link_id" not in text


def test_maps_are_written_for_the_scenario_named(done, tmp_path) -> None:
    call("simulate", done.root, "half-border", "--maps", tmp_path / "maps", "--json")
    names = {p.name for p in (tmp_path / "maps").iterdir()}
    assert names == {f"{kind}-half-border.{language}.svg" for kind in ("gains", "range") for language in ("zh", "en")}
    call("sensitivities", done.root, "--maps", tmp_path / "values", "--json")
    assert any(p.suffix == ".svg" for p in (tmp_path / "values").iterdir())


def test_invest_as_json(done) -> None:
    found = json.loads(call("invest", done.root, "--budget", "0.1", "--json"))
    assert found["facts"]["converged"] and len(found["rows"]) > 1000


def test_a_table_that_is_not_there_is_one_clear_error(done, tmp_path) -> None:
    found = CliRunner().invoke(cli, ["simulate", str(done.root), "nonsense"])
    assert found.exit_code != 0 and "no scenario nonsense" in str(found.exception)
