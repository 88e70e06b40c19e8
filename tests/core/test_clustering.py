"""k-means, Gaussian mixtures, silhouette."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from megaregion.core import clustering
from megaregion.core.agreement_kappa import adjusted_rand
from megaregion.core.clustering import gaussian_mixture, kmeans, silhouette
from megaregion.errors import InputError


def _blobs(seed: int = 1, far: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.repeat([0, 1, 2], [40, 30, 20])
    return rng.normal(size=(90, 2)) + far * np.array([[0, 0], [1, 0], [0, 1]])[truth], truth


def test_separated_groups_are_found_largest_first() -> None:
    x, truth = _blobs()
    for groups in (kmeans(x, 3, seed=1), gaussian_mixture(x, 3, "full", seed=1)):
        np.testing.assert_array_equal(groups.labels, truth)
        np.testing.assert_allclose(groups.centres[0], x[:40].mean(axis=0), atol=0.05)


def test_least_squares_on_a_line_by_enumeration() -> None:
    """In one dimension the best groups are intervals: all cuts of 12 numbers into 3."""
    x = np.sort(np.random.default_rng(2).normal(size=12))
    best = min(
        sum(float(((part - part.mean()) ** 2).sum()) for part in np.split(x, [i, j]))
        for i in range(1, 11) for j in range(i + 1, 12)
    )  # fmt: skip
    assert kmeans(x[:, None], 3, seed=1).within == pytest.approx(best)


def test_silhouette_by_definition_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    x, _ = _blobs(3, far=2.0)
    labels = np.where(np.arange(90) == 7, 3, kmeans(x, 3, seed=1).labels)  # one row alone
    widths = []
    for i in range(90):
        mean = [np.linalg.norm(x[(labels == k) & (np.arange(90) != i)] - x[i], axis=1) for k in range(4)]
        a = mean[labels[i]]
        b = min(mean[k].mean() for k in range(4) if k != labels[i])
        widths.append((b - a.mean()) / max(a.mean(), b) if len(a) else 0.0)
    assert silhouette(x, labels) == pytest.approx(np.mean(widths))
    monkeypatch.setattr(clustering, "_BLOCK", 7)
    assert silhouette(x, labels) == pytest.approx(np.mean(widths))
    assert np.isnan(silhouette(x, np.zeros(90, dtype=int)))


@pytest.mark.parametrize(("shape", "count"), [("full", 5), ("diag", 4)])
def test_bic_of_one_component_is_in_closed_form(shape: str, count: int) -> None:
    x, _ = _blobs()
    cov = np.cov(x.T, bias=True)
    cov = cov if shape == "full" else np.diag(np.diag(cov))
    want = -2 * multivariate_normal(x.mean(axis=0), cov).logpdf(x).sum() + count * np.log(90)
    assert gaussian_mixture(x, 1, shape, seed=1).bic == pytest.approx(want)  # type: ignore[arg-type]


def test_bic_finds_the_number_of_components() -> None:
    x, _ = _blobs(4, far=6.0)
    bic = [gaussian_mixture(x, k, "diag", seed=1).bic for k in range(1, 6)]
    assert int(np.argmin(bic)) + 1 == 3


def test_likelihood_never_falls_below_the_start() -> None:
    """A mixture of two is no worse than one component: EM climbs, and one is inside two."""
    x = np.random.default_rng(5).normal(size=(60, 3))
    penalty = np.log(60)
    one, two = (gaussian_mixture(x, k, "full", seed=1, restarts=10).bic for k in (1, 2))
    assert two - 19 * penalty <= one - 9 * penalty + 1e-6


def test_shift_and_scale_change_no_label() -> None:
    x, _ = _blobs(6, far=3.0)
    for fit in (lambda v: kmeans(v, 3, seed=1), lambda v: gaussian_mixture(v, 3, "full", seed=1)):
        assert adjusted_rand(fit(x).labels, fit(4 * x - 7).labels) == 1.0


def test_equal_rows() -> None:
    x = np.ones((6, 2))
    assert kmeans(x, 1, seed=1).within == 0.0
    assert sorted(np.bincount(kmeans(x, 2, seed=1).labels)) == [1, 5]
    assert np.isfinite(gaussian_mixture(x, 1, "full", seed=1).bic)


@pytest.mark.parametrize("k", [0, 4])
def test_bad_number_of_groups(k: int) -> None:
    with pytest.raises(InputError):
        kmeans(np.zeros((3, 2)), k, seed=1)
    with pytest.raises(InputError):
        gaussian_mixture(np.full((5, 1), np.nan), 1, "full", seed=1)
