"""The folder of a region: the only thing that reads and writes its files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from megaregion.data.cluster import Cluster
from megaregion.data.problem import Problem
from megaregion.data.scenario import BASELINE, Scenario, scenario_from_dict
from megaregion.data.schema import FURTHER, KEYS, NAMES, TABLES, conform, schema
from megaregion.data.sources.table import SUFFIXES, read_table
from megaregion.data.store import ResultStore
from megaregion.errors import InputError, SchemaError, WorkspaceError

if TYPE_CHECKING:
    import geopandas as gpd

CONFIG = "workspace.toml"
_NAMED = {"timetable": ("feed",), "road_map": ("roads", "barriers", "elevation", "water")}  # options that name files
_REQUIRED_ATTRS = ("id", "name", "level", "group", "base_year", "timetable", "seed")


class Workspace:
    """A region on disk.

    Parameters
    ----------
    root : Path
        Folder that holds workspace.toml.

    Raises
    ------
    WorkspaceError
        The folder or its workspace.toml is not there or cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise WorkspaceError(f"there is no folder {root}", hint="megaregion init DIR makes a workspace")
        self.config = self._toml(CONFIG)
        cluster = self.config.get("cluster")
        if not isinstance(cluster, dict):
            raise WorkspaceError(f"{CONFIG} has no table [cluster]", hint="see the documentation: workspace format")
        lacking = [key for key in _REQUIRED_ATTRS if key not in cluster]
        if lacking:
            raise WorkspaceError(f"{CONFIG}: [cluster] lacks {', '.join(lacking)}", hint="add these keys")

    def __repr__(self) -> str:
        return f"Workspace({str(self.root)!r})"

    @property
    def attrs(self) -> dict[str, Any]:
        """The table [cluster], with the roles of [indicators] under the key `indicators`."""
        return {"detail": self.config["cluster"]["level"], **self.config["cluster"],
                "indicators": dict(self.config.get("indicators", {}))}  # fmt: skip

    @property
    def seed(self) -> int:
        """Seed of everything random in this workspace."""
        return int(self.config["cluster"]["seed"])

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Sources by their id: title, publisher, licence, url, year, note."""
        return {name: dict(entry) for name, entry in self.config.get("sources", {}).items()}

    @cached_property
    def store(self) -> ResultStore:
        """Results of this workspace."""
        return ResultStore(self.root / "results")

    def files(self, table: str) -> list[Path]:
        """Files that together are one table: ``tables/<table>.csv`` and ``tables/<table>.<part>.csv``."""
        folder = self.root / "tables"
        found = [p for p in folder.glob(f"{table}.*") if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
        return sorted(found, key=lambda p: (len(p.suffixes), p.name))

    def read(self, table: str) -> tuple[pd.DataFrame, list[Problem]]:
        """One table typed by its schema, and what is wrong with it.

        Raises
        ------
        InputError
            There is no such schema.
        """
        parts: list[pd.DataFrame] = []
        problems: list[Problem] = []
        for path in self.files(table):
            where = path.relative_to(self.root).as_posix()
            raw, found = read_table(path, where)
            problems += found
            if any(p.severity == "error" for p in found) and raw.empty:
                continue
            frame, more = conform(raw, table, where)
            problems += more
            frame["x_file"] = where
            parts.append(frame)
        whole = [part for part in parts if len(part)]
        if whole:
            return pd.concat(whole, ignore_index=True), problems
        empty = pd.DataFrame({f.name: pd.Series(dtype="float64" if f.dtype in ("float", "int") else "str")
                              for f in schema(table)})  # fmt: skip
        return empty, problems

    def cluster(self) -> Cluster:
        """The aligned tables.

        Raises
        ------
        SchemaError
            A table is missing or wrong; everything wrong is listed.
        """
        frames: dict[str, pd.DataFrame] = {}
        problems: list[str] = []
        for name in (*NAMES, *(n for n in FURTHER if self.files(n))):
            frame, found = self.read(name)
            frames[name] = frame.drop(columns="x_file", errors="ignore")
            problems += [p.line() for p in found if p.severity == "error"]
            lacking = [f.name for f in schema(name) if f.required and f.name not in frame.columns]
            twice = frame.duplicated(list(KEYS[name])) if not lacking else pd.Series(dtype=bool)
            if twice.any():
                labels = ", ".join(frame.loc[twice, KEYS[name][0]].astype(str).head(5))
                problems.append(f"error   duplicate-id: tables/{name}: {int(twice.sum())} rows repeat "
                                f"{' + '.join(KEYS[name])} [{labels}]")  # fmt: skip
        if not self.files("places"):
            problems.append("error   missing-table: tables/places.csv: there is no such table")
        if problems:
            raise SchemaError(
                f"{len(problems)} problems in {self.root.name}:\n" + "\n".join(problems),
                hint=f"megaregion check {self.root.name} says all that is wrong and how to mend it",
            )
        places = frames["places"].set_index("place_id")
        flows = _square_flows(frames["flows"], places, str(self.attrs["level"]))
        return Cluster(
            places=places,
            indicators=frames["indicators"].astype({"year": "int64"}),
            nodes=frames["nodes"].set_index("node_id"),
            links=frames["links"].set_index("link_id"),
            services=frames["services"],
            flows=flows,
            flow_times=_square_times(frames["flows"], places, str(self.attrs["level"])),
            agreements=frames["agreements"].set_index("agreement_id"),
            further={name: _whole_years(frames[name]) for name in FURTHER if name in frames},
            projects=tuple(self._toml("projects.toml", optional=True).get("project", [])),
            attrs=self.attrs,
            options=dict(self.config.get("options", {})),
        )

    def geometry(self) -> gpd.GeoDataFrame | None:
        """Polygons of the places (index `place_id`, WGS-84); None if the workspace has none.

        Raises
        ------
        WorkspaceError
            The file has no column `place_id` or no coordinate system.
        """
        import geopandas as gpd

        for name in ("places.gpkg", "places.parquet", "places.geojson"):
            path = self.root / "geometry" / name
            if not path.exists():
                continue
            frame = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
            if "place_id" not in frame.columns or getattr(frame, "crs", None) is None:
                raise WorkspaceError(
                    f"geometry/{name} needs a column place_id and a coordinate reference system",
                    hint="export it again with both",
                )
            frame["place_id"] = frame["place_id"].astype(str)
            return frame.set_index("place_id").to_crs("EPSG:4326")
        return None

    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario of the folder ``scenarios``, by file name.

        Raises
        ------
        InputError
            One cannot be read, or two share an id; all are listed.
        """
        out: list[Scenario] = []
        problems: list[str] = []
        for path in sorted((self.root / "scenarios").glob("*.toml")):
            where = path.relative_to(self.root).as_posix()
            try:
                out.append(scenario_from_dict(self._toml(where), where))
            except InputError as error:
                problems.append(error.message)
        ids = [s.id for s in out] + [BASELINE.id]
        problems += [
            f"scenarios: the id {name!r} stands twice" for name in sorted({i for i in ids if ids.count(i) > 1})
        ]
        if problems:
            raise InputError("\n".join(problems), hint="keys of a scenario: id, name, name_zh, comment, [[change]]")
        return tuple(out)

    def trees(self) -> dict[str, Mapping[str, Any]]:
        """Index trees as read: ``index`` from index.toml, ``index_<part>`` from index.<part>.toml."""
        paths = sorted(self.root.glob("index*.toml"), key=lambda p: (len(p.suffixes), p.name))
        return {p.name.removesuffix(".toml").replace(".", "_"): self._toml(p.name) for p in paths}

    def inputs(self) -> dict[str, Path]:
        """Every file that results depend on, by its path in the workspace."""
        found = [self.root / CONFIG, self.root / "projects.toml", *self.root.glob("index*.toml")]
        for name in TABLES:
            found += self.files(name)
        found += [*(self.root / "geometry").glob("places.*"), *(self.root / "scenarios").glob("*.toml")]
        found += [*(self.root / "trips").glob("*"), *(self.root / "ecology").rglob("*"), *self._named()]
        return {p.relative_to(self.root).as_posix(): p for p in sorted(set(found)) if p.is_file()}

    def _named(self) -> list[Path]:
        """Files outside of the tables that options name: a timetable feed, a map of roads."""
        options, out = self.config.get("options", {}), list[Path]()
        for table, keys in _NAMED.items():
            given = options.get(table, {}) if isinstance(options, dict) else {}
            for value in (given.get(key) for key in keys) if isinstance(given, dict) else ():
                if (
                    isinstance(value, str)
                    and value
                    and (path := (self.root / value).resolve()).is_relative_to(self.root)
                ):
                    out += sorted(path.rglob("*")) if path.is_dir() else [path]
        return out

    def _toml(self, name: str, *, optional: bool = False) -> Mapping[str, Any]:
        path = self.root / name
        if optional and not path.exists():
            return {}
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise WorkspaceError(
                f"there is no {name} in {self.root}", hint="megaregion init DIR makes a workspace"
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise WorkspaceError(f"{name} cannot be read: {error}", hint="correct this line") from None


def _square_times(table: pd.DataFrame, places: pd.DataFrame, level: str) -> dict[str, pd.DataFrame]:
    """Layer -> in-vehicle minutes by pair, for the layers that give any."""
    ids = sorted(places.index[places["kind"] == level])
    timed = table[table["time_min"].notna()]
    return {
        str(layer): rows.pivot_table(index="origin", columns="destination", values="time_min", aggfunc="mean").reindex(
            index=ids, columns=ids
        )
        for layer, rows in timed.groupby("layer", sort=True)
    }


def _whole_years(table: pd.DataFrame) -> pd.DataFrame:
    """Years as whole numbers where every row has one: a message says 2020 and not 2020.0."""
    if "year" not in table or not np.isfinite(table["year"].to_numpy(dtype=float)).all():
        return table
    return table.astype({"year": "int64"})


def _square_flows(table: pd.DataFrame, places: pd.DataFrame, level: str) -> dict[str, pd.DataFrame]:
    """Layer -> square frame over the units; several periods of one layer are an error, not a sum."""
    ids = sorted(places.index[places["kind"] == level])
    out: dict[str, pd.DataFrame] = {}
    problems = []
    for layer, rows in table.groupby("layer", sort=True):
        if rows["period"].nunique() > 1:
            problems.append(f"flows: layer {layer!r} has several periods: {', '.join(sorted(rows['period'].unique()))}")
            continue
        if rows["unit"].nunique() > 1:
            problems.append(f"flows: layer {layer!r} has several units: {', '.join(sorted(rows['unit'].unique()))}")
            continue
        lost = rows[~(rows["origin"].isin(ids) & rows["destination"].isin(ids))]
        if len(lost):
            pairs = ", ".join((lost["origin"] + "→" + lost["destination"]).head(5))
            problems.append(f"flows: layer {layer!r}: {len(lost)} rows name places that are no {level}: {pairs}")
            continue
        square = rows.pivot_table(index="origin", columns="destination", values="value", aggfunc="sum")
        frame = square.reindex(index=ids, columns=ids)
        frame.attrs.update(unit=str(rows["unit"].iloc[0]), period=str(rows["period"].iloc[0]),
                           observed=bool(rows["observed"].all()), source=str(rows["source"].iloc[0]))  # fmt: skip
        out[str(layer)] = frame
    if problems:
        raise InputError(
            "; ".join(problems), hint="keep one period and unit a layer; name only places of the level of analysis"
        )
    return out
