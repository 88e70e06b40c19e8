"""Reforms of recognition in the equilibrium: each alone, all together, and what each brings of the joint gain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.cluster import Cluster
from megaregion.data.scenario import HukouPoints, Recognize, ScaleBarrier, Scenario
from megaregion.equilibrium.attribution import Attribution, attribution, superposed
from megaregion.equilibrium.calibrate import Baseline, Calibration
from megaregion.equilibrium.caveats import caveats, model_parameters
from megaregion.equilibrium.counterfactual import Counterfactual, simulate
from megaregion.equilibrium.layout import Array, Layout
from megaregion.equilibrium.mappings import MAPPINGS, hukou_migration_cost, recognition_entitlement
from megaregion.equilibrium.reform_options import PRIORS, Range, ReformOptions
from megaregion.equilibrium.reform_tables import ReformGroupsResult, ReformPlacesResult, ReformsResult
from megaregion.equilibrium.shock import Shock
from megaregion.equilibrium.shocks import Impulse, TimesOf, impulses, remembered, travel_times
from megaregion.equilibrium.simulate import solve
from megaregion.equilibrium.welfare import moved, percent
from megaregion.errors import InputError
from megaregion.links.soft.portability import DIRECTED
from megaregion.links.soft.reforms import JOINT, RecognitionReforms
from megaregion.result import Result

POINTS, RIGHTS, BORDER = "hukou_recognition", "recognition_value", "border_friction"
WIDE = 5.0  # high end over the middle, from which a range is no statement about the size
NORMAL = 1.959963984540054  # 97.5 % point of the normal distribution
_HINT = 'people belong to the place of their registration with [options.equilibrium] groups = "registered"'


def recognition_shock(recognized: Mapping[str, Array], layout: Layout) -> Shock:
    """What recognition between places does to those who live away from their registration.

    Parameters
    ----------
    recognized : mapping of scheme to array (n, n)
        Part of what was not yet recognised that comes to be, in [0, 1]; row registered in, column living in.
    layout : Layout
        Axes and elasticities. Groups without a home place get nothing.

    Raises
    ------
    InputError
        The baseline has no groups of registered origin, or no level of migration cost.

    Notes
    -----
    Points: migration cost mu ** (-eta R). The other schemes: entitlement exp(v mean R), the mean over all six schemes
    of the scenarios, as `HukouPoints` and `Recognize` have it.
    """
    if not layout.away.any():
        raise InputError("reforms: the baseline has no groups of registered origin", hint=_HINT)
    home = np.maximum(layout.home, 0)
    rooted = layout.away & (layout.home >= 0)[:, None]
    parts = {scheme: np.where(rooted, square[home], 0.0) for scheme, square in recognized.items()}
    opened = parts.pop(DIRECTED, None)
    migration = entitlement = None
    if opened is not None and opened.any():
        level = layout.migration_cost
        if level is None or np.isnan(level[opened > 0]).any():
            raise InputError("reforms: the baseline has no levels of migration cost", hint=_HINT)
        known = np.where(opened > 0, level, 1.0)
        migration = hukou_migration_cost(known, opened, eta=layout.values[POINTS])
    if parts and any(part.any() for part in parts.values()):
        index = sum(parts.values(), np.zeros(layout.away.shape)) / len(SCHEMES)
        entitlement = recognition_entitlement(index, value=layout.values[RIGHTS])
    return Shock(migration_cost=migration, entitlement=entitlement)


class _Setting(NamedTuple):
    """A calibration, and elasticities of the mappings."""

    fit: Calibration
    elasticity: Mapping[str, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Study:
    """Shocks of any set of reforms at any elasticity."""

    cluster: Cluster
    base: Baseline
    table: RecognitionReforms | None
    scenarios: tuple[Scenario, ...]
    ask: TimesOf
    known: dict[frozenset[str], Impulse] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The reforms: those of the table, then the scenarios."""
        return (*(self.table.names if self.table else ()), *(s.id for s in self.scenarios))

    def shock(self, chosen: frozenset[str], setting: _Setting) -> Shock:
        """Shock of a set of reforms."""
        parts: dict[str, Shock] = {}
        if self.table is not None and chosen & set(self.table.names):
            layout = setting.fit.layout(self.base.place)
            layout = layout.replace(elasticity={**layout.elasticity, **setting.elasticity})
            parts["table"] = recognition_shock(self.table.recognized(chosen), layout)
        if picked := frozenset(s.id for s in self.scenarios) & chosen:
            parts["scenarios"] = self._impulse(picked).shock(setting.fit, elasticity=setting.elasticity)
        return superposed(parts)(frozenset(parts))

    def _impulse(self, picked: frozenset[str]) -> Impulse:
        if picked not in self.known:
            changes = tuple(c for s in self.scenarios if s.id in picked for c in s.changes)
            one = Scenario(id=JOINT, changes=changes)
            self.known[picked] = impulses(self.cluster, {JOINT: one}, self.base.place, self.ask)[JOINT]
        return self.known[picked]

    def ranges(self, options: ReformOptions) -> dict[str, Range]:
        """Low end, value and high end of what the reforms hang on: declared elasticities, and the border's error."""
        used = set()
        if self.table is not None:
            used = {POINTS if scheme == DIRECTED else RIGHTS for scheme in self.table.schemes}
        if self.scenarios:
            used |= {r.name for r in self._impulse(frozenset(s.id for s in self.scenarios)).elasticities}
        out = {name: options.range_of(name) for name in PRIORS if name in used}
        border = self.base.border
        if border.se > 0 and any(isinstance(c, ScaleBarrier) for s in self.scenarios for c in s.changes):
            half = NORMAL * border.se
            out[BORDER] = (border.gamma - half, border.gamma, border.gamma + half)
        return out

    def settings(self, ranges: Mapping[str, Range]) -> list[_Setting]:
        """The values first, then every combination of the ends."""
        middle = {name: value for name, (_, value, _) in ranges.items()}
        ends = [sorted({low, high}) for low, _, high in ranges.values()]
        fits = {self.base.border.gamma: self.base.nominal}
        out = []
        for at in (middle, *(dict(zip(ranges, corner, strict=True)) for corner in product(*ends))):
            gamma = at.pop(BORDER, self.base.border.gamma)
            if gamma not in fits:
                fits[gamma] = self.base.at(gamma=gamma)
            out.append(_Setting(fits[gamma], at))
        return out


