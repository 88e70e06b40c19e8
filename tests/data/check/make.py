# ruff: noqa: E501 - tables of rows read better in long lines
"""Writes the broken workspaces beside this file: `python tests/data/check/make.py`.

A small invented region (six cities, twelve counties, two provinces on a grid) without any defect is `sound`; each
other folder has one defect, `everything` has them together. The numbers mean nothing. Tests compare the
folders with what this script gives, so that neither changes alone.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

from megaregion.data.datum import convert

HERE = Path(__file__).parent
CITIES = ("010100", "010200", "010300", "020100", "020200", "020300")
NAMES = {
    "010100": "Dongshan",
    "010200": "Xihe",
    "010300": "Nanhu",
    "020100": "Beigang",
    "020200": "Zhongwan",
    "020300": "Taolin",
}
NAMES_ZH = {
    "010100": "东山市",
    "010200": "西河市",
    "010300": "南湖市",
    "020100": "北港市",
    "020200": "中湾市",
    "020300": "桃林市",
}
WEST, SOUTH, CELL = 118.80, 32.00, 0.06
LINKS = (("a", "010100", "010200"), ("b", "010200", "010300"), ("c", "010300", "020300"), ("d", "020300", "020200"),
         ("e", "020200", "020100"), ("f", "020100", "010100"))  # fmt: skip
Row = dict[str, object]


class Region:
    """A workspace in memory; defects change it, `write` puts it on disk."""

    def __init__(self) -> None:
        draw = random.Random(20201101)
        self.extra: dict[str, bytes] = {}
        self.encoding = {"places": "utf-8"}
        self.tails: dict[str, str] = {}
        self.squares = {
            city: (WEST + CELL * (i % 3), SOUTH + CELL * (i // 3), CELL, CELL) for i, city in enumerate(CITIES)
        }
        self.squares |= {
            f"{city[:4]}{part:02d}": (x + (part - 1) * CELL / 2, y, CELL / 2, CELL)
            for city, (x, y, _, _) in dict(self.squares).items() for part in (1, 2)
        }  # fmt: skip
        self.rings: dict[str, list[list[float]]] = {}
        self.tables: dict[str, list[Row]] = {
            "places": self._places(draw), "nodes": self._nodes(), "links": self._links(), "agreements": self._agreements(),
        }  # fmt: skip
        self.tables["services"] = self._services(draw)
        self.tables["flows"] = self._flows(draw)
        self.tables["indicators"] = self._indicators(draw)
        self.toml = {"workspace.toml": WORKSPACE, "index.toml": INDEX, "projects.toml": PROJECTS,
                     "scenarios/easier-border.toml": SCENARIO}  # fmt: skip

    def middle(self, place: str) -> tuple[float, float]:
        x, y, w, h = self.squares[place]
        return round(x + w / 2, 5), round(y + h / 2, 5)

    def _places(self, draw: random.Random) -> list[Row]:
        counties, cities, tops = [], [], []
        for place in sorted(self.squares):
            if place in CITIES:
                continue
            lon, lat = self.middle(place)
            counties.append({"place_id": place, "name": f"{NAMES[place[:4] + '00']} {place[-2:]}", "name_zh": "", "kind": "county",
                             "parent_id": place[:4] + "00", "lon": lon, "lat": lat, "area_km2": 18.7,
                             "population": draw.randrange(200_000, 900_000), "source": "census"})  # fmt: skip
        for city in CITIES:
            lon, lat = self.middle(city)
            total = sum(int(c["population"]) for c in counties if c["parent_id"] == city)
            cities.append({"place_id": city, "name": NAMES[city], "name_zh": NAMES_ZH[city], "kind": "city", "parent_id": city[:2] + "0000",
                           "lon": lon, "lat": lat, "area_km2": 37.4, "population": total, "source": "census"})  # fmt: skip
        for top, name, zh in (("010000", "Shangyuan", "上原省"), ("020000", "Xiayuan", "下原省")):
            total = sum(int(c["population"]) for c in cities if c["parent_id"] == top)
            tops.append({"place_id": top, "name": name, "name_zh": zh, "kind": "province", "parent_id": "", "lon": "", "lat": "",
                         "area_km2": 112.2, "population": total, "source": "census"})  # fmt: skip
        return [*tops, *cities, *counties]

    def _nodes(self) -> list[Row]:
        return [{"node_id": f"s{city}", "name": f"{NAMES[city]} East", "name_zh": NAMES_ZH[city][:2] + "东", "mode": "rail",
                 "lon": round(self.middle(city)[0] + 0.004, 5), "lat": self.middle(city)[1], "place_id": city, "central": "true"}
                for city in CITIES]  # fmt: skip

    def _links(self) -> list[Row]:
        return [{"link_id": name, "mode": "rail", "from_node": f"s{a}", "to_node": f"s{b}", "length_km": 7.4, "time_min": 6,
                 "status": "existing", "observed": "true", "source": "rail"} for name, a, b in LINKS]  # fmt: skip

    def _agreements(self) -> list[Row]:
        return [{"agreement_id": "a1", "title": "Health cards on both sides", "parties": "010000;020000", "field": "health",
                 "instrument": "agreement", "start": 2019, "status": "in-force", "url": "https://example.org/a1"}]  # fmt: skip

    def _services(self, draw: random.Random) -> list[Row]:
        out = []
        for _, a, b in LINKS:
            n = draw.randrange(8, 40)
            for start, end in ((a, b), (b, a)):
                out.append({"timetable": "2020", "mode": "rail", "service": "G", "origin": f"s{start}", "destination": f"s{end}",
                            "services_per_day": n, "in_vehicle_min": 8.5, "fastest_min": 7, "time_observed": "true", "source": "rail"})  # fmt: skip
        return out

    def _flows(self, draw: random.Random) -> list[Row]:
        base = {"period": "2020", "observed": "true", "source": "counts"}
        out: list[Row] = []
        for a in CITIES:
            out += [{"layer": "people", "origin": a, "destination": b, "value": draw.randrange(20, 900), "unit": "index", **base}
                    for b in CITIES if a != b]  # fmt: skip
        for row in self.tables["services"]:
            out.append({"layer": "trains", "origin": str(row["origin"])[1:], "destination": str(row["destination"])[1:],
                        "value": row["services_per_day"], "unit": "trains/day", **base, "time_min": 8.5})  # fmt: skip
        return out

    def _indicators(self, draw: random.Random) -> list[Row]:
        out: list[Row] = []
        for place in self.tables["places"]:
            if place["kind"] != "city":
                continue
            people, product = float(str(place["population"])), draw.uniform(60_000, 200_000)
            base = {"place_id": place["place_id"], "scope": "全市", "source": "yearbook"}
            for year in range(2020, 2014, -1):
                out.append({**base, "year": year, "indicator": "population", "value": round(people), "unit": "person"})
                out.append(
                    {
                        **base,
                        "year": year,
                        "indicator": "gdp",
                        "value": round(product, 1),
                        "unit": "million CNY (current)",
                    }
                )
                people, product = people * draw.uniform(0.98, 1.01), product * draw.uniform(0.90, 0.97)
            for name in ("bachelor_share", "urban_share"):
                out.append(
                    {
                        **base,
                        "year": 2020,
                        "indicator": name,
                        "value": round(draw.uniform(11, 67), 2),
                        "unit": "percent",
                    }
                )
        return out

    def rows(self, table: str, **where: object) -> list[Row]:
        return [row for row in self.tables[table] if all(row.get(k) == v for k, v in where.items())]

    def ring(self, place: str) -> list[list[float]]:
        x, y, w, h = self.squares[place]
        corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
        return self.rings.get(place, [[round(a, 6), round(b, 6)] for a, b in corners])

    def files(self) -> dict[str, bytes]:
        """Path -> bytes of every file."""
        out = {name: text.encode() for name, text in self.toml.items()}
        for name, rows in self.tables.items():
            columns = list(dict.fromkeys(key for row in rows for key in row))
            text = io.StringIO()
            writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            full = text.getvalue() + self.tails.get(name, "")
            out[f"tables/{name}.csv"] = full.encode(self.encoding.get(name, "utf-8"))
        features = [{"type": "Feature", "properties": {"place_id": p},
                     "geometry": {"type": "Polygon", "coordinates": [self.ring(p)]}} for p in sorted(self.squares)]  # fmt: skip
        lines = ",\n".join(json.dumps(f) for f in features)
        out["geometry/places.geojson"] = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'.encode()
        return out | self.extra

    def write(self, folder: Path) -> None:
        for name, data in self.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


WORKSPACE = """format = 1

