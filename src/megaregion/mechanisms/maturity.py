"""Maturity of coordination by field: how far it goes, how much is carried out, and whether the coders agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from megaregion.core.reliability import krippendorff_alpha
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Input, Result

FORMULA = "methods#maturity"
FIELDS = (
    "economy", "transport", "environment", "education", "health", "culture", "social-security", "innovation",
)  # fmt: skip
LEVELS = {
    0: ("none", "无"), 1: ("information", "信息通报"), 2: ("consultation", "协商"), 3: ("joint plan", "联合规划"),
    4: ("shared resources", "资源共享"), 5: ("binding delegation", "具约束力的授权"),
}  # fmt: skip
RELIABLE = 0.667  # Krippendorff (2004), Human Commun. Res. 30(3): below it not even tentative conclusions
_TABLE = Input("tables/maturity.csv", {"field": "{field}"})
_TEXT = ("field", "source")


@dataclass(frozen=True, eq=False, kw_only=True)
class MaturityProfile(Result):
    """One row a field: a profile, no rank, and no total without its parts.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`; fields without a judgement are there with missing values.
    alpha : dict
        Krippendorff's alpha of the levels (ordinal) and of the implementation (interval); NaN if undefined.
    coders : int
    """

    title_en: ClassVar[str] = "Maturity of coordination by field"
    title_zh: ClassVar[str] = "分领域协同成熟度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("field", "", "Field", "领域", key=True),
        *(
            Column(name, unit, en, zh, modelled=modelled, formula=FORMULA, inputs=(_TABLE,))
            for name, unit, en, zh, modelled in (
                ("coders", "count", "Coders", "编码者数", False),
                ("level", "index", "Level, median of the coders (0 to 5)", "成熟度等级中位数（0—5）", True),
                ("level_min", "index", "Lowest level given", "最低等级", False),
                ("level_max", "index", "Highest level given", "最高等级", False),
                ("implementation", "share", "Share carried out, mean of the coders", "落实程度均值", True),
                ("score", "index", "Level times share carried out, mean (0 to 5)", "等级×落实程度均值（0—5）", True),
                ("score_min", "index", "Lowest score of a coder", "最低得分", True),
                ("score_max", "index", "Highest score of a coder", "最高得分", True),
                ("weight", "share", "Weight, summing to one over the fields judged", "权重（已评领域之和为一）", True),
                ("contribution", "index", "Weight times score", "权重×得分", True),
                ("source", "", "Sources", "来源", False),
            )
        ),
    )
    table: pd.DataFrame
    alpha: dict[str, float]
    coders: int

    def to_frame(self) -> pd.DataFrame:
        """One row a field, in the order of the fields."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """Agreement of the coders and the fields without a judgement."""
        missing = self.table.loc[self.table["coders"] == 0, "field"].tolist()
        return {
            "coders": self.coders,
            "alpha_level": _plain(self.alpha["level"]),
            "alpha_implementation": _plain(self.alpha["implementation"]),
            "missing_fields": missing,
        }


def maturity(table: pd.DataFrame, *, fields: Sequence[str] = FIELDS) -> MaturityProfile:
    """Profile of coordination over the fields.

    Parameters
    ----------
    table : DataFrame
        Columns field, coder, level (whole, 0 to 5: none, information, consultation, joint plan, shared resources,
        binding delegation), implementation (0 to 1, may be missing), source and, if wanted, weight of the field.
        One row a field and coder.
    fields : sequence of str
        Fields that the profile shows, judged or not.

    Returns
    -------
    MaturityProfile
        With a warning where the table is empty, fields are missing or coders do not agree.

    Raises
    ------
    InputError
        Columns are missing, a field is unknown, a judgement is doubled, a number out of range, a weight differs between
        the rows of a field; everything at once.
    MissingDataError
        A level, coder or field is empty.

    Notes
    -----
    Stages after Ansell and Gash (2008, J. Public Adm. Res. Theory 18(4)) and Emerson, Nabatchi and Balogh (2012, same
    journal 22(1)); the five steps and their spacing are a convention. Score of a coder: level times implementation.
    Agreement: Krippendorff's alpha over the fields, ordinal for levels, interval for implementation.
    """
    _check(table, fields)
    own = table.assign(
        level=table["level"].astype("float64"), implementation=table["implementation"].astype("float64")
    )  # fmt: skip
    own["score"] = own["level"] * own["implementation"]
    own.loc[own["level"] == 0, "score"] = 0.0  # nothing agreed, nothing to carry out
    profile, coders = _profile(own, fields), int(own["coder"].nunique())
    levels, shares = (own.pivot(index="coder", columns="field", values=name) for name in ("level", "implementation"))
    alpha = {
        "level": krippendorff_alpha(levels.to_numpy(), metric="ordinal"),
        "implementation": krippendorff_alpha(shares.to_numpy(), metric="interval"),
    }
    if not coders:
        text = "tables/maturity.csv holds no judgement: the profile is empty"
        return MaturityProfile(table=profile, alpha=alpha, coders=0, warnings=(text,))
    return MaturityProfile(table=profile, alpha=alpha, coders=coders, warnings=_warnings(profile, alpha, coders))


def _profile(own: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    by = own.groupby("field", sort=True)
    out = pd.DataFrame(
        {
            "coders": by.size(), "level": by["level"].median(), "level_min": by["level"].min(),
            "level_max": by["level"].max(), "implementation": by["implementation"].mean(),
            "score": by["score"].mean(), "score_min": by["score"].min(), "score_max": by["score"].max(),
        }
    )  # fmt: skip
    given = by["weight"].first() if "weight" in own and own["weight"].notna().any() else pd.Series(1.0, out.index)
    out["weight"] = given / given.sum() if given.sum() > 0 else np.nan
    out["contribution"] = out["weight"] * out["score"]
    out["source"] = by["source"].agg(lambda s: ";".join(sorted(set(s.dropna().astype(str)))))
    out = out.reindex(list(fields))
    out["coders"] = out["coders"].fillna(0).astype(int)
    out["source"] = out["source"].astype(object).where(out["source"].notna(), "")
    return out.rename_axis("field").reset_index()[[c.name for c in MaturityProfile.columns]]


def _warnings(profile: pd.DataFrame, alpha: dict[str, float], coders: int) -> tuple[str, ...]:
    out = []
    if lost := profile.loc[profile["coders"] == 0, "field"].tolist():
        out.append(f"no judgement for {', '.join(lost)}: missing is not level 0")
    if gaps := profile.loc[(profile["coders"] > 0) & profile["score"].isna(), "field"].tolist():
        out.append(f"implementation is not known for {', '.join(gaps)}: no score")
    if coders < 2:
        out.append("one coder only: agreement cannot be tested")
    for name, value in alpha.items():
        if coders >= 2 and np.isnan(value):
            out.append(f"agreement on {name} is undefined: no field judged twice, or all judgements are the same")
        elif value < RELIABLE:
            out.append(f"coders agree too little on {name}: alpha {value:.2f} is below {RELIABLE}")
    return tuple(out)


def _check(table: pd.DataFrame, fields: Sequence[str]) -> None:
    wrong, missing = [], []
    if lost := [c for c in ("field", "coder", "level", "implementation", "source") if c not in table]:
        raise InputError(f"maturity lacks the columns {', '.join(lost)}")
    for column in ("field", "coder", "level"):
        if (gaps := table[column].isna()).any():
            missing.append(f"maturity.{column} is empty in {int(gaps.sum())} rows")
    if unknown := sorted(set(table["field"].dropna().astype(str)) - set(fields)):
        wrong.append(f"maturity.field has unknown fields: {', '.join(unknown[:5])}")
    if len(set(fields)) < len(fields):
        wrong.append("fields are repeated")
    twice = table[["field", "coder"]].duplicated() & table["coder"].notna()
    if twice.any():
        pairs = (table["field"].astype(str) + " / " + table["coder"].astype(str))[twice]
        wrong.append(f"a coder judges a field twice: {', '.join(pairs[:5])}")
    limits = {"level": (0, 5), "implementation": (0, 1), "weight": (0, np.inf)}
    for column, (low, high) in limits.items():
        if column not in table:
            continue
        value = pd.to_numeric(table[column], errors="coerce")
        bad = (value.isna() & table[column].notna()) | (value < low) | (value > high) | np.isinf(value)
        if column == "level":
            bad |= value != value.round()
            bad &= table[column].notna()
        if bad.any():
            rows = ", ".join(table.loc[bad, "field"].astype(str)[:5])
            wrong.append(
                f"maturity.{column} is not {'whole and ' if column == 'level' else ''}from {low} to {high} for {rows}"
            )
    if "weight" in table:
        mixed = table.groupby("field")["weight"].agg(lambda w: w.nunique() > 1 or 0 < w.isna().sum() < len(w))
        if mixed.any():
            wrong.append(f"maturity.weight differs between the rows of {', '.join(map(str, mixed.index[mixed][:5]))}")
        if table["weight"].notna().any() and table["weight"].isna().any():
            missing.append("maturity.weight is given for some fields only")
    if wrong or missing:
        raise (InputError if wrong else MissingDataError)("; ".join(wrong + missing), hint="mend tables/maturity.csv")


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else value
