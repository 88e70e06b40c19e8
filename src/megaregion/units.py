"""Units: which are known, and the only place where one is converted into another."""

import re

from megaregion.errors import UnitError

# factor to the base unit of the dimension; the base unit has factor 1
_FACTORS: dict[str, tuple[str, float]] = {
    "person": ("people", 1.0),
    "10000 persons": ("people", 1e4),
    "household": ("households", 1.0),
    "job": ("jobs", 1.0),
    "year": ("time", 1.0),
    "min": ("duration", 1.0),
    "h": ("duration", 60.0),
    "day": ("duration", 1440.0),
    "m": ("length", 1e-3),
    "km": ("length", 1.0),
    "ft": ("length", 0.3048e-3),
    "mi": ("length", 1.609344),
    "km2": ("area", 1.0),
    "ha": ("area", 1e-2),
    "m2": ("area", 1e-6),
    "percent": ("share", 1e-2),
    "share": ("share", 1.0),
    "ratio": ("ratio", 1.0),
    "count": ("count", 1.0),
    "index": ("index", 1.0),
    "scaled 0-1": ("index", 1.0),
    "degree": ("angle", 1.0),
    "trains/day": ("frequency", 1.0),
    "1/day": ("frequency", 1.0),
    "1/h": ("frequency", 24.0),
    "person/km2": ("density", 1.0),
    "km/h": ("speed", 1.0),
    "mph": ("speed", 1.609344),
    "kWh": ("energy", 1.0),
    "MW": ("power", 1.0),
    "kV": ("voltage", 1.0),
    "ohm": ("reactance", 1.0),
    "t": ("mass", 1.0),
    "by row": ("by row", 1.0),
    "unstated": ("unstated", 1.0),  # a workspace made from a spreadsheet without units; check warns
    "": ("none", 1.0),
}
_SCALES = {"": 1.0, "thousand ": 1e3, "10000 ": 1e4, "million ": 1e6, "100 million ": 1e8, "billion ": 1e9}
_MONEY = re.compile(
    r"^(?P<scale>thousand |10000 |million |100 million |billion )?(?P<code>[A-Z]{3})"
    r"(?P<base> \((?:current|\d{4})\))?(?P<per> per (?:person|household|m2|km2|km|month|person month|m2 month))?$"
)
_RATE = re.compile(
    r"^(?P<top>.+?) per (?P<bottom>(?:1000 |10000 |100000 |million )?"
    r"(?:persons?|households?|jobs?|km2|km|ha|m2|years?|births?))$"
)


def known(unit: str) -> bool:
    """Whether `unit` is one that the toolkit understands."""
    if unit in _FACTORS or _MONEY.match(unit):
        return True
    rate = _RATE.match(unit)
    return rate is not None and known(rate["top"])


def is_money(unit: str) -> bool:
    """Whether `unit` is an amount of money."""
    return _MONEY.match(unit) is not None


def in_whole_money(unit: str) -> float | None:
    """Factor to the same money in ones, ``1e6`` for ``million CNY (2020)``; None for what is no money."""
    match = _MONEY.match(unit)
    return None if match is None else _SCALES[match["scale"] or ""]


def has_price_base(unit: str) -> bool:
    """Whether a money unit says at which prices: ``million CNY (current)`` or ``million CNY (2020)``."""
    match = _MONEY.match(unit)
    return match is not None and match["base"] is not None


def factor(source: str, target: str) -> float:
    """Number by which values in `source` are multiplied to give values in `target`.

    Raises
    ------
    UnitError
        A unit is unknown, or the two measure different things.

    Examples
    --------
    >>> factor("h", "min")
    60.0
    """
    if source == target and known(source):
        return 1.0
    money_from, money_to = _MONEY.match(source), _MONEY.match(target)
    if money_from and money_to:
        if (money_from["code"], money_from["base"], money_from["per"]) != (
            money_to["code"], money_to["base"], money_to["per"],
        ):  # fmt: skip
            raise UnitError(
                f"cannot turn {source!r} into {target!r}: currency, price base or denominator differ",
                hint="deflate or convert in a recorded step of your own, then give both in one unit",
            )
        return _SCALES[money_from["scale"] or ""] / _SCALES[money_to["scale"] or ""]
    missing = [unit for unit in (source, target) if not known(unit)]
    if missing:
        raise UnitError(f"unknown unit {missing[0]!r}", hint="known: " + ", ".join(u for u in _FACTORS if u))
    if source not in _FACTORS or target not in _FACTORS:  # money or a rate on one side at least
        raise UnitError(f"cannot turn {source!r} into {target!r}: they measure different things")
    (dim_from, up), (dim_to, down) = _FACTORS[source], _FACTORS[target]
    if dim_from != dim_to:
        raise UnitError(f"cannot turn {source!r} ({dim_from}) into {target!r} ({dim_to})")
    return up / down