[cluster]
id = "grid"
name = "Grid region"
name_zh = "网格地区"
level = "city"
detail = "county"
group = "province"
base_year = 2020
currency = "CNY"
timetable = "2020"
crs = "ESRI:102012"
datum = "WGS-84"
seed = 1
languages = ["zh", "en"]

[indicators]
population = "population"
income = "gdp"

[sources.census]
title = "Census"
licence = "facts"

[sources.yearbook]
title = "Yearbook"
licence = "facts"

[sources.rail]
title = "Timetable"
licence = "facts"

[sources.counts]
title = "Counts"
licence = "facts"
"""
INDEX = """[index]
name = "Development"
year = 2020

[[pillar]]
id = "people"
name = "People"

[[pillar.indicator]]
id = "bachelor_share"
name = "Degrees"
direction = 1
low = 0.0
high = 80.0
unit = "percent"
goalpost_source = "assumption"

[[pillar.indicator]]
id = "urban_share"
name = "Urban"
direction = 1
low = 0.0
high = 100.0
unit = "percent"
goalpost_source = "assumption"
"""
PROJECTS = """[[project]]
id = "chord"
name = "Rail Dongshan-Zhongwan"
kind = "rail"
cost = 1400.0
jurisdictions = ["010100", "020200"]
evidence = "assumption"

