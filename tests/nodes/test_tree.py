"""Index trees: reading, defaults, and every problem at once."""

import pandas as pd
import pytest

from megaregion.errors import InputError
from megaregion.nodes.tree import tree_from_dict, tree_from_toml

GOOD = """
[index]
name = "Test"
year = 2020
min_indicators = 1

[[pillar]]
id = "a"
name = "A"
name_zh = "甲"
weight = 2.0

[[pillar.indicator]]
id = "x"
name = "X"
direction = -1
low = 0
high = 40.0
unit = "percent"
goalpost_source = "policy"

[[pillar]]
id = "hole"
name = "Hole"
"""


def test_reads_a_tree_with_a_hole() -> None:
    tree = tree_from_toml(GOOD)
    assert [(p.id, p.weight, len(p.indicators)) for p in tree.pillars] == [("a", 2.0, 1), ("hole", 1.0, 0)]
    leaf = tree.pillars[0].indicators[0]
    assert (leaf.direction, leaf.low, leaf.high, leaf.weight) == (-1, 0.0, 40.0, 1.0)
    assert (tree.missing, tree.constant, tree.delta) == ("drop_indicator", "drop", 0.01)


def test_frame_has_one_row_an_indicator_with_the_year_that_applies() -> None:
    frame = tree_from_toml(GOOD).to_frame()
    assert frame[["pillar", "id", "year"]].to_numpy().tolist() == [["a", "x", 2020]]


def test_every_problem_is_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        tree_from_dict(
            {
                "index": {"year": "2020", "delta": 0.7, "missing": "mean", "minimum": 2},
                "pillar": [
                    {"id": "a", "name": "A", "weight": 0.0, "indicator": [
                        {"id": "x", "name": "X", "direction": 2, "low": 5.0, "high": 5.0, "unit": "percent",
                         "goalpost_source": "s", "colour": "red"},
                        {"id": "x", "name": "X", "direction": True, "low": float("inf"), "high": 1.0,
                         "unit": "percent"},
                    ]},
                    {"id": "a", "name": "again", "indicator": 3},
                ],
                "pillars": [],
            }
        )  # fmt: skip
    text = str(caught.value)
    for part in (
        "unknown tables pillars", "missing keys name", "year must be a whole number", "delta must be",
        "missing must be one of", "unknown keys minimum", "pillar a: weight must be > 0",
        "direction must be 1 or -1", "low must be below high", "unknown keys colour",
        "missing keys goalpost_source", "direction must be a whole number, got True", "low must be finite",
        "pillar ids must differ, repeated: a", "indicator ids must differ, repeated: x",
        "indicator must be an array of tables",
    ):  # fmt: skip
        assert part in text


def test_broken_toml_names_the_file() -> None:
    with pytest.raises(InputError, match=r"index\.x\.toml is not valid TOML"):
        tree_from_toml("[index\nname = 1", "index.x.toml")


@pytest.mark.parametrize("data", [{}, {"index": {"name": "n", "year": 2020}}, {"index": 3, "pillar": {}}])
def test_trees_without_head_or_pillars_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError):
        tree_from_dict(data)


def test_absent_indicators_are_a_finding() -> None:
    table = pd.DataFrame({"indicator": ["x"], "year": [2019]})
    (problem,) = tree_from_toml(GOOD).problems(table)
    assert problem.code == "absent-indicator"
    assert problem.labels == ("x 2020",)
    assert tree_from_toml(GOOD).problems(table.assign(year=2020)) == []
