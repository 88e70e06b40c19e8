"""Elasticities and shares of the spatial equilibrium: defaults, ranges, sources, and how a workspace changes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from megaregion.equilibrium.elasticities import Elasticities
from megaregion.equilibrium.structure import KEYS, Structure
from megaregion.equilibrium.structure import structure as _structure
from megaregion.errors import InputError


@dataclass(frozen=True)
class ParameterInfo:
    """What is known of one parameter.

    Attributes
    ----------
    low, high : float
        Range that results are shown over.
    grid : tuple of float
        Values of the one-at-a-time table; clipped to the range of a workspace.
    drawn : bool
        Whether the joint ensemble draws it (uniform over the range).
    bounds : tuple of float
        Values outside of these make no sense and are refused.
    source : str
        Where default and range come from.
    """

    en: str
    zh: str
    low: float
    high: float
    grid: tuple[float, ...]
    drawn: bool
    bounds: tuple[float, float]
    source: str


INFO: Mapping[str, ParameterInfo] = {
    "theta": ParameterInfo(
        "trade elasticity", "贸易弹性", 3.0, 8.0, (3.0, 4.0, 5.0, 6.0, 8.0), True, (0.5, 30.0),
        "Tombe and Zhu 2019 use 4; Eaton and Kortum 2002 find 3.6 to 12.9",
    ),
    "epsilon": ParameterInfo(
        "migration elasticity", "迁移弹性", 1.2, 3.3, (1.2, 1.5, 3.3), True, (0.05, 30.0),
        "Tombe and Zhu 2019: 1.5 for China; Monte, Redding and Rossi-Hansberg 2018: 3.3 for the United States",
    ),
    "alpha": ParameterInfo(
        "share of tradables in spending", "可贸易品支出份额", 0.70, 0.90, (0.70, 0.87, 0.90), False, (0.05, 1.0),
        "Tombe and Zhu 2019: .87 for China; Seidel and Wickerath 2020: .70 for Germany",
    ),
    "delta": ParameterInfo(
        "elasticity of housing supply", "住房供给弹性", 0.0, 1.5, (0.0, 0.38, 1.5), False, (0.0, 20.0),
        "Seidel and Wickerath 2020: .38",
    ),
    "nu": ParameterInfo(
        "elasticity of productivity to size", "集聚弹性", 0.02, 0.08, (0.02, 0.05, 0.08), False, (0.0, 1.0),
        "Combes and Gobillon 2015, survey: .02 to .08",
    ),
    "amenity_spill": ParameterInfo(
        "elasticity of amenity to size", "宜居度对规模的弹性", -0.1, 0.05, (-0.1, 0.0, 0.05), False, (-2.0, 0.5),
        "0: congestion works through housing; Allen and Arkolakis 2022 use -.3 including housing",
    ),
    "time_elasticity": ParameterInfo(
        "elasticity of trade to travel time", "贸易对时间的弹性", 1.0, 1.5, (1.0, 1.26, 1.5), True, (0.05, 10.0),
        "1.26: cost elasticity .42 times 3 (Seidel and Wickerath 2020); 1: Allen and Arkolakis 2022",
    ),
    "own_share": ParameterInfo(
        "share of spending on goods of the own place", "本地自给份额", 0.4, 0.8, (0.4, 0.5, 0.6, 0.7, 0.8), True,
        (0.01, 0.99), "stated assumption: no table of this workspace observes trade within a place",
    ),
    "face_to_face": ParameterInfo(
        "share of trade that needs meetings", "面对面业务份额", 0.1, 0.3, (0.1, 0.2, 0.3), False, (0.0, 1.0),
        "stated assumption: passenger trains do not carry goods; 1 is the upper line",
    ),
}  # fmt: skip

MORE: Mapping[str, ParameterInfo] = {
    "phi": ParameterInfo(
        "elasticity of workplace choice", "工作地选择弹性", 3.3, 6.83, (3.3, 4.6, 6.83), True, (0.05, 50.0),
        "Seidel and Wickerath 2020: 4.6 for Germany; Ahlfeldt, Redding, Sturm and Wolf 2015: 6.83; at least epsilon",
    ),
    "commuting_time": ParameterInfo(
        "elasticity of commuting cost to time", "通勤成本对时间的弹性", 0.3, 0.7, (0.3, 0.47, 0.7), True, (0.0, 5.0),
        "Seidel and Wickerath 2020: .47 for Germany; range stated",
    ),
    "outside_share": ParameterInfo(
        "movers from outside of the region, share", "外省户籍居民中来自区域外的份额", 0.4, 0.8, (0.4, 0.6, 0.8),
        True, (0.0, 1.0),
        "stated assumption, of residents registered in another province: no table of this workspace says where",
    ),
    "origin_time": ParameterInfo(
        "elasticity of past migration to time", "历史迁移对时间的弹性", 1.0, 2.0, (1.0, 1.26, 2.0), True,
        (0.0, 10.0), "stated assumption: that of trade; splits movers over their origins",
    ),
    "labour_primary": ParameterInfo(
        "share of labour in primary costs", "第一产业劳动份额", 0.20, 0.34, (0.20, 0.27, 0.34), True,
        (0.01, 0.58), "Tombe and Zhu 2019: .27; range 25 %",
    ),
    "labour_other": ParameterInfo(
        "share of labour in other costs", "第二三产业劳动份额", 0.14, 0.24, (0.14, 0.19, 0.24), True,
        (0.01, 0.34), "Tombe and Zhu 2019: .19; range 25 %",
    ),
    "spending_primary": ParameterInfo(
        "share of primary goods in final spending", "最终消费中第一产业份额", 0.05, 0.25, (0.05, 0.095, 0.25), False,
        (0.0, 0.95),
        "Tombe and Zhu 2019: .095, of tradables if all were grown here; used only where the region cannot grow what it "
        "uses",
    ),
}  # fmt: skip
ALL: Mapping[str, ParameterInfo] = {**INFO, **MORE}
COMMUTING = ("phi", "commuting_time")
GROUPS = ("outside_share", "origin_time")
SECTORS = ("phi", "labour_primary", "labour_other", "spending_primary")


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Parameters of the model; what each is and where it comes from stands in `ALL`.

    Those from `phi` on belong to blocks that a workspace may leave out (`names` says which are in use).

    Attributes
    ----------
    theta, epsilon : float
        Elasticities of trade to its cost and of migration to utility.
    alpha, delta : float
        Spending share of tradables; housing supply (q/P)^delta per unit of land.
    nu, amenity_spill : float
        Productivity and amenity grow with population to these powers.
    time_elasticity : float
        Trade falls with travel time to this power; the trade cost is time^(time_elasticity / theta).
    own_share : float
        Share of all spending that stays in the place of the spender, reached by a home term.
    face_to_face : float
        Share of the log trade cost's time part that a change of passenger time moves.
    phi, commuting_time : float
        Elasticity of the choice of workplace (and sector); commuting cost is time^commuting_time.
    outside_share, origin_time : float
        How residents registered elsewhere are split over origins, see `megaregion.equilibrium.origins`.
    labour_primary, labour_other, spending_primary : float
        Shares of two sectors, see `megaregion.equilibrium.sectors`.
    """

    theta: float = 4.0
    epsilon: float = 1.5
    alpha: float = 0.87
    delta: float = 0.38
    nu: float = 0.05
    amenity_spill: float = 0.0
    time_elasticity: float = 1.26
    own_share: float = 0.6
    face_to_face: float = 0.2
    phi: float = 4.6
    commuting_time: float = 0.47
    outside_share: float = 0.6
    origin_time: float = 1.26
    labour_primary: float = 0.27
    labour_other: float = 0.19
    spending_primary: float = 0.095

    def replace(self, **changes: float) -> Parameters:
        """A copy with some values changed."""
        return replace(self, **changes)

    def structure(self) -> Elasticities:
        """The structural form with one sector, where nobody commutes."""
        return Elasticities.one_sector(
            theta=self.theta, epsilon=self.epsilon, alpha=self.alpha, delta=self.delta, nu=self.nu,
            amenity_spill=self.amenity_spill,
        )  # fmt: skip

    def to_dict(self, names: Sequence[str] | None = None) -> dict[str, float]:
        """JSON-able form of the named parameters; default those of one sector without commuting or groups."""
        return {name: float(getattr(self, name)) for name in (NAMES if names is None else names)}


