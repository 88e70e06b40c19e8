"""K against brute force with exact overlaps, closed forms, and its mean over patterns without interaction."""

import numpy as np
import pytest
from numpy.typing import NDArray

from megaregion.core.point_pattern import close_pairs, inhomogeneous_k, l_of_k, set_covariance
from megaregion.errors import InputError

Floats = NDArray[np.float64]


def ell() -> NDArray[np.bool_]:
    """An L of cells: not symmetric, so that a lag in the wrong direction would show."""
    mask = np.zeros((9, 8), bool)
    mask[1:8, 1:3] = mask[1:3, 1:7] = True
    return mask


def test_rectangle_has_its_closed_form() -> None:
    """|W and W + h| = (a - |h1|)+ (b - |h2|)+, which is linear between cells: no error of the grid."""
    window = set_covariance(np.ones((40, 60), bool), cell=0.5)
    dx, dy = np.array([0, 1.3, -3.2, 29, 31, -29.9, 5]), np.array([0, -2.2, -4.4, 19.0, 0, 19.9, -21])
    np.testing.assert_allclose(window.at(dx, dy), np.maximum(30 - abs(dx), 0) * np.maximum(20 - abs(dy), 0), atol=1e-9)


def test_odd_window_against_polygons() -> None:
    shapely = pytest.importorskip("shapely")
    rows, cols = np.nonzero(ell())
    shape = shapely.union_all(shapely.box(cols, rows, cols + 1, rows + 1))
    window = set_covariance(ell(), cell=1.0)
    for dx in range(-7, 8):
        for dy in range(-8, 9):
            moved = shapely.transform(shape, lambda p, h=(dx, dy): p + h)
            want = shapely.area(shapely.intersection(shape, moved))
            assert window.at(np.array([float(dx)]), np.array([float(dy)]))[0] == pytest.approx(want, abs=1e-9)


def brute(xy: Floats, intensity: Floats, r: Floats, shape: object) -> Floats:
    import shapely

    out = np.zeros(len(r))
    for i in range(len(xy)):
        for j in range(len(xy)):
            if i != j:
                h = xy[i] - xy[j]
                shared = shapely.intersection(shape, shapely.transform(shape, lambda p, h=h: p + h)).area
                out += (np.hypot(*h) <= r) / (intensity[i] * intensity[j] * shared)
    return out


def test_k_against_brute_force_with_exact_overlaps() -> None:
    shapely = pytest.importorskip("shapely")
    rng = np.random.default_rng(4)
    shape = shapely.box(0, 0, 6, 4)
    xy, intensity, r = rng.uniform((0, 0), (6, 4), (25, 2)), rng.uniform(0.5, 3, 25), np.linspace(0.1, 1.5, 15)
    window = set_covariance(np.ones((40, 60), bool), cell=0.1)
    got = inhomogeneous_k(xy, intensity, r, window=window)
    np.testing.assert_allclose(got, brute(xy, intensity, r, shape), rtol=1e-12)
    order = rng.permutation(25)
    np.testing.assert_allclose(inhomogeneous_k(xy[order], intensity[order], r, window=window), got, rtol=1e-12)
    big = set_covariance(np.ones((40, 60), bool), cell=100.0)  # metres for km
    np.testing.assert_allclose(inhomogeneous_k(xy * 1e3, intensity / 1e6, r * 1e3, window=big), got * 1e6, rtol=1e-12)


def test_juvenile_offenders_against_the_closed_form() -> None:
    """168 homes in Cardiff (Bailey and Gatrell, in libpysal): a rectangle overlaps its copy by (a - |dx|)(b - |dy|)."""
    libpysal, geopandas = pytest.importorskip("libpysal"), pytest.importorskip("geopandas")
    frame = geopandas.read_file(libpysal.examples.get_path("juvenile.shp"))
    xy = np.column_stack([frame.geometry.x, frame.geometry.y])
    assert len(xy) == 168
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    a, b, r = east - west, north - south, np.arange(1.0, 21.0)
    window = set_covariance(np.ones((int(b), int(a)), bool), cell=1.0)
    intensity = np.full(168, 168 / (a * b))
    got = inhomogeneous_k(xy, intensity, r, window=window)
    apart = xy[:, None, :] - xy[None, :, :]
    d = np.hypot(apart[..., 0], apart[..., 1]) + np.diag(np.full(168, np.inf))
    shared = (a - np.abs(apart[..., 0])) * (b - np.abs(apart[..., 1]))
    weight = np.where(d <= 20, 1.0 / np.maximum(shared, 1.0) / (168 / (a * b)) ** 2, 0.0)
    np.testing.assert_allclose(got, [(weight * (d <= x)).sum() for x in r], rtol=1e-10)
    assert (got > np.pi * r**2)[2:].all()  # they live together, as the book finds


