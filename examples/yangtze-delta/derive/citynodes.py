"""Patents and network degrees of 37 cities (Liang et al. 2024): totals of a city, never to be divided.

Its population and GDP columns are of the urban districts and are not taken. The authors state a year for
each column; the file does not say on which territory patents and degrees were counted, so the scope given
here is the narrower one, as for the columns beside them.
"""

from pathlib import Path

import pandas as pd

# column -> (indicator, year that the authors state for Chinese cities)
COLUMNS = {
    "Patent": ("patents", 2017),
    "SM_degree": ("social_media_degree", 2015),
    "Mob_degree": ("mobility_degree", 2016),
    "Pub_degree": ("copublication_degree", 2017),
}


def read_citynodes(open_folder: Path, places: pd.Index) -> pd.DataFrame:
    """Tidy values: `place_id`, `indicator`, `year`, `value`."""
    raw = pd.read_csv(open_folder / "intercity_connectivity_china.csv", dtype={"cityId": str})
    here = raw[raw["cityId"].isin(places)].sort_values("cityId")
    parts = [
        pd.DataFrame({"place_id": here["cityId"], "indicator": name, "year": year, "value": here[column]})
        for column, (name, year) in COLUMNS.items()
    ]
    return pd.concat(parts, ignore_index=True)