def reform_study(
    cluster: Cluster, base: Baseline, reforms: RecognitionReforms | None, scenarios: Sequence[Scenario] = (), *,
    options: ReformOptions | None = None, times_of: TimesOf | None = None,
    seed: int | np.random.Generator | None = None,
) -> dict[str, Result]:  # fmt: skip
    """Every reform alone, all together, and the joint gain attributed, over the declared range of the elasticities.

    Parameters
    ----------
    cluster : Cluster
    base : Baseline
        Of that cluster.
    reforms : RecognitionReforms, optional
        Those of the table of recognition.
    scenarios : sequence of Scenario
        Each is one more reform, such as a lower border on trade. Recognition and points belong into one form: with
        `reforms`, a scenario that changes them too is refused, for the two would count the same rights twice.
    options : ReformOptions, optional
        Ranges of elasticities; its scenarios are not read here.
    times_of : callable, optional
        Minutes of a changed cluster; default the room links.
    seed : int or Generator
        Needed above 12 reforms only.

    Returns
    -------
    dict of str to Result
        `reforms`, `reform_groups`, `reform_places`; the last row(s) of each are all reforms together, ``joint``.

    Raises
    ------
    InputError
        There is no reform, ids repeat, a scenario does not fit, or the baseline has no groups of registered origin.
    ConvergenceError
        A set has no solution within tolerance.

    Notes
    -----
    Ranges are the least and the most over the values and all combinations of the low and the high end of every declared
    elasticity in use: priors, no confidence intervals. Where a border on trade is lowered, the ends of the 95 %
    interval of its friction are combined with them, each with a baseline fitted anew. Everything else is held.
    """
    ask = travel_times(cluster) if times_of is None else remembered(times_of)
    study = _Study(cluster=cluster, base=base, table=reforms, scenarios=tuple(scenarios), ask=ask)
    _require(study)
    ranges = study.ranges(options or ReformOptions())
    if isinstance(seed, np.random.Generator):  # every setting must see the same orders
        seed = int(seed.integers(2**31))
    settings = study.settings(ranges)
    found = [
        attribution(
            s.fit.economy, partial(study.shock, setting=s), study.names, seed=seed, groups=base.nominal.origins,
            money_unit=base.place.money_unit,
        )
        for s in settings
    ]  # fmt: skip
    sets = {name: frozenset({name}) for name in study.names} | {JOINT: frozenset(study.names)}
    middle = simulate(
        base.nominal.economy, {n: study.shock(chosen, settings[0]) for n, chosen in sets.items()}, base.layout
    )
    people = [solve(s.fit.economy, [study.shock(c, s) for c in sets.values()]).residents for s in settings]
    used = {**_parameters(base, ranges, study.scenarios), "seed": seed}
    more: dict[str, Any] = {
        "money_unit": base.place.money_unit, "settings": used, "warnings": _remarks(study, found, middle),
    }  # fmt: skip
    return {
        "reforms": ReformsResult(frame=_reform_rows(study, found, middle), found=_facts(found), **more),
        "reform_groups": ReformGroupsResult(frame=_group_rows(base, found), **more),
        "reform_places": ReformPlacesResult(frame=_place_rows(middle, people), **more),
    }


