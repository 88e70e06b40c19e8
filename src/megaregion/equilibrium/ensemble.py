"""How much a result hangs on the parameters: one at a time, and all together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from megaregion._rng import generator
from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.equilibrium.economy import Array
from megaregion.equilibrium.parameters import ALL, scale_bound

GAMMA = "border_gamma"
_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Setting:
    """One choice of parameters: which parameter was moved, to what, and the baseline there."""

    parameter: str
    value: float
    fit: Calibration


def one_at_a_time(base: Baseline) -> Iterator[Setting]:
    """Every parameter over its grid and the border over plus and minus 1.96 standard errors, calibrated again.

    A value at which the equilibrium need not be unique is left out.
    """
    for name in base.settings.names:
        for value in base.settings.grid(name):
            changed = base.settings.parameters.replace(**{name: value})
            if changed.nu <= scale_bound(changed):
                yield Setting(name, value, base.at(**{name: value}))
    if base.border.layer:
        spread = _NORMAL_95 * base.border.se
        for value in (base.border.gamma - spread, base.border.gamma, base.border.gamma + spread):
            yield Setting(GAMMA, value, base.at(gamma=value))


@dataclass(frozen=True, eq=False, kw_only=True)
class Draws:
    """A joint sample of the parameters.

    Attributes
    ----------
    names : tuple of str
        Columns of `values`.
    values : array (draws, names)
    """

    names: tuple[str, ...]
    values: Array


def draws(base: Baseline, *, seed: int | np.random.Generator) -> Draws:
    """Uniform over the range of each drawn parameter, normal for the border, by Latin hypercube.

    Parameters
    ----------
    base : Baseline
    seed : int or Generator

    Notes
    -----
    Each parameter falls once into each of `draws` slices of equal probability, in an order of its own
    (McKay, Beckman and Conover 1979, Technometrics 21(2)): the sample is even at any size.
    """
    from scipy.special import ndtri

    names = tuple(name for name in base.settings.names if ALL[name].drawn)
    rng = generator(seed, "equilibrium", "draws")
    size = base.settings.draws
    cells = np.stack([rng.permutation(size) for _ in range(len(names) + 1)], axis=1)
    uniform = (cells + rng.random(cells.shape)) / size
    low, high = np.array([base.settings.ranges[name] for name in names]).T
    values = low + (high - low) * uniform[:, :-1]
    gamma = base.border.gamma + base.border.se * ndtri(uniform[:, -1])
    return Draws(names=(*names, GAMMA), values=np.column_stack([values, gamma]))


def policy_draws(ranges: Mapping[str, tuple[float, float]], size: int, *, seed: int | np.random.Generator) -> Draws:
    """Elasticities of policies, uniform over their ranges by Latin hypercube; each in an order of its own name.

    Parameters
    ----------
    ranges : mapping of str to (float, float)
    size : int
        Draws.
    seed : int or Generator

    Notes
    -----
    Independent of `draws`: a policy more or less moves no other number.
    """
    columns = []
    for name, (low, high) in ranges.items():
        rng = generator(seed, "equilibrium", "policy", name)
        columns.append(low + (high - low) * (rng.permutation(size) + rng.random(size)) / size)
    return Draws(names=tuple(ranges), values=np.column_stack(columns) if columns else np.empty((size, 0)))


def fits(base: Baseline, sample: Draws) -> Iterator[Calibration]:
    """The baseline calibrated again at every draw."""
    for row in sample.values:
        yield fit_at(base, sample, row)


def fit_at(base: Baseline, sample: Draws, row: Array) -> Calibration:
    """The baseline calibrated again at one row of a sample (names,).

    Raises
    ------
    SolveError, ConvergenceError, InfeasibleError
        There is none.
    """
    chosen = dict(zip(sample.names, map(float, row), strict=True))
    return base.at(gamma=chosen.pop(GAMMA), **chosen)
