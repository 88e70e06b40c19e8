"""Looked-up figures of innovation on the Yangtze: printed shares, sums and growth come out again.

Printed: R&D over GDP 3.78 % in Suzhou (2020), 2.35 % in Ningbo (2017), 2.98, 3.01 and 3.06 % in Hangzhou
(2014 to 2016); 8,024 contracts of 42.84 billion absorbed by the 16 cities of Anhui (January to June 2022);
contracts of China 32 % higher in 2021 than in 2020, 20.6 % of those of 2019 in the four provinces. Not
reproduced: 2.96 and 3.15 % in Hangzhou (2013, 2017) and 2.51 % in Ma'anshan (2017), whose GDP has another
edition in the workspace.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from megaregion.data.workspace import Workspace
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_yields import yields

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "howto" / "yangtze_innovation"
SCALE = {"亿元": 100.0, "万元": 0.01, "千元": 0.001, "件": 1.0, "项": 1.0}  # to million CNY or to pieces


@pytest.fixture(scope="module")
def facts() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "indicators.csv", dtype={"place_id": str})


def test_rd_over_gdp_is_the_share_that_is_printed(facts: pd.DataFrame) -> None:
    cluster = Workspace(ROOT / "examples" / "yangtze-delta").cluster()
    rows = pd.concat([cluster.indicators, facts[[c for c in facts.columns if not c.startswith("x_")]]])
    asked = InnovationOptions(yields=(("rd_expenditure", "gdp"),), lags=(0,))
    got = yields(cluster.replace(indicators=rows), asked)
    assert got is not None
    share = 100 * got.to_frame().set_index(["place_id", "year"])["value"]
    printed = {("320500", 2020): 3.78, ("330200", 2017): 2.35, ("330100", 2014): 2.98, ("330100", 2015): 3.01,
               ("330100", 2016): 3.06}  # fmt: skip
    for key, want in printed.items():
        assert share[key] == pytest.approx(want, abs=0.005 + 1e-9), key
        note = facts.set_index(["place_id", "year", "indicator"])["x_note"][(*key, "rd_expenditure")]
        assert f"{want:.2f}% of GDP" in note


def test_the_cities_of_anhui_sum_to_the_printed_whole(facts: pd.DataFrame) -> None:
    """Sixteen values are rounded to 10 million: their sum to half of that sixteen times."""
    half = facts.groupby("indicator")["value"].agg(["sum", "count"])
    assert half.loc["contracts_absorbed_h1"].tolist() == [8024, 16]
    assert half.loc["technology_absorbed_h1", "sum"] == pytest.approx(42840, abs=16 * 5)


def test_totals_grow_as_printed() -> None:
    totals = pd.read_csv(FOLDER / "totals.csv").set_index(["area", "year", "indicator"])["value"]
    contracts = totals.xs("technology_contracts", level="indicator")
    assert contracts["CN", 2021] / contracts["CN", 2020] == pytest.approx(1.32, abs=0.005)
    assert contracts["Yangtze River Delta", 2019] / contracts["CN", 2019] == pytest.approx(0.206, abs=0.0005)
    assert contracts["CN", 2019] > totals["CN", 2019, "rd_expenditure"]  # the minister on 19 May 2020
    made, bought, sold = (totals["CN", 2020, f"chips_{name}"] for name in ("made", "imported", "exported"))
    assert bought > sold and made < bought


def test_every_figure_is_the_printed_one_and_names_its_text(facts: pd.DataFrame) -> None:
    for row in facts.itertuples():
        match = re.fullmatch(r"([0-9.]+)(亿元|万元|千元|件|项)", row.x_printed)
        assert match is not None, row
        np.testing.assert_allclose(row.value, float(match[1]) * SCALE[match[2]], rtol=1e-9)
    assert facts[["x_url", "x_read"]].notna().all(axis=None)
    assert set(facts["x_read"]) == {"primary", "reprint", "report"}
    assert not facts.duplicated(["place_id", "year", "indicator"]).any()


def test_choke_points_have_their_text_and_their_basis() -> None:
    """32 of 35; what follows from nobody making it is all imported and has no holder."""
    points = pd.read_csv(FOLDER / "choke_points.csv")
    assert len(points) == 32 and points["choke_point"].is_unique and points["name_zh"].is_unique
    assert points[["x_url", "x_read", "x_division"]].notna().all(axis=None)
    assert set(points["activities"]) == {"manufacturing", "information", "science"}
    assert (points["import_dependence"].notna() == points["x_basis"].notna()).all()
    follows = points[points["x_basis"] == "follows"]
    assert (follows["import_dependence"] == 1).all() and (follows["domestic_holders"] == 0).all()
    pump = points.set_index("choke_point").loc["piston-pumps"]
    assert pump["import_dependence"] == 0.9 and pump["x_basis"] == "at least"  # "more than 90 % above 35 MPa"