NAMES = tuple(INFO)


def names(structure: Structure) -> tuple[str, ...]:
    """Parameters that a structure uses, in a fixed order."""
    used = {*NAMES}
    if structure.commuting != "none":
        used |= {*COMMUTING}
    if structure.groups != "one":
        used |= {*GROUPS}
    if structure.sectors != "one":
        used |= {*SECTORS}
    return tuple(name for name in ALL if name in used)


def scale_bound(parameters: Parameters) -> float:
    """Largest scale elasticity `nu` for which the equilibrium is unique whatever the geography.

    Returns
    -------
    float
        [(1 - alpha)/(1 + delta) + 1/epsilon - amenity_spill] / [(alpha + delta)/(1 + delta)], dimensionless.

    Notes
    -----
    The one-sector, one-group model without commuting reduces to the two equations of Allen and Arkolakis
    (2014, QJE 129(3)); their condition alpha + beta <= 0, with real income weighted for elastic housing.

    Examples
    --------
    >>> round(scale_bound(Parameters(epsilon=1.5)), 3), round(scale_bound(Parameters(epsilon=3.3)), 3)
    (0.84, 0.439)
    """
    p = parameters
    spread = (1.0 - p.alpha) / (1.0 + p.delta) + 1.0 / p.epsilon - p.amenity_spill
    return spread * (1.0 + p.delta) / (p.alpha + p.delta)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The table [options.equilibrium] of a workspace.

    Attributes
    ----------
    parameters : Parameters
    ranges : mapping of str to (low, high)
        Range of each parameter.
    draws : int
        Size of the joint ensemble.
    border_layer : str
        Flow layer whose border coefficient is the friction; empty: the first observed one of people,
        commuting, trains.
    structure : Structure
        Blocks in use.
    """

    parameters: Parameters = field(default_factory=Parameters)
    ranges: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {name: (info.low, info.high) for name, info in INFO.items()}
    )
    draws: int = 100
    border_layer: str = ""
    structure: Structure = field(default_factory=Structure)

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters that the blocks in use need."""
        return names(self.structure)

    def grid(self, name: str) -> tuple[float, ...]:
        """Values of the one-at-a-time table: the usual ones inside the range, its ends and the value in use."""
        low, high = self.ranges[name]
        inner = [v for v in ALL[name].grid if low < v < high]
        return tuple(sorted({low, *inner, high, getattr(self.parameters, name)}))


