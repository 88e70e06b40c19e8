"""What a register of agreements alone says of the maturity of coordination, by a rule and without coders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from megaregion.errors import InputError
from megaregion.mechanisms.maturity import FIELDS, FORMULA, LEVELS
from megaregion.result import Column, Input, Result

#: Stage that an instrument stands for. A forum consults, a plan or an agreement says what is to be done together, a
#: common budget shares resources, a law binds. A convention: a strong agreement may do more than its form says.
STAGES = {"statement": 1, "joint-body": 2, "plan": 3, "agreement": 3, "shared-budget": 4, "law": 5}
_DONE, _OPEN, _OVER = "in-force", "signed", "ended"
_REGISTER = Input("tables/agreements.csv", {"field": "{field}"})
_NEEDED = ("field", "instrument", "status")


@dataclass(frozen=True, eq=False, kw_only=True)
class RegisterMaturity(Result):
    """One row a field, in the order of the fields: a profile, no rank and no total.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`; a field without an entry has no level (it is not level 0).
    stages : dict
        Instrument -> stage that was used.
    """

    title_en: ClassVar[str] = "Maturity of coordination as the register shows it"
    title_zh: ClassVar[str] = "登记表所示的协同成熟度"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("field", "", "Field", "领域", key=True),
        *(
            Column(name, unit, en, zh, modelled=modelled, formula=FORMULA, inputs=(_REGISTER,))
            for name, unit, en, zh, modelled in (
                ("agreements", "count", "Agreements that have not ended", "未终止的协议数", False),
                ("level", "index", "Furthest stage of an instrument (0 to 5)", "所达最高等级（0—5）", True),
                ("level_median", "index", "Stage of the instruments, median", "等级中位数", True),
                ("level_in_force", "index", "Furthest stage in force", "已生效的最高等级", True),
                ("in_force", "share", "Share of the agreements in force", "已生效协议占比", False),
                ("score_min", "index", "Median stage, only what is in force counts", "得分下限：仅计已生效", True),
                ("score_max", "index", "Median stage, what is signed counts too", "得分上限：兼计已签署", True),
            )
        ),
    )
    table: pd.DataFrame
    stages: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """One row a field, in the order of the fields."""
        return self.table.copy()

    def facts(self) -> dict[str, Any]:
        """The rule, and the fields of which the register says nothing."""
        return {
            "stages": self.stages,
            "missing_fields": self.table.loc[self.table["agreements"] == 0, "field"].tolist(),
        }


def maturity_of_register(
    agreements: pd.DataFrame, *, fields: Sequence[str] = FIELDS, stages: Mapping[str, int] | None = None
) -> RegisterMaturity:
    """Stage of coordination by field, read off the instruments and the status of the agreements.

    Parameters
    ----------
    agreements : DataFrame
        Columns field, instrument, status of tables/agreements.csv.
    fields : sequence of str
        Fields of the profile.
    stages : mapping, optional
        Instrument -> stage (whole, 0 to 5), over those of `STAGES`.

    Returns
    -------
    RegisterMaturity
        Agreements that ended are left out.

    Raises
    ------
    InputError
        A column is missing, an instrument has no stage, a stage is no whole number from 0 to 5.

    Notes
    -----
    The stages are those of `maturity` (after Ansell and Gash 2008; Emerson, Nabatchi and Balogh 2012). Nobody judges
    here, so there is no agreement of coders. How much of a signed agreement is carried out a register does not know:
    the score has a lower end, at which none is, and an upper end, at which all is.
    """
    used = _stages(stages)
    _check(agreements, used)
    own = agreements.loc[agreements["status"] != _OVER, list(_NEEDED)].copy()
    own["stage"] = own["instrument"].map(used).astype("float64")
    done, signed = own["status"] == _DONE, own["status"].isin((_DONE, _OPEN))
    by = own.groupby("field", sort=True)
    out = pd.DataFrame(
        {
            "agreements": by.size(), "level": by["stage"].max(), "level_median": by["stage"].median(),
            "level_in_force": own[done].groupby("field")["stage"].max(),
            "in_force": done.groupby(own["field"]).mean(),
        }
    )  # fmt: skip
    out["score_min"] = out["level_median"] * out["in_force"]
    out["score_max"] = out["level_median"] * signed.groupby(own["field"]).mean()
    out = out.reindex(list(fields)).astype("float64")
    out["agreements"] = out["agreements"].fillna(0).astype(int)
    table = out.rename_axis("field").reset_index()[[c.name for c in RegisterMaturity.columns]]
    return RegisterMaturity(table=table, stages=used, warnings=_warnings(table))


def _warnings(table: pd.DataFrame) -> tuple[str, ...]:
    out = ["stages are read off the form of the instruments by a rule; nobody judged how far cooperation goes"]
    if lost := table.loc[table["agreements"] == 0, "field"].tolist():
        out.append(f"the register has no agreement in {', '.join(lost)}: missing is not level 0")
    return tuple(out)


def _stages(given: Mapping[str, int] | None) -> dict[str, int]:
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"stages must be a table of numbers, got {given!r}", hint="[options.maturity.stages]")
    used = {**STAGES, **(given or {})}
    if wrong := [f"{k} = {v!r}" for k, v in used.items() if isinstance(v, bool) or v not in LEVELS]:
        raise InputError(
            f"a stage must be a whole number from 0 to {max(LEVELS)}: {', '.join(wrong[:5])}",
            hint="0 none, 1 information, 2 consultation, 3 joint plan, 4 shared resources, 5 binding delegation",
        )
    return {k: int(v) for k, v in used.items()}


def _check(agreements: pd.DataFrame, stages: Mapping[str, int]) -> None:
    if lost := [c for c in _NEEDED if c not in agreements]:
        raise InputError(f"agreements lacks the columns {', '.join(lost)}", hint="mend tables/agreements.csv")
    strange = sorted(set(agreements["instrument"].dropna().astype(str)) - set(stages))
    if strange or agreements["instrument"].isna().any():
        raise InputError(
            f"agreements.instrument has no stage: {', '.join(strange[:5]) or 'empty'}",
            hint=f"one of {', '.join(stages)}, or name its stage in [options.maturity.stages]",
        )
