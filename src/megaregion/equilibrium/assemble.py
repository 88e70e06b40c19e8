"""From a changed cluster to the shock of the model, through the documented mappings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from megaregion.data.changes.borders import SCHEMES
from megaregion.data.cluster import Cluster
from megaregion.equilibrium import mappings
from megaregion.equilibrium.layout import Array, Layout, Mask
from megaregion.equilibrium.mappings import MAPPINGS, Mapping
from megaregion.equilibrium.shock import Shock
from megaregion.errors import InputError

FRAMES = ("barriers", "shifts", "pair_shifts", "group_shifts")
PLACE_KINDS = (
    "productivity", "amenity", "floor_space", "land", "platform", "culture", "ecology", "plots", "quota", "transfer",
)  # fmt: skip
PAIR_KINDS = ("time", "voucher", "traffic")
GROUP_KINDS = ("hukou", *(f"recognition:{scheme}" for scheme in SCHEMES))
_LACKING = {
    "meetings": "the baseline has neither trade that needs meetings nor commuting: sectors with face_to_face > 0, "
    "or commuting, give passenger time something to act on",
    "groups": "the baseline has no groups of registered origin: the option `groups` gives them",
    "level": "the baseline has no levels of migration cost: groups with a home place give them",
    "hukou": "the groups of the baseline are not split by agricultural registration: the option `groups` does",
    "land": "no such sector of the baseline uses land: sectors with a land share in [options.equilibrium] do",
    "time": "the baseline has no travel times, over which a platform spills",
}
_HINT = "extend the baseline by the option that is named, or take the change out of the scenario"
_Trade = Callable[[float, float], Array]


def shock_of(base: Cluster, changed: Cluster, layout: Layout, *, time_ratio: Array | None = None) -> Shock:
    """What a scenario does to the fundamentals.

    Parameters
    ----------
    base, changed : Cluster
        Before (without any change) and after `Scenario.apply`.
    layout : Layout
        What the axes of the economy stand for.
    time_ratio : array (n, n), optional
        Door-to-door passenger minutes after over before, from links and timetables; needed if those differ.

    Returns
    -------
    Shock
        None where nothing changes. With one sector and one group only trade cost, productivity, amenity, floor
        space and transfers can.

    Raises
    ------
    InputError
        A change names what is not there, or the baseline lacks what it acts on; everything is listed.
    """
    problems = _frame_problems(base, changed)
    ratio = _ratio(base, changed, layout, time_ratio, problems)
    migration, entitlement = _groups(changed, layout, problems)
    productivity = _productivity(changed, layout, ratio, problems)
    land = _land(changed, layout, problems)
    trade, commuting = _trade(changed, layout, ratio, problems), _commuting(changed, layout, ratio)
    floor, amenity, transfer = _place_factors(changed, layout, problems)
    if problems:
        raise InputError("; ".join(dict.fromkeys(problems)), hint=_HINT)
    shock = Shock(
        trade_cost=trade, commuting_cost=commuting, migration_cost=migration, entitlement=entitlement,
        productivity=productivity, amenity=amenity, floor_space=floor, land=land, transfer_added=transfer,
    )  # fmt: skip
    shock.require(len(layout.sectors), len(layout.origins), len(layout.places), commutes=layout.commutes)
    return shock


def used(changed: Cluster) -> tuple[Mapping, ...]:
    """Mappings that the rows of a changed cluster go through; links and timetables are not looked at."""
    kinds = {
        "platform": "platform_reach", "culture": "heritage", "ecology": "ecology", "plots": "plot_size",
        "time": "time_elasticity", "voucher": "voucher_additionality", "traffic": "freight_congestion",
        "hukou": "hukou_recognition", "recognition": "recognition_value",
    }  # fmt: skip
    named = {"border_friction"} if len(changed.barriers) else set()
    for frame in (changed.shifts, changed.pair_shifts, changed.group_shifts):
        named |= {kinds[what] for what in frame["what"].astype(str).str.split(":").str[0] if what in kinds}
    return tuple(record for name, record in MAPPINGS.items() if name in named)


def remarks(changed: Cluster, layout: Layout) -> tuple[str, ...]:
    """What a reader must know of the changes beyond their numbers."""
    out = [
        f"{record.changes[0]}: {record.en} is a stated assumption: {layout.values[record.name]:g} "
        f"({record.low:g} to {record.high:g})"
        for record in used(changed)
        if record.grade == "stated assumption"
    ]
    members = pd.Series(layout.labels).value_counts()
    rows = changed.barriers[changed.barriers["factor"].astype(float) != 1.0]
    if len(rows) and len(members) == 1:
        out.append("there is one group of places only, so no border that could be lowered")
    elif len(rows):
        named = set(rows["group_a"]) | set(rows["group_b"])
        out += [
            f"the border of {g} (one place only) is not identified on its own: its friction is the pooled estimate"
            for g in sorted(members.index if "*" in named else named & set(members.index))
            if members[g] == 1
        ]
    if (changed.pair_shifts["what"] == "voucher").any():
        out.append("who pays for the vouchers is not in the model")
    if (changed.shifts["what"] == "transfer").any() and layout.elasticities.closure == "landlords":
        out.append("transfers reach local owners, who are outside of welfare; the closure `residents` pays residents")
    return tuple(out)


def _frame_problems(base: Cluster, changed: Cluster) -> list[str]:
    out = [
        f"the base already carries {len(getattr(base, name))} rows of {name}: compare with the empty scenario"
        for name in FRAMES
        if len(getattr(base, name))
    ]
    known = {"shifts": PLACE_KINDS, "pair_shifts": PAIR_KINDS, "group_shifts": GROUP_KINDS}
    for name, kinds in known.items():
        strange = sorted(set(getattr(changed, name)["what"]) - set(kinds))
        out += [f"{name} of the kind {what!r} are not known to the model" for what in strange]
    return out


def _ratio(base: Cluster, changed: Cluster, layout: Layout, given: Array | None, problems: list[str]) -> Array | None:
    """Passenger time after over before (n, n); None if no time changes."""
    n = len(layout.places)
    same = changed.links is base.links and changed.services is base.services
    if given is None and not (same and changed.attrs.get("timetable") == base.attrs.get("timetable")):
        problems.append("links or timetable differ, but no ratio of travel times was given")
    if given is not None and (given.shape != (n, n) or not (np.isfinite(given) & (given > 0)).all()):
        problems.append(f"time_ratio must be ({n}, {n}), above zero and finite, got the shape {given.shape}")
        given = None
    scaled = _pairs(changed, "time", ~np.eye(n, dtype=bool), layout, problems)
    out = given if scaled is None else scaled if given is None else given * scaled
    if out is None or (out == 1.0).all():
        return None
    if not layout.commutes and not (layout.meetings > 0).any():
        problems.append(_LACKING["meetings"])
    return out


def _pairs(changed: Cluster, what: str, every: Mask, layout: Layout, problems: list[str]) -> Array | None:
    """Product of the factors of one kind over pairs (n, n), both directions; `every` is what ``*`` stands for."""
    rows = changed.pair_shifts[changed.pair_shifts["what"] == what]
    out: Array | None = None
    for a, b, factor in rows[["id_a", "id_b", "factor"]].itertuples(index=False):
        if (a, b) == ("*", "*"):
            mask = every
        else:
            one, two = layout.area(str(a)), layout.area(str(b))
            mask = ((one[:, None] & two[None, :]) | (two[:, None] & one[None, :])) & ~np.eye(len(one), dtype=bool)
        if not mask.any():
            problems.append(f"{what} between {a} and {b}: the baseline has no such pair of places")
            continue
        out = np.where(mask, float(factor), 1.0) * (1.0 if out is None else out)
    return out


def border_factor(barriers: pd.DataFrame, layout: Layout, problems: list[str]) -> Array | None:
    """Factor on the border friction of every pair (n, n), the product of all rows that name it; one within groups.

    Parameters
    ----------
    barriers : DataFrame
        As `Cluster.barriers`.
    layout : Layout
    problems : list of str
        Takes what does not fit.
    """
    if barriers.empty:
        return None
    out = np.ones(layout.cross.shape)
    known = sorted(set(layout.labels.tolist()))
    lost = (set(barriers["group_a"]) | set(barriers["group_b"])) - {*known, "*"}
    if lost:
        problems.append(
            f"barriers name groups without places: {', '.join(sorted(map(str, lost)))} (there: {', '.join(known)})"
        )
    for a, b, factor in barriers[["group_a", "group_b", "factor"]].itertuples(index=False):
        if (a, b) == ("*", "*"):
            out *= np.where(layout.cross, float(factor), 1.0)
        else:
            one, two = layout.labels == a, layout.labels == b
            pair = (one[:, None] & two[None, :]) | (two[:, None] & one[None, :])
            out *= np.where(pair & layout.cross, float(factor), 1.0)
    return out


def _trade(changed: Cluster, layout: Layout, ratio: Array | None, problems: list[str]) -> Array | None:
    """Trade cost (n, n), or (S, n, n) where sectors differ; None if nothing changes."""
    value, gamma, parts = layout.values, layout.gamma, list[_Trade]()
    barrier = border_factor(changed.barriers, layout, problems)
    voucher = _pairs(changed, "voucher", layout.cross, layout, problems)
    traffic = _pairs(changed, "traffic", ~np.eye(len(layout.places), dtype=bool), layout, problems)
    time, congestion = value["time_elasticity"], value["freight_congestion"]
    if ratio is not None:
        moved = ratio
        parts.append(lambda th, m: mappings.rail_trade_cost(moved, time_elasticity=time, theta=th, share=m))
    if barrier is not None:
        friction = barrier
        parts.append(lambda th, m: mappings.border_trade_cost(friction, gamma=gamma, theta=th))
    if voucher is not None:
        price, extra = voucher, value["voucher_additionality"]
        parts.append(lambda th, m: mappings.voucher_service_cost(price, additionality=extra, share=m))
        if not (layout.meetings > 0).any():
            problems.append(_LACKING["meetings"])
    if traffic is not None:
        load = traffic
        parts.append(
            lambda th, m: mappings.freight_release(
                load, congestion=congestion, time_elasticity=time, theta=th, share=1.0 - m
            )
        )
    kinds = list(zip(layout.elasticities.theta.tolist(), layout.meetings.tolist(), strict=True))
    if not parts:
        return None
    cost = {kind: np.prod([part(*kind) for part in parts], axis=0) for kind in dict.fromkeys(kinds)}
    if all((factor == 1.0).all() for factor in cost.values()):
        return None
    return next(iter(cost.values())) if len(cost) == 1 else np.stack([cost[kind] for kind in kinds])


def _commuting(changed: Cluster, layout: Layout, ratio: Array | None) -> Array | None:
    """Commuting cost (n, n): passenger time, and the border where its friction on commuting is known."""
    if not layout.commutes:
        return None
    out: Array | None = None
    if ratio is not None:
        out = mappings.rail_commuting_cost(ratio, mu=layout.values["commuting_time"])
    barrier = border_factor(changed.barriers, layout, []) if layout.gamma_commuting else None
    if barrier is not None:
        cost = mappings.border_commuting_cost(barrier, gamma=layout.gamma_commuting, phi=layout.elasticities.phi)
        out = cost if out is None else out * cost
    return None if out is None or (out == 1.0).all() else out


def _groups(changed: Cluster, layout: Layout, problems: list[str]) -> tuple[Array | None, Array | None]:
    """Migration cost and entitlement (G, n)."""
    rows = changed.group_shifts
    if rows.empty:
        return None, None
    if not layout.away.any():
        problems.append(_LACKING["groups"])
        return None, None
    left = {str(what): np.ones(layout.away.shape) for what in rows["what"]}
    for row in rows.itertuples(index=False):
        _unrecognized(left[str(row.what)], row, layout, problems)
    migration = entitlement = None
    if "hukou" in left:
        opened = 1.0 - left.pop("hukou")
        level = layout.migration_cost
        if level is None or np.isnan(level[opened > 0]).any():
            problems.append(_LACKING["level"])
        elif (opened > 0).any() and not ((level > 1.0) & np.isfinite(level))[opened > 0].any():
            problems.append("hukou: no cost of migration that could fall there, or nobody from elsewhere to begin with")
        else:
            known = np.where(opened > 0, level, 1.0)
            migration = mappings.hukou_migration_cost(known, opened, eta=layout.values["hukou_recognition"])
    if left:
        index = sum((1.0 - part for part in left.values()), np.zeros(layout.away.shape)) / len(SCHEMES)
        entitlement = mappings.recognition_entitlement(
            np.clip(index, 0.0, 1.0), value=layout.values["recognition_value"]
        )
    return migration, entitlement


def _unrecognized(left: Array, row: tuple[object, ...], layout: Layout, problems: list[str]) -> None:
    """Multiply the unrecognised share of the cells (G, n) that a row of `group_shifts` names, in place."""
    origin, place, what, factor, who = row
    scope = layout.away
    if str(what).startswith("recognition") and (origin, place) == ("*", "*"):
        scope = layout.abroad
    mask = layout.registered(str(origin))[:, None] & layout.area(str(place))[None, :] & scope
    if who and layout.agricultural is None:
        problems.append(_LACKING["hukou"])
    elif who and layout.agricultural is not None:
        mask &= (layout.agricultural if who == "agricultural" else ~layout.agricultural)[:, None]
    if mask.any():
        left[mask] *= float(str(factor))
    else:
        problems.append(f"{what}: no group of the baseline registered in {origin} can live in {place} from elsewhere")


class _Row(NamedTuple):
    """A row of `shifts`, with the number of its place."""

    number: int
    factor: float
    sector: str
    amount: float


def _kind(changed: Cluster, what: str, layout: Layout, problems: list[str]) -> list[_Row]:
    """Rows of one kind of `shifts`."""
    number = {name: k for k, name in enumerate(layout.places)}
    rows = changed.shifts[changed.shifts["what"] == what]
    lost = sorted({str(name) for name in rows["place_id"]} - set(number))
    if lost:
        problems.append(f"shifts of {what} name places that are not units of analysis: {', '.join(lost[:5])}")
    return [
        _Row(number[name], float(factor), str(sector), float(amount))
        for name, factor, sector, amount in rows[["place_id", "factor", "sector", "amount"]].to_numpy(object).tolist()
        if name in number
    ]


def _rows_of(sector: str, layout: Layout, problems: list[str]) -> Mask:
    """Sectors that a name stands for, (S,); empty for every sector."""
    out: Mask = np.array([sector in ("", name) for name in layout.sectors])
    if not out.any():
        there = ", ".join(layout.sectors)
        problems.append(f"the baseline has no sector {sector!r} (there: {there}): the option `sectors` gives it")
    return out


def _place_factors(
    changed: Cluster, layout: Layout, problems: list[str]
) -> tuple[Array | None, Array | None, Array | None]:
    """Floor space, amenity and added transfers (n,)."""
    value, n = layout.values, len(layout.places)

    def product(what: str) -> Array:
        out = np.ones(n)
        for row in _kind(changed, what, layout, problems):
            out[row.number] *= row.factor
        return out

    def total(what: str) -> Array:
        out = np.zeros(n)
        for row in _kind(changed, what, layout, problems):
            out[row.number] += row.amount
        return out

    amenity = product("amenity")
    amenity *= mappings.heritage_amenity(product("culture"), elasticity=value["heritage"])
    amenity *= mappings.ecology_amenity(product("ecology"), elasticity=value["ecology"])
    floor, received = product("floor_space"), total("quota")
    if (received > -1.0).all():
        floor *= mappings.land_quota(received)
    else:
        names = [name for name, share in zip(layout.places, received, strict=True) if share <= -1.0]
        problems.append(f"quota: {', '.join(names[:5])} would give up all construction land or more")
    transfer = total("transfer") * layout.money
    return (
        None if (floor == 1.0).all() else floor,
        None if (amenity == 1.0).all() else amenity,
        None if (transfer == 0.0).all() else transfer,
    )


def _productivity(changed: Cluster, layout: Layout, ratio: Array | None, problems: list[str]) -> Array | None:
    """Productivity (n,), or (S, n) where sectors differ: direct, by the size of plots, and around platforms."""
    out = np.ones((len(layout.sectors), len(layout.places)))
    for row in _kind(changed, "productivity", layout, problems):
        out[_rows_of(row.sector, layout, problems), row.number] *= row.factor
    for row in _kind(changed, "plots", layout, problems):
        _, factor = mappings.land_consolidation(1.0, row.factor, elasticity=layout.values["plot_size"])
        out[_rows_of(row.sector, layout, problems), row.number] *= factor
    for row in _kind(changed, "platform", layout, problems):
        minutes = np.ones(len(layout.places))
        if layout.time is not None:
            minutes = layout.time[:, row.number] * (1.0 if ratio is None else ratio[:, row.number])
        elif row.amount > 0:
            problems.append(_LACKING["time"])
        minutes = np.where(np.arange(minutes.size) == row.number, 0.0, minutes)
        factor = mappings.platform_productivity(
            minutes, row.factor - 1.0, spill=row.amount, reach=layout.values["platform_reach"]
        )
        out[_rows_of(row.sector, layout, problems)] *= factor
    if (out == 1.0).all():
        return None
    return out[0] if (out == out[0]).all() else out


def _land(changed: Cluster, layout: Layout, problems: list[str]) -> Array | None:
    """Production land (S, n)."""
    uses = layout.elasticities.land > 0
    out = np.ones((len(layout.sectors), len(layout.places)))
    for row in _kind(changed, "land", layout, problems):
        named = _rows_of(row.sector, layout, problems)
        if named.any() and not (named & uses).any():
            problems.append(_LACKING["land"])
        out[named & uses, row.number] *= row.factor
    return None if (out == 1.0).all() else out
