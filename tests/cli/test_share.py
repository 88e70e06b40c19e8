import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from megaregion.cli.share import share
from megaregion.errors import InputError

GAME = "game,kind,coalition,value,unit\n" + "".join(
    f"water,cost,{c},{v},MSEK\n"
    for c, v in [("01", 6), ("02", 8), ("03", 9), ("01;02", 11), ("01;03", 12), ("02;03", 13), ("01;02;03", 15)]
)


@pytest.fixture
def game(tmp_path: Path) -> Path:
    path = tmp_path / "games.csv"
    path.write_text(GAME, encoding="utf-8")
    (tmp_path / "weights.csv").write_text("place_id,population\n01,1\n02,1\n03,8\n", encoding="utf-8")
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(share, [str(a) for a in arguments])


def test_who_pays_and_who_would_walk_out(game: Path) -> None:
    done = call(game, "--weights", game.parent / "weights.csv", "--top", 2)
    assert done.exit_code == 0
    assert "water: joint cost 15 MSEK of 3 places, 23 apart; core: exists" in done.output
    assert "Nucleolus: nobody would walk out" in done.output
    assert "Proportional to population: would walk out: 03 (+3), 01;03 (+1.5), and 1 more" in done.output


def test_of_many_places_those_outside_are_named(tmp_path: Path) -> None:
    """Nine places on one road of cost 9; the last needs a branch of 91 alone. In equal shares the eight others pay
    8/9 of 100 and would build the road for 9: all but the last walk out. Each row of the table is a place."""
    rows = [f"road,trunk,p{k},9" for k in range(1, 10)] + ["road,branch,p9,91"]
    path = tmp_path / "road.csv"
    path.write_text("game,facility,place_id,cost\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = call(path, "--top", 1)
    assert done.exit_code == 0, done.output
    assert "Equal shares: would walk out: all but p9 (+79.8889), and" in done.output
    assert any(line.startswith("p9 ") for line in done.output.splitlines())


def test_json_has_all_rows_with_codes_as_text(game: Path) -> None:
    found = json.loads(call(game, "--weights", game.parent / "weights.csv", "--json").output)
    rows = {(r["rule"], r["place_id"]): r["payoff"] for r in found["sharing"]["rows"]}
    assert rows["nucleolus", "01"] == pytest.approx(4.0)
    assert [r["coalition"] for r in found["sharing_objections"]["rows"]] == ["03", "01;03", "02;03"]
    assert found["sharing_games"]["rows"][0]["core"] == "exists"


def test_a_table_without_kind_needs_one(game: Path) -> None:
    game.write_text(GAME.replace("kind,", "").replace("cost,", ""), encoding="utf-8")
    done = call(game)
    assert isinstance(done.exception, InputError) and "--kind" in done.exception.hint
    assert "joint gain 15" in call(game, "--kind", "gain").output


def test_a_spreadsheet_saved_in_china_is_read(tmp_path: Path) -> None:
    """GBK, as spreadsheets there save CSV, and a semicolon of full width between the parties."""
    path = tmp_path / "g.csv"
    path.write_bytes(
        "game,kind,coalition,value\n水厂,cost,上海,6\n水厂,cost,南京,8\n水厂,cost,上海；南京,10\n".encode("gbk")
    )
    done = call(path)
    assert done.exit_code == 0, done.output
    assert "水厂: joint cost 10 of 2 places, 14 apart" in done.output


def test_warnings_go_to_the_other_stream(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text("game,coalition,value\ng,a,3\ng,b,3\ng,a;b,8\n", encoding="utf-8")
    done = call(path, "--kind", "cost")
    assert "all together do worse" in done.stderr and "warning" not in done.stdout


@pytest.mark.parametrize(("text", "message"), [("", "cannot be read"), ("a,b\n1,2\n", "columns are lacking")])
def test_files_that_are_no_games(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text, encoding="utf-8")
    done = call(path)
    assert isinstance(done.exception, InputError) and message in str(done.exception)
    assert isinstance(call(tmp_path / "nowhere.csv").exception, InputError)
