"""Which blocks a workspace uses, and the parameters that they bring."""

import pytest

from megaregion.equilibrium.parameters import ALL, MORE, NAMES, Parameters, names, settings
from megaregion.equilibrium.structure import Structure, structure
from megaregion.errors import InputError


def test_without_options_there_is_one_sector_one_group_and_no_commuting() -> None:
    chosen, problems = structure({"theta": 4.0})
    assert chosen == Structure() and chosen.plain and problems == []
    assert names(chosen) == NAMES == settings({}).names


@pytest.mark.parametrize(
    ("option", "more"),
    [
        ({"commuting": "observed"}, {"phi", "commuting_time"}),
        ({"groups": "registered"}, {"outside_share", "origin_time"}),
        ({"sectors": "two"}, {"phi", "labour_primary", "labour_other", "spending_primary"}),
    ],
)
def test_each_block_brings_its_parameters_and_no_other(option: dict[str, str], more: set[str]) -> None:
    chosen = settings(option)
    assert not chosen.structure.plain
    assert set(chosen.names) == {*NAMES, *more} == set(chosen.ranges)
    assert all(chosen.grid(name)[0] == chosen.ranges[name][0] for name in chosen.names)


def test_parameters_of_blocks_are_described_and_lie_in_their_range() -> None:
    for name, info in MORE.items():
        assert info.bounds[0] <= info.low <= getattr(Parameters(), name) <= info.high <= info.bounds[1], name
        assert info.en and info.zh and info.source
    assert set(ALL) == set(Parameters.__dataclass_fields__)


def test_ranges_of_blocks_that_are_not_used_may_stand_there() -> None:
    found = settings({"ranges": {"phi": [4.0, 5.0], "theta": [3.0, 5.0]}})
    assert "phi" not in found.ranges and found.ranges["theta"] == (3.0, 5.0)
    assert settings({"commuting": "observed", "ranges": {"phi": [4.0, 5.0]}}).ranges["phi"] == (4.0, 5.0)


def test_every_wrong_choice_is_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        settings({
            "commuting": "yes", "groups": 2, "sectors": "three", "commuting_zeros": True, "commuting_below": -1,
            "commuting_layer": "", "phi": 0.0,
        })  # fmt: skip
    for text in ("commuting must be one of 'none', 'observed', got 'yes'", "groups must", "sectors must",
                 "commuting_zeros must", "commuting_below must", "commuting_layer must", "phi must lie"):  # fmt: skip
        assert text in str(caught.value)


def test_workplaces_cannot_be_more_alike_than_places_of_residence() -> None:
    """phi >= epsilon: else the joint distribution of tastes is none."""
    with pytest.raises(InputError, match="phi 2 is below epsilon 3"):
        settings({"commuting": "observed", "phi": 2.0, "epsilon": 3.0})
    assert settings({"phi": 2.0, "epsilon": 3.0}).parameters.phi == 2.0  # not in use