def test_normalising_and_no_edge_correction_by_hand() -> None:
    xy, intensity, r = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([0.5, 0.25]), np.array([4.9, 5.0])
    np.testing.assert_allclose(inhomogeneous_k(xy, intensity, r, window=100.0), [0, 2 / (0.125 * 100)])
    # sum of 1 / intensity is 6, where the area is 100
    got = inhomogeneous_k(xy, intensity, r, window=100.0, normalise=100.0)
    np.testing.assert_allclose(got, [0, 2 / (0.125 * 100) * 100 / 6])


def test_without_interaction_it_is_the_area_of_a_disc() -> None:
    """E K = (n - 1)/n pi r^2 for n independent points, whatever their density, if the density is known.

    Mean over 400 patterns whose left half is four times as dense; four standard errors of the mean.
    """
    rng = np.random.default_rng(11)
    n, r = 60, np.array([0.1, 0.3, 0.6, 1.0])
    window = set_covariance(np.ones((40, 80), bool), cell=0.05)  # 4 x 2
    draws = []
    for _ in range(400):
        left = rng.random(n) < 0.8
        x = rng.random(n) * 2 + np.where(left, 0, 2)
        intensity = n * np.where(left, 0.8, 0.2) / 4.0
        draws.append(inhomogeneous_k(np.column_stack([x, rng.random(n) * 2]), intensity, r, window=window))
    mean, error = np.mean(draws, axis=0), np.std(draws, axis=0, ddof=1) / 20
    assert (np.abs(mean - (n - 1) / n * np.pi * r**2) < 4 * error).all()
    # with one density for all, the same points look as if they kept together
    assert (error / (np.pi * r**2) < 0.06).all()


def test_uneven_points_look_together_only_if_the_density_is_ignored() -> None:
    rng = np.random.default_rng(2)
    n, r = 200, np.array([0.3])
    window = set_covariance(np.ones((40, 80), bool), cell=0.05)
    left = rng.random(n) < 0.9
    xy = np.column_stack([rng.random(n) * 2 + np.where(left, 0, 2), rng.random(n) * 2])
    even = inhomogeneous_k(xy, np.full(n, n / 8), r, window=window)[0]
    known = inhomogeneous_k(xy, n * np.where(left, 0.9, 0.1) / 4, r, window=window)[0]
    assert even > 1.4 * np.pi * r[0] ** 2  # two halves: 2 (0.9^2 + 0.1^2) = 1.64 times, less at the seam
    assert abs(known / (np.pi * r[0] ** 2) - 1) < 0.3


def test_pairs_include_those_at_the_very_distance() -> None:
    i, j, d = close_pairs(np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]), 1.0)
    assert (i.tolist(), j.tolist(), d.tolist()) == ([0], [1], [1.0])
    np.testing.assert_allclose(l_of_k(np.pi * np.array([0.0, 4.0])), [0, 2])


def test_what_is_refused() -> None:
    xy, r = np.array([[0.0, 0.0], [3.0, 0.0]]), np.array([1.0, 2.0, 3.0])
    with pytest.raises(InputError, match=r"not at \[1\]"):
        inhomogeneous_k(xy, np.array([1.0, 0.0]), r, window=10.0)
    with pytest.raises(InputError, match="ascend"):
        inhomogeneous_k(xy, np.ones(2), r[::-1], window=10.0)
    with pytest.raises(InputError, match="further apart than the window"):
        inhomogeneous_k(xy, np.ones(2), r, window=set_covariance(np.ones((2, 2), bool), cell=1.0))
    with pytest.raises(InputError, match="no cell"):
        set_covariance(np.zeros((3, 3), bool), cell=1.0)
    assert inhomogeneous_k(xy[:1], np.ones(1), r, window=10.0).tolist() == [0, 0, 0]