def settings(options: Mapping[str, Any]) -> Settings:
    """Settings from [options.equilibrium]; what is not given keeps its default.

    Parameters
    ----------
    options : mapping
        Keys: the names of `Parameters` and of `Structure`, ``draws``, ``border_layer``, ``ranges`` (name to
        [low, high]).

    Raises
    ------
    InputError
        A key is unknown or a value is out of bounds; all are listed.
    """
    known = {*ALL, *KEYS, "draws", "border_layer", "ranges"}
    problems = [f"unknown key {key!r}" for key in sorted(set(options) - known)]
    blocks, found = _structure(options)
    problems += found
    values: dict[str, float] = {}
    for name in ALL:
        if name in options:
            values[name], found = _number(name, options[name])
            problems += found
    ranges, found = _ranges(options.get("ranges", {}), names(blocks))
    problems += found
    draws, layer = options.get("draws", 100), options.get("border_layer", "")
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 20:
        problems.append(f"draws must be a whole number >= 20, got {draws!r}")
    if not isinstance(layer, str):
        problems.append(f"border_layer must be the name of a flow layer, got {layer!r}")
    if problems:
        raise InputError(
            "options.equilibrium: " + "; ".join(problems),
            hint="keys: " + ", ".join(sorted(known)) + "; correct workspace.toml",
        )
    parameters = Parameters(**values)
    if "phi" in names(blocks) and parameters.phi < parameters.epsilon:
        raise InputError(
            f"options.equilibrium: phi {parameters.phi:g} is below epsilon {parameters.epsilon:g}: tastes for "
            "workplaces cannot be more dispersed than tastes for places of residence",
            hint="raise phi or lower epsilon",
        )
    return Settings(parameters=parameters, ranges=ranges, draws=draws, border_layer=layer, structure=blocks)


def _number(name: str, value: object) -> tuple[float, list[str]]:
    low, high = ALL[name].bounds
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return math.nan, [f"{name} must be a number, got {value!r}"]
    if not low <= value <= high:
        return math.nan, [f"{name} must lie in {low:g} to {high:g}, got {value!r}"]
    return float(value), []


def _ranges(given: object, used: Sequence[str]) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Ranges of the parameters in use; those of others may be given and are not used."""
    out = {name: (ALL[name].low, ALL[name].high) for name in used}
    if not isinstance(given, Mapping):
        return out, [f"ranges must be a table of name = [low, high], got {given!r}"]
    problems = []
    for name, pair in given.items():
        if name not in ALL:
            problems.append(f"unknown key ranges.{name}")
        elif not isinstance(pair, (list, tuple)) or len(pair) != 2:
            problems.append(f"ranges.{name} must be [low, high], got {pair!r}")
        else:
            (low, bad_low), (high, bad_high) = (_number(name, v) for v in pair)
            problems += [f"ranges.{name}: {text}" for text in bad_low + bad_high]
            if low > high:
                problems.append(f"ranges.{name}: low {low:g} is above high {high:g}")
            if name in out:
                out[name] = (low, high)
    return out, problems
