"""Innovation of a cluster: inputs and outputs, conversion, joint documents, radiation, complexity, choke points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.nodes.choke_points import choke_points
from megaregion.nodes.innovation_activities import (
    LEAST,
    Activities,
    advantages,
    common,
    complexity_tables,
    from_fields,
    from_industries,
    options_table,
)
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_radiation import radiation
from megaregion.nodes.innovation_tables import VectorResult
from megaregion.nodes.innovation_ties import DOCUMENTS, Documents, documents, fields_of, network, tie_tables
from megaregion.nodes.innovation_vector import conversion, vector
from megaregion.nodes.innovation_yields import yields
from megaregion.result import Result

TABLES = (
    "innovation", "innovation_conversion", "innovation_yields", "innovation_ties_places", "innovation_ties",
    "innovation_radiation", "innovation_centre", "innovation_complexity", "innovation_activities", "innovation_options",
    "choke_points", "choke_options",
)  # fmt: skip


def innovation(
    cluster: Cluster, *, seed: int | np.random.Generator, options: InnovationOptions | None = None
) -> dict[str, Result]:
    """All that the tables of a workspace say of innovation.

    Parameters
    ----------
    cluster : Cluster
        `indicators`; of `further` the tables documents, industries and choke_points where they are there.
    seed : int or Generator
        Of intervals.
    options : InnovationOptions, optional
        Default: [options.innovation] of the workspace.

    Returns
    -------
    dict of str to Result
        The tables of `TABLES` that can be computed; the first of them says in its warnings what cannot, and why. Empty
        where no table says anything of innovation and nothing was asked.

    Raises
    ------
    InputError
        A table or an option cannot be used; see the parts.

    Notes
    -----
    Nothing is added up to one score: the parts stand beside each other. Methods: innovation, collaboration, radiation,
    advantage, complexity, choke-points.
    """
    chosen = options or InnovationOptions.of(cluster.options.get("innovation", {}))
    out: dict[str, Result] = {}
    lacks: list[str] = []
    made = vector(cluster, chosen, seed=seed)
    rates = conversion(cluster, chosen)
    if made is not None:
        out["innovation"] = made
    if rates is not None:
        out["innovation_conversion"] = rates
    else:
        lacks.append(f"no conversion rate: no data for {chosen.converted}, {chosen.stock}")
    if (ratios := yields(cluster, chosen)) is not None:
        out["innovation_yields"] = ratios
    found = _documents(cluster, chosen)
    if found is None:
        lacks.append("no tables/documents.csv: no joint documents and no radiation of the centre")
    else:
        lacks += _ties(cluster, found, chosen, seed, out)
    activities, why = _activities(cluster, found, chosen)
    lacks += [why] if why else []
    if activities is not None:
        _complexity(cluster, activities, chosen, seed, out)
    elif _has(cluster, "choke_points"):
        lacks.append("choke points: no table of activities to cross them with")
    asked = _has(cluster, "documents") or _has(cluster, "choke_points") or "innovation" in cluster.options
    return _told(out, made, lacks) if out or asked else {}


def _has(cluster: Cluster, name: str) -> bool:
    table = cluster.further.get(name)
    return table is not None and len(table) > 0


def _documents(cluster: Cluster, chosen: InnovationOptions) -> Documents | None:
    if not _has(cluster, "documents"):
        return None
    return documents(cluster, cluster.further["documents"], chosen)


def _ties(
    cluster: Cluster, found: Documents, chosen: InnovationOptions, seed: int | np.random.Generator,
    out: dict[str, Result],
) -> list[str]:  # fmt: skip
    made = network(found, draws=chosen.draws, seed=seed)
    out["innovation_ties_places"], out["innovation_ties"] = tie_tables(cluster, made, chosen)
    places, terms, why = radiation(cluster, made, chosen)
    if places is None or terms is None:
        return [why]
    out["innovation_radiation"], out["innovation_centre"] = places, terms
    return []


def _activities(cluster: Cluster, found: Documents | None, chosen: InnovationOptions) -> tuple[Activities | None, str]:
    """The table of places by activities that is asked for, or the first that is there; else why there is none."""
    made: Activities | None = None
    if chosen.activities in (None, "documents") and found is not None:
        made = from_fields(fields_of(found), DOCUMENTS)
    if chosen.activities == "documents" and made is None:
        raise InputError("options.innovation: activities = 'documents' needs tables/documents.csv with fields",
                         hint="fill the column field, or take industries")  # fmt: skip
    if made is None:
        made = from_industries(cluster, chosen)
    if chosen.activities == "industries" and made is None:
        raise InputError("options.innovation: activities = 'industries' needs tables/industries.csv for this level")
    if made is None:
        return None, "no fields of documents and no tables/industries.csv: no complexity and no relatedness"
    made = common(made, chosen.least_expected)
    k = made.table.shape[1]
    if k < LEAST:
        return None, f"{k} activities with enough cases (fewer than {LEAST}): no complexity and no relatedness"
    return made, ""


def _complexity(
    cluster: Cluster, activities: Activities, chosen: InnovationOptions, seed: int | np.random.Generator,
    out: dict[str, Result],
) -> None:  # fmt: skip
    made = advantages(activities, chosen, seed=seed)
    out["innovation_complexity"], out["innovation_activities"] = complexity_tables(made, chosen)
    out["innovation_options"] = options_table(made, chosen)
    if _has(cluster, "choke_points"):
        out["choke_points"], out["choke_options"] = choke_points(cluster.further["choke_points"], made)


def _told(out: dict[str, Result], made: VectorResult | None, lacks: list[str]) -> dict[str, Result]:
    """The same with what is lacking among the warnings of the vector; an empty one where there is none."""
    first = VectorResult(table=_nothing()) if made is None else made
    said = ["innovation: no indicator of its inputs and outputs"] if made is None else []
    told = replace(first, warnings=(*first.warnings, *said, *lacks))
    return {name: {**out, "innovation": told}[name] for name in TABLES if name in out or name == "innovation"}


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({c.name: pd.Series(dtype="float64" if c.unit else object)
                         for c in VectorResult(table=pd.DataFrame()).describe()})  # fmt: skip
