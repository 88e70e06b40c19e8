"""The tree of a composite index: index -> pillars of any depth -> indicators; read from index.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import pandas as pd

from megaregion.data.problem import Problem, first
from megaregion.errors import InputError
from megaregion.nodes import tree_keys
from megaregion.nodes.tree_keys import DELTA

Missing = Literal["drop_indicator", "error", "drop_place", "fill_mean", "fill_median", "fill_group_mean",
                  "fill_group_median", "fill_nearest"]  # fmt: skip
Normalisation = Literal["minmax", "z", "rank", "percentile", "frontier"]
Outliers = Literal["none", "winsorise", "log", "box-cox", "winsorise-log"]
Weighting = Literal["given", "equal", "entropy", "critic", "pca", "ahp", "benefit-of-the-doubt"]
Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One leaf.

    Attributes
    ----------
    id : str
        indicators.indicator.
    name, name_zh : str
        For readers.
    direction : {1, -1}
        1 if more is better; not used where there is a `target`.
    low, high : float, optional
        Fixed goalposts in `unit`; values beyond count as the goalpost. A goalpost that is not given is the extreme of
        the pooled panel, where the tree allows that.
    unit : str
        Unit of the goalposts; values in another unit of the same kind are converted.
    goalpost_source : str
        Where the goalposts come from.
    target : pair of float, optional
        Best interval; its ends are the same for a nominal best.
    denominator : str, optional
        Indicator by which the value is divided, of the same place and year.
    outliers : str, optional
        Treatment of this indicator if not that of the tree.
    weight : float
        Relative weight inside the pillar.
    year : int, optional
        Year of the value if not the one of the tree.
    scope : str, optional
        Territory of the value if it is knowingly not the one of the other indicators.
    """

    id: str
    name: str
    name_zh: str = ""
    direction: int = 1
    low: float | None = None
    high: float | None = None
    unit: str
    goalpost_source: str = ""
    weight: float = 1.0
    year: int | None = None
    scope: str | None = None
    target: tuple[float, float] | None = None
    denominator: str | None = None
    outliers: Outliers | None = None


@dataclass(frozen=True, kw_only=True)
class Pillar:
    """A named group of indicators and of other pillars; without any it is a declared hole.

    Attributes
    ----------
    id, name, name_zh : str
    weight : float
        Relative weight beside the other children of its parent.
    indicators : tuple of Indicator
    parent : str, optional
        Pillar that it is part of; top level without.
    aggregation : str or float
        Mean of its children: arithmetic, geometric, harmonic, an exponent, mazziotta-pareto, mazziotta-pareto-plus.
    comparison : tuple of tuple of float, optional
        Comparisons of its children by pairs (its indicators first, then its pillars, in the order of the file).
    """

    id: str
    name: str
    name_zh: str = ""
    weight: float = 1.0
    indicators: tuple[Indicator, ...] = ()
    parent: str | None = None
    aggregation: str | float = "arithmetic"
    comparison: Matrix | None = None


