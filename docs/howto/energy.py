"""How do I see which line or plant a grid cannot do without? The steps on a published test case, no real region."""

# %% The IEEE 14-bus test case (University of Washington Power Systems Test Case Archive, a grid of 1962; as in
# MATPOWER's case14: Zimmerman, Murillo-Sanchez and Thomas 2011); a real grid with places is german_grid.py. In a
# workspace the two frames below are tables/energy_buses.csv and tables/energy_lines.csv
import numpy as np
import pandas as pd

from megaregion.links.hard.energy import energy
from megaregion.links.hard.energy_inputs import EnergyOptions

demand = [0, 21.7, 94.2, 47.8, 7.6, 11.2, 0, 0, 29.5, 9, 3.5, 6.1, 13.5, 14.9]
plants = {"1": 332.4, "2": 140.0}  # buses 3, 6 and 8 are condensers, which give no active power
fixed = {"2": 40.0}  # bus 1 is left empty: it takes the rest
buses = pd.DataFrame({"bus_id": [str(k) for k in range(1, 15)], "demand_mw": np.array(demand, float)})
buses["generation_mw"] = buses["bus_id"].map(plants).fillna(0.0)
buses["scheduled_mw"] = buses["bus_id"].map(fixed).where(buses["generation_mw"] > 0, 0.0)
branches = """1-2 .05917|1-5 .22304|2-3 .19797|2-4 .17632|2-5 .17388|3-4 .17103|4-5 .04211|4-7 .20912 .978
4-9 .55618 .969|5-6 .25202 .932|6-11 .1989|6-12 .25581|6-13 .13027|7-8 .17615|7-9 .11001|9-10 .0845|9-14 .27038
10-11 .19207|12-13 .19988|13-14 .34802"""
rows = [part.split() for part in branches.replace("\n", "|").split("|")]
lines = pd.DataFrame({"line_id": [r[0] for r in rows], "reactance_pu": [float(r[1]) for r in rows],
                      "tap": [float(r[2]) if len(r) > 2 else 1.0 for r in rows]})  # fmt: skip
lines[["from_bus", "to_bus"]] = lines["line_id"].str.split("-", expand=True).to_numpy()

# %% The flows that others print for this case: 147.8 MW from 1 to 2
base = energy(buses, lines, EnergyOptions(dispatch="scheduled"))["energy_lines"].to_frame()
print(base[["line_id", "flow_mw", "worst_flow_mw", "worst_outage", "bridge"]].head(5).round(1).to_string(index=False))

# %% The case states no capacities, so these are ASSUMED: a fifth above today's flow, and at least 30 MW
flow = base.set_index("line_id")["flow_mw"].abs()
lines["capacity_mw"] = np.maximum(1.2 * lines["line_id"].map(flow), 30.0).round(1)
found = energy(buses, lines, EnergyOptions(dispatch="scheduled"))
print(found["energy_outages"].to_frame().head(6).round(2).to_string(index=False))
for name, value in found["energy_places"].facts().items():
    print(f"  {name}: {value}")

# %% The same grid if plants may be dispatched for the least unserved demand, and how much more could be sent where
free = energy(buses, lines)
print(free["energy_outages"].to_frame().head(3).round(2).to_string(index=False))
room = free["energy_transfers"].to_frame().query("from_place == '1'")
print(room.sort_values("capability_n1_mw").head(4).round(1).to_string(index=False))
for text in free["energy_places"].warnings:
    print("note:", text)
