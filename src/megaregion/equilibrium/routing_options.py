"""How journeys are routed where links are valued: [options.sensitivities] of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from megaregion.equilibrium.network import Routes
from megaregion.errors import InputError

DISPERSION = "dispersion_per_min"


@dataclass(frozen=True, kw_only=True)
class RoutingOptions:
    """The table [options.sensitivities].

    Attributes
    ----------
    dispersion_per_min : float or None
        Soft routing: ways are chosen in proportion to exp(-dispersion x minutes), over all of them. None: everybody
        takes the shortest way.
    """

    dispersion_per_min: float | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> RoutingOptions:
        """Options as a workspace gives them.

        Raises
        ------
        InputError
            A key is unknown, or the dispersion is no number above zero; all are listed.
        """
        problems = [f"unknown key {key!r}" for key in sorted(set(options) - {DISPERSION})]
        given = options.get(DISPERSION)
        number = isinstance(given, Real) and not isinstance(given, bool)
        if given is not None and not (number and np.isfinite(given) and given > 0):
            problems.append(f"{DISPERSION} must be a number above zero, got {given!r}")
        if problems:
            raise InputError(
                "options.sensitivities: " + "; ".join(problems),
                hint=f"{DISPERSION} = 0.2 spreads journeys over ways that differ by a few minutes; leave it out "
                "for the shortest way",
            )
        return cls(dispersion_per_min=None if given is None else float(given))


@dataclass(frozen=True, eq=False, kw_only=True)
class RoutedTimes:
    """Times of a routed network as a calibration reads them.

    Attributes
    ----------
    routes : Routes
    """

    routes: Routes

    @property
    def time(self) -> pd.DataFrame:
        """Minutes from origin (row) to destination (column)."""
        labels = list(self.routes.network.places)
        return pd.DataFrame(self.routes.time, index=labels, columns=labels)

    def remark(self, hard: pd.DataFrame) -> str:
        """How far these times lie from those of the shortest ways, in words."""
        other = hard.loc[self.time.index, self.time.columns].to_numpy(float)
        off = ~np.eye(len(other), dtype=bool)
        gap = 100.0 * (1.0 - self.routes.time[off] / other[off])
        return (
            f"soft routing ({DISPERSION} {self.routes.network.theta:g}): the baseline of this step is calibrated on "
            f"expected times over all ways, below the shortest by {np.median(gap):.2g} per cent in the median, "
            f"{gap.max():.2g} at most; other steps use the shortest ways"
        )
