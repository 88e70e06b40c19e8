"""Village typology: rules first, then calibrated probabilities, and no class where neither decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.agreement_kappa import cohen_kappa, contingency
from megaregion.core.calibration import CrossFit, Method, cross_fit, reliability
from megaregion.errors import InputError
from megaregion.mechanisms.village_rules import (
    AGGLOMERATION,
    CHINESE,
    CLASSES,
    PROTECTION,
    RELOCATION,
    SUBURBAN,
    UNDECIDED,
    Assigned,
    VillageRule,
    assign,
    code,
    rules,
)
from megaregion.mechanisms.village_tables import (
    PROBABILITIES,
    VillageAgreementResult,
    VillageReliabilityResult,
    VillageSharesResult,
    VillageTypesResult,
)
from megaregion.result import Result

Floats = NDArray[np.float64]
# Zhai (2023), 55,125 villages; percent. "About 15" is one number, read here as 10 to 20
PUBLISHED = {AGGLOMERATION: (35.0, 45.0), SUBURBAN: (20.0, 30.0), PROTECTION: (20.0, 30.0), RELOCATION: (10.0, 20.0)}
_LABEL, _OFFICIAL = "label", "official"
FEW = 30  # villages below which the large-sample error of kappa means little
_POSSIBLE = {  # what no village can have, so that no rule is decided by a slip of the pen
    "minutes_to_centre": (0.0, float("inf"), "below 0 minutes"),
    "population_loss_percent": (float("-inf"), 100.0, "a loss of more than all people"),
}


def classify_villages(
    villages: pd.DataFrame,
    *,
    features: Sequence[str] = (),
    chosen: Sequence[VillageRule] | None = None,
    precedence: Sequence[str] = (),
    threshold: float = 0.6,
    calibration: Method = "platt",
    folds: int = 5,
    seed: int | np.random.Generator,
) -> dict[str, Result]:
    """The four national classes of villages, or *undecided*.

    Parameters
    ----------
    villages : DataFrame
        Index `village_id` (villages, townships or counties); columns of the schema `villages`, among them the
        conditions of the rules, `label` (class known from a survey or a plan, for learning) and `official` (class on
        an official list, for comparison only); and the features.
    features : sequence of str
        Numeric columns from which probabilities are learnt.
    chosen : sequence of VillageRule, optional
        Rules; by default those of the national plan, `rules()`.
    precedence : sequence of str
        Classes, strongest first, for villages that rules put into several; without it they are an error.
    threshold : float, default 0.6
        A village whose likeliest class has less than this probability stays undecided; an assumption.
    calibration : {"platt", "isotonic", "none"}
        Isotonic needs some hundred labels a class.
    folds : int, default 5
        Parts of the cross-fit; a class needs 2 x `folds` labels.
    seed : int or Generator

    Returns
    -------
    dict of str to Result
        village_types, village_shares, village_reliability, village_agreement. Tables that cannot be made are empty
        and say what is lacking.

    Raises
    ------
    InputError
        Identifiers repeat, columns are missing, labels are unknown, values are no numbers, or rules contradict each
        other in a village.

    Notes
    -----
    Only villages that no rule decides teach the classifier, because it is for the others like them. A labelled
    village gets the probability of a model that has not seen it, so that agreement with a list is no echo of it.
    Relocation is only ever a candidate that needs consent: neither a rule nor a probability replaces the villagers.
    Classes: National strategic plan for rural revitalisation 2018-2022; *undecided*: opinion of five ministries of
    4 January 2019. Published shares: Zhai (2023).
    """
    _check(villages, features, threshold)
    frame = villages.sort_index()
    used = tuple(rules() if chosen is None else chosen)
    by_rule = assign(frame, used, precedence=precedence)
    label, official = _labels(frame, _LABEL), _labels(frame, _OFFICIAL)
    fit = _Learnt(frame, label, by_rule, tuple(features))
    warnings = list(by_rule.warnings) + fit.learn(folds, calibration, seed)
    table = _types(frame, by_rule, fit, label, threshold)
    settings = {
        "rules": [r.rule_id for r in used],
        "limits": {r.rule_id: r.limit for r in used if r.limit is not None},
        "precedence": list(precedence), "threshold": threshold, "features": list(features),
        "calibration": calibration if fit.model is not None else None, "folds": folds,
        "seed": seed if isinstance(seed, int) else None,
    }  # fmt: skip
    unknown = int((table["unknown"] != "").sum())
    if unknown:
        warnings.append(
            f"{unknown} villages lack a value that a rule needs: the rule is left open, not taken as untrue"
        )
    if (table["class"] == RELOCATION).any():
        warnings.append("relocation is a list of candidates: every one needs the consent of the villagers' meeting")
    return {
        "village_types": VillageTypesResult(table=table, settings=settings, warnings=tuple(warnings)),
        "village_shares": _shares(table),
        "village_reliability": _reliability(fit, warnings),
        "village_agreement": _agreement(table.set_index("village_id")["class"], official),
    }


class _Learnt:
    """Classifier of the villages that no rule decides, and their probabilities (missing where there are none)."""

    def __init__(self, frame: pd.DataFrame, label: pd.Series, by_rule: Assigned, features: tuple[str, ...]) -> None:
        self.features = features
        self.x: Floats = frame[list(features)].to_numpy(float)
        self.complete = ~np.isnan(self.x).any(axis=1) if features else np.zeros(len(frame), dtype=bool)
        self.open: NDArray[np.bool_] = (by_rule.village_class == "").to_numpy(bool)
        known = label.isin(CLASSES).to_numpy(bool)
        self.rows = np.flatnonzero(self.open & self.complete & known)
        self.lost = int((self.open & known & ~self.complete).sum()) if features else 0
        self.label = label
        self.names: tuple[str, ...] = ()
        self.y = np.zeros(0, dtype=np.intp)
        self.model: CrossFit | None = None
        self.probability: Floats = np.full((len(frame), len(CLASSES)), np.nan)

    def learn(self, folds: int, method: Method, seed: int | np.random.Generator) -> list[str]:
        """Fit; what a reader must know."""
        if not self.features:
            return ["no features are named: villages without a rule stay undecided"]
        found = self.label.iloc[self.rows]
        count = found.value_counts()
        self.names = tuple(name for name in CLASSES if count.get(name, 0) >= 2 * folds)
        rare = [name for name in CLASSES if 0 < count.get(name, 0) < 2 * folds]
        out = [f"{self.lost} labelled villages lack a feature and teach nothing"] if self.lost else []
        if len(self.names) < 2:
            each = ", ".join(f"{name}: {int(count.get(name, 0))}" for name in CLASSES)
            text = f"{2 * folds} labels in each of two classes are needed among villages without a rule, found {each}"
            return [*out, f"{text}: villages without a rule stay undecided"]
        if rare:
            out.append(f"too few labels, so nobody is given it by probability: {'; '.join(rare)}")
        self.rows = self.rows[found.isin(self.names).to_numpy(bool)]
        self.y = np.array([self.names.index(str(v)) for v in self.label.iloc[self.rows]], dtype=np.intp)
        self.model = cross_fit(self.x[self.rows], self.y, len(self.names), seed=seed, folds=folds, method=method)
        place = np.array([CLASSES.index(name) for name in self.names])
        new = np.flatnonzero(self.open & self.complete)
        self.probability[new] = 0.0
        self.probability[np.ix_(new, place)] = self.model(self.x[new])
        self.probability[np.ix_(self.rows, place)] = self.model.held_out
        return out


def _types(frame: pd.DataFrame, by_rule: Assigned, fit: _Learnt, label: pd.Series, threshold: float) -> pd.DataFrame:
    ruled, p = ~fit.open, fit.probability
    has = ~np.isnan(p[:, 0])
    top = np.where(has, np.nan_to_num(p).max(axis=1), np.nan)
    likeliest = np.array(CLASSES, dtype=object)[np.nan_to_num(p).argmax(axis=1)]
    sure = has & (np.nan_to_num(top) >= threshold)
    names = np.where(ruled, by_rule.village_class.to_numpy(object), np.where(sure, likeliest, UNDECIDED))
    lack = (
        [", ".join(np.array(fit.features, dtype=object)[row]) for row in np.isnan(fit.x)]
        if fit.features
        else [""] * len(frame)
    )
    why = [
        "" if rule else (f"by probability {t:.2f}" if s else f"likeliest class has probability {t:.2f} < {threshold:g}")
        if h else (f"features missing: {gap}" if gap else "no rule holds and no classifier could be learnt")
        for rule, s, h, t, gap in zip(ruled, sure, has, top, lack, strict=True)
    ]  # fmt: skip
    table = pd.DataFrame(
        {
            "village_id": frame.index.astype(str), "class": names, "class_zh": [CHINESE[str(n)] for n in names],
            "basis": np.where(ruled, "rule", np.where(sure, "probability", "none")),
            "rule": by_rule.rule.to_numpy(), "overruled": by_rule.overruled.to_numpy(),
            "unknown": by_rule.unknown.to_numpy(), "probability": top,
        }
    )  # fmt: skip
    table[list(PROBABILITIES)] = p
    table["label"] = label.where(label.notna(), "").to_numpy(object)
    table["reason"] = [f"rule {rule}" if r else text for r, rule, text in zip(ruled, by_rule.rule, why, strict=True)]
    return table


def _shares(table: pd.DataFrame) -> VillageSharesResult:
    n, decided = len(table), int((table["class"] != UNDECIDED).sum())
    rows: list[dict[str, Any]] = []
    for name in (*CLASSES, UNDECIDED):
        count = int((table["class"] == name).sum())
        low, high = PUBLISHED.get(name, (np.nan, np.nan))
        share = 100.0 * count / decided if decided and name != UNDECIDED else np.nan
        outside = bool(share < low or share > high)
        note = "outside the published range: look at rules and labels" if outside else ""
        if name == RELOCATION:
            note = "; ".join(filter(None, ("published: about 15 %", note, "candidates, consent is needed")))
        rows.append({"class": name, "villages": count, "share": 100.0 * count / n, "share_decided": share,
                     "published_low": low, "published_high": high, "note": note})  # fmt: skip
    text = "published shares (55,125 villages, Zhai 2023) are a check for plausibility and no target"
    return VillageSharesResult(table=pd.DataFrame(rows), warnings=(text,))


def _reliability(fit: _Learnt, warnings: list[str]) -> VillageReliabilityResult:
    columns = [c.name for c in VillageReliabilityResult.columns]
    if fit.model is None:
        empty = pd.DataFrame({name: pd.Series(dtype=object if name == "class" else float) for name in columns})
        return VillageReliabilityResult(table=empty, warnings=(*warnings, "no classifier, so nothing to judge"))
    p, raw = fit.model.held_out, fit.model.held_out_raw
    parts = []
    for k, name in enumerate(fit.names):
        r = reliability(p[:, k], fit.y == k)
        parts.append(pd.DataFrame({"class": name, "lower": r.lower, "upper": r.upper, "villages": r.count,
                                   "stated": r.stated, "observed": r.observed}))  # fmt: skip
    hit = np.eye(len(fit.names))[fit.y]
    scores: dict[str, Any] = {"villages": len(fit.y)}
    for word, q in (("", p), ("_raw", raw)):
        top = reliability(q.max(axis=1), q.argmax(axis=1) == fit.y)
        scores |= {f"brier{word}": float(((q - hit) ** 2).sum(axis=1).mean()), f"ece{word}": top.ece,
                   f"accuracy{word}": float((q.argmax(axis=1) == fit.y).mean())}  # fmt: skip
    return VillageReliabilityResult(table=pd.concat(parts, ignore_index=True)[columns], scores=scores)


def _agreement(ours: pd.Series, official: pd.Series) -> VillageAgreementResult:
    columns = [c.name for c in VillageAgreementResult.columns]
    both = (official.isin(CLASSES) & ours.isin(CLASSES).to_numpy(bool)).to_numpy(bool)
    if not both.any():
        empty = pd.DataFrame({name: pd.Series(dtype=object if name == "class" else float) for name in columns})
        text = "no village has a class here and one on an official list (column official): no agreement to measure"
        return VillageAgreementResult(table=empty, warnings=(text,))
    a, b = ([CLASSES.index(str(v)) for v in s[both]] for s in (ours, official))
    table = contingency(a, b, len(CLASSES))
    n = int(table.sum())
    rows = []
    for k, name in [(-1, "all"), *enumerate(CLASSES)]:
        if k < 0:
            part, mine, theirs, common = table, n, n, int(np.trace(table))
        else:
            mine, theirs, common = int(table[k].sum()), int(table[:, k].sum()), int(table[k, k])
            part = np.array([[common, mine - common], [theirs - common, n - mine - theirs + common]])
        kappa = cohen_kappa(part)
        # a class that one side gives to nobody or to all has kappa 0 by construction, and no error can be told
        se = kappa.se if k < 0 or (0 < mine < n and 0 < theirs < n) else np.nan
        rows.append((name, n, mine, theirs, common, kappa.kappa, se,
                     kappa.kappa - 1.96 * se, min(kappa.kappa + 1.96 * se, 1.0)))  # fmt: skip
    left = int((official.isin(CLASSES) & ~ours.isin(CLASSES).to_numpy(bool)).sum())
    warnings = [f"{left} villages of the official list are undecided here and not compared"] if left else []
    if n < FEW:
        warnings.append(f"only {n} villages are compared: kappa and its interval are rough")
    return VillageAgreementResult(table=pd.DataFrame(rows, columns=columns), warnings=tuple(warnings))


def _labels(frame: pd.DataFrame, column: str) -> pd.Series:
    """Classes of a column as codes; missing where nothing is written."""
    if column not in frame.columns:
        return pd.Series(np.nan, frame.index, dtype=object)
    return frame[column].map(lambda v: code(v) if _text(v) else np.nan).astype(object)


def _text(value: object) -> str:
    """Text of a cell; empty where nothing is written."""
    return "" if pd.isna(value) else str(value).strip()  # type: ignore[call-overload]


def _check(villages: pd.DataFrame, features: Sequence[str], threshold: float) -> None:
    found = []
    if villages.empty:
        found.append("there is no village")
    twice = villages.index[villages.index.duplicated()]
    if len(twice):
        found.append(f"villages.village_id repeats {', '.join(map(str, twice[:5]))}")
    if not 0 < threshold <= 1:
        found.append(f"threshold must be above 0 and at most 1, got {threshold!r}")
    lost = [name for name in features if name not in villages.columns]
    if lost:
        found.append(f"villages lack the features {', '.join(lost)}")
    for name in features:
        if name in villages.columns:
            column = villages[name]
            value = pd.to_numeric(column, errors="coerce").astype(float)
            bad = (column.notna() & value.isna()) | np.isinf(value)
            if bad.any():
                found.append(f"villages.{name} is no finite number for {', '.join(map(str, villages.index[bad][:5]))}")
    for name, (low, high, words) in _POSSIBLE.items():
        if name in villages.columns:
            value = pd.to_numeric(villages[name], errors="coerce").astype(float)
            bad = (value < low) | (value > high)
            if bad.any():
                found.append(f"villages.{name} is {words} for {', '.join(map(str, villages.index[bad][:5]))}")
    for name in (_LABEL, _OFFICIAL):
        if name in villages.columns:
            text = villages[name].map(_text)
            bad = (text != "") & text.map(lambda v: code(v) is None)
            if bad.any():
                found.append(f"villages.{name} holds {text[bad].iloc[0]!r}, none of the classes, in "
                             f"{', '.join(map(str, villages.index[bad][:5]))}")  # fmt: skip
    if found:
        raise InputError(
            "; ".join(found), hint="mend tables/villages.csv; classes: " + "; ".join((*CLASSES, UNDECIDED))
        )
