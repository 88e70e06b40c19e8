"""How do I get from a boundary file and a spreadsheet to a report?"""

# %% Polygons and a table of numbers; here eight cities of the shipped example stand for your own files
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from megaregion.data.check import check, render
from megaregion.data.init import example_folder, from_files
from megaregion.data.workspace import Workspace
from megaregion.pipeline.run import run

folder = Path(tempfile.mkdtemp())
example = Workspace(example_folder("yangtze-delta"))
cities = example.cluster().select("city").head(8)
shapes = example.geometry().loc[cities.index, ["geometry"]].reset_index(names="code")
shapes["province"] = cities["parent_id"].to_numpy()
gpd.GeoDataFrame(shapes, crs="EPSG:4326").to_file(folder / "boundaries.gpkg")
values = pd.DataFrame({"code": cities.index, "population_2020": cities["population"].to_numpy()})
values.to_excel(folder / "values.xlsx", index=False)

# %% Make the workspace; the only thing to say is which column holds the codes
made = from_files(folder / "mine", folder / "boundaries.gpkg", folder / "values.xlsx", "code", group_column="province")

# %% What is wrong with it?
print(render(check(made)))

# %% Run everything that these tables allow; the rest is left out and named
done = run(Workspace(made))
for outcome in done.outcomes:
    print(outcome.step, "reused" if outcome.reused else f"{outcome.seconds:.1f} s", *outcome.warnings, sep="\n    ")
print(done.report)
