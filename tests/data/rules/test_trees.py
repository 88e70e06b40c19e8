"""The data doctor on index trees with rules: what is no longer an error, and what still is."""

from typing import Any

from megaregion.data.rules.trees import shape


def codes(leaf: dict[str, Any], **head: Any) -> list[str]:
    pillar = {"id": "a", "name": "A", "indicator": [{"id": "x", "name": "X", "unit": "index", **leaf}]}
    tree = {"index": {"name": "T", "year": 2020, **head}, "pillar": [pillar]}
    return [problem.code for problem in shape(tree, "index.toml")]


POSTS = {"low": 0.0, "high": 1.0}


def test_fixed_goalposts_are_still_needed() -> None:
    assert codes({"direction": 1, **POSTS}) == []
    assert codes({"direction": 1}) == ["bad-goalposts"]
    assert codes({"direction": 1, "low": 1.0, "high": 0.0}, goalposts="pooled") == ["bad-goalposts"]


def test_scales_of_the_sample_need_none() -> None:
    assert codes({"direction": 1}, goalposts="pooled") == []
    assert codes({"direction": 1, "low": 0.0}, goalposts="pooled") == []
    assert codes({"direction": -1}, normalisation="z") == []


def test_a_target_stands_for_the_direction() -> None:
    assert codes({"target": [0.2, 0.4], **POSTS}) == []
    assert codes(POSTS) == ["bad-direction"]


def test_rules_of_the_engine_are_known_keys_and_others_are_not() -> None:
    assert codes({"direction": 1, "denominator": "y", "outliers": "log", **POSTS}, weights="critic", years=[2020]) == []
    assert codes({"direction": 1, "denominater": "y", **POSTS}) == ["unknown-key"]
