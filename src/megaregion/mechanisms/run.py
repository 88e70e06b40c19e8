"""The step `mechanisms`: every capability of the room on one cluster."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import Any

import pandas as pd

from megaregion.data.cluster import Cluster, groups
from megaregion.errors import InputError
from megaregion.mechanisms.agreement_drivers import drivers_of_cluster
from megaregion.mechanisms.agreement_network import agreement_network
from megaregion.mechanisms.agreement_parties import lifted
from megaregion.mechanisms.agreement_register import agreement_register
from megaregion.mechanisms.bargains import games_of_cluster, measures_of_cluster
from megaregion.mechanisms.diagnose import diagnose
from megaregion.mechanisms.division_of_labour import division_of_labour
from megaregion.mechanisms.factor_accounts import factor_accounts
from megaregion.mechanisms.islands import islands
from megaregion.mechanisms.maturity import maturity
from megaregion.mechanisms.maturity_of_register import maturity_of_register
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.paths_of_cluster import paths_of_cluster, scenarios_of_cluster
from megaregion.mechanisms.people_tables import poverty_of_cluster, remedies_of_cluster, villages_of_cluster
from megaregion.mechanisms.rural_units import functions_of_cluster
from megaregion.mechanisms.urban_rural import urban_rural
from megaregion.result import Result

_OPTIONS = ("poor_is", "level", "year", "growth_years", "centres", "flow_layer", "half_time_min", "permutations",
            "alpha", "dependent")  # fmt: skip
assert set(_OPTIONS) <= set(signature(islands).parameters)


def run(
    cluster: Cluster, *, seed: int, adjacent: pd.DataFrame | None = None, beside: pd.DataFrame | None = None
) -> dict[str, Result]:  # fmt: skip
    """Everything that the tables of a cluster say about coordination, and about town and country.

    Parameters
    ----------
    cluster : Cluster
    seed : int
        Of permutations, samples and bootstrap.
    adjacent : DataFrame, optional
        Columns place_a, place_b: places of the division of labour that share a border
        (`megaregion.data.adjacency.shared_borders`); without it neighbours are told by points.
    beside : DataFrame, optional
        The same for the places of analysis, for clustering of income.

    Returns
    -------
    dict of str to Result
        A table without rows says in its warnings what is lacking. Islands only where [options.islands] names an
        indicator.

    Raises
    ------
    InputError, MissingDataError
        As the functions called: values are doubled, of mixed scope or unit, or out of range.
    """
    return {
        **diagnose(cluster, seed=seed, adjacent=beside),
        **_register(cluster, seed),
        **games_of_cluster(cluster, seed=seed),
        **measures_of_cluster(cluster),
        **division_of_labour(cluster, seed=seed, adjacent=adjacent),
        **urban_rural(cluster, seed),
        **factor_accounts(cluster),
        **_islands(cluster, seed),
        **poverty_of_cluster(cluster, seed=seed),
        **remedies_of_cluster(cluster),
        **villages_of_cluster(cluster, seed=seed),
        **functions_of_cluster(cluster, seed=seed),
        **paths_of_cluster(cluster),
        **scenarios_of_cluster(cluster),
    }


def _register(cluster: Cluster, seed: int) -> dict[str, Result]:
    """Agreements in the register, and how mature cooperation is: by a rule, and by coders where they have judged it."""
    level, label = str(cluster.attrs["level"]), groups(cluster)
    given = options_of(cluster, "agreement_register", ("strength", "carried"))
    register = agreement_register(cluster.agreements, cluster.places, label, level=level, **given)
    raised, warnings = lifted(cluster.agreements, cluster.places, level)
    network = agreement_network(raised, label, seed=seed)
    network = replace(network, warnings=(*network.warnings, *warnings))
    out: dict[str, Result] = {
        "agreement_register": register, "agreement_list": register.listed, "agreement_years": register.years,
        "agreement_ties": register.ties, "agreement_network": network, "agreement_pairs": network.pairs,
        "agreement_places": network.places,
    }  # fmt: skip
    if (found := drivers_of_cluster(cluster, network, seed=seed)) is not None:
        out["agreement_drivers"] = found
    if len(cluster.agreements):
        rule = options_of(cluster, "maturity", ("stages",))
        out["maturity_of_register"] = maturity_of_register(cluster.agreements, **rule)
    if "maturity" in cluster.further:
        out["maturity"] = maturity(cluster.further["maturity"])
    return out


def _islands(cluster: Cluster, seed: int) -> dict[str, Result]:
    given = options_of(cluster, "islands", ("indicator", *_OPTIONS))
    if not given:
        return {}
    if "indicator" not in given:
        raise InputError(
            "options.islands: indicator is lacking",
            hint='indicator = "population_change", or an indicator with poor_is = "low" or "high"',
        )
    from megaregion.links.hard.times import times

    level = str(given.get("level", cluster.attrs["level"]))
    options: dict[str, Any] = {key: given[key] for key in _OPTIONS if key in given}
    if "growth_years" in options:
        options["growth_years"] = tuple(options["growth_years"])
    minutes = times(cluster, origins=cluster.select(level)).time
    return islands(cluster, minutes, indicator_or_role=str(given["indicator"]), seed=seed, **options)
