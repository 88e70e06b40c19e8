"""Villages and poverty from the tables of a workspace."""

from __future__ import annotations

from typing import Any

from megaregion.data.cluster import Cluster
from megaregion.mechanisms.options import options_of
from megaregion.mechanisms.poverty import poverty
from megaregion.mechanisms.village_rules import rules
from megaregion.mechanisms.villages import classify_villages
from megaregion.result import Result

_LIMITS = ("minutes", "population_loss_percent")
_LEARNING = ("features", "precedence", "threshold", "calibration", "folds")
_POVERTY = ("shares", "median_of", "open_top", "k", "draws")
_SOURCES = {"incomes": ("poverty",), "income_brackets": ("poverty_lorenz",),
            "deprivations": ("multidimensional", "multidimensional_dimensions")}  # fmt: skip


def villages_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Types of the villages, townships or counties of tables/villages.csv; nothing without that table.

    Parameters
    ----------
    cluster : Cluster
        `further["villages"]`. [options.villages]: minutes and population_loss_percent of
        `megaregion.mechanisms.village_rules.rules`; features, precedence, threshold, calibration, folds of
        `classify_villages`.
    seed : int

    Returns
    -------
    dict of str to Result
        village_types, village_shares, village_reliability, village_agreement.

    Raises
    ------
    InputError
        As `classify_villages`; an option is unknown.
    """
    table = cluster.further.get("villages")
    if table is None or table.empty:
        return {}
    options = options_of(cluster, "villages", (*_LIMITS, *_LEARNING))
    limits: dict[str, Any] = {key: options[key] for key in _LIMITS if key in options}
    learning: dict[str, Any] = {key: options[key] for key in _LEARNING if key in options}
    return classify_villages(table.set_index("village_id"), chosen=rules(**limits), seed=seed, **learning)


def poverty_of_cluster(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Poverty from tables/incomes.csv, income_brackets.csv and deprivations.csv, those that are there.

    Parameters
    ----------
    cluster : Cluster
        `further` with any of the three. [options.poverty]: shares, median_of, open_top, k, draws of
        `megaregion.mechanisms.poverty.poverty`.
    seed : int

    Returns
    -------
    dict of str to Result
        poverty; poverty_lorenz; multidimensional and multidimensional_dimensions.

    Raises
    ------
    InputError, MissingDataError
        As `megaregion.mechanisms.poverty.poverty`; an option is unknown.
    """
    given = {name: cluster.further[name] for name in _SOURCES if name in cluster.further}
    given = {name: table for name, table in given.items() if len(table)}
    if not given:
        return {}
    options = options_of(cluster, "poverty", _POVERTY)
    found = poverty(incomes=given.get("incomes"), brackets=given.get("income_brackets"),
                    deprivations=given.get("deprivations"), seed=seed, **options)  # fmt: skip
    return {out: found[out] for name in given for out in _SOURCES[name]}
