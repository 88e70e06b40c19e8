"""Makes tables/places.csv, tables/search_index.csv and towns.csv from five files of F. Ploeckl.

python derive.py FOLDER, which holds Data/Input of github.com/ploeckl/project_telephone (read in November 2026):
Matrix1896.csv, Matrix1900.csv, Towns1896.csv, Towns1900.csv, Population.csv. Two of these files give the position of a
town; where they lie more than five kilometres apart, one of them errs (mostly a namesake): the position is left empty.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from megaregion.core.sphere import great_circle_km

HERE = Path(__file__).parent
NAMES = {
    "BadAibling": "Bad Aibling", "BadDuerkheim": "Bad Dürkheim", "BadKissingen": "Bad Kissingen",
    "BadReichenhall": "Bad Reichenhall", "BadToelz": "Bad Tölz", "Fuerth": "Fürth", "Gruenstadt": "Grünstadt",
    "Hassloch": "Haßloch", "LandauPfalz": "Landau (Pfalz)", "Muenchberg": "Münchberg", "Muenchen": "München",
    "NeumarktOP": "Neumarkt (Oberpfalz)", "NeustadtHaardt": "Neustadt (Haardt)", "Nuernberg": "Nürnberg",
    "SanktIngbert": "Sankt Ingbert", "Schleissheim": "Schleißheim", "Schwabmuenchen": "Schwabmünchen",
    "Weissenburg": "Weißenburg", "Wuerzburg": "Würzburg", "Zweibruecken": "Zweibrücken",
}  # fmt: skip
AGREE_KM = 5.0
AWAY = ["AbonnementFern", "BehoerdenFern", "ZelleFernEinzel", "TeilnehmerFernEinzel"]  # by how the caller pays


def derive(folder: Path) -> None:
    """Write the three tables."""
    pairs = []
    for year in (1896, 1900):
        names = ["origin", "destination", "value", "district"]
        part = pd.read_csv(folder / f"Matrix{year}.csv", header=None, names=names)
        pairs.append(part.assign(period=year))
    calls = pd.concat(pairs, ignore_index=True)
    calls["note"] = np.where(calls["district"] == "B", "district network", "")
    calls = calls.assign(keyword="calls", source="ploeckl")
    columns = ["keyword", "origin", "destination", "period", "value", "source", "note"]
    calls[columns].to_csv(HERE / "tables" / "search_index.csv", index=False)

    names = pd.Index(sorted(set(calls["origin"]) | set(calls["destination"])), name="place_id")
    early, late = (pd.read_csv(folder / f"Towns{year}.csv").set_index("Town").reindex(names) for year in (1896, 1900))
    other = pd.read_csv(folder / "Population.csv").set_index("Ortsnetz").reindex(names)
    lon, lat = (late[c].fillna(early[c]) for c in ("Longitude", "Latitude"))
    apart = great_circle_km(lon, lat, other["Longitude"], other["Latitude"])
    known = apart <= AGREE_KM
    places = pd.DataFrame({
        "name": names.to_series().replace(NAMES), "kind": "town", "parent_id": "",
        "lon": lon.where(known).round(4), "lat": lat.where(known).round(4), "source": "ploeckl",
        "note": np.where(known, "", np.where(lon.isna(), "outside of Bavaria", "position: two lists disagree")),
    })  # fmt: skip
    places.to_csv(HERE / "tables" / "places.csv")
    towns = pd.DataFrame({
        "lines_1896": early["TeilnehmerAnschluesse"], "lines_1900": late["TeilnehmerAnschluesse"],
        "distance_calls_1900": late[AWAY].sum(axis=1, min_count=len(AWAY)),
        "post_1900": other["Post_1900"], "telegraph_1900": other["Telegraph_1900"],
    })  # fmt: skip
    whole = ["lines_1896", "lines_1900", "distance_calls_1900"]
    towns[whole] = towns[whole].astype("Int64")
    towns.dropna(how="all").to_csv(HERE / "towns.csv")


if __name__ == "__main__":
    derive(Path(sys.argv[1]))
