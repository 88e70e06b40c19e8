"""Network of agreements between places: who signs with whom, beyond chance, around which core, across which borders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.bipartite_projection import projected, shared, shared_by_chance
from megaregion.core.brokerage import brokerage
from megaregion.core.centralization import degree_centralization, density
from megaregion.core.core_periphery import core_periphery, core_periphery_p
from megaregion.core.mrqap import mrqap, orders, qap_correlation
from megaregion.core.spatial_permutation import false_discovery
from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.mechanisms.agreement_network_tables import (
    ALL,
    AgreementDrivers,
    AgreementNetwork,
    AgreementPairs,
    AgreementPlaces,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BINDING = ("signed", "in-force")  # what was only announced is no tie
TIES = ("any", "backbone")
_ROLES = ("coordinator", "itinerant", "gatekeeper", "liaison")


def agreement_network(
    agreements: pd.DataFrame,
    groups: pd.Series,
    *,
    seed: int | np.random.Generator,
    status: Sequence[str] = BINDING,
    year: int | None = None,
    level: float = 0.05,
    permutations: int = 999,
) -> AgreementNetwork:
    """Network of places that are parties of the same agreements.

    Parameters
    ----------
    agreements : DataFrame
        Index `agreement_id`; columns parties (place_id separated by semicolons), field, status, start and, if there,
        end.
    groups : Series
        Group (province) of each place, index `place_id`; places without agreements count as isolated.
    seed : int or Generator
        For the p values of core and periphery.
    status : sequence of str, default signed and in-force
        Agreements that count.
    year : int, optional
        Only those that have started and not ended before it.
    level : float, default 0.05
        Of false discoveries, for the backbone.
    permutations : int, default 999

    Returns
    -------
    AgreementNetwork
        By field; `pairs` and `places` beside it. Empty with a warning if no agreement counts.

    Raises
    ------
    InputError
        Ids are repeated, an agreement has fewer than two parties or one twice, a number makes no sense; all at once.
    MissingDataError
        A place has no group, or an agreement no field, status or start.

    Notes
    -----
    Weights 1/(m - 1) for m parties (Newman 2001); backbone by the hypergeometric null in which every place joins its
    number of agreements at random (Tumminello et al. 2011), with Benjamini and Hochberg (1995) over all pairs of a
    field. Parties that are no places of `groups` (a province, a ministry) count in m and are not in the network.
    """
    _check(agreements, groups, level)
    labels = groups.sort_index()
    chosen, warnings = _chosen(agreements, status, year)
    member, size, outside = _members(chosen, labels.index)
    if outside:
        warnings.append(f"parties that are no places of the level of analysis are left out: {', '.join(outside[:5])}")
    settings: dict[str, Any] = {
        "status": list(status), "year": year, "level": level, "permutations": permutations,
        "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    if not len(chosen):
        return AgreementNetwork(
            table=_empty(AgreementNetwork), settings=settings, warnings=tuple(warnings),
            pairs=AgreementPairs(table=_empty(AgreementPairs), warnings=tuple(warnings)),
            places=AgreementPlaces(table=_empty(AgreementPlaces), warnings=tuple(warnings)),
        )  # fmt: skip
    code = np.unique(labels.to_numpy(dtype=str), return_inverse=True)[1]
    rng = generator(seed, "agreement-network")
    shape, pairs, places = [], [], []
    for field in (ALL, *sorted(chosen["field"].astype(str).unique())):
        rows = np.ones(len(chosen), bool) if field == ALL else (chosen["field"].astype(str) == field).to_numpy()
        table, ties, weight = _pairs(member[rows], size[rows], labels.index, level)
        pairs.append(table.assign(field=field))
        for name, tie in zip(TIES, ties, strict=True):
            shape.append({"field": field, "ties": name, **_shape(tie, member[rows], code, permutations, rng)})
            if field == ALL:
                places.append(_places(tie, weight, member, labels, code).assign(ties=name))
    return AgreementNetwork(
        table=_ordered(pd.DataFrame(shape), AgreementNetwork), settings=settings, warnings=tuple(warnings),
        pairs=AgreementPairs(table=_ordered(pd.concat(pairs, ignore_index=True), AgreementPairs)),
        places=AgreementPlaces(table=_ordered(pd.concat(places, ignore_index=True), AgreementPlaces)),
    )  # fmt: skip


def drivers(
    network: pd.DataFrame,
    predictors: Mapping[str, pd.DataFrame],
    *,
    seed: int | np.random.Generator,
    permutations: int = 999,
    directed: bool = False,
) -> AgreementDrivers:
    """Regression of a network on others: distance, the same province, gaps of income ...

    Parameters
    ----------
    network : DataFrame, square
        What is to be explained (`AgreementNetwork.weights`); the diagonal is ignored.
    predictors : mapping of name to square DataFrame
        The same places; symmetric if `directed` is False; no pair missing.
    seed : int or Generator
    permutations : int, default 999
    directed : bool
        Every ordered pair is an observation, else every pair once.

    Raises
    ------
    MissingDataError
        A pair is missing.
    InputError
        No predictor, collinear ones, or (AlignmentError) the places differ.

    Notes
    -----
    MRQAP with double semi-partialing, Dekker, Krackhardt and Snijders (2007). An association, not a cause.
    """
    if not predictors:
        raise InputError("no predictor is given")
    reference = pd.Series(0, network.index)
    _, y, *xs = exact(reference, network, *predictors.values())
    target = y.to_numpy(dtype=np.float64)
    stack = np.stack([x.to_numpy(dtype=np.float64) for x in xs])
    _no_gaps({"network": target, **dict(zip(predictors, stack, strict=True))}, network.index)
    drawn = orders(len(target), permutations, seed)
    found = mrqap(target, stack, orders=drawn, directed=directed)
    alone = [qap_correlation(x, target, orders=drawn, directed=directed) for x in stack]
    off = ~np.eye(len(target), dtype=bool)
    spread = np.array([x[off].std() for x in stack]) / target[off].std()
    table = pd.DataFrame(
        {
            "predictor": list(predictors), "coefficient": found.coefficient,
            "standardized": found.coefficient * spread, "t": found.t, "p": found.p, "p_greater": found.p_greater,
            "p_less": found.p_less, "correlation": [float(one.partial[0]) for one in alone],
            "correlation_p": [float(one.p[0]) for one in alone],
        }
    )  # fmt: skip
    settings = {"intercept": found.intercept, "r_squared": found.r_squared, "dyads": found.dyads,
                "permutations": permutations, "directed": directed}  # fmt: skip
    return AgreementDrivers(table=table, settings=settings)


def same(groups: pd.Series) -> pd.DataFrame:
    """1 where two places are of the same group, else 0: a predictor."""
    value = groups.to_numpy(dtype=str)
    equal = (value[:, None] == value[None, :]).astype(np.float64)
    return pd.DataFrame(equal, index=groups.index, columns=groups.index)


def gap(values: pd.Series) -> pd.DataFrame:
    """Absolute difference of two places: a predictor (of logarithms: how many times larger)."""
    value = values.to_numpy(dtype=np.float64)
    return pd.DataFrame(np.abs(value[:, None] - value[None, :]), index=values.index, columns=values.index)


def _pairs(
    member: Bools, size: Floats, labels: pd.Index, level: float
) -> tuple[pd.DataFrame, tuple[Bools, Bools], Floats]:
    """Rows of the pairs that share an agreement, both kinds of ties, and the weights."""
    count, weight = shared(member), projected(member, size=size)
    expected, p = shared_by_chance(member)
    rows, columns = np.triu_indices(len(labels), 1)
    q = np.full(p.shape, np.nan)
    q[rows, columns] = q[columns, rows] = false_discovery(p[rows, columns])
    backbone = (q <= level) & (count > 0)
    some = count[rows, columns] > 0
    i, j = rows[some], columns[some]
    table = pd.DataFrame(
        {
            "place_a": labels[i].astype(str), "place_b": labels[j].astype(str), "agreements": count[i, j].astype(int),
            "weight": weight[i, j], "expected": expected[i, j], "p": p[i, j], "q": q[i, j], "backbone": backbone[i, j],
        }
    )  # fmt: skip
    return table, (count > 0, backbone), weight


def _shape(
    tie: Bools, member: Bools, code: NDArray[np.intp], permutations: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Numbers of one network."""
    across = code[:, None] != code[None, :]
    core = core_periphery(tie)
    return {
        "agreements": len(member), "taking_part": int(member.any(axis=0).sum()), "pairs": int(tie.sum()) // 2,
        "pairs_across": int((tie & across).sum()) // 2, "density": density(tie),
        "centralization": degree_centralization(tie), "core_fit": core.correlation, "core_size": int(core.core.sum()),
        "core_p_ties": core_periphery_p(tie, permutations=permutations, seed=rng),
        "core_p_degrees": core_periphery_p(tie, permutations=permutations, seed=rng, null="degrees"),
    }  # fmt: skip


