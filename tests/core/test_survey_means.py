"""Design errors against R's survey package, closed forms and cluster-robust regression; covariances of domains."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from megaregion.core.survey_means import design_covariance, survey_means
from megaregion.errors import InputError

# 200 California schools of 2000 (`apistrat` of R's survey package, Lumley 2004; figures of the state's department of
# education): type (elementary, middle, high), index of performance, award (Y/N)
SCHOOLS = """
E840N E516Y E531N E501Y E720Y E805Y E778N E731N E592Y E669N M496N M505N H467N M409N H522N E497Y E638Y M609Y M867Y E534Y
E705Y M685Y E761N H455Y H509N E771N H681N H666N E751Y M647N M745Y E474N E832N E559Y H582N E765Y M694Y M676Y H641N E744N
M870Y H510N E865Y H527N E782Y E745Y H681N M500N M679N E892Y M552Y E619Y E616Y E703Y E509Y H724Y M559N M650Y E806N E759Y
E740Y E642Y E565N M565N H525Y E726Y E863Y E765Y E893Y M443N M774N E398N E539Y M668Y E776Y E580N M581N E503Y E724Y E476Y
H712N E529Y E870Y E746N E836Y H680Y E756N M878Y H784Y E423N E588Y E606Y E632Y M753Y E651Y H743N E553Y H593N M528N E676N
E861Y M678N H518N M535Y E588Y E597Y H770N E884N M667Y E819Y H721N M534N H713Y E542N M648N H816Y E509N E493Y M551Y M485Y
E893Y H641N E709Y E596N M765Y E609Y E671Y E720Y E669Y H667N M743N M403N H610N E650N E836Y M695N E542Y H618N E578Y M551Y
E814N M467N E777Y H717N H610Y E719Y H868Y H678N E617Y H418Y M669N E856Y E723Y M773Y E609Y M780Y M693N M635Y H712N E676Y
M660N E668Y H784Y H472N E421Y H764Y H646N H585N H556N M733N M657Y E667Y M606Y H600N M522N H599N H706N H409N E631N H635Y
M601Y H477N E845Y M819N E631N E696Y E714Y E788Y E667Y H710N E568Y H453N H546Y E847Y E679Y E477N H646Y M627N E521Y H624Y
""".split()  # noqa: SIM905 - a table, kept as a block
POPULATION, SAMPLE = {"E": 4421, "M": 1018, "H": 755}, {"E": 100, "M": 50, "H": 50}


def schools() -> tuple[np.ndarray, ...]:
    """Value, weight, stratum, award, share of the stratum that was drawn."""
    kinds = list(POPULATION)
    value = np.array([float(one[1:4]) for one in SCHOOLS])
    weight = np.array([POPULATION[one[0]] / SAMPLE[one[0]] for one in SCHOOLS])
    stratum = np.array([kinds.index(one[0]) for one in SCHOOLS])
    award = np.array([int(one[4] == "Y") for one in SCHOOLS])
    return value, weight, stratum, award, np.array([SAMPLE[k] / POPULATION[k] for k in kinds])


@pytest.mark.parametrize(("corrected", "error"), [(True, 9.408940879434), (False, 9.53613229692516)])
def test_stratified_mean_of_the_survey_package(corrected: bool, error: float) -> None:
    """svymean(~api00): 662.2874, SE 9.4089 with and 9.5361 without the finite-population correction (R, all digits)."""
    value, weight, stratum, _, sampled = schools()
    own = np.arange(len(value))
    found = survey_means(value, weight, np.zeros(len(value), np.int64), own, places=1)
    cov = design_covariance(found.scores, stratum, own, sampled=sampled if corrected else None)
    assert found.mean[0] == pytest.approx(662.287363577655, rel=1e-9)  # R keeps the weights in single precision
    assert np.sqrt(cov[0, 0]) == pytest.approx(error, rel=1e-7)


def test_domains_across_strata_of_the_survey_package() -> None:
    """svyby(~api00, ~awards): the domains are no strata. R: 633.7349 (15.33477) and 678.4224 (11.85663)."""
    value, weight, stratum, award, sampled = schools()
    own = np.arange(len(value))
    found = survey_means(value, weight, award, own, places=2)
    cov = design_covariance(found.scores, stratum, own, sampled=sampled)
    np.testing.assert_allclose(found.mean, [633.734912337968, 678.422405668124], rtol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(cov)), [15.3347711842501, 11.8566310509714], rtol=1e-7)
    assert found.answers.tolist() == [87, 113] == [sum(s[4] == a for s in SCHOOLS) for a in "NY"]


def test_closed_form_of_stratified_sampling() -> None:
    """Var = Σ W² (1 - f) s² / n (Cochran 1977, eq. 5.9)."""
    value, weight, stratum, _, sampled = schools()
    total = sum(POPULATION.values())
    want = 0.0
    for k, kind in enumerate(POPULATION):
        mine = value[stratum == k]
        want += (POPULATION[kind] / total) ** 2 * (1 - sampled[k]) * mine.var(ddof=1) / len(mine)
    own = np.arange(len(value))
    found = survey_means(value, weight, np.zeros(len(value), np.int64), own, places=1)
    assert design_covariance(found.scores, stratum, own, sampled=sampled)[0, 0] == pytest.approx(want, rel=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pyfixest with the next pandas
def test_clusters_against_a_cluster_robust_regression() -> None:
    """One stratum: the weighted mean is a regression on a constant with G / (G - 1) (pyfixest, CRV1)."""
    import pyfixest as pf

    draw = np.random.default_rng(3)
    cluster = draw.integers(0, 12, 300)
    frame = pd.DataFrame({"y": draw.normal(cluster, 2.0), "w": draw.uniform(0.5, 4.0, 300), "g": cluster})
    fit = pf.feols("y ~ 1", frame, weights="w", vcov={"CRV1": "g"})
    found = survey_means(frame["y"].to_numpy(), frame["w"].to_numpy(), np.zeros(300, np.int64), cluster, places=1)
    cov = design_covariance(found.scores, np.zeros(300, np.int64), cluster)
    assert found.mean[0] == pytest.approx(float(fit.coef().iloc[0]), rel=1e-12)
    assert np.sqrt(cov[0, 0]) == pytest.approx(float(fit.se().iloc[0]), rel=1e-9)


def test_clusters_shared_by_two_places_make_them_depend() -> None:
    """By hand: clusters with answers (1, 2), (3, 4): both means move together, covariance = variance."""
    value = np.array([1.0, 2.0, 3.0, 4.0])
    found = survey_means(value, np.ones(4), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), places=2)
    cov = design_covariance(found.scores, np.zeros(4, np.int64), np.array([0, 0, 1, 1]))
    # scores -1/2 and 1/2 a cluster and place: 2 / 1 * (1/4 + 1/4) = 1
    np.testing.assert_allclose(cov, [[1.0, 1.0], [1.0, 1.0]])
    assert found.clusters.tolist() == [2, 2] and found.effective.tolist() == [2.0, 2.0]


def test_intervals_cover_at_their_rate() -> None:
    """1,500 samples of 12 clusters: 95 % by t of 11 degrees. Within 3 sqrt(.95 .05 / 1500) = .017 of it."""
    from scipy.stats import t

    draw, hits, half = np.random.default_rng(11), 0, float(t.ppf(0.975, 11))
    cluster, one = np.repeat(np.arange(12), 5), np.zeros(60, np.int64)
    for _ in range(1500):
        value = 3 + np.repeat(draw.normal(0, 0.3, 12), 5) + draw.normal(0, 0.2, 60)
        found = survey_means(value, np.ones(60), one, cluster, places=1)
        error = np.sqrt(design_covariance(found.scores, one, cluster)[0, 0])
        hits += bool(abs(found.mean[0] - 3.0) <= half * error)
    assert abs(hits / 1500 - 0.95) <= 0.017


def test_what_was_not_answered_moves_nothing() -> None:
    """Leaving rows out is the same as no answer, as long as their clusters stay."""
    value, weight, _, award, _ = schools()
    gone = value.copy()
    gone[::7] = np.nan
    own = np.arange(len(value))
    found = survey_means(gone, weight, award, own, places=3)
    assert np.isnan(found.mean[2]) and found.answers[2] == 0 and (found.scores[::7] == 0).all()
    scaled = survey_means(gone, 17 * weight, award, own, places=3)
    np.testing.assert_allclose(found.scores, scaled.scores)  # the unit of the weights means nothing


def test_designs_without_an_error() -> None:
    with pytest.raises(InputError, match="strata with one cluster: 1"):
        design_covariance(np.zeros((3, 1)), np.array([0, 0, 1]), np.array([0, 1, 2]))
    with pytest.raises(InputError, match="lies in two strata"):
        design_covariance(np.zeros((2, 1)), np.array([0, 1]), np.array([0, 0]))
