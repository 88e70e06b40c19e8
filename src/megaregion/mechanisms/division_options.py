"""Options of the division of labour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from megaregion.data.option_keys import require_known
from megaregion.errors import InputError


@dataclass(frozen=True, kw_only=True)
class DivisionOptions:
    """The table [options.division_of_labour] of workspace.toml.

    Attributes
    ----------
    kind : str, optional
        Kind of the places that are compared; default the level of analysis.
    year : int, optional
        Year of the industries; default the complete one nearest to the base year.
    sectors : tuple of str, optional
        Indicators that make up the economy, where there is no table of industries.
    absent_is_zero : bool
        Whether the table lists all there is, so that an industry without a row is zero.
    min_share : float
        An industry leads a place only if it has at least this share there.
    all_pairs_up_to : int
        Up to so many places every pair is listed; beyond, neighbours and the `top` most alike, most different and
        most complementary pairs.
    top : int
    pairs_tested : int
        Up to so many listed pairs each is tested against sampling noise; beyond, neighbours only.
    draws : int
        Draws of each null.
    design_effect : float
        People of a household are asked together: the sample counts as 1 / design_effect of its size.
    """

    kind: str | None = None
    year: int | None = None
    sectors: tuple[str, ...] | None = None
    absent_is_zero: bool = False
    min_share: float = 0.01
    all_pairs_up_to: int = 500
    top: int = 200
    pairs_tested: int = 1000
    draws: int = 999
    design_effect: float = 1.0

    def __post_init__(self) -> None:
        if self.draws < 99 or not self.design_effect >= 1 or not 0 <= self.min_share < 1 or self.top < 1:
            raise InputError(
                "options.division_of_labour: draws must be >= 99, design_effect >= 1, min_share in [0, 1), top >= 1"
            )

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> DivisionOptions:
        """From the table [options.division_of_labour]; unknown keys raise InputError."""
        require_known(options, [f.name for f in fields(cls)], "division_of_labour")
        given = dict(options)
        if given.get("sectors") is not None:
            given["sectors"] = tuple(given["sectors"])
        return cls(**given)
