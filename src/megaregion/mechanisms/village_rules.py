"""Rules that put a village into a class by themselves, before any probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from megaregion.errors import InputError

AGGLOMERATION = "agglomeration-upgrading"
SUBURBAN = "suburban-integration"
PROTECTION = "characteristic-protection"
RELOCATION = "relocation candidate, needs consent"
UNDECIDED = "undecided"
CLASSES = (AGGLOMERATION, SUBURBAN, PROTECTION, RELOCATION)
CHINESE = {
    AGGLOMERATION: "集聚提升类",
    SUBURBAN: "城郊融合类",
    PROTECTION: "特色保护类",
    RELOCATION: "搬迁撤并类候选（须经村民同意）",
    UNDECIDED: "暂不分类",
}
PLAN = "National strategic plan for rural revitalisation 2018-2022, chapter on four types of villages"
_ASSUMED = f"{PLAN}; the limit is an assumption"
_ALIASES = {
    AGGLOMERATION: ("agglomeration", "集聚提升", "集聚提升类"),
    SUBURBAN: ("suburban", "城郊融合", "城郊融合类"),
    PROTECTION: ("protection", "特色保护", "特色保护类"),
    RELOCATION: ("relocation", "relocation candidate", "搬迁撤并", "搬迁撤并类", CHINESE[RELOCATION]),
    UNDECIDED: ("暂不分类", "看不准", "其他", "其他类"),
}
_CODES = {alias: code for code, names in _ALIASES.items() for alias in (code, *names)}


@dataclass(frozen=True)
class VillageRule:
    """A condition on one column that puts a village into a class.

    Attributes
    ----------
    rule_id : str
        Name by which an assignment cites the rule.
    village_class : str
        One of `CLASSES`.
    column : str
        Column of the table of villages.
    test : {"is-true", "at-most", "at-least"}
        What the value must be.
    limit : float or None
        Of the last two, in the unit of the column.
    source : str
        Where the rule comes from; a limit that no text gives is called an assumption here.
    """

    rule_id: str
    village_class: str
    column: str
    test: Literal["is-true", "at-most", "at-least"] = "is-true"
    limit: float | None = None
    source: str = PLAN


def rules(*, minutes: float = 30.0, population_loss_percent: float | None = None) -> tuple[VillageRule, ...]:
    """Rules of the national plan.

    Parameters
    ----------
    minutes : float, default 30
        Travel time to the centre up to which a village is suburban; an assumption, the plan says "near".
    population_loss_percent : float, optional
        Loss of people from which a village is a relocation candidate; the plan says "especially serious loss" and no
        number, so there is no default and the condition is left out.

    Raises
    ------
    InputError
        A limit is out of range.

    Examples
    --------
    >>> [rule.rule_id for rule in rules()][:2]
    ['protected-list', 'hazard']
    """
    loss = population_loss_percent
    wrong = [f"minutes must be above 0, got {minutes!r}"] if not 0 < minutes < np.inf else []
    if loss is not None and not 0 < loss <= 100:
        wrong.append(f"population_loss_percent must be above 0 and at most 100, got {loss!r}")
    if wrong:
        raise InputError("limits of village types: " + "; ".join(wrong), hint="[options.villages] minutes = 30")
    out = [
        VillageRule("protected-list", PROTECTION, "protected"),
        VillageRule("hazard", RELOCATION, "hazard"),
        VillageRule("harsh-conditions", RELOCATION, "harsh_conditions"),
        VillageRule("fragile-ecology", RELOCATION, "fragile_ecology"),
        VillageRule("project-site", RELOCATION, "project_site"),
        VillageRule("inside-growth-boundary", SUBURBAN, "inside_boundary"),
        VillageRule(
            "near-centre", SUBURBAN, "minutes_to_centre", "at-most", minutes, f"{PLAN}; limit is an assumption"
        ),
    ]
    if population_loss_percent is not None:
        limit = population_loss_percent
        out.append(VillageRule("population-loss", RELOCATION, "population_loss_percent", "at-least", limit, _ASSUMED))
    return tuple(out)


def code(label: object) -> str | None:
    """Class that a label means, in English or Chinese; None if it is none of them."""
    return _CODES.get(str(label).strip())


@dataclass(frozen=True, eq=False)
class Assigned:
    """What the rules say.

    Attributes
    ----------
    village_class, rule, overruled, unknown : Series of text
        By village: class (empty where no rule holds), rules that made it, rules that a precedence overruled, and
        rules that could not be tested because the value is missing; several joined by ``;``.
    warnings : tuple of str
        Rules without a column.
    """

    village_class: pd.Series
    rule: pd.Series
    overruled: pd.Series
    unknown: pd.Series
    warnings: tuple[str, ...]


def assign(
    villages: pd.DataFrame, chosen: Sequence[VillageRule], *, precedence: Sequence[str] = ()
) -> Assigned:  # fmt: skip
    """Apply every rule to every village.

    Parameters
    ----------
    villages : DataFrame
        Index `village_id`; the columns that the rules name, where they are there.
    chosen : sequence of VillageRule
    precedence : sequence of str
        Classes, the strongest first. Two rules that put a village into different classes are an error unless the
        strongest of the classes in dispute is listed.

    Raises
    ------
    InputError
        A rule is malformed, a value cannot be tested, or villages are put into two classes; everything at once.
    """
    problems = _malformed(chosen, precedence)
    tests, unknown, warnings = {}, {}, []
    for rule in chosen:
        if rule.column not in villages.columns:
            warnings.append(f"rule {rule.rule_id} is not applied: villages have no column {rule.column}")
            continue
        values = pd.to_numeric(villages[rule.column].map(_number), errors="coerce").astype(float)
        given = villages[rule.column].notna()
        bad = given & (values.isna() | ((rule.test == "is-true") & ~values.isin([0.0, 1.0])))
        if bad.any():
            wanted = "true or false" if rule.test == "is-true" else "a number"
            problems.append(f"villages.{rule.column} must be {wanted} for {_some(villages.index[bad])}")
        unknown[rule.rule_id] = ~given
        tests[rule.rule_id] = _holds(rule, values)
    if problems:
        raise InputError("; ".join(problems), hint="mend the rules, or the rows in tables/villages.csv")
    holds = pd.DataFrame(tests, index=villages.index, columns=list(tests), dtype=bool)
    missing = pd.DataFrame(unknown, index=villages.index, columns=list(unknown), dtype=bool)
    return _settle(holds, missing, {r.rule_id: r.village_class for r in chosen}, precedence, tuple(warnings))


def _settle(
    holds: pd.DataFrame, missing: pd.DataFrame, of: dict[str, str], precedence: Sequence[str], warnings: tuple[str, ...]
) -> Assigned:
    labels, rule, overruled, disputes = [], [], [], []
    names = np.array(holds.columns, dtype=object)
    for village, row in zip(holds.index, holds.to_numpy(bool), strict=True):
        hit = [str(name) for name in names[row]]
        classes = list(dict.fromkeys(of[name] for name in hit))
        winner = classes[0] if len(classes) == 1 else next((c for c in precedence if c in classes), "")
        if len(classes) > 1 and not winner:
            disputes.append(f"{village} ({', '.join(f'{name}: {of[name]}' for name in hit)})")
        labels.append(winner)
        rule.append(";".join(name for name in hit if of[name] == winner))
        overruled.append(";".join(name for name in hit if of[name] != winner))
    if disputes:
        more = f" and {len(disputes) - 5} more" if len(disputes) > 5 else ""
        raise InputError(
            f"{len(disputes)} villages are put into two classes by rule: {'; '.join(disputes[:5])}{more}",
            hint="mend the conditions in tables/villages.csv, or declare which class goes first: precedence=(...)",
        )
    gaps = [";".join(str(n) for n in np.array(missing.columns, dtype=object)[row]) for row in missing.to_numpy(bool)]
    index = holds.index
    made, by, lost, left = (pd.Series(values, index, dtype=object) for values in (labels, rule, overruled, gaps))
    return Assigned(made, by, lost, left, warnings)


def _holds(rule: VillageRule, values: pd.Series) -> pd.Series:
    if rule.test == "is-true":
        return values == 1.0
    limit = float(rule.limit) if rule.limit is not None else np.nan
    return values <= limit if rule.test == "at-most" else values >= limit


def _number(value: object) -> object:
    return float(value) if isinstance(value, bool | np.bool_) else value


def _malformed(chosen: Sequence[VillageRule], precedence: Sequence[str]) -> list[str]:
    out = []
    ids = [rule.rule_id for rule in chosen]
    out += [f"rule {name} is given twice" for name in sorted({i for i in ids if ids.count(i) > 1})]
    for rule in chosen:
        if rule.village_class not in CLASSES:
            out.append(f"rule {rule.rule_id}: {rule.village_class!r} is none of {', '.join(CLASSES)}")
        if rule.test not in ("is-true", "at-most", "at-least"):
            out.append(f"rule {rule.rule_id}: the test {rule.test!r} is not known")
        elif (rule.test == "is-true") != (rule.limit is None) or (
            rule.limit is not None and not np.isfinite(rule.limit)
        ):
            out.append(f"rule {rule.rule_id}: the test {rule.test} does not go with the limit {rule.limit!r}")
    out += [f"precedence: {name!r} is none of {', '.join(CLASSES)}" for name in precedence if name not in CLASSES]
    return out


def _some(labels: pd.Index) -> str:
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(map(str, labels[:5])) + more