def _places(tie: Bools, weight: Floats, member: Bools, groups: pd.Series, code: NDArray[np.intp]) -> pd.DataFrame:
    """One row a place."""
    roles = brokerage(tie, code, directed=False)
    return pd.DataFrame(
        {
            "place_id": groups.index.astype(str), "group": groups.to_numpy(), "agreements": member.sum(axis=0),
            "partners": tie.sum(axis=1), "strength": np.where(tie, weight, 0.0).sum(axis=1),
            "core": core_periphery(tie).core, **{role: getattr(roles, role).astype(int) for role in _ROLES},
        }
    )  # fmt: skip


def _parties(agreements: pd.DataFrame) -> pd.Series:
    """One row an agreement and party."""
    names = agreements["parties"].fillna("").astype(str).str.split(";").explode().str.strip()
    return names[names != ""]


def _members(chosen: pd.DataFrame, labels: pd.Index) -> tuple[Bools, Floats, list[str]]:
    """Who is in what (rows agreements), how many parties each has in all, and parties that are no places."""
    names = _parties(chosen)
    row, column = chosen.index.get_indexer(names.index), labels.get_indexer(pd.Index(names.to_numpy()))
    member = np.zeros((len(chosen), len(labels)), dtype=bool)
    member[row[column >= 0], column[column >= 0]] = True
    size = np.bincount(row, minlength=len(chosen)).astype(np.float64)
    return member, size, sorted(names[column < 0].unique())


