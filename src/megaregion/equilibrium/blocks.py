"""The blocks of a baseline beside trade, and the accounts that they give: who earns, makes and spends where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from megaregion.data.cluster import Cluster
from megaregion.equilibrium.commuting import Commuting, commuting
from megaregion.equilibrium.economy import Array, Economy
from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.geography import Geography
from megaregion.equilibrium.origins import Origins, Registration, origins, registration
from megaregion.equilibrium.parameters import Parameters
from megaregion.equilibrium.sectors import ONE, TWO, Shares, one_sector, shares, value_added
from megaregion.equilibrium.structure import Structure

ALL_PEOPLE = ("all",)
TRADE = frozenset({"own_share", "time_elasticity"})
TRADE_OF_SECTORS = frozenset({"labour_primary", "labour_other", "spending_primary"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Accounts:
    """Everything of an economy except who trades with whom.

    Attributes
    ----------
    structure : Elasticities
    wage, workers : array (S, n)
    groups : array (G,)
    location : array (G, n)
    home : array (G,) of int
    commuting : array (S, n, n) or None
    spending, output : array (S, n)
        What each place buys and makes, of the same total in every sector.
    origins : tuple of str (G)
    """

    structure: Elasticities
    wage: Array
    workers: Array
    groups: Array
    location: Array
    home: NDArray[np.int64]
    commuting: Array | None
    spending: Array
    output: Array
    origins: tuple[str, ...]

    def economy(self, trade: Array) -> Economy:
        """The economy with these trade shares (S, n, n)."""
        return Economy(
            elasticities=self.structure, trade=trade, wage=self.wage, workers=self.workers, groups=self.groups,
            location=self.location, home=self.home, commuting=self.commuting,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Blocks:
    """Data of the blocks that a workspace uses; without any, one sector, one group, nobody commutes.

    Attributes
    ----------
    structure : Structure
    commuting : Commuting or None
    registration : Registration or None
    value_added : array (S, n) or None
        By sector; None for one sector.
    """

    structure: Structure = field(default_factory=Structure)
    commuting: Commuting | None = None
    registration: Registration | None = None
    value_added: Array | None = None

    @property
    def sectors(self) -> tuple[str, ...]:
        """Names of the sectors."""
        return ONE if self.value_added is None else TWO

    def meetings(self, face_to_face: float) -> Array:
        """Share of the trade of each sector that needs meetings (S,): none of primary goods."""
        return np.array([face_to_face]) if self.value_added is None else np.array([0.0, face_to_face])

    def refits_trade(self, changed: Mapping[str, Any]) -> bool:
        """Whether trade shares depend on a parameter among these."""
        return bool((TRADE if self.value_added is None else TRADE | TRADE_OF_SECTORS) & set(changed))

    def shares(self, parameters: Parameters) -> Shares:
        """Cost and spending shares of the sectors."""
        return one_sector() if self.value_added is None else shares(self.value_added, parameters)

    def origins(self, place: Geography, parameters: Parameters) -> Origins | None:
        """Groups of registered origin, persons; None if all people are alike."""
        return None if self.registration is None else origins(self.registration, place, parameters)

    def elasticities(self, parameters: Parameters) -> Elasticities:
        """The structural form."""
        if self.structure.sectors == "one" and self.structure.commuting == "none":
            return parameters.structure()
        p, found = parameters, self.shares(parameters)
        one = np.ones(len(self.sectors))
        return Elasticities(
            theta=p.theta * one, labour=found.labour, land=found.land, inputs=found.inputs, nu=p.nu * one,
            entry=0.0 * one, spending=found.spending, alpha=p.alpha, delta=p.delta, epsilon=p.epsilon, phi=p.phi,
            amenity_spill=p.amenity_spill,
        )  # fmt: skip

    def accounts(self, place: Geography, parameters: Parameters) -> Accounts:
        """Wages, workers, groups, spending and output of every place.

        Notes
        -----
        Earnings by workplace are payroll over workers: labour share x value added / (share of value added in output).
        Workers of a place split over its sectors in proportion to payroll, that is with equal wages: no table says what
        each sector of a place pays. With commuting, people are employed residents; groups of registered origin are
        scaled to them by one rate of employment in each place of residence.
        """
        form = self.elasticities(parameters)
        groups, location, home, names = self._people(place, parameters)
        residents = groups @ location
        added = place.income[None] if self.value_added is None else self.value_added
        output = added / (1.0 - form.inputs.sum(axis=1))[:, None]
        payroll = form.labour[:, None] * output
        part = payroll / payroll.sum(axis=0)
        pairs, work = None, place.population if self.commuting is None and len(groups) == 1 else residents
        if self.commuting is not None:
            pairs = part[:, None, :] * self.commuting.shares
            workers = np.einsum("sni,n->si", pairs, residents)
        else:
            workers = part * work
        wage = payroll / workers
        earned = place.income if pairs is None else np.einsum("sni,si->n", pairs, wage) * residents
        if self.value_added is not None and pairs is None:
            earned = payroll.sum(axis=0)
        final = earned if self.value_added is None else earned + form.land @ output
        spending = form.spending[:, None] * final + form.inputs.T @ output
        return Accounts(
            structure=form, wage=wage, workers=workers, groups=groups, location=location, home=home, commuting=pairs,
            spending=spending, output=output, origins=names,
        )  # fmt: skip

    def _people(
        self, place: Geography, parameters: Parameters
    ) -> tuple[Array, Array, NDArray[np.int64], tuple[str, ...]]:
        """Groups (G,), where they live (G, n), their homes and names; employed people if anybody commutes."""
        known = self.origins(place, parameters)
        if known is None:
            people = place.population if self.commuting is None else self.commuting.employed
            return np.array([people.sum()]), (people / people.sum())[None], np.array([-1]), ALL_PEOPLE
        if self.commuting is None:
            return known.groups, known.location, known.home, known.names
        cells = known.groups[:, None] * known.location * (self.commuting.employed / place.population)
        members = cells.sum(axis=1)
        return members, cells / members[:, None], known.home, known.names


def blocks(cluster: Cluster, place: Geography, structure: Structure) -> Blocks:
    """Data of the blocks that a structure names.

    Raises
    ------
    InputError, MissingDataError
        A table does not serve.
    """
    return Blocks(
        structure=structure,
        commuting=commuting(cluster, place, structure) if structure.commuting == "observed" else None,
        registration=registration(cluster, place) if structure.groups == "registered" else None,
        value_added=value_added(cluster, place) if structure.sectors == "two" else None,
    )
