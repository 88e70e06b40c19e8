"""What is it worth that Germans may see a doctor in the next state? Beds, physicians and GPs of 401 counties.

Real: beds, physicians and general practitioners per head by county (INKAR, 2019; © BBSR, dl-de/by-2-0), people (end of
2019), borders of the 16 states. Fetched, not shipped: megaregion fetch examples/germany. Statutory insurance lets
people choose among all contract doctors (§ 76 SGB V) and hospitals (§ 39, extra cost possible), so open borders are the
rule that holds; closed ones are the thought experiment, worth asking for because each state plans its own hospitals.
Modelled: minutes by road and rail, one point a county. Declared: how use falls with minutes, how people are counted.

    python hospitals_germany.py my-germany     # also writes tables/services_supply.csv and recognition.csv there;
    megaregion services my-germany             # then this, with [options.shared_services] in its workspace.toml
"""

# %% The German workspace
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.data.cluster import groups
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.links.soft.recognition import recognition_matrix
from megaregion.links.soft.services import Decay, Method, shared_services
from megaregion.links.soft.services_tables import SharedServicesResult

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/germany")
if not (folder / "tables" / "indicators.inkar.csv").is_file():
    print(f"SKIPPED: {folder} has no tables yet: megaregion fetch {folder}")
    sys.exit()
cluster = Workspace(folder).cluster()
county, names, state = cluster.select("county"), cluster.places["name"], groups(cluster)

# %% Supply = number per head x people. Eisenach is not in INKAR; its row is lent and flagged so
services = {"hospital-beds": ("hospital_beds_per_capita", 1_000, "bed"), "gps": ("gp_density", 10_000, "person"),
            "physicians": ("physician_density", 10_000, "person")}  # fmt: skip
year = cluster.indicators[cluster.indicators["year"] == 2019].set_index(["indicator", "place_id"])["value"]
supply = pd.concat([
    pd.DataFrame({
        "facility_id": name + "-" + county.index, "service": name, "place_id": county.index, "year": 2019,
        "supply": (year[column].loc[county.index] * county["population"] / per).to_numpy(), "unit": unit,
    }) for name, (column, per, unit) in services.items()
])  # fmt: skip
total = supply.groupby("service")["supply"].sum()
print(f"{total['hospital-beds']:,.0f} beds by INKAR's ratio; the hospital statistics of 2019 (Destatis) count 494,326")

# %% Who may go where: closed, everybody stays in the own state; open, as it is
closed = pd.DataFrame(
    [(a, a, name, 1.0) for name in services for a in sorted(state.unique())]
    + [("all", "all", name, 0.0) for name in services],
    columns=["origin", "destination", "scheme", "value"],
)  # fmt: skip
minutes = times(cluster).time
zones = {30.0: 1.0, 60.0: 0.5, 90.0: 0.1}  # DECLARED
if len(sys.argv) > 1:
    supply.to_csv(folder / "tables" / "services_supply.csv", index=False)
    closed.assign(note="thought experiment: borders closed").to_csv(folder / "tables" / "recognition.csv", index=False)
    print("for the command, in workspace.toml: [options.shared_services]")
    print("zones = {", ", ".join(f'"{int(end)}" = {weight}' for end, weight in zones.items()), "}")
    print('method = "allocated"')


def opened(service: str, decay: Decay, method: Method = "allocated") -> SharedServicesResult:
    """Access with borders closed and open. Allocated: everybody is counted once, not in full at every hospital near."""
    part, rights = supply[supply["service"] == service], recognition_matrix(closed, service, state.loc[county.index])
    return shared_services(county["population"], part, minutes, rights, decay=decay, method=method)


def by_state(result: SharedServicesResult) -> pd.Series:
    """Change of access with open borders, percent, people of a state together."""
    table = result.to_frame().set_index("place_id")
    met = table[["access_now", "access_shared"]].mul(table["people"], axis=0).groupby(state.map(names)).sum()
    return 100 * (met["access_shared"] / met["access_now"] - 1)


found = {name: opened(name, Decay(zones=zones)) for name in services}
for name, result in found.items():
    facts = result.facts()
    kept = (result.table["people"] * result.table["access_shared"]).sum()
    assert np.isclose(kept, total[name], rtol=1e-9)  # opening borders creates no bed, it moves access
    print(
        f"{name}: open borders, {facts['people_who_gain'] / 1e6:.1f} million people gain and "
        f"{facts['people_who_lose'] / 1e6:.1f} million lose; Gini of access {facts['gini_now']:.3f} to "
        f"{facts['gini_shared']:.3f}"
    )

# %% Who gains, who loses. Losers live where others come: towns that serve a hinterland beyond their border. Beds per
# 1,000 people
beds = found["hospital-beds"].to_frame().set_index("place_id")
rows = beds.assign(
    name=names, state=state.map(names), closed=1e3 * beds["access_now"], open=1e3 * beds["access_shared"]
)
order = rows.sort_values("gain_percent")[["name", "state", "people", "closed", "open", "gain_percent"]]
print(pd.concat([order.head(6), order.tail(6)]).round(2).to_string(index=False))
print("change of access with open borders, percent, by state:")
print(pd.DataFrame({name: by_state(result) for name, result in found.items()}).round(1).to_string())

# %% Does it hang on what was declared? It does: only what has one sign in all six ways of counting is said
ways = {
    "as above": found["hospital-beds"], "shorter ways": opened("hospital-beds", Decay(zones={30.0: 1.0, 60.0: 0.2})),
    "longer ways": opened("hospital-beds", Decay(zones={30.0: 1.0, 60.0: 0.7, 120.0: 0.3})),
    "Gaussian to 90 minutes": opened("hospital-beds", Decay(reach_min=90.0)),
    "in full at every hospital": opened("hospital-beds", Decay(zones=zones), "e2sfca"),
    "balanced catchments": opened("hospital-beds", Decay(zones=zones), "bfca"),
}  # fmt: skip
for name, result in ways.items():
    like = beds["gain_percent"].corr(result.table.set_index("place_id")["gain_percent"], method="spearman")
    losing = result.facts()["people_who_lose"] / 1e6
    print(f"{name:25s} rank correlation over counties {like:.2f}, {losing:.1f} million lose")
signs = pd.DataFrame({name: by_state(result) for name, result in ways.items()})
sure = signs[(signs > 0.5).all(axis=1) | (signs < -0.5).all(axis=1)]
print("states whose people together gain, or lose, more than half a percent of beds in all six:")
print(pd.DataFrame({"least": sure.min(axis=1), "most": sure.max(axis=1)}).sort_values("least").round(1).to_string())
for text in found["hospital-beds"].warnings:
    print("note:", text)
