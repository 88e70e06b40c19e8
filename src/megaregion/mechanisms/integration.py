"""Urban-rural integration: change of population and of its urban part on borders that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.data.align import exact
from megaregion.errors import InputError, MissingDataError
from megaregion.result import Column, Input, Result

_FORMULA = "methods#population-change"
CHECK_BORDER_PERCENT = 25.0
COUNTY_SCOPES = ("县", "county")


@dataclass(frozen=True, eq=False, kw_only=True)
class PopulationChangeResult(Result):
    """Population and urban population of each unit at two dates.

    Attributes
    ----------
    table : DataFrame
        Columns as in `columns`.
    years : tuple of int
        Start and end.
    kind : str
        Level of the units; ``stable_unit`` where borders were made comparable.
    check_border_percent : float
        A change beyond this is flagged ``check-border``: more likely a ceded town than shrinkage.
    population_indicator, urban_indicator : str
        Where the numbers were read.
    """

    title_en: ClassVar[str] = "Population change"
    title_zh: ClassVar[str] = "人口变化"
    table: pd.DataFrame
    years: tuple[int, int] | None
    kind: str
    check_border_percent: float = CHECK_BORDER_PERCENT
    population_indicator: str = "population"
    urban_indicator: str = "urban_population"

    def describe(self) -> tuple[Column, ...]:
        """Columns of the table."""
        people, urban = self._inputs(self.population_indicator), self._inputs(self.urban_indicator)
        both = people + urban
        place = Input("tables/places.csv", {"place_id": "{place}"})
        return (
            Column("place_id", "", "Unit", "单元", key=True),
            Column("parent", "", "Place that contains it", "所属城市", inputs=(place,)),
            Column("group", "", "Group", "所属省份", inputs=(place,)),
            Column("scope", "", "Territory covered", "统计范围"),
            Column("population_start", "person", "Population at the start", "期初人口", inputs=people),
            Column("population_end", "person", "Population at the end", "期末人口", inputs=people),
            Column("change", "person", "Change", "变化量", formula=_FORMULA, inputs=people),
            Column("change_percent", "percent", "Change in percent", "变化率", formula=_FORMULA, inputs=people),
            Column(
                "urban_share_start",
                "percent",
                "Urban share at the start",
                "期初城镇化率",
                formula=_FORMULA,
                inputs=both,
            ),
            Column(
                "urban_share_end", "percent", "Urban share at the end", "期末城镇化率", formula=_FORMULA, inputs=both
            ),
            Column(
                "urban_change",
                "person",
                "Change of the urban population",
                "城镇人口变化",
                formula=_FORMULA,
                inputs=urban,
            ),
            Column("flag", "", "Weakness of the data", "数据缺陷"),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a unit, in order of `place_id`."""
        return self.table.copy()

    def parameters(self) -> dict[str, Any]:
        """Years, level and the limit beyond which a border is doubted."""
        return {
            "year_start": self.years[0] if self.years else None,
            "year_end": self.years[1] if self.years else None,
            "kind": self.kind, "check_border_percent": self.check_border_percent,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """Totals, and how many units lose while their urban population grows; all units, then by scope."""
        frame = self.table
        out: dict[str, Any] = {**self.parameters(), **_counts(frame)}
        out["by_scope"] = {str(scope): _counts(part) for scope, part in frame.groupby("scope", sort=True)}
        return out

    def _inputs(self, indicator: str) -> tuple[Input, ...]:
        where = {"place_id": "{place}", "indicator": indicator, "year": list(self.years or ())}
        return (Input("tables/indicators.csv", where),)


@dataclass(frozen=True, eq=False, kw_only=True)
class PopulationChangeGroupsResult(Result):
    """Population change summed by group."""

    title_en: ClassVar[str] = "Population change by group"
    title_zh: ClassVar[str] = "分省人口变化"
    table: pd.DataFrame

    columns: ClassVar[tuple[Column, ...]] = tuple(
        Column(name, unit, en, zh, formula=_FORMULA if unit else "", key=name == "group",
               inputs=(Input("results/mechanisms/population_change", {"group": "{place}"}),) if unit else ())
        for name, unit, en, zh in (
            ("group", "", "Group", "分组"),
            ("units", "count", "Units", "单元数"),
            ("losing", "count", "Units that lose people", "人口减少的单元数"),
            ("change", "person", "Change", "变化量"),
            ("change_percent", "percent", "Change in percent", "变化率"),
            ("median_change_percent", "percent", "Median change of the units", "单元变化率中位数"),
            ("losing_urban_grew", "count", "Losing units with urban growth", "人口减少、城镇人口增加的单元数"),
            ("county_units", "count", "Counties", "县级单元数"),
            ("county_losing", "count", "Counties that lose people", "人口减少的县级单元数"),
            ("county_change", "person", "Change in the counties", "县级单元人口变化"),
            ("county_median_change_percent", "percent", "Median change of the counties", "县级单元变化率中位数"),
        )
    )  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a group, in order."""
        return self.table.copy()


def population_change(
    population: pd.DataFrame,
    urban: pd.DataFrame | None,
    units: pd.DataFrame,
    *,
    kind: str,
    check_border_percent: float = CHECK_BORDER_PERCENT,
) -> PopulationChangeResult:
    """Change of population and of urban population between two years.

    Parameters
    ----------
    population : DataFrame, rows place_id, two columns (start year, end year)
        People, > 0 at the start, >= 0 at the end.
    urban : DataFrame or None
        The same for urban people, <= population; None where it is not known.
    units : DataFrame
        Index `place_id`; columns parent, group, scope, flag (text, empty where there is none).
    kind : str
        Level of the units.
    check_border_percent : float, default 25
        Limit of the flag ``check-border``.

    Raises
    ------
    MissingDataError
        A value is missing.
    InputError
        A value is out of range, the two years are not in order, or (AlignmentError) the units differ.
    """
    _check(population, urban, units)
    labels = units.sort_index().index
    start, end = (int(year) for year in population.columns)
    before, after = (population.loc[labels, year].to_numpy(float) for year in (start, end))
    percent = 100.0 * (after - before) / before
    doubtful = np.abs(percent) > check_border_percent
    table = units.loc[labels, ["parent", "group", "scope"]].reset_index(names="place_id")
    table["population_start"], table["population_end"] = before, after
    table["change"], table["change_percent"] = after - before, percent
    warnings = []
    if urban is None:
        table["urban_share_start"] = table["urban_share_end"] = table["urban_change"] = np.nan
        warnings.append("urban population is not in the tables: urban shares are missing")
    else:
        u0, u1 = (urban.loc[labels, year].to_numpy(float) for year in (start, end))
        table["urban_share_start"], table["urban_share_end"] = _percent(u0, before), _percent(u1, after)
        table["urban_change"] = u1 - u0
    table["flag"] = [
        _joined(text, "check-border" if doubt else "")
        for text, doubt in zip(units.loc[labels, "flag"], doubtful, strict=True)
    ]
    if doubtful.any():
        warnings.append(
            f"{int(doubtful.sum())} units change by more than {check_border_percent:g} %: "
            "check whether a border moved before reading it as growth or shrinkage"
        )
    return PopulationChangeResult(
        table=table, years=(start, end), kind=kind, check_border_percent=check_border_percent,
        warnings=tuple(warnings),
    )  # fmt: skip


def population_change_groups(change: PopulationChangeResult) -> PopulationChangeGroupsResult:
    """Sums and counts of `change` by group; the columns ``county_*`` count the units of county scope."""
    rows = []
    for group, part in change.table.groupby("group", sort=True):
        all_units, county = _counts(part), _counts(part[part["scope"].isin(COUNTY_SCOPES)])
        keys = ("units", "losing", "change", "change_percent", "median_change_percent", "losing_urban_grew")
        rows.append(
            {"group": group, **{key: all_units[key] for key in keys}}
            | {f"county_{k}": county[k] for k in ("units", "losing", "change", "median_change_percent")}
        )
    names = [c.name for c in PopulationChangeGroupsResult.columns]
    table = pd.DataFrame(rows, columns=names)
    floats = [name for name in names if "change" in name]
    table[floats] = table[floats].astype(float)
    return PopulationChangeGroupsResult(table=table, warnings=change.warnings)


def _counts(part: pd.DataFrame) -> dict[str, Any]:
    """JSON-able counts and sums of some rows of the change table."""
    losing = part["change"] < 0
    start, end = float(part["population_start"].sum()), float(part["population_end"].sum())
    known = bool(len(part)) and not part["urban_change"].isna().any()
    return {
        "units": len(part),
        "losing": int(losing.sum()),
        "losing_urban_grew": int((losing & (part["urban_change"] > 0)).sum()) if known else None,
        "population_start": start,
        "population_end": end,
        "change": end - start,
        "change_percent": 100.0 * (end - start) / start if start else None,
        "change_of_losing": float(part.loc[losing, "change"].sum()),
        "median_change_percent": float(part["change_percent"].median()) if len(part) else None,
        "check_border": int(part["flag"].str.contains("check-border").sum()) if len(part) else 0,
    }


def _percent(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share in percent; missing where nobody is left."""
    return np.asarray(100.0 * np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0))


