"""Makes the tables beside it from what PyPSA 0.20.0 ships (examples/scigrid-de in its source distribution on PyPI).

python derive.py PYPSA_FOLDER STATES_GEOJSON: the unpacked source distribution, and the state polygons of 1 January 2021
(© GeoBasis-DE / BKG 2021, dl-de/by-2-0), which only tell in which state a substation stands.
"""

import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

HERE = Path(__file__).parent / "tables"
HOUR = "2011-01-01 17:00:00"  # UTC: the highest demand of the one day that is shipped
# ohm per km of the two types of line that PyPSA gives by voltage (pypsa/standard_types/line_types.csv, after Oeding and
# Oswald 2011, Elektrische Kraftwerke und Netze), for the number of wires that the type has
OHM_PER_KM = {"Al/St 240/40 2-bundle 220.0": 0.301, "Al/St 240/40 4-bundle 380.0": 0.246}
# PyPSA's script put plants whose postcode it did not know at a station drawn by chance. The list of power plants counts
# postcodes of blocks up (Boxberg N 02943, P 02944, Q 02945), so blocks of large plants are among them. Those that could
# be told apart by kind and capacity are put where they stand; the rest stays where chance put it
MOVED = {
    "83 Brown Coal": ("Schwarze Pumpe", "79"), "487 Brown Coal": ("Lippendorf R", "313"),
    "63 Brown Coal": ("Boxberg P", "291"), "157_220kV Brown Coal": ("Boxberg Q", "291"),
    "37_220kV Nuclear": ("Grohnde", "3"), "19 Hard Coal": ("Walsum 9", "191_220kV"),
    "374 Hard Coal": ("Walsum 10", "186"),
}  # fmt: skip


def derive(pypsa: Path, borders: Path) -> None:
    """Write energy_buses, energy_lines and energy_plants."""
    folder = pypsa / "examples" / "scigrid-de" / "scigrid-with-load-gen-trafos"
    text = {"name": str, "bus": str, "bus0": str, "bus1": str, "osm_name": str, "ref": str}
    buses, lines, trafos, plants = (
        pd.read_csv(folder / f"{name}.csv", dtype=text, index_col="name")
        for name in ("buses", "lines", "transformers", "generators")
    )
    demand = pd.read_csv(folder / "loads-p_set.csv", index_col=0).loc[HOUR]
    able = pd.read_csv(folder / "generators-p_max_pu.csv", index_col=0).loc[HOUR].reindex(plants.index).fillna(1.0)
    # state of each substation: a few stand just across the border and serve German counties: the nearest state
    spot = gpd.GeoDataFrame(buses, geometry=gpd.points_from_xy(buses["x"], buses["y"]), crs=4326).to_crs(25832)
    land = gpd.read_file(borders).to_crs(25832)[["ARS", "geometry"]].dissolve("ARS")
    near = gpd.sjoin_nearest(spot, land, distance_col="away")
    near = near[~near.index.duplicated()]
    place = near.filter(regex="^ARS|index_right").iloc[:, 0]
    abroad = near["away"] > 0
    pd.DataFrame({
        "bus_id": buses.index, "name": buses["osm_name"].fillna("").str.slice(0, 40).str.strip(),
        "place_id": place.reindex(buses.index), "lon": buses["x"].round(3), "lat": buses["y"].round(3),
        "demand_mw": demand.reindex(buses.index).fillna(0.0).round(2), "generation_mw": "",
        "note": np.where(abroad.reindex(buses.index), "abroad", ""),
    }).to_csv(HERE / "energy_buses.csv", index=False)  # fmt: skip
    # three cables make a circuit: one row each, so that an outage takes one circuit and not the whole tower
    circuits = (lines["cables"].fillna(3.0) / 3.0).round().clip(lower=1.0).astype(int)
    each = lines.loc[lines.index.repeat(circuits)]
    number = each.groupby(level=0).cumcount()
    kv = each["voltage"] / 1000.0
    wires = each["num_parallel"] / circuits.loc[each.index]  # of a circuit, against those of the type
    rows = pd.DataFrame({
        "line_id": [f"{n}{'abcdefgh'[k] if c > 1 else ''}" for n, k, c in
                    zip(each.index, number, circuits.loc[each.index], strict=True)],
        "from_bus": each["bus0"], "to_bus": each["bus1"], "voltage_kv": kv.astype(int),
        "reactance_ohm": (each["type"].map(OHM_PER_KM) * each["length"] / wires).round(5),
        "capacity_mw": (each["s_nom"] / circuits.loc[each.index]).round(1),
    })  # fmt: skip
    middle = pd.DataFrame({
        "line_id": "T" + trafos.index, "from_bus": trafos["bus0"], "to_bus": trafos["bus1"], "voltage_kv": 380,
        "reactance_ohm": (trafos["x"] * 380.0**2 / trafos["s_nom"]).round(5), "capacity_mw": trafos["s_nom"],
    })  # fmt: skip
    pd.concat([rows, middle]).to_csv(HERE / "energy_lines.csv", index=False)
    power = (plants["p_nom"] * able).round(2)
    moved = plants.index.isin(list(MOVED))
    pd.DataFrame({
        "plant_id": [MOVED[p][0] if p in MOVED else p for p in plants.index],
        "bus_id": [MOVED[p][1] if p in MOVED else bus for p, bus in plants["bus"].items()],
        "kind": plants["carrier"], "generation_mw": power, "merit": plants["marginal_cost"].astype(int),
        "note": np.where(moved, "was at a station drawn by chance: " + plants["bus"], ""),
    })[power > 0].to_csv(HERE / "energy_plants.csv", index=False)  # fmt: skip


if __name__ == "__main__":
    derive(Path(sys.argv[1]), Path(sys.argv[2]))
