"""Difference between those drawn by lot and the others, judged by all draws that might have been."""

from __future__ import annotations

import math
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from megaregion._rng import generator

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LARGEST_LISTED = 20_000  # draws up to which every one is looked at
_ROUNDING = 1e-9  # a draw that gives the same difference up to rounding counts as equal


class LotteryTest(NamedTuple):
    """A difference in means and how often chance alone gives one as large.

    Attributes
    ----------
    difference : float
        Mean over strata, weighted by their size, of winners less losers.
    se : float
        Neyman's standard error; missing where a stratum has one winner or one loser.
    p : float
        Two-sided: share of draws with at least this absolute difference, if the prize does nothing to anybody.
    draws : int
        Draws looked at.
    exact : bool
        Every possible draw was.
    """

    difference: float
    se: float
    p: float
    draws: int
    exact: bool


def lottery_test(
    outcome: Floats, won: Bools, stratum: NDArray[np.intp], *, draws: int, seed: int | np.random.Generator
) -> LotteryTest:
    """Randomisation inference of a lottery, within strata.

    Parameters
    ----------
    outcome : (n,) array
    won : (n,) booleans
    stratum : (n,) integers
        0 ... k - 1; lots were drawn inside each; each has a winner and a loser.
    draws : int
        Used where more than 20,000 draws are possible.
    seed : int or Generator

    Notes
    -----
    Fisher (1935), sharp null; a sampled p counts the actual draw, (1 + hits) / (1 + draws) (Phipson and Smyth 2010,
    Stat. Appl. Genet. Mol. Biol. 9(1)). Standard error: sum over strata of w^2 (s1^2 / n1 + s0^2 / n0) (Neyman 1923).
    """
    groups = [np.flatnonzero(stratum == k) for k in range(int(stratum.max()) + 1)]
    weight = np.array([len(g) for g in groups]) / len(outcome)

    def difference(flags: Bools) -> float:
        parts = [outcome[g][flags[g]].mean() - outcome[g][~flags[g]].mean() for g in groups]
        return float(weight @ np.array(parts))

    actual = difference(won)
    variance = [sum(np.var(outcome[g][f], ddof=1) / f.sum() if f.sum() > 1 else np.nan for f in (won[g], ~won[g]))
                for g in groups]  # fmt: skip
    se = float(np.sqrt(weight**2 @ np.array(variance)))
    least = abs(actual) - _ROUNDING * float(np.abs(outcome).max())
    possible = math.prod(math.comb(len(g), int(won[g].sum())) for g in groups)
    if possible <= LARGEST_LISTED:
        moved = _every(outcome, won, groups, weight)
        return LotteryTest(actual, se, float((np.abs(moved) >= least).mean()), possible, True)
    rng, hits = generator(seed, "lottery"), 0
    flags = won.copy()
    for _ in range(draws):
        for g in groups:
            flags[g] = rng.permutation(won[g])
        hits += abs(difference(flags)) >= least
    return LotteryTest(actual, se, (1 + hits) / (1 + draws), draws, False)


def _every(outcome: Floats, won: Bools, groups: list[NDArray[np.intp]], weight: Floats) -> Floats:
    """Differences of all draws: sums over strata of those of each."""
    total = np.zeros(1)
    for g, w in zip(groups, weight, strict=True):
        y, number = outcome[g], int(won[g].sum())
        sums = np.array([y[list(c)].sum() for c in combinations(range(len(y)), number)])
        inside = sums / number - (y.sum() - sums) / (len(y) - number)
        total = (total[:, None] + w * inside[None, :]).ravel()
    return total
