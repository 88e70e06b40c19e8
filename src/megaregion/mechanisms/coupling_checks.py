"""What a coupling analysis must not do: refused where it has no answer, warned of where it has a doubtful one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.errors import AlignmentError, InputError, MissingDataError

Floats = NDArray[np.float64]
HIGH_C, LOW_T = 0.8, 0.3  # "coupled but bad": conventions, said in the methods
SUM_TO_ONE = 1e-9
MEAN_OF = 1e-6  # a level may differ from the mean of its indicators by rounding of printed values
SAME_EXTREME = 1e-9
PRINTED = 6e-4  # a claimed degree printed with three decimals


def check_systems(systems: pd.DataFrame) -> None:
    """Refuse levels that are no levels; everything wrong at once.

    Raises
    ------
    InputError
        Fewer than two systems or no rows, repeated names or rows, years that are none, levels outside [0, 1].
    MissingDataError
        Nothing else is wrong and a level is missing.
    """
    wrong: list[str] = []
    if systems.shape[1] < 2:
        wrong.append(f"coupling is between two systems or more, got {systems.shape[1]}")
    if not len(systems):
        wrong.append("there are no rows")
    if systems.index.nlevels > 2:
        wrong.append("the index must be place_id or (place_id, year)")
    for axis, name in ((systems.index, "rows"), (systems.columns, "systems")):
        if axis.has_duplicates:
            wrong.append(f"{name} are repeated: {', '.join(map(str, axis[axis.duplicated()][:5]))}")
    if not wrong:
        beyond = ((systems < 0) | (systems > 1)).any(axis=1)
        if beyond.any():
            wrong.append(
                f"levels outside [0, 1] in {', '.join(map(str, systems.index[beyond][:5]))}: the degree is defined on "
                "[0, 1] only (values scaled to 0-100 or standardised are a published misuse)"
            )
    if wrong:
        raise InputError("systems: " + "; ".join(wrong), hint="scale between fixed goalposts: subsystem_levels")
    lost = systems.index[systems.isna().any(axis=1)]
    if len(lost):
        raise MissingDataError(
            f"systems: a level is missing for {len(lost)} rows: {', '.join(map(str, lost[:5]))}",
            hint="leave the rows or the system out",
        )


def check_indicators(systems: pd.DataFrame, indicators: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """Indicators in the order of the systems' rows, with their weights; their means must be the levels.

    Raises
    ------
    InputError
        Other rows or subsystems, a value missing or outside [0, 1], weights that fit not, means that are not U.
    """
    if indicators.columns.nlevels != 2:
        raise InputError("indicators need columns (subsystem, indicator)", hint="subsystem_levels gives them")
    weight = np.asarray(indicators.attrs.get("weights", np.ones(indicators.shape[1])), dtype=float)
    odd = sorted(map(str, set(indicators.index) ^ set(systems.index)))
    if odd or indicators.index.has_duplicates:
        raise AlignmentError(
            f"indicators and systems differ in the rows {', '.join(odd[:5]) or '(repeated)'}", hint="give the same rows"
        )
    wide = indicators.reindex(systems.index)
    values = wide.to_numpy(float)
    groups = wide.columns.get_level_values(0)
    wrong: list[str] = []
    if set(groups) != set(systems.columns):
        wrong.append("their subsystems are not those of the levels")
    if wide.columns.has_duplicates:
        wrong.append("an indicator is repeated")
    if not ((values >= 0) & (values <= 1)).all():
        wrong.append("a value is missing or outside [0, 1]")
    if len(weight) != values.shape[1] or not (weight > 0).all():
        wrong.append(f"expected {values.shape[1]} positive weights")
    if not wrong:
        for name in systems.columns:
            at = groups == name
            mean = values[:, at] @ (weight[at] / weight[at].sum())
            off = np.abs(mean - systems[name].to_numpy(float)) > MEAN_OF
            if off.any():
                some = ", ".join(map(str, systems.index[off][:5]))
                wrong.append(f"the mean of the indicators is not the level of {name} in {some}")
    if wrong:
        raise InputError("indicators: " + "; ".join(wrong), hint="give the scaled values that the levels are means of")
    return wide, weight


def fixed_goalposts(goalposts: pd.DataFrame, have: list[str]) -> pd.DataFrame:
    """One checked row an indicator, index `indicator`, in the order of `have`.

    Raises
    ------
    InputError
        Goalposts of an indicator differ between rows (by year), are out of order, or are not those of `have`.
    """
    needed = ["indicator", "subsystem", "low", "high", "direction"]
    lost = [name for name in needed if name not in goalposts.columns]
    if lost:
        raise InputError(f"goalposts need the columns {', '.join(lost)}", hint="columns: " + ", ".join(needed))
    posts = goalposts.assign(weight=goalposts.get("weight", 1.0))
    posts = posts[[*needed, "weight"]].drop_duplicates()
    wrong = []
    moved = sorted(set(posts.loc[posts["indicator"].duplicated(), "indicator"].astype(str)))
    if moved:
        wrong.append(
            f"{', '.join(moved[:5])} have several goalposts: scaled by year, levels of different years cannot be "
            "compared (a published misuse of coupling)"
        )
    for bad, text in (
        (~(posts["low"].astype(float) < posts["high"].astype(float)), "low is not below high"),
        (~posts["direction"].isin([1, -1]), "direction is not 1 or -1"),
        (~(posts["weight"].astype(float) > 0), "weight is not positive"),
    ):
        if bad.any():
            wrong.append(f"{text} for {', '.join(map(str, posts.loc[bad, 'indicator'][:5]))}")
    odd = sorted(set(map(str, posts["indicator"])) ^ set(have))
    if odd:
        wrong.append(f"values and goalposts differ in the indicators {', '.join(odd[:5])}")
    if wrong:
        raise InputError("goalposts: " + "; ".join(wrong), hint="one pair of fixed goalposts for all years and places")
    return posts.set_index("indicator").loc[have]


def usable_weights(weights: Mapping[str, float] | None, systems: list[str]) -> tuple[Floats, list[str]]:
    """Weights of T that sum to 1, and a warning where the given ones did not.

    Raises
    ------
    InputError
        A weight is negative or missing, or the names are not those of the systems.
    """
    if weights is None:
        return np.full(len(systems), 1.0 / len(systems)), []
    odd = sorted(set(weights) ^ set(systems))
    if odd:
        raise InputError(f"weights and systems differ in {', '.join(odd[:5])}", hint="one weight for every system")
    raw = np.array([float(weights[name]) for name in systems])
    if not (np.isfinite(raw) & (raw >= 0)).all() or raw.sum() == 0:
        raise InputError(f"weights must be >= 0 and not all 0, got {dict(weights)}")
    total = float(raw.sum())
    if abs(total - 1.0) <= SUM_TO_ONE:
        return raw, []
    text = f"weights of T sum to {total:g}, not to 1, which would scale T and D (a published misuse): rescaled"
    return raw / total, [text]


def equally_low(degree: Floats, level: Floats) -> NDArray[np.bool_]:
    """Rows with a high C (>= .8) and a low T (< .3): equally bad."""
    return np.asarray((degree >= HIGH_C) & (level < LOW_T))


def per_year_scaling(systems: pd.DataFrame) -> list[str]:
    """Warn where levels of a panel look as if each year had been scaled by itself.

    Sign: in every year of a system the lowest place has the same level and the highest place has the same level.
    Fixed goalposts give that by accident only.
    """
    if systems.index.nlevels != 2 or systems.index.get_level_values(1).nunique() < 2:
        return []
    by_year = systems.groupby(level=1)
    if (by_year.size() < 2).any():
        return []
    still = (np.ptp(by_year.min(), axis=0) <= SAME_EXTREME) & (np.ptp(by_year.max(), axis=0) <= SAME_EXTREME)
    found = [str(name) for name, same in zip(systems.columns, still, strict=True) if same]
    if not found:
        return []
    return [
        f"the lowest and the highest level of {', '.join(found)} are the same in every year: scaled by year? "
        "Then years cannot be compared (a published misuse); scale between goalposts fixed over all years"
    ]


def resembles(
    u: Floats, claimed: Floats, classical: Floats, corrected: Floats, mistakes: Mapping[str, Floats]
) -> list[str]:
    """Say which formula gives coupling degrees that were computed elsewhere.

    Parameters
    ----------
    u : (n, k) array
        Levels.
    claimed, classical, corrected : (n,) arrays
    mistakes : mapping of str to (n,) array
        `megaregion.core.coupling.published_mistakes`.
    """
    known = ~np.isnan(claimed)
    if not known.any():
        return ["claimed degrees are all missing: nothing to recognise"]
    for name, values in (("classical", classical), ("corrected", corrected)):
        if np.allclose(claimed[known], values[known], atol=PRINTED, rtol=0):
            return [f"claimed degrees are those of the {name} formula"]
    k = u.shape[1]
    for name, values in mistakes.items():
        if np.allclose(claimed[known], values[known], atol=PRINTED, rtol=0):
            note = f", which cannot exceed 1/{k}" if name == "missing factor" else ""
            return [f"claimed degrees have a published mistake: {name}{note}"]
    top = float(np.nanmax(claimed))
    if top <= 1.0 / k + PRINTED:
        return [f"claimed degrees are nowhere above 1/{k}: a missing factor {k} is the usual reason"]
    return ["claimed degrees come from no formula known here: neither classical nor corrected"]
