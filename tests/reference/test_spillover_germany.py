"""Growth of German counties on growth of their nearest metropolis (INKAR, BBSR), against pyfixest.

Asserted are agreement with the independent program and what does not depend on a unit; the estimates are printed
(pytest -s).
"""

import numpy as np
import pandas as pd
import pyfixest
import pytest

from megaregion.links.soft.spillover import rings

CORES = ["02000", "05111", "05315", "06412", "08111", "09162", "11000"]
EDGES = (0.0, 40.0, 80.0, 160.0)
YEARS = [2000, 2003, 2006, 2009, 2012, 2015, 2018, 2021]


@pytest.fixture(scope="module")
def counties(shared_data):
    """Growth of GDP per head in percent a year (rows counties), and kilometres between counties."""
    panel = pd.read_csv(shared_data / "germany/inkar_counties_readable.csv.gz", dtype={"county_code": str})
    level = panel.pivot(index="county_code", columns="year", values="gdp_per_capita")[YEARS]
    growth = 100 * np.log(level).diff(axis=1).iloc[:, 1:] / 3.0
    km = pd.read_csv(shared_data / "germany/distance_matrix.csv", index_col=0, encoding="utf-8-sig") / 1000.0
    km.index = km.columns = [f"{int(code):05d}" for code in km.index]
    known = growth.index.intersection(km.index)
    return growth.loc[known], km.loc[known, known]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pyfixest calls pandas so
def test_rings_of_metropolises_agree_with_pyfixest(counties):
    growth, km = counties
    small = growth.drop(index=CORES).dropna(how="all")
    far = km.loc[small.index, CORES]
    got = rings(small, growth.loc[CORES], far, edges=EDGES)
    print(got.to_frame().round(3).to_string())
    near = far.to_numpy().argmin(axis=1)
    ring = np.searchsorted(EDGES, far.to_numpy().min(axis=1), side="right") - 1
    i, t = np.nonzero(small.notna().to_numpy())
    core = growth.loc[CORES].to_numpy()[near[i], t]
    member = (ring[i][:, None] == np.arange(4)).astype(float)
    x = np.hstack([member * core[:, None], member, (t[:, None] == np.arange(1, 7)).astype(float)])
    names = [f"x{k}" for k in range(x.shape[1])]
    data = pd.DataFrame(x, columns=names).assign(y=small.to_numpy()[i, t], core=near[i])
    fit = pyfixest.feols(f"y ~ 0 + {' + '.join(names)}", data=data, vcov={"CRV1": "core"}).tidy()
    table = got.to_frame()
    np.testing.assert_allclose(table["theta"], fit["Estimate"].iloc[:4], rtol=1e-8)
    np.testing.assert_allclose(table["se"], fit["Std. Error"].iloc[:4], rtol=1e-6)
    np.testing.assert_allclose(table["ci_low"], fit["2.5%"].iloc[:4], rtol=1e-5)  # t with six degrees
    assert got.n == len(i) and got.clusters == 7


def test_percent_or_shares_give_the_same(counties):
    growth, km = counties
    small = growth.drop(index=CORES).dropna(how="all")
    far = km.loc[small.index, CORES]
    one, two = (rings(small * f, growth.loc[CORES] * f, far, edges=EDGES).to_frame() for f in (1.0, 0.01))
    np.testing.assert_allclose(one.select_dtypes("number"), two.select_dtypes("number"), rtol=1e-7)
