"""Joint facilities shared among many places: hand cases, 40 places, the command, and tables that are no game."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from megaregion.cli.share import share as command
from megaregion.data.cluster import Cluster
from megaregion.data.toy import line
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.bargains import games_of_cluster
from megaregion.mechanisms.sharing import share
from megaregion.mechanisms.sharing_facilities import facility_games

MANY = 40


def star(places: int) -> pd.DataFrame:
    """A trunk of 100 that all need and a branch of 1, 2, 3 ... for each."""
    ids = [f"p{i:02d}" for i in range(places)]
    trunk = pd.DataFrame({"facility": "trunk", "place_id": ids, "cost": 100.0})
    branch = pd.DataFrame({"facility": [f"to {p}" for p in ids], "place_id": ids, "cost": np.arange(1.0, places + 1.0)})
    return pd.concat([trunk, branch], ignore_index=True).assign(game="line", unit="million CNY")


def payoffs(found: dict) -> pd.DataFrame:
    return found["sharing"].to_frame().pivot(index="place_id", columns="rule", values="payoff")


def test_forty_places_without_a_list_of_coalitions() -> None:
    """Less the own branch all are alike, so that nucleolus and Shapley value both give branch + 100 / 40 each."""
    found = share(star(MANY), seed=0)
    wide = payoffs(found)
    expected = np.arange(1.0, MANY + 1.0) + 100.0 / MANY
    np.testing.assert_allclose(wide["nucleolus"], expected, rtol=1e-8)
    np.testing.assert_allclose(wide["shapley"], expected, rtol=1e-12)
    frame = found["sharing"].to_frame()
    assert (frame["standard_error"] == 0).all()
    game = found["sharing_games"].to_frame().iloc[0]
    assert game["core"] == "exists" and game["certificate"].startswith("Kohlberg")
    stable = found["sharing"].facts()["stable"]["line"]
    assert stable["nucleolus"] is stable["shapley"] is True and stable["equal"] is False


def test_the_order_of_rows_changes_nothing() -> None:
    table = star(5)
    turned = table.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(payoffs(share(table, seed=0)), payoffs(share(turned, seed=0)))


def test_the_command_reads_both_forms(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    star(3).to_csv(path, index=False)
    done = CliRunner().invoke(command, [str(path), "--json"])
    rows = pd.DataFrame(json.loads(done.stdout)["sharing"]["rows"])
    own = rows[rows["rule"] == "shapley"].set_index("place_id")["payoff"]
    np.testing.assert_allclose(own, np.arange(1.0, 4.0) + 100.0 / 3.0)
    wrong = CliRunner().invoke(command, [str(path), "--kind", "gain"])
    assert isinstance(wrong.exception, InputError)


def test_games_and_facilities_of_a_workspace_stand_side_by_side() -> None:
    games = pd.DataFrame({"game": "water", "kind": "cost", "coalition": ["a", "b", "a;b"], "value": [6.0, 8.0, 10.0]})
    further = {"games": games.assign(unit="u"), "joint_facilities": star(2)}
    found = games_of_cluster(_with(line(3), further), seed=0)
    assert found["sharing_games"].to_frame()["game"].tolist() == ["water", "line"]
    tables = {entry.table for column in found["sharing"].describe() for entry in column.inputs}
    assert tables == {"tables/games.csv", "tables/joint_facilities.csv"}


def _with(cluster: Cluster, further: dict[str, pd.DataFrame]) -> Cluster:
    return cluster.replace(further=further)


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"cost": -1.0}, InputError, "costs are negative or no numbers"),
        ({"cost": [100.0, 99.0, 1.0, 2.0]}, InputError, "the cost differs within a facility: line: trunk"),
        ({"place_id": "p00"}, InputError, "there more than once: line: trunk for p00"),
        ({"unit": list("aabb")}, InputError, "several units in a game: line"),
        ({"cost": None}, MissingDataError, "4 costs are empty: line: trunk, line: to p00, line: to p01"),
        ({"game": ""}, MissingDataError, "game is empty in 4 rows"),
    ],
)
def test_tables_that_are_no_game(change: dict[str, object], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        facility_games(star(2).assign(**change))


def test_columns_that_are_lacking() -> None:
    with pytest.raises(InputError, match="columns are lacking: game, cost"):
        facility_games(star(2).drop(columns=["game", "cost"]))