[[project.change]]
type = "AddLink"
from_node = "s010100"
to_node = "s020200"
length_km = 10.0
time_min = 7.0
"""
SCENARIO = """id = "easier-border"
name = "Half of the border"

[[change]]
type = "ScaleBarrier"
between = ["010000", "020000"]
factor = 0.5
"""

Defect = Callable[[Region], None]


def alias_duplicates(r: Region) -> None:
    r.tables["services"] += [dict(row) for row in r.tables["services"][:2]]


def alias_trains(r: Region) -> None:
    for row in r.rows("flows", layer="trains"):
        row["value"] = int(str(row["value"])) * 2


def shorter_than_straight(r: Region) -> None:
    r.rows("links", link_id="c")[0]["length_km"] = 3.1


def parts_not_whole(r: Region) -> None:
    row = r.rows("places", place_id="010101")[0]
    row["population"] = int(int(str(row["population"])) * 0.9)


def jump(r: Region) -> None:
    for row in r.rows("indicators", place_id="010200", indicator="population"):
        if int(str(row["year"])) < 2018:
            row["value"] = round(float(str(row["value"])) * 0.4)


def full_width_blank(r: Region) -> None:
    r.rows("places", place_id="010300")[0]["name_zh"] = "南湖\u3000市"


def look_alike(r: Region) -> None:
    r.rows("places", place_id="020100")[0]["name_zh"] = "北港巿"


def invisible_character(r: Region) -> None:
    r.rows("nodes", node_id="s020200")[0]["name"] = "Zhong\u200bwan East"


def wrong_type(r: Region) -> None:
    r.rows("places", place_id="020300")[0]["area_km2"] = "about 37"


def unknown_column(r: Region) -> None:
    for row in r.tables["links"]:
        row["lenght"] = 7.4


def missing_column(r: Region) -> None:
    for row in r.tables["agreements"]:
        del row["status"]


def duplicate_id(r: Region) -> None:
    r.tables["places"].append(dict(r.rows("places", place_id="010201")[0]) | {"parent_id": ""})


def orphan_parent(r: Region) -> None:
    r.rows("places", place_id="020100")[0]["parent_id"] = "090000"


def lost_zeros(r: Region) -> None:
    for row in r.rows("flows", layer="people", origin="010100"):
        row["origin"] = "10100"


def unknown_unit(r: Region) -> None:
    for row in r.rows("indicators", indicator="bachelor_share"):
        row["unit"] = "percnt"


def no_price_base(r: Region) -> None:
    for row in r.rows("indicators", indicator="gdp"):
        row["unit"] = "million CNY"


def missing_value(r: Region) -> None:
    r.tables["nodes"][1]["mode"] = ""


def negative_value(r: Region) -> None:
    r.rows("flows", layer="trains", origin="020200")[1]["time_min"] = -17


def infinite_value(r: Region) -> None:
    r.rows("services", origin="s020300")[1]["in_vehicle_min"] = "inf"


def unknown_place(r: Region) -> None:
    r.tables["flows"].append(dict(r.rows("flows", layer="trains")[0]) | {"destination": "990100"})


def unknown_node(r: Region) -> None:
    r.tables["links"].append(dict(r.tables["links"][0]) | {"link_id": "x", "to_node": "s999999"})


def shares(r: Region) -> None:
    for city in dict.fromkeys(row["origin"] for row in r.rows("flows", layer="people")):
        for row, value in zip(r.rows("flows", layer="people", origin=city), (40.5, 30.2, 20.1, 7.2, 2.0), strict=False):
            row["value"] = value


def sentinel(r: Region) -> None:
    for row in r.rows("flows", layer="trains")[:3]:
        row["time_min"] = 1e6


def mixed_scope(r: Region) -> None:
    r.rows("indicators", indicator="urban_share", place_id="020300")[0]["scope"] = "市辖区"


def year_gap(r: Region) -> None:
    r.tables["indicators"] = [i for i in r.tables["indicators"] if (i["indicator"], i["year"]) != ("gdp", 2018)]


def panel_hole(r: Region) -> None:
    gone = r.rows("indicators", indicator="gdp", place_id="020200", year=2017)
    r.tables["indicators"] = [i for i in r.tables["indicators"] if i not in gone]


def interpolated(r: Region) -> None:
    rows = sorted(r.rows("indicators", indicator="population", place_id="010300"), key=lambda i: int(str(i["year"])))
    last = int(str(rows[-1]["value"]))
    for back, row in enumerate(reversed(rows)):
        row["value"] = last - 9173 * back


def ragged(r: Region) -> None:
    r.tails["agreements"] = "a2,Clean air,010000;020000,environment,plan,2020,signed,https://example.org/a2,\n"


def absent_indicator(r: Region) -> None:
    r.toml["index.toml"] = r.toml["index.toml"].replace('"bachelor_share"', '"bachelor_shares"')


def invalid_polygon(r: Region) -> None:
    a, b, c, d, e = r.ring("020202")
    r.rings["020202"] = [a, c, b, d, e]


def overlapping(r: Region) -> None:
    x, y, w, h = r.squares["010102"]
    r.squares["010102"] = (x - w / 2, y, 1.5 * w, h)


def point_outside(r: Region) -> None:
    row = r.rows("places", place_id="020201")[0]
    row["lat"] = round(float(str(row["lat"])) + CELL, 5)


def swapped(r: Region) -> None:
    for row in r.rows("nodes", node_id="s010200"):
        row["lon"], row["lat"] = row["lat"], row["lon"]


def datum_points(r: Region) -> None:
    for row in r.tables["places"]:
        if row["lon"] != "":
            lon, lat = convert(float(str(row["lon"])), float(str(row["lat"])), "WGS-84", "GCJ-02")
            row["lon"], row["lat"] = round(float(lon), 6), round(float(lat), 6)


def datum_polygons(r: Region) -> None:
    for place in r.squares:
        ring = r.ring(place)
        lon, lat = convert([p[0] for p in ring], [p[1] for p in ring], "WGS-84", "BD-09")
        r.rings[place] = [[round(float(x), 6), round(float(y), 6)] for x, y in zip(lon, lat, strict=True)]


def unknown_currency(r: Region) -> None:
    r.toml["workspace.toml"] = r.toml["workspace.toml"].replace('currency = "CNY"', 'currency = "RMB"')


def unknown_key(r: Region) -> None:
    r.toml["workspace.toml"] = r.toml["workspace.toml"].replace('datum = "WGS-84"', 'datum = "WGS-84"\nlanguage = "zh"')


def gbk(r: Region) -> None:
    r.encoding["places"] = "gbk"


def empty_table(r: Region) -> None:
    r.extra["tables/agreements.more.csv"] = b"agreement_id,title,parties,field,instrument,start,status,url\n"


def one_place(r: Region) -> None:
    keep = {"010000", "010100", "010101", "010102"}
    r.tables["places"] = [
        row | {"population": "", "area_km2": ""} for row in r.tables["places"] if row["place_id"] in keep
    ]
    r.tables["indicators"] = [row for row in r.tables["indicators"] if row["place_id"] in keep]
    for name in ("nodes", "links", "services", "flows", "agreements"):
        del r.tables[name]
    for name in ("projects.toml", "scenarios/easier-border.toml"):
        del r.toml[name]
    r.squares = {place: square for place, square in r.squares.items() if place in keep}


def project_node(r: Region) -> None:
    r.toml["projects.toml"] = r.toml["projects.toml"].replace('"s020200"', '"s020202"')


def unreadable(r: Region) -> None:
    r.extra["scenarios/half.toml"] = b'id = "half\n'


def unknown_file(r: Region) -> None:
    r.extra["tables/place.csv"] = b"place_id\n010100\n"


def island(r: Region) -> None:
    lost = "s020300"
    r.tables["links"] = [row for row in r.tables["links"] if lost not in (row["from_node"], row["to_node"])]
    r.tables["services"] = [row for row in r.tables["services"] if lost not in (row["origin"], row["destination"])]
    r.tables["flows"] = [row for row in r.tables["flows"]
                         if row["layer"] != "trains" or "020300" not in (row["origin"], row["destination"])]  # fmt: skip


def border_break(r: Region) -> None:
    jump(r)
    for row in r.rows("indicators", place_id="010200", indicator="population"):
        row["flag"] = "border-break" if int(str(row["year"])) < 2018 else ""


# folder -> defect, severity, rule, table, column, a label that must be shown
BROKEN: dict[str, tuple[Defect, str, str, str, str, str]] = {
    "alias-duplicates": (alias_duplicates, "error", "alias-duplicates", "tables/services.csv", "services_per_day", "s010100 s010200 G"),
    "alias-trains": (alias_trains, "error", "alias-duplicates", "tables/flows.csv", "value", "010100 010200"),
    "shorter-than-straight": (shorter_than_straight, "error", "shorter-than-straight", "tables/links.csv", "length_km", "c"),
    "parts-not-whole": (parts_not_whole, "warning", "parts-not-whole", "tables/places.csv", "population", "010100"),
    "jump": (jump, "warning", "jump", "tables/indicators.csv", "value", "population 010200 2017-2018"),
    "full-width-blank": (full_width_blank, "warning", "full-width-blank", "tables/places.csv", "name_zh", "南湖[ ]市"),
    "look-alike": (look_alike, "warning", "look-alike", "tables/places.csv", "name_zh", "北港巿 -> 北港市"),
    "invisible-character": (invisible_character, "warning", "invisible-character", "tables/nodes.csv", "name", "Zhong[U+200B]wan East"),
    "wrong-type": (wrong_type, "error", "wrong-type", "tables/places.csv", "area_km2", "row 8"),
    "unknown-column": (unknown_column, "error", "unknown-column", "tables/links.csv", "", "lenght"),
    "missing-column": (missing_column, "error", "missing-column", "tables/agreements.csv", "", "status"),
    "duplicate-id": (duplicate_id, "error", "duplicate-id", "tables/places.csv", "place_id", "010201"),
    "orphan-parent": (orphan_parent, "error", "orphan-parent", "tables/places.csv", "parent_id", "090000"),
    "lost-zeros": (lost_zeros, "error", "lost-zeros", "tables/flows.csv", "origin", "10100"),
    "unknown-unit": (unknown_unit, "error", "unknown-unit", "tables/indicators.csv", "unit", "percnt"),
    "no-price-base": (no_price_base, "error", "no-price-base", "tables/indicators.csv", "unit", "million CNY"),
    "missing-value": (missing_value, "error", "missing-value", "tables/nodes.csv", "mode", "row 2"),
    "negative-value": (negative_value, "error", "negative-value", "tables/flows.csv", "time_min", "020200 020100"),
    "infinite-value": (infinite_value, "error", "infinite-value", "tables/services.csv", "in_vehicle_min", "s020300 s020200"),
    "unknown-place": (unknown_place, "error", "unknown-place", "tables/flows.csv", "destination", "990100"),
    "unknown-node": (unknown_node, "error", "unknown-node", "tables/links.csv", "to_node", "s999999"),
    "shares-not-volumes": (shares, "error", "shares-not-volumes", "tables/flows.csv", "value", "people"),
    "sentinel-value": (sentinel, "error", "sentinel-value", "tables/flows.csv", "time_min", "010100 010200"),
    "mixed-scope": (mixed_scope, "error", "mixed-scope", "tables/indicators.csv", "scope", "urban_share city 2020"),
    "year-gap": (year_gap, "warning", "year-gap", "tables/indicators.csv", "year", "gdp 2018"),
    "panel-hole": (panel_hole, "warning", "panel-hole", "tables/indicators.csv", "year", "gdp 2017 020200"),
    "interpolated-series": (interpolated, "warning", "interpolated-series", "tables/indicators.csv", "value", "population 010300 to 2020"),
    "ragged": (ragged, "error", "ragged", "tables/agreements.csv", "", "row 2"),
    "absent-indicator": (absent_indicator, "error", "absent-indicator", "index.toml", "pillar", "bachelor_shares"),
    "invalid-polygon": (invalid_polygon, "error", "invalid-polygon", "geometry/places.geojson", "geometry", "020202: Self-intersection"),
    "overlapping-polygons": (overlapping, "error", "overlapping-polygons", "geometry/places.geojson", "geometry", "010101 and 010102"),
    "point-outside": (point_outside, "warning", "point-outside", "tables/places.csv", "lon", "020201"),
    "swapped-coordinates": (swapped, "error", "swapped-coordinates", "tables/nodes.csv", "lon", "s010200"),
    "datum-points": (datum_points, "error", "datum-shift", "tables/places.csv", "lon", "GCJ-02"),
    "datum-polygons": (datum_polygons, "error", "datum-shift", "tables/places.csv", "lon", "BD-09"),
    "unknown-currency": (unknown_currency, "error", "unknown-currency", "workspace.toml", "currency", "RMB"),
    "unknown-key": (unknown_key, "warning", "unknown-key", "workspace.toml", "[cluster]", "language"),
    "encoding-gbk": (gbk, "note", "encoding", "tables/places.csv", "", ""),
    "empty-table": (empty_table, "warning", "empty-table", "tables/agreements.more.csv", "", ""),
    "one-place": (one_place, "error", "one-place", "tables/places.csv", "kind", "010100"),
    "project-node": (project_node, "error", "unknown-node", "projects.toml", "change", "chord"),
    "unreadable": (unreadable, "error", "unreadable", "scenarios/half.toml", "", ""),
    "unknown-file": (unknown_file, "warning", "unknown-file", "tables", "", "place.csv"),
    "island": (island, "note", "island", "tables/nodes.csv", "place_id", "020300"),
    "border-break": (border_break, "note", "jump-flagged", "tables/indicators.csv", "value", "population 010200 2017-2018"),
}  # fmt: skip
# they exclude others: one place leaves no flows, flagged jumps are no jumps, polygons have one datum at a time, and
# a place that only an unknown link reaches is no island
APART = ("one-place", "border-break", "datum-polygons", "island")


def everything() -> Region:
    """All defects that can stand together."""
    region = Region()
    for name, (defect, *_) in BROKEN.items():
        if name not in APART:
            defect(region)
    return region


def regions() -> dict[str, Region]:
    """Every folder."""
    out = {"sound": Region(), "everything": everything()}
    for name, (defect, *_) in BROKEN.items():
        out[name] = Region()
        defect(out[name])
    return out


if __name__ == "__main__":
    for name, region in regions().items():
        region.write(HERE / name)
