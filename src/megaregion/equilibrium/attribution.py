"""Which reform brings how much of a joint gain: values of Shapley over all sets of reforms, solved at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import compress
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.games import LARGEST, coalitions, shapley, shapley_sampled
from megaregion.data.cluster import Cluster
from megaregion.data.scenario import Change, Scenario
from megaregion.equilibrium.calibrate import Baseline
from megaregion.equilibrium.caveats import caveats, model_parameters
from megaregion.equilibrium.economy import Economy
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import VARIANTS, TimesOf, impulses, remembered, travel_times
from megaregion.equilibrium.simulate import TOLERANCE, solve
from megaregion.equilibrium.welfare import social_welfare
from megaregion.errors import InputError
from megaregion.result import Column, Result

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]
ShocksOf = Callable[[frozenset[str]], Shock]
By = Literal["type", "change"] | Callable[[Change], str]
EXACT = LARGEST  # reforms up to which all sets are solved
FORMULA = "methods#attribution"
SAMPLED = "{reforms} reforms have {sets} sets: shares are estimated from {orders} random orders, standard errors beside"
_BATCH = 256  # sets whose shocks are held at once


def superposed(shocks: Mapping[str, Shock]) -> ShocksOf:
    """The shock of any set of reforms whose factors multiply and whose added transfers add up."""

    def of(chosen: frozenset[str]) -> Shock:
        out: dict[str, Array] = {}
        for name, shock in shocks.items():
            if name not in chosen:
                continue
            for key in (entry.name for entry in fields(Shock)):
                value, old = getattr(shock, key), out.get(key)
                if value is not None and old is not None:
                    out[key] = old + value if key == "transfer_added" else old * value
                elif value is not None:
                    out[key] = value
        return Shock(**out)

    return of


@dataclass(frozen=True, eq=False, kw_only=True)
class Attribution(Result):
    """A joint gain split among the reforms that bring it; k reforms, G groups.

    Attributes
    ----------
    names : tuple of str (k,)
    income : array (G,)
        Earnings of each group in the baseline, at which welfare is valued.
    alone, last, shapley, error : array (k, 1 + G)
        Gain of each reform alone; when it joins all others; its value of Shapley; the standard error of that, zero
        where all sets were solved. First column the factor on social welfare, then that of each group, all less one.
    joint : array (1 + G,)
        Gain of all reforms together.
    groups : tuple of str (G,)
        Names of the groups.
    sets : int
        Sets of reforms that were solved.
    permutations : int
        Random orders; zero where all sets were solved.
    residual : float
        Largest of any set.
    money_unit : str
    settings : dict
        Further parameters that the numbers depend on.
    """

    title_en: ClassVar[str] = "Contribution of each reform"
    title_zh: ClassVar[str] = "各项改革的贡献"
    names: tuple[str, ...]
    income: Array
    alone: Array
    last: Array
    shapley: Array
    error: Array
    joint: Array
    groups: tuple[str, ...]
    sets: int
    permutations: int
    residual: float
    money_unit: str = "income"
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def gains(self) -> Array:
        """Money-metric gain attributed to each reform (k,); they add up to that of all together."""
        out: Array = self.shapley[:, 0] * self.income.sum()
        return out

    @property
    def interaction(self) -> float:
        """Joint gain less the sum of the gains alone, in the unit of `joint`; above zero for complements."""
        return float(self.joint[0] - self.alone[:, 0].sum())

    def describe(self) -> tuple[Column, ...]:
        """Columns; money in the unit of the workspace."""
        money = self.money_unit
        columns = [
            ("alone_percent", "percent", "Change of welfare, the reform alone", "单独实施的福利变化"),
            (
                "shapley_percent",
                "percent",
                "Change of welfare attributed to it (Shapley)",
                "归因的福利变化（夏普利值）",
            ),
            ("last_percent", "percent", "Change of welfare, added to all others", "最后实施的福利变化"),
            ("gain", money, "Gain a year attributed to it", "归因的年收益"),
            ("share", "share", "Share of the joint gain", "占联合收益份额"),
        ]
        if self.permutations:
            columns.insert(2, ("shapley_error", "percent", "Standard error of the same", "归因的标准误"))
        return (
            Column("reform", "", "Reform", "改革", key=True),
            *(Column(name, unit, en, zh, modelled=True, formula=FORMULA) for name, unit, en, zh in columns),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a reform."""
        total = self.joint[0]
        frame = pd.DataFrame({
            "reform": self.names, "alone_percent": 100.0 * self.alone[:, 0],
            "shapley_percent": 100.0 * self.shapley[:, 0], "shapley_error": 100.0 * self.error[:, 0],
            "last_percent": 100.0 * self.last[:, 0], "gain": self.gains,
            "share": self.shapley[:, 0] / total if total else np.full(len(self.names), np.nan),
        })  # fmt: skip
        return frame[[c.name for c in self.describe()]]

    def by_group(self) -> pd.DataFrame:
        """One row a reform and group: reform, group, alone_percent, shapley_percent, last_percent, gain."""
        k, g = len(self.names), len(self.groups)
        flat = {
            f"{name}_percent": 100.0 * value[:, 1:].ravel()
            for name, value in (("alone", self.alone), ("shapley", self.shapley), ("last", self.last))
        }
        return pd.DataFrame({
            "reform": np.repeat(np.array(self.names, dtype=object), g), "group": list(self.groups) * k, **flat,
            "gain": (self.shapley[:, 1:] * self.income).ravel(),
        })  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Random orders, if any, and what else was given."""
        return {**self.settings, "permutations": self.permutations}

    def facts(self) -> dict[str, Any]:
        """The joint gain and how the reforms work together."""
        return {
            "joint_percent": 100.0 * float(self.joint[0]), "gain": float(self.joint[0] * self.income.sum()),
            "interaction_percent": 100.0 * self.interaction, "sets": self.sets, "residual": self.residual,
        }  # fmt: skip


def attribution(
    economy: Economy, shocks_of: ShocksOf | Mapping[str, Shock], names: Sequence[str] | None = None, *,
    seed: int | np.random.Generator | None = None, permutations: int = 200, groups: Sequence[str] | None = None,
    money_unit: str = "income", tolerance: float = TOLERANCE,
) -> Attribution:  # fmt: skip
    """Split the welfare gain of a joint scenario among its reforms.

    Parameters
    ----------
    economy : Economy
    shocks_of : callable or mapping of str to Shock
        Shock of a set of names; the empty set changes nothing. A mapping gives the shock of each reform, and factors
        multiply (`superposed`).
    names : sequence of str, optional
        The reforms; default the keys of the mapping.
    seed : int or Generator
        Needed above 12 reforms only, where sets are sampled.
    permutations : int
        Random orders above 12 reforms.
    groups : sequence of str, optional
        Names of the groups; default their numbers.
    money_unit : str
        Of income of the economy.
    tolerance : float
        On the largest log gap of any market.

    Raises
    ------
    InputError
        Names repeat or are unknown, a shock does not fit, or the empty set changes something.
    ConvergenceError
        A set has no solution within tolerance.

    Notes
    -----
    All 2^k sets are one batch (above 256 sets, batches of that size). Welfare of society is that of
    `welfare.social_welfare`, linear in the welfare of the groups, so that the values of groups, weighted by income,
    add up to that of society.
    """
    income = economy.groups * (economy.location @ economy.income)
    called = tuple(map(str, range(income.size))) if groups is None else tuple(groups)
    labels, ask = _reforms(shocks_of, names)
    _require(labels, ask, called, income.size, seed)
    worth_of = _Worth(economy=economy, names=labels, shocks_of=ask, tolerance=tolerance)
    k, estimated = len(labels), len(labels) > EXACT
    if estimated:
        values, error = shapley_sampled(worth_of, k, permutations=permutations, seed=seed)  # type: ignore[arg-type]
        one = np.eye(k, dtype=bool)
        ends = worth_of(np.concatenate([one, ~one, np.ones((1, k), bool)]))
        alone, rest, joint = ends[:k], ends[k:-1], ends[-1]
    else:
        worth, bit = worth_of(coalitions(k)), 1 << np.arange(k)
        values, error = shapley(worth), np.zeros((k, worth.shape[1]))
        alone, rest, joint = worth[bit], worth[(1 << k) - 1 - bit], worth[-1]
    said = (SAMPLED.format(reforms=k, sets=1 << k, orders=permutations),) if estimated else ()
    return Attribution(
        names=labels, income=income, alone=alone, last=joint - rest, shapley=values, error=error, joint=joint,
        groups=called, sets=worth_of.solved[0], permutations=permutations if estimated else 0,
        residual=worth_of.residual[0], money_unit=money_unit, warnings=said,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class _Worth:
    """Welfare gains of sets of reforms; counts what it solves."""

    economy: Economy
    names: tuple[str, ...]
    shocks_of: ShocksOf
    tolerance: float
    solved: list[int] = field(default_factory=lambda: [0])
    residual: list[float] = field(default_factory=lambda: [0.0])

    def __call__(self, rows: Rows) -> Array:
        """Factors less one of society and of each group: (B, k) -> (B, 1 + G)."""
        found = []
        for start in range(0, len(rows), _BATCH):
            sets = [frozenset(compress(self.names, row)) for row in rows[start : start + _BATCH]]
            solution = solve(self.economy, [self.shocks_of(chosen) for chosen in sets], tolerance=self.tolerance)
            self.residual[0] = max(self.residual[0], float(solution.residual.max()))
            found.append(np.column_stack([social_welfare(self.economy, solution), solution.welfare]) - 1.0)
        self.solved[0] += len(rows)
        return np.concatenate(found)


def attribute(
    cluster: Cluster, base: Baseline, scenario: Scenario, *, by: By = "type", full_effect: bool = False,
    times_of: TimesOf | None = None, seed: int | np.random.Generator | None = None, permutations: int = 200,
) -> Attribution:  # fmt: skip
    """Split the gain of a scenario of a workspace among its changes.

    Parameters
    ----------
    cluster : Cluster
    base : Baseline
        Of that cluster.
    scenario : Scenario
    by : "type", "change", or callable
        What a reform is: all changes of one type; every change; or the changes to which a callable gives one name.
        In every set, changes keep the order of the scenario.
    full_effect : bool
        The variant of that name instead of the headline.
    times_of : callable, optional
        Minutes of a changed cluster, by the rule of the baseline; default the room links.
    seed : int or Generator
        Needed above 12 reforms only.
    permutations : int
        Random orders above 12 reforms.

    Raises
    ------
    InputError
        The scenario is empty or does not fit, or a change needs another one that is not in its reform.
    ConvergenceError
        A set has no solution within tolerance.
    """
    if found := scenario.problems(cluster):
        raise InputError("\n".join(found), hint="correct the scenario or the tables that it names")
    owner = _owners(scenario, by)
    ask = travel_times(cluster) if times_of is None else remembered(times_of)
    notes: dict[str, None] = {}

    def shock_of(chosen: frozenset[str]) -> Shock:
        part = replace(
            scenario, changes=tuple(c for c, name in zip(scenario.changes, owner, strict=True) if name in chosen)
        )
        try:
            impulse = impulses(cluster, {part.id: part}, base.place, ask)[part.id]
        except InputError as error:
            names = ", ".join(sorted(chosen)) or "no reform"
            raise InputError(f"the scenario cannot be split, because the set ({names}) does not fit: {error.message}",
                             hint="give `by` one name to changes that need each other") from error  # fmt: skip
        notes.update(dict.fromkeys(impulse.warnings))
        return impulse.shock(base.nominal, full_effect=full_effect)

    out = attribution(
        base.nominal.economy, shock_of, tuple(dict.fromkeys(owner)), seed=seed, permutations=permutations,
        groups=base.nominal.origins, money_unit=base.place.money_unit,
    )  # fmt: skip
    variant = VARIANTS[int(full_effect)]
    return replace(
        out, warnings=(*caveats(base), *notes, *out.warnings),
        settings={**model_parameters(base), "scenario": scenario.to_dict(), "variant": variant},
    )  # fmt: skip


def _owners(scenario: Scenario, by: By) -> list[str]:
    """Name of the reform to which each change belongs."""
    if callable(by):
        return [str(by(change)) for change in scenario.changes]
    if by not in ("type", "change"):
        raise InputError(f"by must be type, change or a callable, got {by!r}")
    numbered = enumerate(scenario.changes, start=1)
    return [change.type if by == "type" else f"{number} {change.type}" for number, change in numbered]


def _reforms(
    shocks_of: ShocksOf | Mapping[str, Shock], names: Sequence[str] | None
) -> tuple[tuple[str, ...], ShocksOf]:
    """Names of the reforms, and the shock of a set of them."""
    if not isinstance(shocks_of, Mapping):
        return tuple(map(str, names or ())), shocks_of
    labels = tuple(shocks_of) if names is None else tuple(map(str, names))
    if unknown := sorted(set(labels) - set(shocks_of)):
        raise InputError(f"attribution: no shock of {', '.join(unknown)}", hint="reforms: " + ", ".join(shocks_of))
    return labels, superposed(shocks_of)


def _require(
    names: tuple[str, ...], shocks_of: ShocksOf, groups: tuple[str, ...], number: int,
    seed: int | np.random.Generator | None,
) -> None:  # fmt: skip
    """Refuse what cannot be attributed."""
    wrong = [] if names else ["there is no reform"]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        wrong.append(f"reforms repeat: {', '.join(twice)}")
    if len(names) > EXACT and seed is None:
        wrong.append(f"{len(names)} reforms: above {EXACT} sets are sampled, which needs a seed")
    if len(groups) != number:
        wrong.append(f"{len(groups)} names of groups for {number} groups")
    none = shocks_of(frozenset()) if names else Shock()
    for entry in fields(Shock):
        value, neutral = getattr(none, entry.name), 0.0 if entry.name == "transfer_added" else 1.0
        if value is not None and (value != neutral).any():
            wrong.append(f"the empty set changes {entry.name}")
    if wrong:
        raise InputError("attribution: " + "; ".join(wrong), hint="the empty set of reforms is the baseline")
