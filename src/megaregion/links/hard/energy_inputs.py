"""From plain tables of buses and lines to a grid: everything wrong is named at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from megaregion.core.dc_flow import Grid
from megaregion.data.option_keys import require_known
from megaregion.errors import InputError

Floats = NDArray[np.float64]
Running = Literal["least-unserved", "scheduled"]
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class EnergyOptions:
    """How a grid is read and run; the table [options.energy].

    Attributes
    ----------
    base_mva : float
        Power that reactances per unit refer to.
    ohm_per_km : float, optional
        Reactance of a kilometre of line, for lines that state only length and voltage: an assumption of yours.
    dispatch : {'least-unserved', 'scheduled'}
        Who generates: as little unserved demand as possible, then the least `merit`, or even use of all plants where
        there is none; or the column `scheduled_mw`, whose one empty bus an island takes the rest.
    loading_limit : float
        Share of its capacity up to which a line may be used.
    transfer_share : float
        Part of a transfer that a line must carry to limit it.
    """

    base_mva: float = 100.0
    ohm_per_km: float | None = None
    dispatch: Running = "least-unserved"
    loading_limit: float = 1.0
    transfer_share: float = 0.05

    def __post_init__(self) -> None:
        wrong = []
        for name in ("base_mva", "ohm_per_km", "loading_limit", "transfer_share"):
            value = getattr(self, name)
            if value is None and name == "ohm_per_km":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
                wrong.append(f"{name} must be a number > 0, got {value!r}")
        if self.dispatch not in get_args(Running):
            wrong.append(f"dispatch must be one of {', '.join(get_args(Running))}, got {self.dispatch!r}")
        if wrong:
            raise InputError("options.energy: " + "; ".join(wrong))

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> EnergyOptions:
        """From the table [options.energy].

        Raises
        ------
        InputError
            A key is unknown or a value out of range.
        """
        require_known(options, [f.name for f in fields(cls)], "energy")
        return cls(**options)


@dataclass(frozen=True, eq=False, kw_only=True)
class Energy:
    """A grid with what is drawn and generated where.

    Attributes
    ----------
    grid : Grid
        In MW per radian.
    buses, lines : DataFrame
        Index `bus_id`, `line_id`, in the order of the grid; `place` of a bus: its place, or itself where it has none.
    plants : DataFrame
        Index `plant_id`; `bus` (position), `kind` (empty where unknown), `generation_mw`, `merit`.
    demand, capacity : (n,) array
        MW.
    limit : (m,) array
        MW; infinite where none is stated.
    notes : tuple of str
        What a reader must know.
    """

    grid: Grid
    buses: pd.DataFrame
    lines: pd.DataFrame
    plants: pd.DataFrame
    demand: Floats
    capacity: Floats
    limit: Floats
    notes: tuple[str, ...]


def read_energy(
    buses: pd.DataFrame, lines: pd.DataFrame, options: EnergyOptions, plants: pd.DataFrame | None = None
) -> Energy:  # fmt: skip
    """Check the tables and build the grid.

    Parameters
    ----------
    buses : DataFrame
        Columns as in the workspace table energy_buses.
    lines : DataFrame
        Columns as in the workspace table energy_lines.
    options : EnergyOptions
    plants : DataFrame, optional
        Columns as in the workspace table energy_plants; beside what `buses` say of plants.

    Raises
    ------
    InputError
        Repeated or unknown identifiers, no or a zero reactance, negative power or capacity, a line that ends where
        it starts, a merit for some plants only, no demand: all are listed.
    """
    problems = [*_bus_problems(buses), *_line_problems(lines, buses)]
    units = _plants(buses, plants)
    problems += _plant_problems(units, buses)
    reactance, assumed = _reactance(lines, options)
    zero = ~(reactance > 0)
    problems += _named("energy_lines", "reactance_pu", lines["line_id"], zero,
                       "need a reactance above zero: reactance_pu, or reactance_ohm and voltage_kv, or length_km and "
                       "voltage_kv with [options.energy] ohm_per_km")  # fmt: skip
    if problems:
        raise InputError("; ".join(problems), hint="mend the tables; megaregion check lists the rows")
    bus, line = buses.set_index("bus_id"), lines.set_index("line_id")
    demand = _filled(bus, "demand_mw", 0.0)
    units["bus"] = bus.index.get_indexer(pd.Index(units["bus_id"]))
    capacity: Floats = np.bincount(units["bus"], units["generation_mw"], len(bus)).astype(np.float64)
    if not demand.sum() > 0:
        raise InputError("energy_buses.demand_mw: no bus has a demand above zero")
    limit = _filled(line, "capacity_mw", np.inf) * options.loading_limit
    tap = _filled(line, "tap", 1.0)
    grid = Grid(
        buses=len(bus), tail=bus.index.get_indexer(pd.Index(line["from_bus"])),
        head=bus.index.get_indexer(pd.Index(line["to_bus"])),
        susceptance=options.base_mva / (reactance * tap),
    )  # fmt: skip
    place = bus["place_id"] if "place_id" in bus else pd.Series(None, bus.index, dtype=object)
    known = place.notna()
    bus = bus.assign(place=place.astype(object).where(known, pd.Series(bus.index, bus.index, dtype=object)))
    return Energy(grid=grid, buses=bus, lines=line, plants=units.set_index("plant_id"), demand=demand,
                  capacity=capacity, limit=limit,
                  notes=_notes(grid, bus, demand, capacity, limit, assumed, options))  # fmt: skip


def _plants(buses: pd.DataFrame, plants: pd.DataFrame | None) -> pd.DataFrame:
    """Plants of both tables: one a bus that states generation, then those with rows of their own."""
    own = _filled(buses, "generation_mw", 0.0)
    there = own != 0
    if plants is None or plants.empty:
        if not there.any():
            there = np.arange(len(buses)) == 0  # a grid without plants: one of nothing, so that every table has a shape
        plants = pd.DataFrame(columns=["plant_id", "bus_id"])
    known = {"own": True, "plant_id": buses["bus_id"][there], "bus_id": buses["bus_id"][there], "kind": "",
             "generation_mw": own[there], "merit": _filled(buses, "merit", np.nan)[there]}  # fmt: skip
    kind = plants["kind"] if "kind" in plants else pd.Series("", plants.index)
    stated = {
        "own": False,
        "plant_id": plants["plant_id"],
        "bus_id": plants["bus_id"],
        "kind": kind.astype(object).fillna(""),
        "generation_mw": _filled(plants, "generation_mw", 0.0),
        "merit": _filled(plants, "merit", np.nan),
    }
    parts = [part for part in (pd.DataFrame(known), pd.DataFrame(stated)) if len(part)]
    return pd.concat(parts, ignore_index=True)


def _plant_problems(units: pd.DataFrame, buses: pd.DataFrame) -> list[str]:
    ids, power, merit = units["plant_id"], units["generation_mw"].to_numpy(), units["merit"].to_numpy()
    out = _named("energy_plants", "plant_id", ids, ~units["own"] & (ids.isna() | ids.duplicated(keep=False)),
                 "repeat an identifier (or that of a bus with generation) or have none")  # fmt: skip
    out += _named("energy_plants", "bus_id", ids, ~units["bus_id"].isin(buses["bus_id"]),
                  "name a bus that energy_buses does not have")  # fmt: skip
    out += _named("energy_plants", "generation_mw", ids, ~units["own"] & ~((power >= 0) & np.isfinite(power)),
                  "are below zero or infinite")  # fmt: skip
    if not np.isnan(merit).all():
        out += _named("energy_plants", "merit", ids, np.isnan(merit) & (power > 0),
                      "are empty while others are not: give it for all plants or for none")  # fmt: skip
        out += _named("energy_plants", "merit", ids, np.isinf(merit), "are infinite")
    return out


def _notes(
    grid: Grid, bus: pd.DataFrame, demand: Floats, capacity: Floats, limit: Floats, assumed: int, options: EnergyOptions
) -> tuple[str, ...]:  # fmt: skip
    said = ["a sketch: lossless linear flow (DC), no voltages, no reactive power, no start-up of plants"]
    part = grid.islands()
    need, have = np.bincount(part, demand), np.bincount(part, capacity)
    dark = np.flatnonzero((need > 0) & (have <= 0))
    if len(part) and part.max() > 0:
        said.append(f"the grid has {int(part.max()) + 1} islands: no power flows between them")
    if len(dark):
        lost = list(bus.index[np.isin(part, dark) & (demand > 0)])
        said.append(f"{len(dark)} islands have demand but no generation, all of it is unserved: "
                    + ", ".join(map(str, lost[:_SHOWN])))  # fmt: skip
    free = int(np.isinf(limit).sum())
    if free:
        said.append(f"{free} of {grid.lines} lines state no capacity and never limit anything")
    if assumed:
        said.append(f"{assumed} of {grid.lines} reactances are length x {options.ohm_per_km:g} ohm per km, an "
                    "assumption")  # fmt: skip
    return tuple(said)


def _filled(frame: pd.DataFrame, column: str, value: float) -> Floats:
    if column not in frame:
        return np.full(len(frame), value)
    return np.asarray(frame[column].astype("float64").fillna(value), dtype=np.float64)


def _reactance(lines: pd.DataFrame, options: EnergyOptions) -> tuple[Floats, int]:
    """Per unit, and how many come from length."""
    stated, ohm = _filled(lines, "reactance_pu", np.nan), _filled(lines, "reactance_ohm", np.nan)
    kv, km = _filled(lines, "voltage_kv", np.nan), _filled(lines, "length_km", np.nan)
    unit: Floats = np.asarray(np.where(kv > 0, kv, np.nan) ** 2 / options.base_mva, np.float64)  # ohm of one per unit
    each = np.nan if options.ohm_per_km is None else options.ohm_per_km
    by_length: Floats = np.divide(km * each, unit)
    made = np.isnan(stated) & np.isnan(ohm) & ~np.isnan(by_length)
    out: Floats = np.array([stated, ohm / unit, by_length])
    first = np.isnan(out).argmin(axis=0)  # the first that is known
    return out[first, np.arange(len(lines))], int(made.sum())


def _named(table: str, column: str, labels: pd.Series, rows: Any, what: str) -> list[str]:
    bad = labels[np.asarray(rows, bool)]
    if bad.empty:
        return []
    return [f"{table}.{column}: {len(bad)} rows {what}: {', '.join(map(str, bad.head(_SHOWN)))}"]


def _bus_problems(buses: pd.DataFrame) -> list[str]:
    ids = buses["bus_id"]
    out = _named("energy_buses", "bus_id", ids, ids.isna() | ids.duplicated(), "repeat an identifier or have none")
    for column in ("demand_mw", "generation_mw", "peak_mw", "scheduled_mw", "merit"):
        value = _filled(buses, column, 0.0)
        wrong = ~np.isfinite(value) if column == "merit" else ~((value >= 0) & np.isfinite(value))
        out += _named("energy_buses", column, ids, wrong, "are below zero or infinite")
    return out


def _line_problems(lines: pd.DataFrame, buses: pd.DataFrame) -> list[str]:
    ids = lines["line_id"]
    out = _named("energy_lines", "line_id", ids, ids.isna() | ids.duplicated(), "repeat an identifier or have none")
    for column in ("from_bus", "to_bus"):
        out += _named("energy_lines", column, ids, ~lines[column].isin(buses["bus_id"]),
                      "name a bus that energy_buses does not have")  # fmt: skip
    out += _named("energy_lines", "to_bus", ids, lines["from_bus"] == lines["to_bus"], "end where they start")
    for column in ("capacity_mw", "tap"):
        value = _filled(lines, column, 1.0)
        wrong = ~((value >= 0) & np.isfinite(value)) if column == "capacity_mw" else ~((value > 0) & np.isfinite(value))
        out += _named("energy_lines", column, ids, wrong,
                      "are below zero or infinite" if column == "capacity_mw" else "are not above zero")  # fmt: skip
    return out
