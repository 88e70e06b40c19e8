"""Which city plays which role, by size and by flow?"""

# %% The Yangtze workspace: populations of the census, direct trains a day between 41 cities
import sys
from pathlib import Path

from megaregion.data.workspace import Workspace
from megaregion.nodes.diagnose import diagnose

workspace = Workspace(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/yangtze-delta"))
cluster = workspace.cluster()
found = diagnose(cluster, {}, seed=workspace.seed)

# %% Size: slope with its error, and why "obeys Zipf's law" cannot be said: the exponent moves with the threshold
print(
    found["hierarchy"].to_frame()[["concept", "n", "zeta", "se", "hill", "hill_low", "hill_high"]].round(2).to_string()
)
tail = found["size_tail"].to_frame()
print(tail[tail["concept"] == "population"][["n", "hill", "hill_low", "hill_high", "p_pareto", "chosen"]]
      .iloc[::4].round(3).to_string(index=False))  # fmt: skip

# %% Flow: is it more concentrated than the people? t > 0 and a small p say so
print(found["polycentricity"].to_frame()[["layer", "direction", "sd_size", "sd_flow", "t", "p", "green"]].round(3)
      .to_string(index=False))  # fmt: skip

# %% Roles: who is tied beyond its province (against what its strength alone gives), and who stands between others
roles = found["flow_roles"].to_frame().set_index("place_id")
roles.insert(0, "name", cluster.places["name"].reindex(roles.index))
roles["beyond"] = roles["participation"] - roles["participation_expected"]
columns = ["name", "share", "core", "participation", "beyond", "betweenness", "constraint"]
for layer, part in roles.groupby("layer"):
    print(layer, part.sort_values("share", ascending=False)[columns].head(12).round(2).to_string(index=False), sep="\n")
    inward = part.sort_values("beyond").head(5)
    print(f"most inward: {', '.join(inward['name'])}")

# %% The layer as a whole: what crosses provinces, beside what strengths alone would give
print(found["flow_networks"].to_frame()[["layer", "pairs", "across", "across_expected", "core_size", "core_p"]].round(3)
      .to_string(index=False))  # fmt: skip
for text in dict.fromkeys(w for name in ("size_tail", "flow_networks") for w in found[name].warnings):
    print("note:", text)
