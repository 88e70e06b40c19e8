"""The baseline: trade shares that fit travel times, the border, incomes and a stated own share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.stored import StoredTable
from megaregion.equilibrium.blocks import Accounts, Blocks, blocks
from megaregion.equilibrium.bounds import integrated_bound
from megaregion.equilibrium.economy import CLEARING, Array, Economy
from megaregion.equilibrium.geography import (
    BorderFriction,
    Geography,
    HasFrame,
    HasTime,
    border_friction,
    geography,
)
from megaregion.equilibrium.layout import Layout
from megaregion.equilibrium.origins import OUTSIDE
from megaregion.equilibrium.parameters import Parameters, Settings, scale_bound, settings
from megaregion.equilibrium.trade import Trade, fit, own_targets
from megaregion.errors import InputError, SolveError

__all__ = [
    "RESIDUAL_ALLOWED", "Baseline", "BorderFriction", "Calibration", "Geography", "HasFrame", "HasTime", "baseline",
    "border_friction", "calibrate", "facts", "geography",
]  # fmt: skip
RESIDUAL_ALLOWED = CLEARING


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """A baseline and how it was reached.

    Attributes
    ----------
    economy : Economy
    parameters : Parameters
    gamma : float
        Border friction on trade in use.
    trade : tuple of Trade (S,)
        The fit of each sector.
    own_share, cross_share : float
        Share of all spending that stays in the place, and that crosses a group border.
    residual : float
        Largest log gap between sales and income.
    gamma_commuting : float
        Border friction on commuting; zero without commuting or if no border was estimated on it.
    blocks : Blocks
        Data beside trade.
    origins : tuple of str (G,)
        Names of the groups.
    """

    economy: Economy
    parameters: Parameters
    gamma: float
    trade: tuple[Trade, ...]
    own_share: float
    cross_share: float
    residual: float
    gamma_commuting: float = 0.0
    blocks: Blocks = field(default_factory=Blocks)
    origins: tuple[str, ...] = ("all",)

    @property
    def home_term(self) -> float:
        """Log advantage of the own place beyond travel time; the mean over sectors weighted by spending."""
        weight = self.economy.spending.sum(axis=1)
        terms = [found.home_term for found in self.trade]
        return terms[0] if len(terms) == 1 else float(weight @ np.array(terms) / weight.sum())

    @property
    def iterations(self) -> int:
        """Updates of the fitting, the most of any sector."""
        return max(found.iterations for found in self.trade)

    def layout(self, place: Geography, *, full_effect: bool = False) -> Layout:
        """Names of the axes of the economy, and what policies act through.

        Parameters
        ----------
        place : Geography
        full_effect : bool
            Let passenger time move the whole cost of trade instead of its face-to-face share.
        """
        p, known = self.parameters, {"time_elasticity": self.parameters.time_elasticity}
        share = self.blocks.meetings(p.face_to_face)
        return Layout.of(
            self.economy, places=place.places, labels=list(place.groups), sectors=self.blocks.sectors,
            face_to_face=np.ones_like(share) if full_effect else share, origins=self.origins, gamma=self.gamma,
            gamma_commuting=self.gamma_commuting, time=place.time,
            elasticity={**known, "face_to_face": p.face_to_face, "commuting_time": p.commuting_time},
        )  # fmt: skip


def calibrate(
    place: Geography, gamma: float, parameters: Parameters, *, blocks: Blocks | None = None,
    gamma_commuting: float = 0.0, start: Calibration | None = None,
) -> Calibration:  # fmt: skip
    """A baseline whose trade shares are s_i t^-e exp(-gamma cross) exp(-h other), clearing and of the stated own share.

    Parameters
    ----------
    place : Geography
    gamma : float
        Border friction on flows of trade.
    parameters : Parameters
    blocks : Blocks, optional
        Sectors, commuting and groups; default one sector, one group, nobody commutes.
    gamma_commuting : float
        Border friction on commuting, carried along.
    start : Calibration, optional
        A neighbouring one to start from.

    Raises
    ------
    InfeasibleError
        No trade has the stated own share: one place has so much of the income that the others cannot take the rest
        of its sales, or people buy elsewhere than goods are made.
    SolveError
        Goods markets clear worse than 1e-12, or the sectors do not close.
    ConvergenceError
        The fitting stopped early.

    Notes
    -----
    Output of a place is what it makes, spending what its residents, owners and firms buy. Each sector is fitted to
    both margins (`megaregion.equilibrium.trade.fit`); the margins of a sector have the same total because final
    spending shares are the ones that close it (`megaregion.equilibrium.sectors.shares`).
    """
    data = Blocks() if blocks is None else blocks
    books = data.accounts(place, parameters)
    kernel = place.time ** (-parameters.time_elasticity) * np.exp(-gamma * place.cross)
    targets = own_targets(books.spending, books.output, parameters.own_share)
    first = _starts(start, len(targets))
    found = tuple(
        fit(kernel, books.spending[s], books.output[s], float(targets[s]), place.places, start=first[s])
        for s in range(len(targets))
    )
    return _finish(place, books, data, found, parameters=parameters, gamma=gamma, gamma_commuting=gamma_commuting)


def _starts(start: Calibration | None, sectors: int) -> Sequence[Array | None]:
    if start is None or len(start.trade) != sectors:
        return [None] * sectors
    with np.errstate(divide="ignore"):
        return [np.append(np.log(t.strength), t.home_term) for t in start.trade]


def _finish(
    place: Geography, books: Accounts, data: Blocks, found: tuple[Trade, ...], *, parameters: Parameters,
    gamma: float, gamma_commuting: float, trade: Array | None = None,
) -> Calibration:  # fmt: skip
    if trade is None:
        trade = found[0].shares[None] if len(found) == 1 else np.stack([one.shares for one in found])
    economy = books.economy(trade)
    residual = economy.clearing_residual()
    if not residual <= RESIDUAL_ALLOWED:
        raise SolveError(
            f"the baseline is no equilibrium: goods markets clear to {residual:.1e}, allowed {RESIDUAL_ALLOWED:.0e}",
            hint="check for places that are nearly cut off from the rest",
        )
    spent = books.spending / books.spending.sum()
    flow = np.einsum("sni,sn->ni", economy.trade, spent)
    return Calibration(
        economy=economy, parameters=parameters, gamma=gamma, trade=found, own_share=float(np.trace(flow)),
        cross_share=float((flow * place.cross).sum()), residual=residual, gamma_commuting=gamma_commuting,
        blocks=data, origins=books.origins,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Baseline:
    """Everything that scenarios of a cluster are compared with.

    Attributes
    ----------
    place : Geography
    border : BorderFriction
        Of trade.
    settings : Settings
    nominal : Calibration
        At the parameters of the workspace.
    border_commuting : BorderFriction or None
        Of commuting, where people commute and a border was estimated on their layer.
    warnings : tuple of str
    """

    place: Geography
    border: BorderFriction
    settings: Settings
    nominal: Calibration
    border_commuting: BorderFriction | None = None
    warnings: tuple[str, ...] = ()

    @property
    def earnings(self) -> Array:
        """Earnings of the residents of each place (n,): gains of welfare are valued at them; no land, no capital."""
        economy = self.nominal.economy
        out: Array = economy.income * economy.residents
        return out

    @property
    def layout(self) -> Layout:
        """Names of the axes of the economy at the parameters of the workspace."""
        return self.nominal.layout(self.place)

    def at(self, *, gamma: float | None = None, **changes: float) -> Calibration:
        """Calibrated again at other parameters; trade shares that stay the same are not fitted again.

        A border on commuting that was estimated on the layer that prices trade moves with `gamma`.
        """
        parameters = self.settings.parameters.replace(**changes)
        now, friction = self.nominal, self.border.gamma if gamma is None else gamma
        commuting = now.gamma_commuting
        if self.border_commuting is not None and self.border_commuting.layer == self.border.layer:
            commuting += friction - self.border.gamma
        if friction == now.gamma and not now.blocks.refits_trade(changes):
            return _finish(
                self.place, now.blocks.accounts(self.place, parameters), now.blocks, now.trade, parameters=parameters,
                gamma=friction, gamma_commuting=commuting, trade=now.economy.trade,
            )  # fmt: skip
        return calibrate(
            self.place, friction, parameters, blocks=now.blocks, gamma_commuting=commuting, start=self.nominal
        )


def baseline(cluster: Cluster, times: HasTime, border: pd.DataFrame | HasFrame | StoredTable) -> Baseline:
    """Calibrate a cluster with the blocks that [options.equilibrium] names.

    Raises
    ------
    InputError
        An option, an indicator, a flow layer or the border table does not serve.
    MissingDataError
        A value, a time or the own flow of a place is missing.
    SolveError
        No baseline fits.
    """
    chosen = settings(cluster.options.get("equilibrium", {}))
    place = geography(cluster, times)
    warnings: list[str] = []
    on_commuting: BorderFriction | None = None
    if len(set(place.groups)) > 1:
        friction = border_friction(border, layer=chosen.border_layer)
        if friction.gamma <= 0:
            warnings.append(
                f"the border coefficient of {friction.layer} is {friction.gamma:.3f}: flows do not fall at the "
                "border, and weakening it lowers welfare in the model"
            )
        if chosen.structure.commuting == "observed":
            on_commuting = _border_commuting(border, chosen.structure.commuting_layer, warnings)
    else:
        friction = BorderFriction(gamma=0.0, se=0.0, layer="", distance="")
        warnings.append("all places lie in one group: there is no border to price")
    if chosen.parameters.nu > (bound := scale_bound(chosen.parameters)):
        warnings.append(
            f"nu {chosen.parameters.nu:g} is above {bound:.3f}: more than one equilibrium may exist, and the one "
            "that is shown is the one reached from the baseline"
        )
    nominal = calibrate(
        place, friction.gamma, chosen.parameters, blocks=blocks(cluster, place, chosen.structure),
        gamma_commuting=0.0 if on_commuting is None else on_commuting.gamma,
    )  # fmt: skip
    warnings += _remarks(nominal)
    return Baseline(
        place=place, border=friction, settings=chosen, nominal=nominal, border_commuting=on_commuting,
        warnings=tuple(warnings),
    )  # fmt: skip


def _border_commuting(
    border: pd.DataFrame | HasFrame | StoredTable, layer: str, warnings: list[str]
) -> BorderFriction | None:
    try:
        return border_friction(border, layer=layer)
    except InputError:
        warnings.append(f"no border was estimated on {layer}: scenarios that weaken a border leave commuting alone")
        return None


def _remarks(fitted: Calibration) -> list[str]:
    """What a reader must know of the blocks beside trade."""
    out = []
    e, people = fitted.economy.elasticities, fitted.blocks.commuting
    if (e.nu > np.nan_to_num(integrated_bound(fitted.economy), nan=np.inf)).any():
        out.append(f"nu {e.nu.max():g} is above the largest value at which places survive integrated labour markets")
    if people is not None and people.beyond:
        out.append(
            f"commuting: {len(people.beyond)} pairs without a flow, where gravity expects more than "
            f"{10 * people.below} persons ({', '.join(people.beyond[:3])}): the table leaves out more than flows below "
            f"{people.below}; they count as {people.below - 1} persons at most"
        )
    if OUTSIDE in fitted.origins:
        abroad = float(fitted.economy.groups[fitted.origins.index(OUTSIDE)])
        out.append(
            f"{abroad / 1e6:.1f} million residents count as registered outside of the region: they have no home in the "
            "model, and what is granted to people registered in a place does not reach them"
        )
    if (scaled := fitted.blocks.shares(fitted.parameters).scaled) != 1.0:
        out.append(
            f"sectors: the region grows {scaled:.0%} of the primary goods that its firms and people use; the rest "
            "counts as bought from the other sector, whose sales pay for the imports"
        )
    return out


def facts(base: Baseline) -> dict[str, Any]:
    """Headline numbers of a baseline, JSON-able."""
    p, found = base.settings.parameters, base.nominal
    return {
        "clearing_residual": found.residual, "own_share_target": p.own_share, "own_share": found.own_share,
        "cross_group_share": found.cross_share, "home_term": found.home_term, "theta": p.theta,
        "epsilon": p.epsilon, "nu": p.nu, "uniqueness_bound": scale_bound(p),
        "unique": p.nu <= scale_bound(p), "border_gamma": base.border.gamma, "border_se": base.border.se,
        "border_layer": base.border.layer, "border_distance": base.border.distance,
        "income_total": float(base.place.income.sum()), "income_unit": base.place.money_unit,
        "iterations": found.iterations, "structure": base.settings.structure.to_dict(),
        "uniqueness_proven": base.settings.structure.plain and p.nu <= scale_bound(p),
        "sectors": len(found.blocks.sectors), "groups": len(found.origins),
        "sector_gap": float(np.abs(found.economy.sector_gap()).max()),
    }  # fmt: skip
