"""What inputs become: outputs over inputs by place, year and lag, with the interval of counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from megaregion.core.specialisation import garwood
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_tables import YieldsResult
from megaregion.nodes.innovation_vector import NO_INTERVAL, POISSON
from megaregion.result import Input
from megaregion.units import factor, in_whole_money, is_money

BASE = 1e8  # counts are told for this much money
PEOPLE = ("person", "10000 persons")
REASONS = {
    "none": ("no input of this territory in these years", "缺同一统计范围相应年份的投入"),
    "zero": ("the input is not above zero", "投入不大于零"),
}
_KEY = ["place_id", "year", "scope"]


def yields(cluster: Cluster, options: InnovationOptions) -> YieldsResult | None:
    """Output over input of every place of the workspace, for every year of the output and every lag.

    Parameters
    ----------
    cluster : Cluster
        Indicators of places of every kind: provinces count beside cities.
    options : InnovationOptions
        `yields` names the pairs, `lags` the years from the input to the output.

    Returns
    -------
    YieldsResult or None
        One row a pair, place, year and lag that has both parts, and one with the reason where no lag has the input;
        None where no pair has both indicators.

    Raises
    ------
    InputError, UnitError
        A place has two values of one year and territory, an output is negative, or the units do not go together.

    Notes
    -----
    Money over money is a ratio; a count or another quantity is told for 100 million of the currency or a person of the
    input. The two must cover the same territory. Intervals are of counts alone (Garwood 1936); `lag_low` and `lag_high`
    are the smallest and the largest of the lags of one year of the output, no interval of chance.
    """
    made, warnings, names = [], [], []
    for output, given in options.yields:
        top, bottom = (_values(cluster, name) for name in (output, given))
        if top.empty or bottom.empty:
            continue
        part, note = _pair(top, bottom, output, given, options.lags)
        made.append(part.assign(kind=part["place_id"].map(cluster.places["kind"])))
        names.append([output, given])
        warnings += note
    if not made:
        return None
    table = pd.concat(made, ignore_index=True)
    known = table["value"].notna()
    facts = {"pairs": names, "places": int(table.loc[known, "place_id"].nunique()), "values": int(known.sum())}
    rows_of = tuple(
        Input("tables/indicators.csv", {"place_id": "{place_id}", "indicator": name, "year": year, "scope": "{scope}"})
        for name, year in (("{output}", "{year}"), ("{input}", "{input_year}"))
    )
    notes = [*warnings, "yields: an output over an input is no proof that the one came of the other"]
    return YieldsResult(
        table=table, rows_of=rows_of, found=facts, warnings=tuple(dict.fromkeys(notes)),
        settings={"yields": [list(pair) for pair in options.yields], "lags": list(options.lags)},
    )  # fmt: skip


def _values(cluster: Cluster, name: str) -> pd.DataFrame:
    """Values of an indicator in one unit; columns place_id, year, scope, value, unit."""
    table = cluster.indicators
    mine = (table["indicator"] == name) & table["place_id"].isin(cluster.places.index) & table["value"].notna()
    rows = table.loc[mine, [*_KEY, "value", "unit"]].astype({"year": int, "value": float}).reset_index(drop=True)
    twice = rows.duplicated(_KEY)
    if twice.any():
        bad = [f"{r.place_id} {r.year}" for r in rows[twice].head(5).itertuples()]
        raise InputError(f"indicators: {name} has several values for {', '.join(bad)}", hint="keep one per territory")
    if (rows["value"] < 0).any():
        bad = list(rows.loc[rows["value"] < 0, "place_id"].head(5))
        raise InputError(f"indicators: {name} is negative for {', '.join(bad)}", hint="correct the sign")
    if len(rows):
        unit = str(rows["unit"].iloc[0])
        rows["value"] *= rows["unit"].map({str(u): factor(str(u), unit) for u in rows["unit"].unique()})
        rows["unit"] = unit
    return rows


def _pair(
    top: pd.DataFrame, bottom: pd.DataFrame, output: str, given: str, lags: tuple[int, ...]
) -> tuple[pd.DataFrame, list[str]]:
    scale, unit = _scale(str(top["unit"].iloc[0]), str(bottom["unit"].iloc[0]), f"{output} over {given}")
    counts = top["unit"].iloc[0] == "count"
    right = bottom.rename(columns={"year": "input_year", "value": "input_value", "unit": "input_unit"})
    rows = pd.concat(
        [top.assign(lag=lag, input_year=top["year"] - lag)
         .merge(right, on=["place_id", "scope", "input_year"], how="left") for lag in lags], ignore_index=True,
    )  # fmt: skip
    usable = rows["input_value"].gt(0)
    some = rows.assign(usable=usable).groupby(_KEY)["usable"].transform("any")
    first = ~rows.duplicated(_KEY)  # the first of the lags stands for a year that has none
    rows = rows[usable | (first & ~some)].reset_index(drop=True)
    bare, zero = rows["input_value"].isna(), rows["input_value"].le(0)
    why = np.select([bare, zero], ["none", "zero"], "")
    per = (scale / rows["input_value"].where(~zero)).to_numpy(float)
    x = rows["value"].to_numpy(float)
    low, high = (end * per for end in garwood(x)) if counts else (np.full(len(x), np.nan),) * 2
    rows = rows.rename(columns={"value": "output_value", "unit": "output_unit"}).assign(
        output=output, input=given, value=x * per, unit=unit, low=low, high=high,
        interval=POISSON if counts else NO_INTERVAL, input_unit=str(bottom["unit"].iloc[0]),
        reason_en=[REASONS[w][0] if w else "" for w in why], reason_zh=[REASONS[w][1] if w else "" for w in why],
    )  # fmt: skip
    years = rows.groupby(_KEY)["value"]
    several = years.transform("count") > 1
    rows["lag_low"], rows["lag_high"] = (years.transform(how).where(several) for how in ("min", "max"))
    notes = []
    if lacking := int((why != "").sum()):
        notes.append(f"yields of {output} over {given}: {lacking} of {len(top)} values have no input to go with")
    if unit == "ratio" and is_money(str(rows["input_unit"].iloc[0])) and rows.loc[why == "", "lag"].gt(0).any():
        notes.append("yields with a lag: output and input are at the prices of their own years")
    return rows.sort_values(["place_id", "year", "scope", "lag"], ignore_index=True), notes


def _scale(output: str, given: str, names: str) -> tuple[float, str]:
    """Factor on output / input, and the unit that comes out."""
    if is_money(output) and is_money(given):
        return factor(output, given), "ratio"
    money = in_whole_money(given)
    if money is not None and " per " not in given:
        return BASE / money, f"{output} per 100 million {_currency(given)}"
    if given in PEOPLE:
        return 1.0 / factor(given, "person"), f"{output} per person"
    if output == given:
        return 1.0, "ratio"
    raise InputError(
        f"yields: {names} is {output} over {given}", hint="the input must be money or people, or in the output's unit"
    )


def _currency(unit: str) -> str:
    """The money of a unit without its scale: ``CNY (2020)`` of ``million CNY (2020)``."""
    words = unit.split(" ")
    return " ".join(words[next(k for k, word in enumerate(words) if len(word) == 3 and word.isupper()) :])