@dataclass(frozen=True, kw_only=True)
class IndexTree:
    """A whole index.

    Attributes
    ----------
    name, name_zh : str
        For readers.
    year : int
        Year of the values.
    min_indicators : int
        A pillar with fewer usable indicators has no data.
    delta : float
        Margin of the scaled values, so that one zero does not make a geometric mean zero.
    missing : str
        What happens to an indicator that some place lacks: it counts for nobody and the log says so, the index is
        refused, the place is left out, or the gap is filled by a named rule and listed.
    max_missing : float
        Filling: an indicator that lacks a larger share of its values is left out instead.
    neighbours : int
        Filling from the nearest places: how many.
    constant : {'drop', 'keep'}
        What happens to an indicator that is the same everywhere.
    scope : str, optional
        Territory that the values must cover.
    years : tuple of int
        Panel: goalposts and other scales are pooled over these years; `year` is one of them.
    goalposts : {'fixed', 'pooled'}
        Whether every indicator must state its goalposts, or a missing one is taken from the pooled panel.
    normalisation, outliers : str
        Scale of the values; treatment of long tails.
    max_winsorised : int
        Values that winsorising may move.
    aggregation : str or float
        Mean of the pillars at the top.
    weights : str
        Where weights come from.
    weight_sum : float, optional
        What stated weights must sum to among the children of each branch; without it they are relative.
    cap : float, optional
        Largest entropy weight; 2 / (number of indicators) if not given.
    comparison : optional
        Comparisons of the pillars at the top by pairs.
    tolerate_inconsistency : bool
        Accept comparisons with a consistency ratio above .1; the log says so.
    least_share, most_share : float
        Benefit of the doubt: bounds on what one pillar brings to a place's score.
    vary : mapping
        What uncertainty and sensitivity vary, keys as in `megaregion.nodes.index_choices.Choices`.
    pillars : tuple of Pillar
        Parents before their parts or after, in the order of the file.
    """

    name: str
    name_zh: str = ""
    year: int
    min_indicators: int = 2
    delta: float = DELTA
    missing: Missing = "drop_indicator"
    max_missing: float = 0.35
    neighbours: int = 5
    constant: Literal["drop", "keep"] = "drop"
    scope: str | None = None
    years: tuple[int, ...] = ()
    goalposts: Literal["fixed", "pooled"] = "fixed"
    normalisation: Normalisation = "minmax"
    outliers: Outliers = "none"
    max_winsorised: int = 5
    aggregation: str | float = "geometric"
    weights: Weighting = "given"
    weight_sum: float | None = None
    cap: float | None = None
    comparison: Matrix | None = None
    tolerate_inconsistency: bool = False
    least_share: float = 0.0
    most_share: float = 1.0
    vary: Mapping[str, Any] = field(default_factory=dict, hash=False)
    pillars: tuple[Pillar, ...] = ()

    def children(self, parent: str | None) -> tuple[Pillar, ...]:
        """Pillars directly below one (below the top for None), in the order of the file."""
        return tuple(p for p in self.pillars if p.parent == parent)

    def upward(self) -> Iterator[Pillar]:
        """All pillars, parts before what they are part of."""

        def below(parent: str | None) -> Iterator[Pillar]:
            for pillar in self.children(parent):
                yield from below(pillar.id)
                yield pillar

        return below(None)

    def indicators(self) -> list[tuple[Pillar, Indicator]]:
        """All leaves with their pillars, in the order of the file."""
        return [(pillar, leaf) for pillar in self.pillars for leaf in pillar.indicators]

    def to_frame(self) -> pd.DataFrame:
        """One row an indicator: pillar, keys of the file (rare ones only if one has them), the year that applies."""
        names = ["pillar", *(f.name for f in fields(Indicator))]
        rows = [
            {"pillar": pillar.id, **{f.name: getattr(leaf, f.name) for f in fields(Indicator)},
             "year": leaf.year or self.year}
            for pillar, leaf in self.indicators()
        ]  # fmt: skip
        out = pd.DataFrame(rows, columns=names)
        rare = [name for name in ("target", "denominator", "outliers") if out[name].isna().all()]
        return out.drop(columns=rare)

    def problems(self, indicators: pd.DataFrame, where: str = "index.toml") -> list[Problem]:
        """What the data doctor says of this tree beside the tidy table: indicators that are not there.

        Parameters
        ----------
        indicators : DataFrame
            Table `indicators`.
        where : str
            How messages name the file.
        """
        known = set(zip(indicators["indicator"], indicators["year"], strict=True))
        absent = [leaf for _, leaf in self.indicators() if (leaf.id, leaf.year or self.year) not in known]
        if not absent:
            return []
        labels = [f"{leaf.id} {leaf.year or self.year}" for leaf in absent]
        return [
            Problem(
                "warning", "absent-indicator", where,
                "names indicators that tables/indicators.csv does not have in that year; they count as no data",
                column="pillar.indicator", labels=first(labels), count=len(labels),
                fix="add the rows, correct id or year, or delete the entry",
            )
        ]  # fmt: skip


def tree_from_toml(text: str, where: str = "index.toml") -> IndexTree:
    """Index tree from the text of an index.toml.

    Raises
    ------
    InputError
        The text is not TOML, or the tree is wrong; every problem is listed.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where} is not valid TOML: {error}", hint="see docs: workspace format") from error
    return tree_from_dict(data, where)


def tree_from_dict(data: Mapping[str, Any], where: str = "index.toml") -> IndexTree:
    """Index tree from the parsed form of an index.toml.

    Raises
    ------
    InputError
        Keys are missing, unknown or of a wrong type, goalposts are not in order, weights are not positive or do not
        sum to what is stated, an id is repeated, a parent is unknown; every problem is listed.
    """
    found: list[str] = []
    head, pillars = tree_keys.read(data, found)
    if found:
        lines = "".join(f"\n  - {text}" for text in found)
        raise InputError(f"{where}: {len(found)} problems:{lines}", hint="keys: docs, workspace format")
    return IndexTree(
        **head,
        pillars=tuple(
            Pillar(**{**p, "indicators": tuple(Indicator(**leaf) for leaf in p["indicators"])}) for p in pillars
        ),
    )
