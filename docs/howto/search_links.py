"""Which towns call each other, and is it more than their size and distance? A real list of telephone calls.

Real: calls between 96 towns in and around Bavaria in 1896 and 1900, subscribers, and what post and telegraph took in
(bavaria_telephone/: official statistics as transcribed by F. Ploeckl, J. Economic History 2023; read there, not in the
printed volumes). Complete counts: no error of sampling. What they lack: a row is the sum of both directions, and pairs
below about 1,000 calls (1896) or 5,000 (1900) are not listed, which is not zero. An index between cities of today
(Baidu, mobile phones) takes the same table; none with a licence was found: bring your own, with both directions.
Terminal: megaregion offices docs/howto/bavaria_telephone
"""

# %% The table of a workspace: keyword, origin, destination, period, value; [options.search_index] directed = false
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from megaregion.core.sphere import matrix_km
from megaregion.data.workspace import Workspace
from megaregion.links.soft.gravity_equation import GravityOptions, gravity_equation
from megaregion.links.soft.search_links import search_links

here = (Path(__file__).parent if "__file__" in globals() else Path("docs/howto")) / "bavaria_telephone"
cluster = Workspace(here).cluster()
calls, name = cluster.further["search_index"], cluster.places["name"]
towns = pd.read_csv(here / "towns.csv", index_col="place_id")

# %% The strongest links of each year; only ratios mean anything
years = {y: search_links(calls, cluster.places.index, directed=False, period=y) for y in ("1896", "1900")}
links = pd.concat({y: f.to_frame().set_index(["place_a", "place_b"])["link"] for y, f in years.items()}, axis=1)
for year, found in years.items():
    top = found.to_frame().head(4)[["place_a", "place_b", "link"]].to_numpy()
    first = [f"{name[a]}-{name[b]} {v:.2f}" for a, b, v in top]
    print(f"{year}: {found.facts()['pairs']} pairs listed; {', '.join(first)}")
print("note:", *years["1900"].warnings, sep="\n  ")


# %% Does it last? Intervals draw towns, not pairs: two pairs of one town are no two witnesses
def interval(table: pd.DataFrame, statistic, draws: int = 299) -> str:
    """A statistic of pairs (or of towns) with the interval over draws of towns."""
    ends = np.array([ids if isinstance(ids, tuple) else (ids,) for ids in table.index])
    ids, code = np.unique(ends, return_inverse=True)
    rng, values = np.random.default_rng(1900), table.to_numpy(float)
    times = rng.multinomial(len(ids), np.full(len(ids), 1 / len(ids)), size=draws)[:, code.reshape(ends.shape)].prod(2)
    low, high = np.nanquantile([statistic(values.repeat(t, axis=0)) for t in times if t.sum() > 3], [0.025, 0.975])
    return f"{statistic(values):.2f} ({low:.2f}, {high:.2f})"


def rank_correlation(values: np.ndarray) -> float:
    """Spearman's, of two columns."""
    return float(spearmanr(values).statistic)


both = links.dropna()
print(f"order of the {len(both)} pairs that are in both lists: Spearman {interval(both, rank_correlation)}")

# %% One district network (near towns that belong together) or not? Growth of pairs with 5,000 calls or more in 1896.
# Few fell from the list and grew least: the median stands. A pair is inside where every list says so: that of 1896
# puts Frankfurt into a Bavarian district, that of 1900 does not
calls["pair"] = [tuple(sorted(p)) for p in calls[["origin", "destination"]].to_numpy()]
inside = calls["note"].notna().groupby(calls["pair"]).all()
count = calls.set_index(["pair", "period"])["value"].unstack().query("`1896` >= 5000")
for district, part in count.groupby(inside):
    growth = (part["1900"] / part["1896"]).fillna(0.0).to_frame()
    where, lost = "inside of a district network" if district else "across networks", int(part["1900"].isna().sum())
    print(f"{where}: {len(part)} pairs, {lost} fell from the list, calls times {interval(growth, np.median)}")

# %% Who calls whom? The sums do not say, but a second table counts the distant calls of each town by how callers paid,
# so those begun there: a bound
listed = calls[calls["period"] == "1900"]
ends = pd.concat([listed.set_index(c)["value"] for c in ("origin", "destination")]).groupby(level=0).sum()
most = (towns["distance_calls_1900"] / ends).dropna().astype(float)
for town in ends.sort_values(ascending=False).index[:4]:
    print(
        f"{name[town]}: {ends[town]:,.0f} calls in listed pairs, at most {100 * min(most[town], 1):.0f} % begun there"
    )
print("the small call the centre: an index of both directions would have shown it, its geometric mean would hide it")

# %% More than size and distance? A list of large flows alone bends this; so only where every pair is listed: eight
# towns of the Palatinate in 1896, 28 of 28 pairs, all in one district network (picked for that: a talkative corner)
square = ["BadDuerkheim", "Frankenthal", "Kaiserslautern", "LandauPfalz", "Ludwigshafen", "NeustadtHaardt", "Pirmasens",
          "Speyer"]  # fmt: skip
km = pd.DataFrame(matrix_km(*(cluster.places.loc[square, c] for c in ("lon", "lat"))), square, square)
known = calls[calls["period"] == "1896"].set_index(["origin", "destination"])["value"]
pairs = pd.DataFrame(
    [(a, b, known.get((a, b), known.get((b, a))), np.log(km.loc[a, b]), np.log(towns["lines_1896"][[a, b]]).sum())
     for a in square for b in square if a != b],
    columns=["origin", "destination", "flow", "ln_km", "ln_lines"],
)  # fmt: skip
gravity = gravity_equation(pairs, ["ln_km", "ln_lines"], options=GravityOptions(absorbed="none", unit="calls"))
for term in gravity.table.head(2).itertuples():
    print(f"{term.term}: {term.coef:.2f} ({term.ci_low:.2f}, {term.ci_high:.2f}), {len(pairs) // 2} pairs, 8 towns")
beyond = gravity.expected.to_frame().query("origin < destination").sort_values("ratio", ascending=False)
for row in pd.concat([beyond.head(2), beyond.tail(1)]).itertuples():
    print(
        f"{name[row.origin]}-{name[row.destination]}: {row.ratio:.1f} times ({row.ratio_low:.1f}, {row.ratio_high:.1f})"
    )

# %% Held against other layers of the same towns in 1900: what post and telegraph took in, and subscribers
layers = pd.concat([ends.rename("calls"), towns[["telegraph_1900", "post_1900", "lines_1900"]]], axis=1).dropna()
for layer in layers.columns[1:]:
    text = interval(layers[["calls", layer]], rank_correlation)
    print(f"calls in listed pairs and {layer}: Spearman {text}, {len(layers)} towns")
