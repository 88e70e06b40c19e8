"""Tables of poverty: of persons, from brackets, of many dimensions, and of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from megaregion.errors import InputError
from megaregion.result import Column, Input, Result

SHARES = (0.4, 0.5, 0.6)  # of the median
_INCOMES = (Input("tables/incomes.csv", {"year": "{year}"}),)
_BRACKETS = (Input("tables/income_brackets.csv", {"place_id": "{place}", "year": "{year}"}),)
_DEPRIVATIONS = (Input("tables/deprivations.csv", {"year": "{year}"}),)
TEXT = ("group", "place_id", "curve", "chosen", "problems", "dimension", "scale")


@dataclass(frozen=True, eq=False, kw_only=True)
class PovertyTable(Result):
    """A frame with the parameters that it depends on.

    Attributes
    ----------
    table : DataFrame
        Columns as in `describe()`.
    settings : mapping
        Parameters, JSON-able.
    """

    table: pd.DataFrame
    settings: Mapping[str, Any] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Rows in order of their keys."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """What the numbers depend on."""
        return dict(self.settings)


@dataclass(frozen=True, eq=False, kw_only=True)
class PovertyResult(PovertyTable):
    """Relative poverty of persons (Foster, Greer and Thorbecke), all and by group.

    Attributes
    ----------
    unit : str
        Unit of income.
    """

    title_en: ClassVar[str] = "Relative poverty of persons"
    title_zh: ClassVar[str] = "相对贫困（个人）"
    unit: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; the unit of the line is that of income."""
        f, i = "methods#relative-poverty", _INCOMES
        return (
            Column("year", "year", "Year", "年份", key=True),
            Column("group", "", "Group (empty: all)", "分组（空为全体）", key=True),
            Column("line_share", "share", "Line as a share of the median", "贫困线占中位数比例", key=True),
            Column("alpha", "index", "Exponent: 0 headcount, 1 gap, 2 squared gap", "指数：0发生率、1深度、2强度",
                   key=True),
            Column("line", self.unit, "Poverty line", "贫困线", formula=f, inputs=i),
            Column("value", "share", "Poverty measure", "贫困指数", formula=f, inputs=i),
            Column("standard_error", "share", "Standard error if the line were known", "标准误（贫困线视为已知）",
                   formula=f, inputs=i),
            Column("low", "share", "Lower end of 95 %, line estimated anew", "95%区间下限（重估贫困线）", formula=f,
                   inputs=i),
            Column("high", "share", "Upper end of 95 %, line estimated anew", "95%区间上限（重估贫困线）", formula=f,
                   inputs=i),
            Column("contribution", "share", "Part of the total", "对总体的贡献", formula=f, inputs=i),
            Column("people", "person", "People represented", "代表人口", inputs=i),
            Column("records", "count", "Records", "样本数", inputs=i),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Headcount of all by year and line."""
        rows = self.table[(self.table["group"] == "") & (self.table["alpha"] == 0)]
        return {f"headcount_{y:.0f}_{100 * s:.0f}": float(v)
                for y, s, v in rows[["year", "line_share", "value"]].itertuples(index=False)}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class LorenzPovertyResult(PovertyTable):
    """Poverty from income brackets by fitted Lorenz curves; modelled.

    Attributes
    ----------
    unit : str
        Unit of the bounds.
    """

    title_en: ClassVar[str] = "Relative poverty from income brackets (fitted Lorenz curves)"
    title_zh: ClassVar[str] = "收入分组数据的相对贫困（洛伦兹曲线拟合）"
    unit: str

    def describe(self) -> tuple[Column, ...]:
        """Columns; everything but the bounds of the headcount comes out of the fitted curve."""
        f, i = "methods#grouped-poverty", _BRACKETS

        def fitted(name: str, unit: str, en: str, zh: str) -> Column:
            return Column(name, unit, en, zh, modelled=True, formula=f, inputs=i)

        return (
            Column("place_id", "", "Place", "地区", key=True),
            Column("year", "year", "Year", "年份", key=True),
            Column("group", "", "Group", "分组", key=True),
            Column("line_share", "share", "Line as a share of the median", "贫困线占中位数比例", key=True),
            Column("curve", "", "Lorenz curve", "洛伦兹曲线", key=True),
            Column("chosen", "", "Chosen", "是否采用", modelled=True, formula=f),
            Column("problems", "", "Why it is no Lorenz curve", "不满足洛伦兹曲线条件之处", modelled=True, formula=f),
            fitted("mean", self.unit, "Mean income of the brackets", "分组平均收入"),
            fitted("median", self.unit, "Median of the curve", "拟合中位数"),
            fitted("line", self.unit, "Poverty line", "贫困线"),
            fitted("headcount", "share", "Headcount", "贫困发生率"),
            fitted("gap", "share", "Poverty gap", "贫困深度"),
            fitted("squared_gap", "share", "Squared poverty gap", "贫困强度"),
            fitted("gini", "index", "Gini coefficient", "基尼系数"),
            Column("gini_low", "index", "Gini coefficient at least (groups alone)", "基尼系数下界（仅由分组）",
                   formula=f, inputs=i),
            Column("gini_high", "index", "Gini coefficient at most (groups alone)", "基尼系数上界（仅由分组）",
                   formula=f, inputs=i),
            fitted("squared_error", "index", "Squared error up to the line", "贫困线以下拟合误差平方和"),
            Column("headcount_low", "share", "Headcount at least (brackets alone)", "发生率下界（仅由分组）",
                   formula=f, inputs=i),
            Column("headcount_high", "share", "Headcount at most (brackets alone)", "发生率上界（仅由分组）",
                   formula=f, inputs=i),
            fitted("first", "index", "First parameter (a or theta)", "第一参数（a或θ）"),
            fitted("second", "index", "Second parameter (b or gamma)", "第二参数（b或γ）"),
            fitted("third", "index", "Third parameter (c or delta)", "第三参数（c或δ）"),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """How many distributions have a curve that may be read."""
        keys = ["place_id", "year", "group"]
        whole = self.table[keys].drop_duplicates()
        good = self.table.loc[self.table["chosen"] == "yes", keys].drop_duplicates()
        return {"distributions": len(whole), "with_valid_curve": len(good)}


@dataclass(frozen=True, eq=False, kw_only=True)
class MultidimensionalResult(PovertyTable):
    """Multidimensional poverty by counting (Alkire and Foster)."""

    title_en: ClassVar[str] = "Multidimensional poverty"
    title_zh: ClassVar[str] = "多维贫困"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("year", "year", "Year", "年份", key=True),
        Column("group", "", "Group (empty: all)", "分组（空为全体）", key=True),
        *(Column(name, "share", en, zh, formula="methods#multidimensional-poverty", inputs=_DEPRIVATIONS)
          for name, en, zh in (
              ("headcount", "Poor people H", "多维贫困发生率H"),
              ("intensity", "Mean share of deprivations of the poor A", "平均剥夺份额A"),
              ("m0", "Adjusted headcount M0 = H A", "多维贫困指数M0"),
              ("m1", "Adjusted gap M1 (cardinal values)", "调整后深度M1（基数指标）"),
              ("m2", "Adjusted squared gap M2 (cardinal values)", "调整后强度M2（基数指标）"),
              ("contribution", "Part of M0 of all", "对总体M0的贡献"),
          )),
        Column("people", "person", "People represented", "代表人口", inputs=_DEPRIVATIONS),
        Column("records", "count", "Records", "样本数", inputs=_DEPRIVATIONS),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class DimensionsResult(PovertyTable):
    """Deprivation by dimension, of everybody and of the poor."""

    title_en: ClassVar[str] = "Multidimensional poverty by dimension"
    title_zh: ClassVar[str] = "多维贫困的维度分解"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("year", "year", "Year", "年份", key=True),
        Column("group", "", "Group (empty: all)", "分组（空为全体）", key=True),
        Column("dimension", "", "Dimension", "维度", key=True),
        *(Column(name, "share", en, zh, formula="methods#multidimensional-poverty", inputs=_DEPRIVATIONS)
          for name, en, zh in (
              ("weight", "Weight", "权重"),
              ("raw_headcount", "Deprived, poor or not", "剥夺率（全体）"),
              ("censored_headcount", "Deprived and poor", "剥夺率（仅多维贫困者）"),
              ("contribution", "Part of M0", "对M0的贡献"),
          )),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class PoorPlacesResult(PovertyTable):
    """How many places have a mean below a share of the median place; not poverty of persons.

    Attributes
    ----------
    unit : str
        Unit of the mean.
    """

    title_en: ClassVar[str] = "Poor places (by their mean, not poverty of persons)"
    title_zh: ClassVar[str] = "低收入地区（按地区均值，非个人贫困）"
    unit: str

    def describe(self) -> tuple[Column, ...]:
        """Columns."""
        f = "methods#relative-poverty"
        rows = {"indicator": self.settings.get("indicator", ""), "year": self.settings.get("year")}
        i = (Input("tables/indicators.csv", rows),) if rows["indicator"] else ()
        return (
            Column("line_share", "share", "Line as a share of the median", "界线占中位数比例", key=True),
            Column("line", self.unit, "Line", "界线", formula=f, inputs=i),
            Column("places", "count", "Places", "地区数", inputs=i),
            Column("poor_places", "count", "Places below the line", "低于界线的地区数", formula=f, inputs=i),
            Column("people_there", "person", "People who live there, poor or not", "所在地区人口（不论贫富）",
                   formula=f, inputs=i),
            Column("people_share", "share", "Share of people who live there", "所在地区人口占比", formula=f, inputs=i),
        )  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """What the means are, and the median place weighted by people."""
        return {key: self.settings[key] for key in ("indicator", "year", "median") if self.settings.get(key)}


def empty(columns: tuple[Column, ...]) -> pd.DataFrame:
    """No rows, with the columns of a result."""
    return pd.DataFrame({c.name: pd.Series(dtype=object if c.name in TEXT else "float64") for c in columns})


def check_shares(shares: Sequence[float]) -> None:
    """Raise InputError unless the shares of the median lie between 0 and 1 and differ."""
    if not len(shares) or not all(0 < s < 1 for s in shares) or len(set(shares)) < len(shares):
        raise InputError(f"shares of the median must lie between 0 and 1 and differ, got {list(shares)}")


def require_columns(frame: pd.DataFrame, names: tuple[str, ...], table: str) -> None:
    """Raise InputError with the columns that a table lacks."""
    lacking = [name for name in names if name not in frame]
    if lacking:
        raise InputError(f"{table}: columns {', '.join(lacking)} are missing", hint=f"see the schema of {table}")


def rows_where(frame: pd.DataFrame, mask: pd.Series, text: str) -> list[str]:
    """A message with the first record_id of the rows of a mask; none where there are none."""
    if not mask.any():
        return []
    return [f"{text} in {int(mask.sum())} rows: {', '.join(map(str, frame.loc[mask, 'record_id'].head(5)))}"]


def named_groups(group: pd.Series) -> pd.Series:
    """Groups as text; an empty one among others is called ``unstated``, for empty stands for all people."""
    text = group.astype(str)
    return text if (text == "").all() else text.where(text != "", "unstated")
