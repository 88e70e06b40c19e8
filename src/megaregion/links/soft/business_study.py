"""The business environment of a cluster, from the answers and scales that its workspace states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError
from megaregion.links.soft.business_environment import business_environment, items_of
from megaregion.result import Result

TABLE = "survey_answers"
_DESIGN = ("place_id", "stratum", "psu", "weight", "stratum_psus")
_OPTIONS = ("items", "level", "draws")


def business_study(cluster: Cluster, *, seed: int) -> dict[str, Result]:
    """Means, errors and rank intervals from tables/survey_answers.csv; empty without that table.

    Raises
    ------
    InputError, SchemaError
        The options lack the scales, a respondent differs between rows, or as
        `megaregion.links.soft.business_environment.business_environment`.
    """
    answers = cluster.further.get(TABLE)
    if answers is None or answers.empty:
        return {}
    given = cluster.options.get("business_environment", {})
    if not isinstance(given, Mapping) or not isinstance(given.get("items"), Mapping):
        raise InputError(
            "tables/survey_answers.csv has answers, but their scales are not stated",
            hint="[options.business_environment.items.<item>] low = 1, high = 5, direction = 1",
        )
    require_known(given, _OPTIONS, "business_environment")
    items = items_of(given["items"])
    if lost := sorted(set(answers["item"]) - {one.name for one in items}):
        raise InputError(f"options.business_environment.items lacks the scales of {', '.join(lost[:5])}",
                         hint="or delete these rows of tables/survey_answers.csv")  # fmt: skip
    more: dict[str, Any] = {key: given[key] for key in ("level", "draws") if key in given}
    return {"business_environment": business_environment(respondents_of(answers), items, seed=seed, **more)}


def respondents_of(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a respondent with a column an item, from one row a respondent and item.

    Parameters
    ----------
    answers : DataFrame
        Columns of tables/survey_answers.csv.

    Raises
    ------
    InputError
        A respondent is in two places, strata or clusters, or has two weights.
    """
    design = [c for c in _DESIGN if c in answers]
    by = answers.groupby("respondent_id", sort=True)
    mixed = by[design].nunique(dropna=False) > 1
    if mixed.any(axis=None):
        said = [f"{c} of {', '.join(map(str, mixed.index[mixed[c]][:5]))}" for c in design if mixed[c].any()]
        raise InputError("survey_answers: the rows of a respondent differ in " + "; ".join(said),
                         hint="place, stratum, psu and weight belong to the respondent")  # fmt: skip
    wide = answers.pivot(index="respondent_id", columns="item", values="value")
    return by[design].first().join(wide).reset_index()