def _joined(text: object, word: str) -> str:
    words = {w for w in str(text or "").split(";") if w} | ({word} if word else set())
    return ";".join(sorted(words))


def _check(population: pd.DataFrame, urban: pd.DataFrame | None, units: pd.DataFrame) -> None:
    if len(population.columns) != 2 or not int(population.columns[0]) < int(population.columns[1]):
        raise InputError(
            f"population needs two columns, the start and the end year, got {list(population.columns)}",
            hint="choose two years that every unit has",
        )
    frames = {"population": population} | ({} if urban is None else {"urban": urban})
    wrong: list[str] = []
    missing: list[str] = []
    for name, frame in frames.items():
        exact(pd.Series(0, units.index), pd.Series(0, frame.index))
        if list(frame.columns) != list(population.columns):
            wrong.append(f"{name} has the years {list(frame.columns)}, population {list(population.columns)}")
            continue
        for year in frame.columns:
            values = frame[year].astype(float)
            missing += _bad(values.isna(), f"{name} of {year} is missing")
            wrong += _bad((values < 0) | np.isinf(values), f"{name} of {year} is negative or infinite")
            if urban is not None and name == "urban":
                whole = population[year].astype(float).reindex(values.index)
                wrong += _bad(values > whole, f"urban population of {year} exceeds the population")
    start = population[population.columns[0]].astype(float)
    wrong += _bad(start == 0, f"population of {population.columns[0]} is zero")
    if wrong:
        raise InputError("; ".join(wrong + missing), hint="mend the rows in tables/indicators.csv")
    if missing:
        raise MissingDataError("; ".join(missing), hint="choose years that every unit has, or add the rows")


def _bad(mask: pd.Series, text: str) -> list[str]:
    if not mask.any():
        return []
    return [f"{text} for {int(mask.sum())} units: {', '.join(map(str, mask.index[mask][:5]))}"]
