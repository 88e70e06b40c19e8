"""Roles, networks and polycentricity of layers of flows."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from megaregion.data.toy import ring, star
from megaregion.errors import AlignmentError, InputError, MissingDataError
from megaregion.nodes.diagnose import diagnose
from megaregion.nodes.flow_roles import flow_roles

N = 8
IDS = [f"c{i + 1}" for i in range(N)]
PEOPLE = pd.Series(np.linspace(1e5, 8e5, N), index=IDS)
GROUPS = pd.Series(["A", "B"] * 4, index=IDS)


def layer(value: np.ndarray, **attrs: object) -> pd.DataFrame:
    frame = pd.DataFrame(value.astype(float), index=IDS, columns=IDS)
    frame.attrs.update({"observed": True, "unit": "person", "period": "2020", **attrs})
    return frame


def drawn(seed: int = 1) -> np.ndarray:
    value = np.random.default_rng(seed).lognormal(3, 1, (N, N))
    np.fill_diagonal(value, 0.0)
    return value


def test_complete_equal_flows_are_fully_polycentric_and_a_star_is_below_a_ring() -> None:
    found = flow_roles({"people": layer(np.ones((N, N)))}, PEOPLE, groups=GROUPS, seed=1, permutations=9)
    assert found.polycentricity.to_frame()["green"].tolist() == [1.0, 1.0, 1.0]
    green = [diagnose(toy(N), {}, seed=1)["polycentricity"].to_frame()["green"].iloc[0] for toy in (star, ring)]
    assert green[0] < green[1] == pytest.approx(2 / (N - 1))


def test_columns_are_those_described_and_strengths_are_sums() -> None:
    value = drawn()
    found = flow_roles({"people": layer(value)}, PEOPLE, groups=GROUPS, seed=1, permutations=9)
    for part in found:
        assert list(part.to_frame().columns) == [c.name for c in part.describe()]
        assert all(c.en and c.zh for c in part.describe())
    roles = found.roles.to_frame().set_index("place_id")
    np.testing.assert_allclose(roles["outflow"], value.sum(axis=1))
    np.testing.assert_allclose(roles["inflow"], value.sum(axis=0))
    assert roles["share"].sum() == pytest.approx(100.0)
    network = found.networks.to_frame().iloc[0]
    assert network["total"] == pytest.approx(value.sum())
    across = np.array(GROUPS)[:, None] != np.array(GROUPS)[None, :]
    assert network["across"] == pytest.approx(100 * value[across].sum() / value.sum())


def test_roles_are_read_from_both_directions_as_networkx_does_for_directed_flows() -> None:
    """Burt's constraint on a directed graph uses the sum of both directions: the same numbers."""
    value = drawn(3)
    roles = flow_roles({"people": layer(value)}, PEOPLE, groups=GROUPS, seed=1, permutations=9).roles.to_frame()
    theirs = nx.constraint(nx.from_numpy_array(value, create_using=nx.DiGraph), weight="weight")
    np.testing.assert_allclose(roles["constraint"], [theirs[i] for i in range(N)], rtol=1e-10)


def test_what_stays_inside_is_no_flow_between_places() -> None:
    value = drawn(4)
    with_inside = value + np.diag(np.full(N, 1e4))
    a, b = (flow_roles({"x": layer(v)}, PEOPLE, groups=GROUPS, seed=1, permutations=9) for v in (value, with_inside))
    pd.testing.assert_frame_equal(a.roles.to_frame(), b.roles.to_frame())
    assert np.isnan(a.networks.to_frame()["staying"].iloc[0])
    assert b.networks.to_frame()["staying"].iloc[0] == pytest.approx(100 * N * 1e4 / with_inside.sum())


def test_modelled_flows_are_called_so_in_columns_rows_and_words() -> None:
    found = flow_roles({"goods": layer(drawn(), observed=False)}, PEOPLE, groups=GROUPS, seed=1, permutations=9)
    for part, name in zip(found, ("inflow", "total", "sd_flow"), strict=True):
        assert next(c for c in part.describe() if c.name == name).modelled
        assert any("goods is modelled" in text for text in part.warnings)
        assert not part.to_frame()["observed"].any()
    measured = flow_roles({"goods": layer(drawn())}, PEOPLE, groups=GROUPS, seed=1, permutations=9)
    assert not next(c for c in measured.roles.describe() if c.name == "inflow").modelled


def test_missing_pairs_count_as_no_flow_and_are_counted() -> None:
    value = drawn()
    value[0, 1] = np.nan
    found = flow_roles({"people": layer(value)}, PEOPLE, groups=GROUPS, seed=1, permutations=9)
    assert f"people: 1 of {N * (N - 1)} pairs are not in the table" in " ".join(found.networks.warnings)
    assert found.networks.to_frame()["pairs"].iloc[0] == N * (N - 1) - 1


def test_without_groups_there_is_no_participation() -> None:
    for groups in (None, pd.Series("A", index=IDS)):
        found = flow_roles({"people": layer(drawn())}, PEOPLE, groups=groups, seed=1, permutations=9)
        assert found.roles.to_frame()[["participation", "participation_expected", "within_score"]].isna().all(axis=None)
        assert any("no participation" in text for text in found.roles.warnings)


def test_relabelled_places_keep_their_roles_and_units_do_not_matter() -> None:
    value, order = drawn(6), np.random.default_rng(0).permutation(N)
    frame = layer(value)
    moved = frame.iloc[order, order] * 100.0
    moved.attrs = frame.attrs
    a, b = (flow_roles({"x": f}, PEOPLE, groups=GROUPS, seed=1, permutations=9) for f in (frame, moved))
    pd.testing.assert_frame_equal(a.roles.to_frame().drop(columns=["inflow", "outflow"]),
                                  b.roles.to_frame().drop(columns=["inflow", "outflow"]))  # fmt: skip
    pd.testing.assert_frame_equal(a.polycentricity.to_frame(), b.polycentricity.to_frame())


def test_wrong_input_is_refused_all_at_once() -> None:
    value = drawn()
    value[2, 3] = -1.0
    with pytest.raises(InputError, match=r"(?s)c3 - c4.*population.*c1"):
        flow_roles({"people": layer(value)}, PEOPLE.mask(PEOPLE.index == "c1"), groups=GROUPS, seed=1)
    with pytest.raises(AlignmentError, match="c8"):
        flow_roles({"people": layer(drawn())}, PEOPLE.iloc[:-1], groups=GROUPS, seed=1)
    with pytest.raises(MissingDataError, match="c2"):
        flow_roles({"people": layer(drawn())}, PEOPLE, groups=GROUPS.mask(GROUPS.index == "c2"), seed=1)
    with pytest.raises(InputError, match="no layer"):
        flow_roles({}, PEOPLE, groups=GROUPS, seed=1)
