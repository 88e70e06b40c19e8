"""Keys of index.toml for deep trees, panels, rules and comparisons: what is read and what is refused."""

from typing import Any

import pytest
from tests.nodes.index_tables_by_hand import leaf, tree

from megaregion.errors import InputError
from megaregion.nodes.tree import IndexTree, tree_from_toml

DEEP = """
[index]
name = "Deep"
year = 2020
years = [2020, 2010]
goalposts = "pooled"
normalisation = "minmax"
aggregation = -0.5
outliers = "winsorise"
weights = "ahp"
comparison = [[1, 3], [0.33, 1]]

[[pillar]]
id = "part"
name = "Part"
parent = "whole"
aggregation = "mazziotta-pareto"

[[pillar.indicator]]
id = "x"
name = "X"
target = [2, 4]
unit = "year"
denominator = "people"

[[pillar]]
id = "whole"
name = "Whole"

[[pillar]]
id = "other"
name = "Other"
"""


def text_of(**head: Any) -> str:
    with pytest.raises(InputError) as caught:
        tree(**head)
    return str(caught.value)


def test_everything_is_read() -> None:
    got = tree_from_toml(DEEP)
    assert got.years == (2010, 2020)
    assert (got.aggregation, got.weights, got.comparison) == (-0.5, "ahp", ((1.0, 3.0), (0.33, 1.0)))
    assert [p.id for p in got.children(None)] == ["whole", "other"]
    assert [p.id for p in got.upward()] == ["part", "whole", "other"]
    x = got.pillars[0].indicators[0]
    assert (x.target, x.denominator, x.low, x.direction) == ((2.0, 4.0), "people", None, 1)


def test_rare_keys_stand_in_the_frame_only_if_used() -> None:
    assert "target" in tree_from_toml(DEEP).to_frame()
    assert not {"target", "denominator", "outliers"} & set(tree().to_frame())


def test_defaults_are_those_of_the_shipped_trees() -> None:
    got: IndexTree = tree()
    assert (got.aggregation, got.pillars[0].aggregation, got.normalisation) == ("geometric", "arithmetic", "minmax")
    assert (got.outliers, got.weights, got.goalposts, got.years) == ("none", "given", "fixed", ())


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"years": [2010, 2015]}, "year must be one of years, got 2020"),
        ({"years": [2010, 2010, 2020]}, "years must be different whole numbers"),
        ({"years": 2010}, "years must be a list"),
        ({"missing": "mean"}, "missing must be one of drop_indicator, error, drop_place, fill_mean"),
        ({"normalisation": "max"}, "normalisation must be one of"),
        ({"weights": "entropie"}, "weights must be one of"),
        ({"outliers": "cut"}, "outliers must be one of"),
        ({"aggregation": "median"}, "aggregation must be one of arithmetic"),
        ({"aggregation": float("nan")}, "aggregation must be finite"),
        ({"neighbours": 0}, "neighbours must be >= 1"),
        ({"max_winsorised": 0}, "max_winsorised must be >= 1"),
        ({"max_missing": 1.0}, "max_missing must be >= 0 and < 1"),
        ({"cap": 0.0}, "cap must be > 0"),
        ({"tolerate_inconsistency": 1}, "tolerate_inconsistency must be true or false"),
        ({"comparison": [[1, 2], [2, 1]]}, "comparison must be reciprocal, it is not at 1,2"),
        ({"comparison": [[1, 2]]}, "comparison must be a square list"),
        ({"comparison": [[1, -2], [-0.5, 1]]}, "positive numbers"),
    ],
)
def test_rules_that_cannot_be(head: dict[str, Any], message: str) -> None:
    assert message in text_of(**head)


def test_what_is_varied_is_read_and_checked() -> None:
    got = tree_from_toml(DEEP + '\n[vary]\nnormalisation = ["z"]\naggregation = ["harmonic", 2]\nfillings = 5\n')
    assert got.vary == {"normalisation": ("z",), "aggregation": ("harmonic", 2), "fillings": 5}
    bad = (
        DEEP + '\n[vary]\nnormalisation = ["max"]\ninside = ["median"]\nfillings = -1\nconcentration = 0\nweight = 1\n'
    )
    with pytest.raises(InputError) as caught:
        tree_from_toml(bad)
    for part in ("normalisation must be of minmax", "inside must be of arithmetic", "fillings must be >= 0",
                 "concentration must be > 0", "[vary]: unknown keys weight"):  # fmt: skip
        assert part in str(caught.value)


def test_weights_that_do_not_sum_are_named_with_their_branch() -> None:
    pillars = {"a": [leaf("a1", weight=0.5), leaf("a2", weight=0.4)], "b": [leaf("b1", weight=1.0)]}
    text = text_of(pillars=pillars, keys={"a": {"weight": 0.5}, "b": {"weight": 0.5}}, weight_sum=1.0)
    assert "pillar a: weights must sum to 1, they sum to 0.9" in text
    assert "pillar b" not in text and "top pillars" not in text
    tree({"a": [leaf("a1", weight=60.0), leaf("a2", weight=40.0)]}, {"a": {"weight": 100.0}}, weight_sum=100.0)


def test_reversed_goalposts_and_targets() -> None:
    assert "low must be below high, got 1.0 and 0.0" in text_of(pillars={"a": [leaf("x", 1.0, 0.0)]})
    assert "target must lie between low and high" in text_of(pillars={"a": [leaf("x", target=[0.5, 2.0])]})
    assert "target must be a number or [lowest, highest]" in text_of(pillars={"a": [leaf("x", target=[2.0, 0.5])]})


def test_goalposts_may_be_absent_only_where_the_sample_gives_the_scale() -> None:
    bare = {"a": [leaf("x", None)]}
    assert 'goalposts = "pooled" in [index]' in text_of(pillars=bare)
    tree(bare, goalposts="pooled")
    tree(bare, normalisation="rank")
    half = {"a": [leaf("x", None) | {"low": 0.0}]}
    assert "missing keys goalpost_source" in text_of(pillars=half, goalposts="pooled")


def test_direction_or_target_is_needed() -> None:
    entry = {k: v for k, v in leaf("x").items() if k != "direction"}
    assert "indicator x: missing keys direction (or target)" in text_of(pillars={"a": [entry]})


def test_parents_must_exist_and_make_no_circle() -> None:
    keys = {"a": {"parent": "b"}, "b": {"parent": "a"}}
    assert "pillar a: is a part of itself (a -> b -> a)" in text_of(keys=keys)
    assert "pillar a: parent 'z' is no pillar" in text_of(keys={"a": {"parent": "z"}})
