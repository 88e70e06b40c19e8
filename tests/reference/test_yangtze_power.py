"""Power plants of the 41 cities in docs/howto/yangtze_power (OpenStreetMap): they stand where they are known to stand.

Nuclear sites (World Nuclear Association, country profile of China): Tianwan in Lianyungang, Qinshan and Fangjiashan in
Haiyan (Jiaxing), Sanmen in Taizhou of Zhejiang; the largest coal plants of Huainan lie on its coalfield. No official
capacity by city was found: outputs are those of mappers.
"""

from pathlib import Path

import pandas as pd

from megaregion.data.cluster import units
from megaregion.data.init import example_folder
from megaregion.data.workspace import Workspace

FILE = Path(__file__).parents[2] / "docs" / "howto" / "yangtze_power" / "plants.csv"


def test_sites_and_places() -> None:
    plants = pd.read_csv(FILE, dtype={"place_id": str})
    assert set(plants["place_id"]) <= set(units(Workspace(example_folder("yangtze-delta")).cluster()).index)
    nuclear = plants[plants["kind"] == "nuclear"]
    found = {str(name)[:2]: place for name, place in nuclear[["name", "place_id"]].to_numpy()}
    assert found == {"田湾": "320700", "秦山": "330400", "方家": "330400", "三门": "331000"}
    assert plants["mw"].dropna().between(0.1, 7000).all()


def test_only_plants_with_output_have_a_number() -> None:
    plants = pd.read_csv(FILE, dtype={"place_id": str})
    share = plants["mw"].notna().groupby(plants["kind"]).mean()
    assert (share[["coal", "gas", "nuclear"]] > 0.85).all() and share["solar"] < 0.2
