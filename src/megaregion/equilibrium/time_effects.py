"""What travel times do to costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.mappings import values
from megaregion.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeEffects:
    """What travel times do to costs, in the economy and on the network at hand.

    Attributes
    ----------
    trade : array (S,)
        d ln trade cost / d ln time of each sector; zero where the network carries nothing of the sector.
    commuting : float
        d ln commuting cost / d ln time.
    delivered : bool
        True where the network carries goods, from the place where they are made to the buyer. Else the trips are
        those of people: customers travel to the place where they buy, as in the calibration of workspaces.
    """

    trade: Array
    commuting: float = 0.0
    delivered: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "trade", np.atleast_1d(np.asarray(self.trade, dtype=np.float64)))
        if self.trade.ndim != 1 or not (np.isfinite(self.trade).all() and np.isfinite(self.commuting)):
            raise InputError("effects of time: one finite elasticity a sector, and one of commuting")

    @classmethod
    def of(
        cls, economy: Economy, *, share: ArrayLike | None = None, time_elasticity: float | None = None,
        commuting: float | None = None, delivered: bool = False,
    ) -> TimeEffects:  # fmt: skip
        """Effects of passenger time: ``share x time_elasticity / theta``, and that on commuting if people commute.

        Parameters
        ----------
        economy : Economy
        share : float or array (S,), optional
            Share of the time part of trade costs that this network moves; default the share of face-to-face trade.
            One for the freight network of goods.
        time_elasticity, commuting : float, optional
            Default those of `megaregion.equilibrium.mappings`.
        delivered : bool
            Whether goods travel instead of people.
        """
        known, e = values(), economy.elasticities
        part = np.broadcast_to(np.asarray(known["face_to_face"] if share is None else share, float), (e.sectors,))
        power = known["time_elasticity"] if time_elasticity is None else time_elasticity
        own = known["commuting_time"] if commuting is None else commuting
        return cls(trade=part * power / e.theta, commuting=own if economy.commutes else 0.0, delivered=delivered)

    def require(self, economy: Economy) -> None:
        """Refuse what does not fit an economy.

        Raises
        ------
        InputError
        """
        if self.trade.shape != (economy.elasticities.sectors,):
            have = economy.elasticities.sectors
            raise InputError(f"effects of time: {self.trade.size} sectors given, {have} exist")
        if self.commuting and not economy.commutes:
            raise InputError("effects of time: commuting was given, but nobody commutes in this baseline")
