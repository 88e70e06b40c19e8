"""Groups of registered origin: who lives at home, who came from where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from megaregion.data.cluster import Cluster, values
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.geography import Geography
from megaregion.equilibrium.parameters import Parameters
from megaregion.errors import InputError
from megaregion.units import factor

OUTSIDE = "outside"
COLUMNS = ("registered_same_county", "registered_same_province", "registered_other_province")


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration:
    """Residents by how far away their household is registered, persons, each (n,).

    Attributes
    ----------
    here : array
        Registered in the county of residence (another street or town of it included).
    province : array
        In another county of the same province: of the same place or of another one.
    elsewhere : array
        In another province, of the region or outside of it.
    """

    here: Array
    province: Array
    elsewhere: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Origins:
    """Groups of registered origin and where they live.

    Attributes
    ----------
    names : tuple of str (G,)
        place_id of the place of registration; ``outside`` for people registered outside of the region.
    home : array (G,) of int
        Number of that place, -1 for ``outside``.
    groups : array (G,)
        Members who live in the region, persons.
    location : array (G, n)
        Share of each group that lives in each place.
    observed_share, bounded_share, assumed_share : float
        Share of residents whose origin the census gives; of those whose province of origin it gives, split over its
        places by gravity; and of those from other provinces.
    home_share : array (G,)
        Share of each group that lives at home, nan for ``outside``.
    """

    names: tuple[str, ...]
    home: NDArray[np.int64]
    groups: Array
    location: Array
    observed_share: float
    bounded_share: float
    assumed_share: float
    home_share: Array


def registration(cluster: Cluster, place: Geography) -> Registration:
    """Residents by registration, from the census columns of a cluster.

    Parameters
    ----------
    cluster : Cluster
        Indicators `registered_same_county`, `registered_same_province`, `registered_other_province` of the base year:
        residents whose household is registered in another street or town of the same county, in another county of the
        province, in another province. [indicators] may name other indicators for these roles.
    place : Geography

    Raises
    ------
    MissingDataError
        A place has no value.
    InputError
        More people are registered elsewhere than live in a place, or a value is negative.
    """
    roles = cluster.attrs.get("indicators") or {}
    found = []
    for role in COLUMNS:
        column = values(cluster, str(roles.get(role, role))).reindex(list(place.places))
        found.append(column.to_numpy(float) * factor(str(column.attrs.get("unit") or "person"), "person"))
    moved_within, province, elsewhere = found
    bad = [place.places[k] for k in np.flatnonzero((np.stack(found) < 0).any(axis=0))]
    bad += [place.places[k] for k in np.flatnonzero(moved_within + province + elsewhere >= place.population)]
    if bad:
        raise InputError(
            f"indicators: {', '.join(COLUMNS)} are negative or reach the number of residents in {', '.join(bad[:5])}",
            hint="they are parts of the residents of the same census",
        )
    return Registration(here=place.population - province - elsewhere, province=province, elsewhere=elsewhere)


def origins(known: Registration, place: Geography, parameters: Parameters) -> Origins:
    """Groups by place of registration.

    Parameters
    ----------
    known : Registration
    place : Geography
    parameters : Parameters
        `outside_share` of residents registered in another province come from outside of the region; `origin_time` is
        the elasticity of the number of movers from an origin to travel time.

    Notes
    -----
    Residents of n registered in another county of the same province come from place o of that province, n itself
    included, in proportion to s_o t_on^-origin_time, s_o the people registered in the county where they live (for want
    of a count of registered people). Those from other provinces of the region likewise over the places of all other
    provinces. The border is not in the formula: the census itself says who crossed one. The split over places is
    modelled; residents of each place and the three kinds are reproduced exactly.

    Migration costs are not estimated: with m_gn observed or modelled they are the residual that makes the choice of
    residence exact (m_gn ~ (V_n / mu_gn)^epsilon, Tombe and Zhu 2019, American Economic Review 109(5)), and in changes
    they cancel.
    """
    n = len(place.places)
    same = place.cross == 0.0  # origin, residence
    pull = known.here[:, None] * place.time ** (-parameters.origin_time)
    within = _split(np.where(same, pull, 0.0), known.province)
    there = np.where(same, 0.0, pull)
    reached = there.sum(axis=0) > 0  # with one province only, everybody from another one comes from outside
    outside = np.where(reached, parameters.outside_share, 1.0) * known.elsewhere
    across = _split(there, known.elsewhere - outside)
    people = np.vstack([np.diag(known.here) + within + across, outside[None]])
    names, home = np.array([*place.places, OUTSIDE]), np.append(np.arange(n), -1)
    members = people.sum(axis=1)
    kept = members > 0
    people, members, home = people[kept], members[kept], home[kept]
    location = people / members[:, None]
    at_home = np.where(home >= 0, location[np.arange(home.size), np.maximum(home, 0)], np.nan)
    total = float(place.population.sum())
    single = same.sum(axis=0) == 1  # a province of one place: its own people are observed
    bounded = float(known.province[~single].sum()) / total
    assumed = float(known.elsewhere.sum()) / total
    return Origins(
        names=tuple(map(str, names[kept])), home=home, groups=members, location=location,
        observed_share=1.0 - bounded - assumed, bounded_share=bounded, assumed_share=assumed, home_share=at_home,
    )  # fmt: skip


def _split(weight: Array, people: Array) -> Array:
    """People of each column spread over rows in proportion to weights (n, n)."""
    total = weight.sum(axis=0)
    out: Array = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0) * people
    return out
