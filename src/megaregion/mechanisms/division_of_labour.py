"""Division of labour: who does what, who is alike, who completes whom, and which industries go together."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core import relatedness, specialisation
from megaregion.data.cluster import Cluster
from megaregion.data.industries import Structures, structures
from megaregion.mechanisms.division_of_labour_tables import TABLES, DivisionTable
from megaregion.mechanisms.division_options import DivisionOptions
from megaregion.mechanisms.division_pairs import Division, false_discovery, pairs_table
from megaregion.result import Result

FINE = 60  # industries; about where classifications have three digits
LEAST = 5.0  # people of the sample in the mean place below which an industry is a chance find
Z90 = 1.6448536269514722


def division_of_labour(
    cluster: Cluster,
    industries: pd.DataFrame | None = None,
    *,
    seed: int | np.random.Generator,
    adjacent: pd.DataFrame | None = None,
    input_output: pd.DataFrame | None = None,
    options: DivisionOptions | None = None,
) -> dict[str, Result]:
    """Specialisation, likeness, complements and relatedness of the places of analysis and their industries.

    Parameters
    ----------
    cluster : Cluster
    industries : DataFrame, optional
        Columns of the schema `industries`, at the finest level there is. Default: the table of the workspace, and
        without one the sectors among the indicators.
    seed : int or Generator
        For the nulls.
    adjacent : DataFrame, optional
        Columns place_a, place_b: which of the places that are compared are neighbours. Default: by their points
        (Gabriel graph).
    input_output : DataFrame, rows and columns industry, optional
        Input from the row for a unit of output of the column, >= 0; without it complementarity is missing.
    options : DivisionOptions, optional
        Default: [options.division_of_labour] of the workspace.

    Returns
    -------
    dict of str to Result
        division_places, division_pairs, division_industries, division_quotients, division_relatedness; without rows
        where there is no table of industries, and the warnings say so.

    Raises
    ------
    InputError
        A value cannot be used, or `adjacent` or `input_output` speak of other places or industries.
    MissingDataError
        No year has every industry of every place.

    Notes
    -----
    Krugman (1991); Hidalgo, Klinger, Barabasi and Hausmann (2007). Methods: division-of-labour, relatedness.
    """
    chosen = options or DivisionOptions.of(cluster.options.get("division_of_labour", {}))
    table = cluster.further.get("industries") if industries is None else industries
    if chosen.kind is not None and chosen.kind != cluster.attrs["level"]:
        cluster = cluster.replace(attrs={**cluster.attrs, "level": chosen.kind})
    found = structures(cluster, table, sectors=chosen.sectors, year=chosen.year, absent_is_zero=chosen.absent_is_zero)
    if found is None:
        text = (
            "no table of industries (tables/industries.csv) and no indicators of all sectors for places of this "
            "level: division of labour is not computed"
        )
        return {name: _empty(kind, text) for name, kind in TABLES.items()}
    made = _made(found, chosen)
    pairs, facts, notes = pairs_table(cluster, made, adjacent, input_output, seed)
    frames: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
        "division_places": (_places(made, seed), {"place_id": "{place_id}"}),
        "division_pairs": (pairs, {"place_id": ["{place_a}", "{place_b}"]}),
        "division_industries": (_industries(made), {"industry": "{industry}", "place_id": made.places}),
        "division_quotients": (_quotients(made), {"place_id": "{place_id}", "industry": "{industry}"}),
        "division_relatedness": (_relatedness(made), {"place_id": made.places}),
    }
    settings = {
        **asdict(chosen), "year": found.year, "industries": len(made.industries), "origin": found.origin,
        "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    warnings = (*found.warnings, *_coarse(made))
    out: dict[str, Result] = {}
    for name, (frame, where) in frames.items():
        here = name == "division_pairs"
        made_of = TABLES[name](
            table=frame, rows_of=found.inputs(**where), whole=found.inputs(place_id=made.places), settings=settings,
            found=facts if here else {}, warnings=(*warnings, *(notes if here else ())),
        )  # fmt: skip
        columns = [column.name for column in made_of.describe()]
        out[name] = replace(made_of, table=frame[columns].reset_index(drop=True))
    return out


def _empty(kind: type[DivisionTable], text: str) -> DivisionTable:
    bare = kind(table=pd.DataFrame(), warnings=(text,))
    return replace(
        bare, table=pd.DataFrame({c.name: pd.Series(dtype="float64" if c.unit else object) for c in bare.describe()})
    )


def _made(found: Structures, options: DivisionOptions) -> Division:
    share = specialisation.shares(found.table.to_numpy(float))
    reference = np.asarray(found.weights.to_numpy(float) @ share)
    lq = specialisation.location_quotient(share, reference)
    specialised = lq >= 1.0
    phi = relatedness.proximity(specialised)
    counted = None if found.counted is None else found.counted.to_numpy(float) / options.design_effect
    return Division(
        found, share, reference, lq, specialised, phi, relatedness.density(specialised, phi), counted, options
    )


def _coarse(made: Division) -> list[str]:
    k, out = len(made.industries), []
    if k < FINE:
        out.append(
            f"{k} industries (fewer than {FINE}): similarity at this level says little; places that look alike may "
            "make different things"
        )
    if k <= 3:
        out.append("three sectors: relatedness and density of so few have no meaning beyond their arithmetic")
    if (rare := _rare(made)).any():
        some = ", ".join(np.array(made.industries, dtype=object)[rare])
        out.append(f"fewer than {LEAST:g} people of the sample in the mean place: not proposed as nearest: {some}")
    return out


def _rare(made: Division) -> NDArray[np.bool_]:
    """Industries so small that one person of the sample would make a speciality: nothing is near to them."""
    if made.counted is None or np.isnan(made.counted).all():
        return np.zeros(len(made.industries), dtype=bool)
    return np.asarray(made.reference * np.nanmean(made.counted) < LEAST)


def _places(made: Division, seed: int | np.random.Generator) -> pd.DataFrame:
    n, weight = len(made.places), made.of.weights.to_numpy(float)
    against = specialisation.krugman(made.share, made.reference)
    rest = np.divide(against, 1.0 - weight, out=np.full(n, np.nan), where=weight < 1.0)  # r - w s over 1 - w
    noise = p = counted = np.full(n, np.nan)
    if made.counted is not None and made.of.counted is not None:
        rng = generator(seed, "division_of_labour", "places")
        noise, p = specialisation.sampled_places(made.share, made.reference, made.counted, made.options.draws, rng)
        counted = made.of.counted.to_numpy(float)
    led = np.where(made.share >= made.options.min_share, made.lq, -np.inf)
    near = np.where(made.specialised | np.isnan(made.density) | _rare(made), -np.inf, made.density)
    top, next_ = led.argmax(axis=1), near.argmax(axis=1)
    row = np.arange(n)
    names = np.array(made.industries, dtype=object)
    open_ = np.isfinite(near[row, next_])
    return pd.DataFrame(
        {
            "place_id": made.places, "weight": weight, "krugman": against, "krugman_rest": np.minimum(rest, 2.0),
            "counted": counted, "krugman_noise": noise, "p_sampling": p, "q_sampling": false_discovery(p),
            "industries_specialised": made.specialised.sum(axis=1), "leading_industry": names[top],
            "leading_lq": made.lq[row, top], "nearest_industry": np.where(open_, names[next_], None),
            "nearest_density": np.where(open_, near[row, next_], np.nan),
        }
    )  # fmt: skip


def _industries(made: Division) -> pd.DataFrame:
    k = len(made.industries)
    weight = made.of.weights.to_numpy(float)[:, None]
    top, row = np.nan_to_num(made.lq, nan=-1.0).argmax(axis=0), np.arange(k)
    near = made.phi.argmax(axis=1)
    proximity = made.phi[row, near]
    names = np.array(made.industries, dtype=object)
    return pd.DataFrame(
        {
            "industry": names, "name_zh": [made.of.names_zh.get(name) for name in made.industries],
            "share": made.reference, "concentration": np.abs(weight * (made.lq - 1.0)).sum(axis=0),
            "places_specialised": made.specialised.sum(axis=0),
            "leading_place": np.array(made.places, dtype=object)[top], "leading_lq": made.lq[top, row],
            "related_industry": np.where(proximity > 0, names[near], None),
            "related_proximity": np.where(proximity > 0, proximity, np.nan),
        }
    )  # fmt: skip


def _quotients(made: Division) -> pd.DataFrame:
    n, k = made.lq.shape
    low = high = np.full((n, k), np.nan)
    if made.counted is not None:
        low, high = (x / made.reference for x in specialisation.wilson(made.share, made.counted, Z90))
    return pd.DataFrame(
        {
            "place_id": np.repeat(made.places, k), "industry": np.tile(made.industries, n),
            "share": made.share.ravel(), "lq": made.lq.ravel(), "lq_low": low.ravel(), "lq_high": high.ravel(),
            "specialised": made.specialised.ravel(), "density": made.density.ravel(),
        }
    )  # fmt: skip


def _relatedness(made: Division) -> pd.DataFrame:
    a, b = np.triu_indices(len(made.industries), 1)
    names = np.array(made.industries, dtype=object)
    p = relatedness.chance_together(made.specialised)[a, b]
    return pd.DataFrame(
        {
            "industry_a": names[a], "industry_b": names[b],
            "together": relatedness.together(made.specialised)[a, b].astype(int), "proximity": made.phi[a, b],
            "p_chance": p, "q_chance": false_discovery(p),
        }
    )  # fmt: skip
