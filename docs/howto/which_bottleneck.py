"""Which bottleneck to remove first, and why it is not the busiest road?"""

# %% A region of our own, an illustration and no real place: a river with one tunnel, beyond it a motorway round a hill
# and the old village road over it, and a port with a road of its own. Minutes, vehicles an hour, BPR delay
import numpy as np
import pandas as pd

from megaregion.data.roads import Roads, RoadUnits
from megaregion.data.trips import Trips
from megaregion.links.hard.assignment import assign
from megaregion.links.hard.assignment_options import AssignmentOptions, TravelClass, TripResponse
from megaregion.links.hard.bottlenecks import bottlenecks

COLUMNS = ["link_id", "from_node", "to_node", "free_time", "capacity"]
ROWS = [
    ("west road", "west", "bank", 8, 6000),
    ("tunnel", "bank", "hill", 6, 4000),
    ("village road", "hill", "plain", 6, 500),
    ("motorway", "hill", "plain", 12, 9000),
    ("east road", "plain", "east", 5, 6000),
    ("port road", "port", "bank", 10, 2500),
    ("ferry", "bank", "plain", 45, 800),
]
links = pd.DataFrame(ROWS, columns=COLUMNS).set_index("link_id").assign(b=0.15, power=4.0)
nodes = pd.DataFrame({"node_id": ["west", "port", "east", "bank", "hill", "plain"]}).set_index("node_id")
nodes["zone_id"] = [n if n in ("west", "port", "east") else None for n in nodes.index]
roads = Roads(
    links=links, nodes=nodes.assign(no_through=False), units=RoadUnits(time="min", flow="veh/h"), name="river"
)
demand = pd.DataFrame([[0, 0, 3800], [0, 0, 1400], [0, 0, 0]], index=roads.zones, columns=roads.zones)
found = assign(roads, Trips.of(demand, name="morning peak"), AssignmentOptions(gap=1e-12))
print(found.busiest(7)[["link_id", "flow", "volume_over_capacity", "free_time", "time"]].to_string(index=False))

# %% The village road is fullest of all. But what does one more vehicle an hour of capacity save
# all travellers together, once they have chosen their ways anew?
ranked = bottlenecks(found, confirm=len(links), percent=10.0)
shown = [
    "rank",
    "link_id",
    "volume_over_capacity",
    "rank_volume_over_capacity",
    "saving_per_capacity",
    "confirmed_saving",
]
print(ranked.to_frame()[shown].to_string(index=False, float_format="{:.3f}".format))
facts = ranked.facts()
print(f"remove first: {facts['first']}; the busiest, {facts['busiest']}, is number {facts['busiest_rank']}")

# %% Why? Drivers fill the village road until it is as slow as the motorway beside it (Pigou 1920; Downs 1962). Widen
# it, and the motorway's drivers come over: the time of the way is set by the motorway. Nothing runs beside the tunnel
# that is nearly as fast, so what it gains stays. The same new lane for either:
for link in ("village road", "tunnel"):
    wide = links["capacity"].where(links.index != link, links["capacity"] + 400.0)
    after = assign(roads.replace(links=links.assign(capacity=wide)), found.trips[0], found.options, start=found)
    saved = found.equilibrium.total_time - after.equilibrium.total_time
    print(f"400 vehicles an hour more on the {link}: {saved / 60:,.1f} vehicle hours saved in the peak hour")

# %% A wider tunnel is also an invitation: trips that were not worth the queue are made. Here one per cent more for each
# minute less (a sensitivity of 0.01 a minute, to be taken from a study of your region). From the command line:
# assign NET TRIPS --skims --out today; assign WIDER TRIPS --reference today --sensitivity 0.01
wide = links["capacity"].where(links.index != "tunnel", links["capacity"] + 400.0)
wider = roads.replace(links=links.assign(capacity=wide))
response = TripResponse(reference=found.skims(), sensitivity=0.01)
for name, answer in (("the same trips", None), ("trips that answer", response)):
    after = assign(wider, found.trips[0], found.options, response=answer)
    minutes = after.skims()["all"].loc["west", "east"]
    print(f"{name}: {after.facts()['demand_travelling']:,.0f} travel, west to east takes {minutes:.2f} minutes")

# %% Lorries: every tenth vehicle, as long as two cars, and the village is closed to them. From the command line:
# assign NET TRIPS --classes lorries.csv, a table with columns name, share, pce, use
open_to = links.assign(allowed_uses=np.where(links.index == "village road", "car", ""))
share = {name: Trips.of(demand * part, name=name) for name, part in (("car", 0.9), ("lorry", 0.1))}
users = [TravelClass(name="car", trips=share["car"], use="car"),
         TravelClass(name="lorry", trips=share["lorry"], use="lorry", pce=2.0)]  # fmt: skip
mixed = assign(roads.replace(links=open_to), users, found.options)
print(mixed.to_frame().set_index("link_id")[["flow", "flow_car", "flow_lorry", "time"]].round(1).to_string())

# %% Worse than nothing: in the network of Braess (1968), six trips, times 10x, 50 + x, 50 + x, 10x and 10 + x across,
# the shortcut in the middle makes everyone slower, and so does widening it
ends = {"up": "sa", "low": "sb", "high": "at", "down": "bt", "across": "ab"}
law = {"up": (1e-8, 1e9), "low": (50, 0.02), "high": (50, 0.02), "down": (1e-8, 1e9), "across": (10, 0.1)}
net = pd.DataFrame({k: [*ends[k], *law[k], 1.0, 1.0] for k in ends}, dtype=object).T.set_axis(
    ["from_node", "to_node", "free_time", "b", "capacity", "power"], axis=1
)  # fmt: skip
corner = pd.DataFrame({"zone_id": ["s", "t", None, None], "no_through": False}, index=list("stab"))
six = Trips(zones=pd.Index(["s", "t"]), origin=np.array([0]), destination=np.array([1]), value=np.array([6.0]))
for name, kept in (("without", net.drop(index="across")), ("with", net)):
    cost = assign(Roads(links=kept, nodes=corner), six, AssignmentOptions(gap=1e-12)).skims()["all"].loc["s", "t"]
    print(f"{name} the shortcut everybody needs {cost:.0f}")
braess = bottlenecks(assign(Roads(links=net, nodes=corner), six, AssignmentOptions(gap=1e-12)))
print("widening harms on:", ", ".join(braess.facts()["braess_worst"]))
