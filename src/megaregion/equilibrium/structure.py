"""Which blocks of the spatial equilibrium a workspace uses: sectors, commuting, groups of registered origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

CommutingKind = Literal["none", "observed"]
ZerosKind = Literal["fitted", "keep"]
GroupsKind = Literal["one", "registered"]
SectorsKind = Literal["one", "two"]
CHOICES: Mapping[str, tuple[str, ...]] = {
    "commuting": ("none", "observed"),
    "commuting_zeros": ("fitted", "keep"),
    "groups": ("one", "registered"),
    "sectors": ("one", "two"),
}


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Blocks in use, from [options.equilibrium] of a workspace.

    Attributes
    ----------
    commuting : str
        ``none``: everybody works where she lives. ``observed``: the flow layer `commuting_layer` says who works where.
    commuting_layer : str
        Flow layer of persons, rows residence, columns workplace, own place on the diagonal.
    commuting_zeros : str
        Pairs without an observed flow: ``fitted`` gives them what a gravity equation expects below
        `commuting_below`; ``keep`` leaves them at zero, where no scenario can ever bring a commuter.
    commuting_below : int
        Flows below this many persons are not published; 0 takes the smallest flow of the table.
    groups : str
        ``one``: all people alike. ``registered``: a group for each place of household registration, and one for
        people registered outside of the region.
    sectors : str
        ``one``, or ``two``: primary, and secondary with tertiary, with land and input-output links.
    """

    commuting: CommutingKind = "none"
    commuting_layer: str = "commuting"
    commuting_zeros: ZerosKind = "fitted"
    commuting_below: int = 0
    groups: GroupsKind = "one"
    sectors: SectorsKind = "one"

    @property
    def plain(self) -> bool:
        """One sector, one group, nobody commutes."""
        return self.commuting == "none" and self.groups == "one" and self.sectors == "one"

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {key: getattr(self, key) for key in KEYS}


KEYS = tuple(f.name for f in fields(Structure))


def structure(options: Mapping[str, Any]) -> tuple[Structure, list[str]]:
    """Blocks that [options.equilibrium] asks for, and what is wrong with them.

    Parameters
    ----------
    options : mapping
        Keys that are not of a block are left alone.

    Returns
    -------
    Structure
        With the default for what is missing or wrong.
    list of str
        One text a fault; empty if all is well.

    Examples
    --------
    >>> structure({"groups": "registered"})[0].plain
    False
    >>> structure({"sectors": 3})[1]
    ["sectors must be one of 'one', 'two', got 3"]
    """
    chosen: dict[str, Any] = {}
    problems = []
    for key in KEYS:
        if key not in options:
            continue
        value = options[key]
        if key in CHOICES:
            fault = not isinstance(value, str) or value not in CHOICES[key]
            expected = "one of " + ", ".join(map(repr, CHOICES[key]))
        elif key == "commuting_layer":
            fault, expected = not isinstance(value, str) or not value, "the name of a flow layer"
        else:
            fault = isinstance(value, bool) or not isinstance(value, int) or value < 0
            expected = "a whole number of persons >= 0"
        if fault:
            problems.append(f"{key} must be {expected}, got {value!r}")
        else:
            chosen[key] = value
    return Structure(**chosen), problems