def _parameters(base: Baseline, ranges: Mapping[str, Range], scenarios: Sequence[Scenario]) -> dict[str, Any]:
    """What the numbers hang on, JSON-able."""
    return {
        **model_parameters(base), "scenarios": [s.to_dict() for s in scenarios],
        "reform_elasticities": {
            name: {"low": low, "value": value, "high": high, "en": MAPPINGS[name].en, "zh": MAPPINGS[name].zh}
            for name, (low, value, high) in ranges.items()
        },
    }  # fmt: skip


def _require(study: _Study) -> None:
    wrong = [] if study.names else ["there is no reform"]
    if twice := sorted({n for n in study.names if study.names.count(n) > 1}):
        wrong.append(f"reforms share a name: {', '.join(twice)}")
    if JOINT in study.names:
        wrong.append(f"no reform can be called {JOINT}: that is the name of all together")
    double = [s.id for s in study.scenarios if any(isinstance(c, (Recognize, HukouPoints)) for c in s.changes)]
    if study.table is not None and double:
        wrong.append(f"{', '.join(double)} changes recognition or points, and so does tables/reforms.csv")
    wrong += [f"scenario {s.id} changes nothing" for s in study.scenarios if not s.changes]
    if not wrong and study.table is not None and study.table.places != tuple(study.base.place.places):
        wrong.append("the places of the reforms are not those of the baseline")
    if wrong:
        raise InputError("reforms: " + "; ".join(wrong), hint="state rights in tables/reforms.csv or in scenarios")


def _span(values: Sequence[Array]) -> tuple[Array, Array]:
    stacked = np.stack(values)
    return stacked.min(axis=0), stacked.max(axis=0)


def _reform_rows(study: _Study, found: Sequence[Attribution], places: Counterfactual) -> pd.DataFrame:
    """One row a reform, and one for all together."""
    first = found[0]

    def column(of: str, scale: float = 1.0) -> list[Array]:
        return [scale * np.append(getattr(f, of)[:, 0], f.joint[0]) for f in found]

    alone, shapley = column("alone", 100.0), column("shapley", 100.0)
    shares = [np.append(f.shapley[:, 0] / f.joint[0] if f.joint[0] else np.full(len(f.names), np.nan), 1.0)
              for f in found]  # fmt: skip
    out = pd.DataFrame({"reform": [*study.names, JOINT]})
    titles = dict(study.table.titles) if study.table else {}
    titles |= {s.id: (s.name or s.id, s.name_zh or s.name or s.id) for s in study.scenarios}
    titles[JOINT] = ("All reforms together", "全部改革")
    out["title_en"], out["title_zh"] = ([titles[name][k] for name in out["reform"]] for k in (0, 1))
    out = pd.concat([out, _reach(study)], axis=1)
    money = [float(f.income.sum()) * s / 100.0 for f, s in zip(found, shapley, strict=True)]
    for name, values in (("alone_percent", alone), ("shapley_percent", shapley), ("gain", money), ("share", shares)):
        out[name], (out[f"{name}_low"], out[f"{name}_high"]) = values[0], _span(values)
    if first.permutations:
        out["shapley_error"] = np.append(100.0 * first.error[:, 0], 0.0)
    out["last_percent"] = np.append(100.0 * first.last[:, 0], 100.0 * first.joint[0])
    out["population_moved"] = moved(study.base.place.population, places.free.residents)
    return out


