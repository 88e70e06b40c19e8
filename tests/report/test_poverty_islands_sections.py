"""What the report says of poverty and its islands, on the real records of docs/howto."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.stored import stored
from megaregion.data.workspace import Workspace
from megaregion.links.hard.times import times
from megaregion.mechanisms.islands import islands
from megaregion.mechanisms.people_tables import poverty_of_cluster
from megaregion.report.blocks import Bullets, Grid, Material, Paragraph
from megaregion.report.sections import islands as islands_section
from megaregion.report.sections import poverty as poverty_section

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


@pytest.mark.parametrize(("worse", "first", "last"), [("high", "Randolph", "Colquitt"), ("low", "Fayette", "Randolph")])
def test_worst_places_are_named_first(worse: str, first: str, last: str) -> None:
    """Census of 1990: Randolph 35.9 %, the poorest county in a belt; Fayette 2.6 %, the least poor of all."""
    workspace = Workspace(HOWTO / "georgia_poverty")
    cluster = workspace.cluster()
    minutes = times(cluster, origins=cluster.select("county")).time
    found = islands(cluster, minutes, indicator_or_role="poor_share", poor_is=worse, seed=1990)
    material = Material({"mechanisms": {k: stored(v) for k, v in found.items()}}, cluster, None, workspace.sources, ())
    out = islands_section.blocks(material)
    english = next(b for b in out if isinstance(b, Paragraph)).text.of("en")
    named = english.split("strongest: ")[1]
    assert named.startswith(first) and last not in named
    table = next(b for b in out if isinstance(b, Grid))
    assert table.rows[0][0].of("en") == first


def test_groups_are_told_with_their_range() -> None:
    """Published Gini coefficient of 1995: .450; its bounds by Gastwirth (1972) from the six groups, in plain numpy."""
    groups = pd.read_csv(HOWTO / "us_income_groups" / "tables" / "income_brackets.csv").query("year == 1995")
    share, mean = (groups["number"] / groups["number"].sum()).to_numpy(), groups["mean_income"].to_numpy()
    lower, upper = groups["lower"].to_numpy(float), groups["upper"].fillna(np.inf).to_numpy(float)
    mu, apart = share @ mean, np.abs(mean[:, None] - mean)
    least = share @ apart @ share / (2 * mu)  # half of the mean difference between groups
    within = np.where(np.isinf(upper), mean - lower, (mean - lower) * (1 - (mean - lower) / (upper - lower)))
    most = least + share**2 @ within / mu
    workspace = Workspace(HOWTO / "us_income_groups")
    found = poverty_of_cluster(workspace.cluster(), seed=1)
    results = {"mechanisms": {k: stored(v) for k, v in found.items()}}
    out = poverty_section.blocks(Material(results, workspace.cluster(), None, workspace.sources, ()))
    table = next(b for b in out if isinstance(b, Grid))
    rows = [[cell.of("en") for cell in row] for row in table.rows]
    assert rows[9][:3] == ["United States", "1995", "all"]
    assert rows[9][-3:] == ["0.450", f"{least:.3f}", f"{most:.3f}"]
    notes = [text for b in out for text in (b.items if isinstance(b, Bullets) else [])]
    assert len(notes) == len(found["poverty_lorenz"].warnings)
    assert all(text.of("zh") != text.of("en") for text in notes)
