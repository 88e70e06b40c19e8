"""Commuting between German counties: what the publisher's table counts comes out of the tables of roles."""

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from megaregion.nodes.flow_roles import RoleTables, flow_roles


@pytest.fixture(scope="module")
def found(shared_data: Path) -> tuple[pd.DataFrame, RoleTables]:
    """Rows of the file are workplaces, columns residences: turned here."""
    raw = pd.read_csv(shared_data / "germany" / "commuting_wide.csv", dtype={"county_id_work": str})
    frame = raw.set_index("county_id_work").T.astype(float)
    frame.attrs.update(observed=True, unit="person", period="2018")
    employed = frame.sum(axis=1)
    return frame, flow_roles({"commuting": frame}, employed, groups=None, seed=1)


def test_counts_are_those_of_the_publisher(found: tuple[pd.DataFrame, RoleTables]) -> None:
    """33,052,677 commuters, of whom 67.06 % stay; 9,493 pairs between counties."""
    frame, tables = found
    (row,) = tables.networks.to_frame().to_dict("records")
    assert frame.to_numpy().sum() == 33_052_677
    assert row["pairs"] == 9493
    assert round(row["staying"], 2) == 67.06


def test_structural_holes_are_those_of_networkx(found: tuple[pd.DataFrame, RoleTables]) -> None:
    frame, tables = found
    value = frame.to_numpy(copy=True)
    np.fill_diagonal(value, 0.0)
    graph = nx.from_numpy_array(value, create_using=nx.DiGraph)
    roles = tables.roles.to_frame()
    some = range(0, 401, 40)
    theirs = nx.constraint(graph, list(some), weight="weight")
    np.testing.assert_allclose(roles["constraint"].iloc[list(some)], [theirs[i] for i in some], rtol=1e-9)


def test_jobs_are_more_concentrated_than_homes(found: tuple[pd.DataFrame, RoleTables]) -> None:
    """In-commuting is spread wider than out-commuting, as the sums of the file itself are."""
    frame, tables = found
    value = frame.to_numpy(copy=True)
    np.fill_diagonal(value, 0.0)
    shape = tables.polycentricity.to_frame().set_index("direction")
    assert shape.loc["in", "sd_flow"] == pytest.approx(np.log(value.sum(axis=0)).std(ddof=1))
    assert shape.loc["in", "sd_flow"] > shape.loc["out", "sd_flow"]
