"""Who generates for whom in Germany, over which lines, and what hangs on one of them? A real grid, one hour.

Real: stations, 220 and 380 kV lines with their cables and wires as mapped (SciGRID 0.2 from OpenStreetMap, ODbL), kind
and capacity of plants (list of the Bundesnetzagentur, undated, before June 2015; EEG register, end of 2014), national
demand of 1 January 2011, 17:00 UTC.
Assumed or modelled by PyPSA, whose example this is: ratings and reactances (by voltage, cables and wires), 33 lines and
all transformers between the two voltages, demand of each station (by population and GDP), costs, the station of each
plant: the nearest, or one drawn by chance where the list has a wrong postcode. Seven such blocks (5,402 MW: Grohnde
stood 180 km away, half of Boxberg in other states) are put right here, smaller ones cannot be told. Neighbouring
countries are not there. Its authors: "not (yet) accurate enough to be used for research purposes". From a terminal:
megaregion energy docs/howto/german_grid
"""

# %% The workspace lies beside this script; german_grid/derive.py made it from what PyPSA ships
from pathlib import Path

from megaregion.data.workspace import Workspace
from megaregion.links.hard.energy import energy_of_cluster

here = Path(__file__).parent if "__file__" in globals() else Path("docs/howto")
cluster = Workspace(here / "german_grid").cluster()
found = energy_of_cluster(cluster)
state = cluster.places["name"]

# %% Who lives on others? Demand met by a state's own plants, if power mixes evenly wherever it meets (Bialek 1996)
places = found["energy_places"].to_frame().set_index("place_id").rename(index=state)
shown = ["demand_mw", "capacity_mw", "generation_mw", "exported_mw", "own_percent"]
print(places.sort_values("own_percent")[shown].round(0).astype(int).to_string())

# %% The largest supplies across a border, and what crosses it directly: not the same, power passes through third states
pairs = found["energy_exchanges"].to_frame()
pairs = pairs[pairs["from_place"] != pairs["to_place"]].replace({"from_place": state, "to_place": state})
print(pairs.head(8).round(0).to_string(index=False))
for name, value in found["energy_exchanges"].facts().items():
    print(f"  {name}: {value:.0f}")

# %% With what? Kinds of plants: capacity of the hour and dispatch by least cost
kinds = found["energy_kinds"].to_frame().groupby("kind")[["capacity_mw", "generation_mw"]].sum()
print(kinds.sort_values("generation_mw", ascending=False).round(0).astype(int).to_string())

# %% Single outages. Those of transformers are left out here: PyPSA put one bank of 2,000 MVA into every station. Where
# there are two islands then, a station hangs on one mapped circuit: as often a gap of the map as a risk. 602 and 316
# are among the three lines that PyPSA's authors had to widen before their model could serve everybody
outages = found["energy_outages"].to_frame()
outages = outages[~outages["outage"].str.startswith("T")]
lost = outages[outages["unserved_mw"] > 1e-3]
print(f"{len(lost)} of {len(outages)} outages of circuits and stations leave demand unserved; the worst:")
print(lost[["outage", "kind", "where", "islands", "unserved_mw"]].head(8).round(0).to_string(index=False))

# %% Room for more between states: where it is zero, a line that takes 5 % of the transfer is full already. The dispatch
# looks at costs and never ahead to an outage, as an operator must: little is left
room = found["energy_transfers"].to_frame().replace({"from_place": state, "to_place": state})
now, after = (int((room[name] > 1).sum()) for name in ("capability_mw", "capability_n1_mw"))
print(f"{now} of {len(room)} pairs have room, {after} after any one outage:")
print(room.sort_values("capability_n1_mw", ascending=False).head(5).round(0).to_string(index=False))
for text in found["energy_places"].warnings:
    print("note:", text)
