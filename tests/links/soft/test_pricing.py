"""The table of borders over layers and distances."""

import numpy as np
import pandas as pd
import pytest

from megaregion.links.soft.barriers import BorderOptions, border_effect, dyads
from megaregion.links.soft.pricing import border

SPECS = {"main", "placebo", "placebo:longitude", "quadratic", "without:alone"}


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(1)
    n = 21
    ids = [f"p{i:02d}" for i in range(n)]
    lon, lat = rng.uniform(115, 120, n), rng.uniform(29, 34, n)
    km = np.hypot((lon[:, None] - lon) * 95, (lat[:, None] - lat) * 111) + 10
    group = ["alone", *[f"g{i % 2}" for i in range(n - 1)]]
    same = np.array(group)[:, None] == np.array(group)
    flow = rng.poisson(np.exp(12 - 1.4 * np.log(km) + 0.7 * same)).astype(float)
    places = pd.DataFrame({"group": group, "lon": lon, "lat": lat}, index=ids)
    frame = {name: pd.DataFrame(v, ids, ids) for name, v in (("flow", flow), ("km", km), ("min", km * 0.8 + 30))}
    frame["flow"].attrs.update(observed=True, unit="person")
    return frame, places


def run(world, layer="commuting", **options):
    frame, places = world
    distances = {"great_circle": frame["km"], "rail": frame["min"]}
    return border({layer: frame["flow"]}, distances, places, options=BorderOptions(**options))


def test_every_specification_is_there(world):
    result = run(world)
    table = result.to_frame()
    assert list(table.columns) == [c.name for c in result.describe()]
    pairs = {"pair:alone-g0", "pair:alone-g1", "pair:g0-g1"}
    assert set(table.loc[table["distance"] == "great_circle", "spec"]) == SPECS | pairs
    assert set(table.loc[table["distance"] == "rail", "spec"]) == {"main", "placebo", "quadratic"}
    assert not table.duplicated(["layer", "distance", "spec", "group_a", "group_b"]).any()
    assert table["observed"].all()
    assert result.facts()["not_identified"] == ["alone|g0", "alone|g1"]
    assert any("borders of alone are not identified" in w for w in result.warnings)
    assert any("few clusters" in w for w in result.warnings)


def test_main_row_is_the_estimate(world):
    frame, places = world
    row = run(world).to_frame().query("spec == 'main' and distance == 'rail'").iloc[0]
    want = border_effect(dyads(frame["flow"], frame["min"], places["group"], measure="time"))
    assert row["coef"] == want.coef and row["equivalent_min"] == want.equivalent_min
    assert row["flow_factor"] == pytest.approx(np.exp(row["coef"]))


def test_large_regions_get_the_short_list_on_times(world):
    table = run(world, full_rows=0, max_pairs=0).to_frame()
    assert set(table.loc[table["distance"] == "rail", "spec"]) == {"main", "placebo"}
    assert not table["spec"].str.startswith("pair:").any()


def test_censoring_is_seen_in_the_data(world):
    frame, places = world
    cut = frame["flow"].mask(frame["flow"] < np.quantile(frame["flow"], 0.4))
    result = border({"commuting": cut}, {"great_circle": frame["km"]}, places, options=BorderOptions())
    low = int(np.nanmin(cut.to_numpy()))
    assert any(f"below {low} is ever reported" in w for w in result.warnings)
    assert "censored" in result.to_frame()["note_en"].iloc[0] and "删失" in result.to_frame()["note_zh"].iloc[0]
    assert not any("censored" in w for w in run(world).warnings)


def test_a_border_of_modelled_flows_is_called_so(world):
    frame, places = world
    made = frame["flow"].copy()
    made.attrs.update(observed=False, unit="person")
    result = border({"commuting": made}, {"great_circle": frame["km"]}, places, options=BorderOptions())
    assert any("commuting is modelled, not observed" in w for w in result.warnings)
    row = result.to_frame().iloc[0]
    assert "modelled" in row["note_en"] and "模型值" in row["note_zh"] and not row["observed"]
    assert not any("modelled" in w for w in run(world).warnings)


def test_a_placebo_that_is_not_nothing_is_said(world):
    frame, places = world
    north = (places["lat"] > places.groupby("group")["lat"].transform("median")).to_numpy()
    cut = frame["flow"] * np.where(north[:, None] == north, 20.0, 1.0)  # a line inside the groups that holds flows back
    result = border({"commuting": cut}, {"great_circle": frame["km"]}, places, options=BorderOptions())
    said = [(en, zh) for en, zh in result.notes if "a line that is no border" in en]
    row = result.to_frame().query("spec == 'placebo' and group_a == ''").iloc[0]
    assert row["ci_low"] > 0 and f"{row['coef']:.2f}" in said[0][0] and "虚设线" in said[0][1]
    usual = run(world)
    lines = usual.to_frame().query("spec in ['placebo', 'placebo:longitude'] and group_a == ''")
    told = sum("a line that is no border" in text for text in usual.warnings)
    assert told == ((lines["ci_low"] > 0) | (lines["ci_high"] < 0)).sum()


def test_layers_that_say_nothing(world):
    frame, places = world
    empty = border({}, {"great_circle": frame["km"]}, places, options=BorderOptions())
    assert empty.to_frame().empty and list(empty.to_frame().columns) == [c.name for c in empty.describe()]
    zero = frame["flow"] * 0
    result = border({"trains": zero, "goods": zero}, {"great_circle": frame["km"]}, places, options=BorderOptions())
    assert result.to_frame().empty and any("no flow between two places" in w for w in result.warnings)


def test_progress_ends_at_the_total(world):
    frame, places = world
    seen = []
    border({"trains": frame["flow"]}, {"rail": frame["min"]}, places, options=BorderOptions(),
           progress=lambda done, total, text: seen.append((done, total)))  # fmt: skip
    assert seen == [(0, 1), (1, 1)]
