"""Business environment from surveys of firms: means by place with the errors of the design, and intervals of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion._rng import generator
from megaregion.core.rank_intervals import rank_intervals
from megaregion.core.survey_means import SurveyMeans, design_covariance, survey_means
from megaregion.errors import InputError, SchemaError
from megaregion.links.soft.business_environment_tables import (
    COMPOSITE,
    BusinessEnvironment,
    PublishedRanks,
)

Floats = NDArray[np.float64]
DESIGN = ("place_id", "stratum", "psu", "weight")
AS_GIVEN = "errors are taken as published and samples of places as independent: ranks are too narrow where either fails"
FEW = 10  # degrees of freedom below which normal comparisons of pairs are too sure
_MANY = 5  # labels named in a message


@dataclass(frozen=True)
class SurveyItem:
    """One question.

    Attributes
    ----------
    name : str
        Column of the answers.
    low, high : float
        Ends of its scale; answers outside are errors.
    direction : {1, -1}
        Whether high is good (1) or bad (-1: days, costs).
    weight : float
        In the composite.
    """

    name: str
    low: float
    high: float
    direction: Literal[1, -1] = 1
    weight: float = 1.0


def business_environment(
    respondents: pd.DataFrame, items: Sequence[SurveyItem], *, seed: int | np.random.Generator, level: float = 0.95,
    draws: int = 10_000,
) -> BusinessEnvironment:  # fmt: skip
    """Means of items and their composite by place, with design errors and rank intervals.

    Parameters
    ----------
    respondents : DataFrame
        One row a firm: place_id, stratum, psu (primary sampling unit; the firm itself if firms were drawn directly),
        weight (inverse of its chance to be sampled), a column an item (missing where it did not answer); and, if
        wanted, stratum_psus: how many primary units the stratum has in all, for the finite-population correction.
    items : sequence of SurveyItem
    seed : int or Generator
        Of the draws for ranks.
    level : float, default 0.95
    draws : int, default 10000

    Returns
    -------
    BusinessEnvironment
        The composite is on 0 to 100, 100 the good end of every scale; there is none of a single item.

    Raises
    ------
    SchemaError
        A column of the design or an item is not there: without its design a sample has no error.
    InputError
        Cells of the design are empty, weights not above zero, answers no numbers or off their scale, strata with one
        cluster, a place with answers from one cluster, scales or weights that make no sense; all at once.

    Notes
    -----
    Taylor-linearised ratio means with ultimate clusters (`megaregion.core.survey_means`); composite from the
    linearised values of its items, so that errors of answers of one firm are not taken as independent. Ranks:
    `megaregion.core.rank_intervals`. Who refused is not in the data: weights must be corrected for that before.
    """
    frame = respondents.reset_index(drop=True)
    if "stratum_psus" in frame:  # cells of a CSV are text
        frame["stratum_psus"] = pd.to_numeric(frame["stratum_psus"], errors="coerce")
    _check(frame, items, level)
    labels = sorted(frame["place_id"].astype(str).unique())
    place = pd.Index(labels).get_indexer(frame["place_id"].astype(str)).astype(np.int64)
    stratum, strata = pd.factorize(frame["stratum"].astype(str), sort=True)
    nested = frame["stratum"].astype(str) + "\n" + frame["psu"].astype(str)
    cluster = pd.factorize(nested, sort=True)[0]
    weight = frame["weight"].to_numpy(dtype=np.float64)
    values = {one.name: pd.to_numeric(frame[one.name]).to_numpy(dtype=np.float64) for one in items}
    found = {name: survey_means(y, weight, place, cluster, places=len(labels)) for name, y in values.items()}
    _one_cluster(found, labels)
    sampled = _sampled(frame, stratum, cluster)
    df = _freedom(place, stratum, cluster, len(labels))
    rng = generator(seed, "business-environment")
    rows, counts = [], {}
    for one in items:
        got = found[one.name]
        cov = design_covariance(np.nan_to_num(got.scores), stratum, cluster, sampled=sampled)
        effect = _effect(values[one.name], weight, place, got, cov)
        table, apart = _rows(one.name, labels, got.mean, cov, one.direction, df, level, draws, rng)
        rows.append(table.assign(answers=got.answers, clusters=got.clusters, design_effect=effect))
        counts[f"pairs_told_apart: {one.name}"] = apart
    if len(items) > 1:
        mean, scores = _composite(found, items)
        cov = design_covariance(np.nan_to_num(scores), stratum, cluster, sampled=sampled)
        table, apart = _rows(COMPOSITE, labels, mean, cov, 1, df, level, draws, rng)
        answers = np.min([got.answers for got in found.values()], axis=0)
        clusters = np.min([got.clusters for got in found.values()], axis=0)
        rows.append(table.assign(answers=answers, clusters=clusters, design_effect=np.nan))
        counts[f"pairs_told_apart: {COMPOSITE}"] = apart
    whole = pd.concat(rows, ignore_index=True)[[c.name for c in BusinessEnvironment.columns]]
    settings = {"level": level, "draws": draws, "items": [asdict(one) for one in items],
                "seed": seed if isinstance(seed, int) else None}  # fmt: skip
    size = {"places": len(labels), "respondents": len(frame), "strata": len(strata),
            "clusters": int(cluster.max()) + 1, "pairs": len(labels) * (len(labels) - 1) // 2}  # fmt: skip
    return BusinessEnvironment(table=whole, settings=settings, counts={**size, **counts},
                               warnings=_warnings(frame, found, labels, df))  # fmt: skip


def published_ranks(
    means: pd.DataFrame, *, seed: int | np.random.Generator, level: float = 0.95, draws: int = 10_000,
    high_is_good: bool = True,
) -> PublishedRanks:  # fmt: skip
    """Rank intervals where only means and standard errors are published.

    Parameters
    ----------
    means : DataFrame
        Columns place_id, mean, se. Samples of the places are taken as independent of each other.
    seed : int or Generator
    level, draws
        As in `business_environment`.
    high_is_good : bool, default True

    Raises
    ------
    SchemaError
        A column is not there.
    InputError
        Places are repeated, there is one only, or a number is missing or below zero.
    """
    if lost := [c for c in ("place_id", "mean", "se") if c not in means]:
        raise SchemaError(f"means lack the columns {', '.join(lost)}", hint="place_id, mean, se")
    frame = means.assign(place_id=means["place_id"].astype(str), mean=pd.to_numeric(means["mean"], errors="coerce"),
                         se=pd.to_numeric(means["se"], errors="coerce"))  # fmt: skip
    frame = frame.sort_values("place_id").reset_index(drop=True)
    wrong = []
    if (twice := frame["place_id"].duplicated()).any():
        wrong.append(f"places stand twice: {_some(frame.loc[twice, 'place_id'])}")
    if len(frame) < 2:
        wrong.append("a rank needs two places")
    bad = ~(np.isfinite(frame["mean"]) & np.isfinite(frame["se"]) & (frame["se"] >= 0))
    if bad.any():
        wrong.append(f"mean or se is no number, or se below zero, for {_some(frame.loc[bad, 'place_id'])}")
    if not 0 < level < 1:
        wrong.append(f"level must lie between 0 and 1, got {level!r}")
    if wrong:
        raise InputError("; ".join(wrong), hint="one row a place with mean and standard error")
    x = frame["mean"].to_numpy(dtype=np.float64) * (1 if high_is_good else -1)
    cov = np.diag(frame["se"].to_numpy(dtype=np.float64) ** 2)
    ranks, apart = _ranks(x, cov, level, draws, generator(seed, "published-ranks"))
    return PublishedRanks(
        table=frame[["place_id", "mean", "se"]].join(ranks),
        settings={"level": level, "draws": draws, "high_is_good": high_is_good,
                  "seed": seed if isinstance(seed, int) else None},
        counts={"places": len(frame), "pairs": len(frame) * (len(frame) - 1) // 2, "pairs_told_apart": apart},
        warnings=(AS_GIVEN,),
    )  # fmt: skip


def items_of(given: Mapping[str, Any]) -> tuple[SurveyItem, ...]:
    """Items from tables {name: {low, high, direction, weight}}.

    Raises
    ------
    InputError
        A key is unknown or lacking, all are listed.
    """
    known, out, wrong = ("low", "high", "direction", "weight"), [], []
    for name, table in given.items():
        if not isinstance(table, Mapping):
            wrong.append(f"{name} must be a table, got {table!r}")
            continue
        wrong += [f"{name}: unknown key {key!r}" for key in table if key not in known]
        wrong += [f"{name}: {key} is lacking" for key in ("low", "high") if key not in table]
        wrong += [f"{name}: {key} must be a number, got {value!r}" for key, value in table.items()
                  if isinstance(value, bool) or not isinstance(value, int | float)]  # fmt: skip
        if not wrong:
            out.append(SurveyItem(str(name), **{k: v for k, v in table.items() if k in known}))
    if wrong:
        raise InputError("items: " + "; ".join(wrong), hint="low and high of the scale; direction 1 or -1; weight")
    return tuple(out)


def _rows(
    item: str, labels: Sequence[str], mean: Floats, cov: Floats, direction: int, df: Floats, level: float, draws: int,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, int]:  # fmt: skip
    """Means, errors and rank intervals of one item: everything about it at once."""
    from scipy.stats import t

    there = np.isfinite(mean)
    se = np.where(there, np.sqrt(np.diag(cov)), np.nan)
    half = t.ppf(0.5 + level / 2, df) * se
    table = pd.DataFrame(
        {
            "item": item,
            "place_id": labels,
            "mean": mean,
            "se": se,
            "ci_low": mean - half,
            "ci_high": mean + half,
            "df": df,
        }
    )
    kept = np.flatnonzero(there)
    ranks, apart = _ranks(direction * mean[kept], cov[np.ix_(kept, kept)], level, draws, rng)
    return table.join(ranks.set_index(kept).reindex(range(len(labels)))), apart


def _ranks(
    x: Floats, cov: Floats, level: float, draws: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, int]:  # fmt: skip
    best, worst = rank_intervals(x, cov, seed=rng, level=level, draws=draws)
    alone = rank_intervals(x, cov, seed=rng, level=level, draws=draws, simultaneous=False)
    table = pd.DataFrame({"best": best, "worst": worst, "best_alone": alone[0], "worst_alone": alone[1]})
    return table, int((best - 1).sum())


def _composite(found: Mapping[str, SurveyMeans], items: Sequence[SurveyItem]) -> tuple[Floats, Floats]:
    """Weighted mean of the items on 0 to 100, and its linearised values."""
    total = sum(one.weight for one in items)
    first = found[items[0].name]
    mean, scores = np.zeros_like(first.mean), np.zeros_like(first.scores)
    for one in items:
        got, share, span = found[one.name], one.weight / total, one.high - one.low
        scaled = (got.mean - one.low if one.direction == 1 else one.high - got.mean) / span
        mean = mean + 100 * share * scaled
        scores = scores + (100 * share * one.direction / span) * got.scores
    return mean, scores


def _effect(value: Floats, weight: Floats, place: NDArray[np.int64], got: SurveyMeans, cov: Floats) -> Floats:
    """Variance of the design over that of a simple random sample of as many answers."""
    there = np.isfinite(value)
    w, y, home = weight[there], value[there], place[there]
    off = np.bincount(home, w * (y - got.mean[home]) ** 2, minlength=len(got.mean))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = off / np.bincount(home, w, minlength=len(got.mean))
        simple = spread / (got.answers - 1.0)
        return np.where(simple > 0, np.diag(cov) / simple, np.nan)


def _freedom(place: NDArray[np.int64], stratum: NDArray[Any], cluster: NDArray[Any], places: int) -> Floats:
    """Clusters less strata, over the strata in which a place has firms."""
    homes = np.unique(np.column_stack([cluster, stratum]), axis=0)
    count = np.bincount(homes[:, 1])
    pairs = np.unique(np.column_stack([place, stratum]), axis=0)
    return np.asarray(np.bincount(pairs[:, 0], count[pairs[:, 1]] - 1.0, minlength=places), dtype=np.float64)


def _sampled(frame: pd.DataFrame, stratum: NDArray[Any], cluster: NDArray[Any]) -> Floats | None:
    if "stratum_psus" not in frame or frame["stratum_psus"].isna().all():
        return None
    homes = np.unique(np.column_stack([cluster, stratum]), axis=0)
    whole = frame.groupby(stratum)["stratum_psus"].first().to_numpy(dtype=np.float64)
    return np.asarray(np.bincount(homes[:, 1]) / whole)


def _one_cluster(found: Mapping[str, SurveyMeans], labels: Sequence[str]) -> None:
    wrong = []
    for name, got in found.items():
        few = [label for label, n in zip(labels, got.clusters, strict=True) if n == 1]
        if few:
            wrong.append(f"{name}: answers from one cluster only in {_some(few)}")
    if wrong:
        raise InputError("; ".join(wrong), hint="one cluster says nothing of the error: pool places or leave them out")


def _warnings(
    frame: pd.DataFrame, found: Mapping[str, SurveyMeans], labels: Sequence[str], df: Floats
) -> tuple[str, ...]:  # fmt: skip
    out = []
    homes = frame.assign(psu=frame["psu"].astype(str)).groupby("psu")["stratum"].nunique()
    if (homes > 1).any():
        out.append(
            f"{int((homes > 1).sum())} labels of clusters stand in several strata and are taken as different ones"
        )
    for name, got in found.items():
        if lost := [label for label, n in zip(labels, got.answers, strict=True) if n == 0]:
            out.append(f"{name} has no answer in {_some(lost)}: no mean and no rank there")
    if (df < FEW).any():
        few = [label for label, n in zip(labels, df, strict=True) if n < FEW]
        out.append(
            f"errors of {_some(few)} rest on fewer than {FEW} degrees of freedom: their rank intervals are too narrow"
        )
    return tuple(out)


def _check(frame: pd.DataFrame, items: Sequence[SurveyItem], level: float) -> None:
    lost = [c for c in DESIGN if c not in frame]
    if lost:
        raise SchemaError(
            f"respondents lack the columns {', '.join(lost)}: without its design a sample has no error",
            hint="place_id, stratum, psu, weight; firms drawn directly are their own psu, one stratum is a constant",
        )
    if absent := [one.name for one in items if one.name not in frame]:
        raise SchemaError(
            f"respondents lack the items {', '.join(absent)}", hint="columns: " + ", ".join(map(str, frame))
        )
    wrong = [] if items else ["no item is named"]
    if not 0 < level < 1:
        wrong.append(f"level must lie between 0 and 1, got {level!r}")
    names = [one.name for one in items]
    wrong += [f"item {name} stands twice" for name in sorted({n for n in names if names.count(n) > 1})]
    wrong += [f"item {COMPOSITE!r} is a name of the results" for n in names if n == COMPOSITE]
    for one in items:
        if not (np.isfinite([one.low, one.high]).all() and one.low < one.high):
            wrong.append(f"{one.name}: low must be below high, got {one.low!r} and {one.high!r}")
        if one.direction not in (1, -1) or not one.weight > 0:
            wrong.append(f"{one.name}: direction must be 1 or -1 and weight above 0")
    for column in DESIGN:
        gaps = frame[column].isna() | (frame[column].astype(str).str.strip() == "")
        if gaps.any():
            wrong.append(f"{column} is empty in {int(gaps.sum())} rows: {_numbers(gaps)}")
    weight = pd.to_numeric(frame["weight"], errors="coerce")
    if (bad := (frame["weight"].notna() & ~(np.isfinite(weight) & (weight > 0)))).any():
        wrong.append(f"weight must be above 0, not so in {_numbers(bad)}")
    for one in items:
        value = pd.to_numeric(frame[one.name], errors="coerce")
        text = frame[one.name].notna() & value.isna()
        off = (value < one.low) | (value > one.high)
        if text.any():
            wrong.append(f"{one.name} is no number in {_numbers(text)}")
        if off.any():
            wrong.append(f"{one.name} lies off its scale {one.low:g} to {one.high:g} in {_numbers(off)}")
    wrong += _design_problems(frame)
    if wrong:
        raise InputError("respondents: " + "; ".join(wrong), hint="rows are counted from 1 below the header")


def _design_problems(frame: pd.DataFrame) -> list[str]:
    """Strata with one cluster, sizes of strata that contradict the sample, repeated firms, a single place."""
    wrong = []
    clusters = frame.dropna(subset=["stratum", "psu"]).groupby("stratum")["psu"].nunique()
    if (clusters == 1).any():
        wrong.append(f"strata with one cluster have no error: {_some(clusters.index[clusters == 1])} (join them to a "
                     "neighbouring stratum)")  # fmt: skip
    if "stratum_psus" in frame and frame["stratum_psus"].notna().any():
        size = frame.groupby("stratum")["stratum_psus"]
        mixed = (size.nunique(dropna=False) > 1).to_numpy() | size.first().isna().to_numpy()
        if mixed.any():
            wrong.append(f"stratum_psus differs inside, or is empty, in {_some(size.first().index[mixed])}")
        few = size.first() < clusters.reindex(size.first().index)
        if few.any():
            wrong.append(f"stratum_psus is below the clusters that were sampled in {_some(few.index[few])}")
    if "respondent_id" in frame and (twice := frame["respondent_id"].duplicated()).any():
        wrong.append(f"respondents stand twice: {_some(frame.loc[twice, 'respondent_id'])}")
    if frame["place_id"].nunique() < 2:
        wrong.append("a rank needs two places")
    return wrong


def _some(labels: Sequence[str] | pd.Index | pd.Series) -> str:
    return ", ".join(str(x) for x in list(dict.fromkeys(labels))[:_MANY])


def _numbers(mask: pd.Series) -> str:
    return ", ".join(f"row {i + 1}" for i in np.flatnonzero(mask.to_numpy())[:_MANY])