def _reach(study: _Study) -> pd.DataFrame:
    """People who live away and of whom each reform speaks, with their recognition before and after."""
    economy, table = study.base.nominal.economy, study.table
    lost = {"movers": np.nan, "recognized_before": np.nan, "recognized_after": np.nan}
    if table is None:
        return pd.DataFrame([lost for _ in (*study.names, JOINT)])
    rooted = economy.home >= 0
    people = np.zeros((len(table.places), len(table.places)))
    np.add.at(people, economy.home[rooted], (economy.groups[:, None] * economy.location)[rooted])
    np.fill_diagonal(people, 0.0)
    rows = []
    for chosen in [*((n,) for n in study.names), study.names]:
        if not set(chosen) & set(table.names):
            rows.append(lost)
            continue
        spoken, after = table.spoken(chosen), table.after(chosen)
        weight = {s: people * mask for s, mask in spoken.items() if mask.any()}
        total = sum(float(w.sum()) for w in weight.values())
        mean = [
            sum(float((w * np.nan_to_num(level[s])).sum()) for s, w in weight.items()) / total if total else np.nan
            for level in (table.before, after)
        ]
        anyone = np.logical_or.reduce(list(spoken.values()))
        rows.append({"movers": float((people * anyone).sum()), "recognized_before": mean[0],
                     "recognized_after": mean[1]})  # fmt: skip
    return pd.DataFrame(rows)


def _group_rows(base: Baseline, found: Sequence[Attribution]) -> pd.DataFrame:
    first = found[0]
    names, groups = [*first.names, JOINT], list(first.groups)

    def column(of: str) -> list[Array]:
        return [100.0 * np.vstack([getattr(f, of)[:, 1:], f.joint[None, 1:]]).ravel() for f in found]

    alone, shapley = column("alone"), column("shapley")
    low, high = _span(shapley)
    return pd.DataFrame({
        "reform": np.repeat(np.array(names, dtype=object), len(groups)), "group": groups * len(names),
        "members": np.tile(base.nominal.economy.groups, len(names)), "alone_percent": alone[0],
        "shapley_percent": shapley[0], "shapley_percent_low": low, "shapley_percent_high": high,
        "gain": np.tile(first.income, len(names)) * shapley[0] / 100.0,
    })  # fmt: skip


def _place_rows(middle: Counterfactual, people: Sequence[Array]) -> pd.DataFrame:
    low, high = _span([percent(p).ravel() for p in people])
    frame = middle.places().rename(columns={"scenario": "reform", "residents_percent": "population_percent"})
    return frame.assign(population_percent_low=low, population_percent_high=high)


def _facts(found: Sequence[Attribution]) -> dict[str, Any]:
    joint = [100.0 * float(f.joint[0]) for f in found]
    return {
        **found[0].facts(), "joint_percent_low": min(joint), "joint_percent_high": max(joint), "settings": len(found),
        "interaction_percent_low": min(100.0 * f.interaction for f in found),
        "interaction_percent_high": max(100.0 * f.interaction for f in found),
        "residual": max(f.residual for f in found),
    }  # fmt: skip


def _remarks(study: _Study, found: Sequence[Attribution], places: Counterfactual) -> tuple[str, ...]:
    out = [*caveats(study.base), *(study.table.warnings if study.table else ())]
    out.append(
        "ranges of reforms move declared elasticities, which are priors and no estimates, and the error of the border "
        "where it is lowered; every other parameter is held"
    )
    if study.table is not None:
        out.append(
            "who pays for rights that are recognised is not in the model: entitlements are a gain without a cost"
        )
    joint = [100.0 * float(f.joint[0]) for f in found]
    if study.table is not None and max(joint) > WIDE * abs(joint[0]):
        out.append(
            f"the high end of the joint gain ({max(joint):.3g} %) is that of an elasticity at which recognition "
            "removes nearly all that moving costs: read the low end and the middle, or declare a narrower range"
        )
    for impulse in study.known.values():
        out += impulse.warnings
    return tuple(dict.fromkeys([*out, *found[0].warnings, *places.warnings]))
