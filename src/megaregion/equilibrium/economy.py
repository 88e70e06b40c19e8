"""A baseline of the spatial equilibrium: observed or fitted shares and levels that clear every market."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from megaregion.equilibrium.elasticities import Elasticities
from megaregion.errors import InputError

Array = NDArray[np.float64]
CLEARING = 1e-12  # largest log gap between sales and demand of a baseline
_SHARES = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Economy:
    """S sectors, n places, G groups of registered origin.

    Attributes
    ----------
    elasticities : Elasticities
    trade : array (S, n, n)
        Share of each origin (column) in what a destination (row) spends on the sector; rows sum to one. float32
        is allowed for very large economies.
    wage : array (S, n)
        Earnings of a worker, any unit.
    workers : array (S, n)
        Employment by workplace; zero where a sector is absent.
    groups : array (G,)
        Members of each group.
    location : array (G, n)
        Share of each group that lives in each place; rows sum to one.
    home : array (G,) of int
        Place where a group is registered, -1 if it has none.
    commuting : array (S, n, n), optional
        Share of the residents of n (row) who work in sector s in i (column); sums to one over s and i. None:
        everybody works where she lives, sectors chosen in proportion to `workers`.
    transfers : array (n,)
        Nominal transfers received, sum zero.
    """

    elasticities: Elasticities
    trade: Array
    wage: Array
    workers: Array
    groups: Array
    location: Array
    home: NDArray[np.int64]
    commuting: Array | None = None
    transfers: Array | None = None

    @classmethod
    def one_sector(
        cls, *, elasticities: Elasticities, trade: Array, income: Array, population: Array,
        commuting: Array | None = None,
    ) -> Economy:  # fmt: skip
        """One sector and one group; `income` is that of the workplaces (n,), `population` the residents (n,)."""
        people = np.asarray(population, dtype=np.float64)
        work = people if commuting is None else people @ commuting
        return cls(
            elasticities=elasticities, trade=np.asarray(trade)[None], wage=(np.asarray(income) / work)[None],
            workers=np.array(work)[None], groups=np.array([people.sum()]), location=(people / people.sum())[None],
            home=np.array([-1]), commuting=None if commuting is None else np.asarray(commuting)[None],
        )  # fmt: skip

    @property
    def size(self) -> int:
        """Number of places n."""
        return int(self.wage.shape[1])

    @property
    def commutes(self) -> bool:
        """Whether people may work elsewhere than where they live."""
        return self.commuting is not None

    @cached_property
    def residents(self) -> Array:
        """Residents (n,)."""
        return np.asarray(self.groups @ self.location)

    @cached_property
    def sector_choice(self) -> Array:
        """Share of each sector in the work of the residents, (S, n); only without commuting."""
        total: Array = self.workers.sum(axis=0)
        return np.divide(self.workers, total, out=np.zeros_like(self.workers), where=total > 0)

    @cached_property
    def income(self) -> Array:
        """Earnings of a resident, (n,); zero where nobody lives."""
        if self.commuting is None:
            out: Array = (self.sector_choice * self.wage).sum(axis=0)
        else:
            out = np.einsum("sni,si->n", self.commuting, self.wage, optimize=True)
        return out

    @cached_property
    def output(self) -> Array:
        """Sales of each sector in each place, (S, n): payroll over the labour share."""
        out: Array = self.wage * self.workers / self.elasticities.labour[:, None]
        return out

    @cached_property
    def land_income(self) -> Array:
        """Income of production land (n,)."""
        out: Array = self.elasticities.land @ self.output
        return out

    @cached_property
    def received(self) -> Array:
        """Nominal transfers (n,), zero if there are none."""
        return np.zeros(self.size) if self.transfers is None else self.transfers

    @cached_property
    def final_demand(self) -> Array:
        """Earnings, land income and transfers of each place (n,)."""
        out: Array = self.income * self.residents + self.land_income + self.received
        return out

    @cached_property
    def spending(self) -> Array:
        """Spending on each sector, final and by firms, (S, n)."""
        e = self.elasticities
        out: Array = e.spending[:, None] * self.final_demand + e.inputs.T @ self.output
        return out

    def clearing_residual(self) -> float:
        """Largest absolute log gap between what a sector of a place sells and what it earns; 0 in equilibrium."""
        sold = np.stack([share.T @ spent for share, spent in zip(self.trade, self.spending, strict=True)])
        here = self.output > 0
        return float(np.abs(np.log(sold[here] / self.output[here])).max(initial=0.0))

    def sector_gap(self) -> Array:
        """World spending over world sales of each sector minus one, (S,): RAS cannot repair what is not zero here."""
        out: Array = self.spending.sum(axis=1) / self.output.sum(axis=1) - 1.0
        return out

    def problems(self) -> list[str]:
        """Everything that is inconsistent; empty if this is a baseline."""
        s, n, g = self.elasticities.sectors, self.wage.shape[-1], self.groups.size
        shapes: dict[str, tuple[int, ...]] = {
            "trade": (s, n, n), "wage": (s, n), "workers": (s, n), "groups": (g,), "location": (g, n), "home": (g,)
        }  # fmt: skip
        if self.commuting is not None:
            shapes["commuting"] = (s, n, n)
        if self.transfers is not None:
            shapes["transfers"] = (n,)
        out = [
            f"{name} has the shape {np.shape(getattr(self, name))}, expected {shape}"
            for name, shape in shapes.items()
            if np.shape(getattr(self, name)) != shape
        ]
        if out:
            return out
        for name in shapes:
            value = getattr(self, name)
            if name != "home" and not np.isfinite(value).all():
                out.append(f"{name} has a value that is not finite, first at {_first(~np.isfinite(value))}")
            elif name not in ("home", "transfers") and (value < 0).any():
                out.append(f"{name} has a value below zero, first at {_first(value < 0)}")
        if out:
            return out
        working = self.workers > 0
        if (working & (self.wage <= 0)).any():
            out.append(f"wage must be above zero where people work, first at {_first(working & (self.wage <= 0))}")
        if not (self.groups > 0).all():
            out.append(f"groups must have members, first empty: {_first(self.groups <= 0)}")
        loose = max(_SHARES, 4 * float(np.finfo(self.trade.dtype).eps) * np.sqrt(n))
        needed = self.spending > 0
        total = self.trade.sum(axis=2, dtype=np.float64)
        if (bad := needed & (np.abs(total - 1) > loose)).any():
            out.append(f"trade: {int(bad.sum())} rows do not sum to one, first at {_first(bad)}: {total[bad][0]:.9g}")
        lost = (self.trade.sum(axis=1) > 0) & ~working
        if lost.any():
            out.append(f"trade: somebody buys from a sector without workers, first at {_first(lost)}")
        total = self.location.sum(axis=1)
        if (bad := np.abs(total - 1) > _SHARES).any():
            out.append(
                f"location: {int(bad.sum())} groups do not sum to one, first at {_first(bad)}: {total[bad][0]:.9g}"
            )
        lived = self.residents > 0
        if self.commuting is None:
            gap = np.abs(self.workers.sum(axis=0) - self.residents) > _SHARES * self.residents.sum()
            if gap.any():
                out.append(f"workers differ from residents although nobody commutes, first at {_first(gap)}")
        else:
            total = self.commuting.sum(axis=(0, 2), dtype=np.float64)
            if (bad := lived & (np.abs(total - 1) > loose)).any():
                out.append(f"commuting: {int(bad.sum())} residences do not sum to one, first at {_first(bad)}")
            work = np.einsum("sni,n->si", self.commuting, self.residents)
            gap = np.abs(work - self.workers) > 1e-8 * self.workers.sum()
            if gap.any():
                out.append(f"commuting does not add up to workers, first at {_first(gap)}")
        if not ((self.home >= -1) & (self.home < n)).all():
            out.append("home must be the index of a place or -1")
        if abs(self.received.sum()) > _SHARES * max(float(np.abs(self.received).max(initial=0.0)), 1e-300):
            out.append(f"transfers must sum to zero, got {self.received.sum():.6g}")
        if np.isinf(self.elasticities.epsilon) and (bad := (self.location > 0).sum(axis=0) > 1).any():
            out.append(f"perfect mobility needs groups whose places differ, first shared place {_first(bad)}")
        if self.elasticities.closure == "stayers":
            rooted = np.flatnonzero(self.home >= 0)
            at_home = (self.groups[:, None] * self.location)[rooted, self.home[rooted]]
            stayers = np.bincount(self.home[rooted], weights=at_home, minlength=n)
            if (bad := lived & (stayers == 0)).any():
                out.append(f"closure stayers: {int(bad.sum())} places have no registered stayers, first {_first(bad)}")
        if not out and (gap := np.abs(self.sector_gap())).max() > 1e-9:
            out.append(
                f"spending and sales of whole sectors differ by up to {gap.max():.3g}: spending shares must be "
                "(Y_s - sum_k inputs_ks Y_k) / final demand"
            )
        if not out and (residual := self.clearing_residual()) > (CLEARING if self.trade.dtype == np.float64 else 1e-5):
            out.append(f"goods markets do not clear: largest log gap {residual:.2e}, allowed {CLEARING:.0e}")
        return out

    def require(self) -> None:
        """Raise what `problems` finds.

        Raises
        ------
        InputError
        """
        if found := self.problems():
            raise InputError("baseline: " + "; ".join(found), hint="calibrate makes a consistent baseline")


def _first(bad: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.argwhere(bad)[0])
