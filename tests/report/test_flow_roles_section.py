"""Tail of the sizes and roles in the flows, as a reader sees them."""

import re
from pathlib import Path

import pytest

from megaregion.data.stored import stored
from megaregion.data.toy import ring, twins
from megaregion.data.workspace import Workspace
from megaregion.nodes.diagnose import diagnose
from megaregion.plot.fonts import style
from megaregion.report.blocks import Drawing, Grid, Material, Paragraph
from megaregion.report.geopackage import write_geopackage
from megaregion.report.sections import flow_roles
from megaregion.report.text import MODELLED, plain


def material(cluster, seed: int = 1) -> Material:
    return Material(
        {"nodes": {k: stored(v) for k, v in diagnose(cluster, {}, seed=seed).items()}}, cluster, None, {}, ()
    )


@pytest.fixture(scope="module")
def yangtze(examples: Path) -> Material:
    return material(Workspace(examples / "yangtze-delta").cluster())


def test_sentences_name_the_layer_its_core_and_its_numbers(yangtze: Material) -> None:
    words = [b.text for b in flow_roles.blocks(yangtze) if isinstance(b, Paragraph)]
    flows = next(t for t in words if "Direct trains" in t.en)
    assert "40 places, 1,032 directed pairs" in flows.en
    assert "more concentrated" in flows.en
    core = yangtze.table("nodes", "flow_roles").frame
    for place in core.loc[core["core"], "place_id"]:
        assert yangtze.place(place).en in flows.en
        assert yangtze.place(place).zh in flows.zh
    for text in words:
        assert not re.search("[一-鿿]", plain(text.en))
        assert re.search("[一-鿿]", plain(text.zh))
    (found,) = flow_roles.finding(yangtze)
    assert found.en.startswith("Direct trains: the flow is more concentrated")


def test_what_a_model_makes_is_marked(yangtze: Material) -> None:
    tail = next(b for b in flow_roles.blocks(yangtze) if isinstance(b, Paragraph))
    assert MODELLED.en in tail.text.en
    grid = next(b for b in flow_roles.blocks(yangtze) if isinstance(b, Grid) and "Role of" in b.caption.en)
    marked = {plain(h.label.en): h.modelled for h in grid.heads}
    assert marked["Participation expected from strengths alone"]
    assert not marked["Participation: spread over groups"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_can_be_drawn(yangtze: Material, language: str) -> None:
    drawings = {b.name: b for b in flow_roles.blocks(yangtze) if isinstance(b, Drawing)}
    assert set(drawings) == {"size-tail", "flow-size-trains"}
    with style():
        for drawing in drawings.values():
            (ax,) = drawing.draw(language).axes
            assert ax.get_xlabel()
            assert ax.get_legend() is not None


def test_roles_open_in_qgis(yangtze: Material, examples: Path, tmp_path: Path) -> None:
    import geopandas as gpd

    geometry = Workspace(examples / "yangtze-delta").geometry()
    write_geopackage(tmp_path / "x.gpkg", yangtze.results, yangtze.cluster, geometry)
    frame = gpd.read_file(tmp_path / "x.gpkg", layer="flow_roles_trains").set_index("place_id")
    roles = yangtze.table("nodes", "flow_roles").frame.set_index("place_id")
    assert frame.geometry.notna().all() and len(frame) == 41
    assert frame["participation"].to_dict() == pytest.approx(roles["participation"].to_dict(), nan_ok=True)
    assert frame["observed"].astype(bool).all()


def test_two_places_have_flows_and_neither_tail_nor_test() -> None:
    blocks = flow_roles.blocks(material(twins()))
    assert not any(isinstance(b, Drawing) and b.name == "size-tail" for b in blocks)
    assert any(isinstance(b, Paragraph) and "2 places" in b.text.en for b in blocks)
    assert flow_roles.finding(material(twins())) == []


def test_a_cluster_without_flows_has_no_such_part(yangtze: Material) -> None:
    without = Material({"nodes": {}}, yangtze.cluster, None, {}, ())
    assert flow_roles.blocks(without) == []
    assert flow_roles.finding(without) == []


def test_a_core_that_hardly_fits_is_not_called_one() -> None:
    """Trains run in a ring of thirty: every pair of neighbours alike, so no core can fit well."""
    (text,) = (
        b.text for b in flow_roles.blocks(material(ring(30))) if isinstance(b, Paragraph) and "Direct" in b.text.en
    )
    assert "hardly one core" in text.en
    assert "没有明显的核心" in text.zh