def _chosen(agreements: pd.DataFrame, status: Sequence[str], year: int | None) -> tuple[pd.DataFrame, list[str]]:
    """Agreements that count, in order, and what a reader must know."""
    if not len(agreements):
        return agreements, ["tables/agreements.csv lists no agreement: there is no network"]
    counts = agreements["status"].isin(list(status))
    if year is not None:
        counts &= agreements["start"] <= year
        if "end" in agreements:
            counts &= agreements["end"].isna() | (agreements["end"] >= year)
    warnings = []
    if left := int((~counts).sum()):
        warnings.append(f"{left} of {len(agreements)} agreements do not count (status or year)")
    if left == len(agreements):
        warnings.append("no agreement counts: there is no network")
    return agreements[counts].sort_index(), warnings


def _check(agreements: pd.DataFrame, groups: pd.Series, level: float) -> None:
    wrong, missing = [], []
    if not 0 < level < 1:
        wrong.append(f"level must lie between 0 and 1, got {level!r}")
    for name, index in (("agreements.agreement_id", agreements.index), ("groups", groups.index)):
        if not index.is_unique:
            wrong.append(f"{name} repeats {_some(index[index.duplicated()])}")
    if lost := [c for c in ("parties", "field", "status", "start") if c not in agreements]:
        raise InputError("; ".join([*wrong, f"agreements lacks the columns {', '.join(lost)}"]))
    if groups.isna().any():
        missing.append(f"places without a group: {_some(groups.index[groups.isna()])}")
    for column in ("field", "status", "start"):
        if (gaps := agreements[column].isna()).any():
            missing.append(f"agreements.{column} is empty for {_some(agreements.index[gaps])}")
    names = _parties(agreements)
    count = names.groupby(level=0).size().reindex(agreements.index.unique(), fill_value=0)
    if (few := count < 2).any():
        wrong.append(f"agreements.parties has fewer than two parties for {_some(count.index[few])}")
    pair = pd.MultiIndex.from_arrays([names.index, names.to_numpy()])
    if not wrong and pair.has_duplicates:
        wrong.append(f"agreements.parties names a party twice for {_some(pair[pair.duplicated()].get_level_values(0))}")
    if wrong or missing:
        raise (InputError if wrong else MissingDataError)(
            "; ".join(wrong + missing), hint="mend tables/agreements.csv; parties are place_id separated by semicolons"
        )


def _no_gaps(networks: Mapping[str, Floats], labels: pd.Index) -> None:
    off, wrong = ~np.eye(len(labels), dtype=bool), []
    for name, value in networks.items():
        if (gaps := np.isnan(value) & off).any():
            first = [f"{labels[i]} - {labels[j]}" for i, j in np.argwhere(gaps)[:5].tolist()]
            wrong.append(f"{name} lacks {int(gaps.sum())} pairs: {', '.join(first)}")
    if wrong:
        raise MissingDataError("; ".join(wrong), hint="leave the places out, or say what a missing pair is worth")


def _some(labels: pd.Index) -> str:
    return ", ".join(map(str, labels[:5]))


def _ordered(table: pd.DataFrame, kind: type[AgreementNetwork | AgreementPairs | AgreementPlaces]) -> pd.DataFrame:
    return table[[column.name for column in kind.columns]].reset_index(drop=True)


def _empty(kind: type[AgreementNetwork | AgreementPairs | AgreementPlaces]) -> pd.DataFrame:
    return pd.DataFrame({c.name: pd.Series(dtype="float64" if c.unit else "object") for c in kind.columns})


__all__ = [
    "AgreementDrivers", "AgreementNetwork", "AgreementPairs", "AgreementPlaces", "agreement_network", "drivers", "gap",
    "same",
]  # fmt: skip
