"""How a border changes from year to year, with all that is fixed about a pair taken out."""

from __future__ import annotations

import pandas as pd

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.gravity_equation import Errors, GravityOptions, GravityResult, gravity_equation


def border_over_time(
    flows: pd.DataFrame, groups: pd.Series, *, base: object = None, controls: tuple[str, ...] = (),
    errors: Errors = "dyadic", unit: str = "count",
) -> GravityResult:  # fmt: skip
    """Change of the border coefficient against a base period.

    Parameters
    ----------
    flows : DataFrame
        Columns origin, destination, period, flow, and the controls; at least two periods.
    groups : Series
        Group of each place, the same in all periods.
    base : optional
        Period that the others are compared with; the first without it.
    controls : tuple of str
        Columns that change over time within pairs, such as ln time.
    errors, unit : str
        As in `GravityOptions`.

    Returns
    -------
    GravityResult
        Term ``same:<period>``: by how much the log of flow inside over across has risen since the base. Below zero the
        border has become cheaper. The level of the border is in the effects of pairs and not identified.

    Raises
    ------
    InputError, MissingDataError
        One period only, the base does not occur, or a place has no group.

    Notes
    -----
    Effects of pairs, of origins by period and of destinations by period (Bergstrand, Larch and Yotov 2015, Eur. Econ.
    Rev. 78); with three sets of effects and few places intervals are too narrow (Weidner and Zylkin 2021).
    """
    if "period" not in flows or flows["period"].nunique() < 2:
        raise InputError("flows needs a column period with at least two periods")
    periods = sorted(flows["period"].unique())
    first = periods[0] if base is None else base
    if first not in periods:
        raise InputError(f"the base {first!r} is not a period", hint=f"periods: {', '.join(map(str, periods))}")
    ends = [flows[e].map(groups) for e in ("origin", "destination")]
    lost = sorted(map(str, set(flows.loc[ends[0].isna(), "origin"]) | set(flows.loc[ends[1].isna(), "destination"])))
    if lost:
        raise MissingDataError(f"no group for {', '.join(lost[:5])}")
    same = (ends[0] == ends[1]).astype(float)
    new = {f"same:{p}": same * (flows["period"] == p) for p in periods if p != first}
    options = GravityOptions(absorbed="pair", errors=errors, unit=unit)
    return gravity_equation(flows.assign(**new), [*new, *controls], options=options)
