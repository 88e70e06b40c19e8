import pytest

from megaregion.equilibrium.parameters import INFO, NAMES, Parameters, Settings, scale_bound, settings
from megaregion.errors import InputError


@pytest.mark.parametrize(("epsilon", "bound"), [(1.5, 0.840), (3.3, 0.439)])
def test_uniqueness_bound_as_published(epsilon: float, bound: float) -> None:
    """Housing share .13, supply elasticity .38, no amenity spill-over: .840 and .439, printed to three digits."""
    assert scale_bound(Parameters(epsilon=epsilon)) == pytest.approx(bound, abs=5e-4)


def test_bound_is_the_helpman_condition_without_migration_friction() -> None:
    """delta = 0, epsilon to infinity, scale 1/(sigma-1): unique if sigma (1 - alpha) > 1 (Helpman 1998)."""
    for sigma, alpha in ((5.0, 0.75), (5.0, 0.85), (3.0, 0.6), (3.0, 0.7)):
        p = Parameters(epsilon=1e12, alpha=alpha, delta=0.0)
        assert (1.0 / (sigma - 1.0) < scale_bound(p)) == (sigma * (1.0 - alpha) > 1.0)


def test_every_parameter_is_described_and_its_default_lies_in_its_range() -> None:
    assert set(INFO) == set(NAMES)
    for name, value in Parameters().to_dict().items():
        info = INFO[name]
        assert info.bounds[0] <= info.low <= value <= info.high <= info.bounds[1], name
        assert info.source and info.en and info.zh


def test_options_change_values_and_ranges() -> None:
    got = settings({"theta": 5, "ranges": {"own_share": [0.5, 0.7]}, "draws": 30, "border_layer": "trains"})
    assert got.parameters.theta == 5.0
    assert got.grid("own_share") == (0.5, 0.6, 0.7)
    assert (got.draws, got.border_layer) == (30, "trains")
    assert settings({}) == Settings()


def test_everything_wrong_is_listed_at_once() -> None:
    with pytest.raises(InputError) as caught:
        settings({
            "theat": 4, "own_share": 1.4, "nu": "big", "draws": 3, "border_layer": 3,
            "ranges": {"theta": [8, 3], "x": [1, 2], "nu": 3},
        })  # fmt: skip
    for text in ("'theat'", "own_share must lie", "nu must be a number", "draws must", "border_layer",
                 "theta: low 8 is above high 3", "ranges.x", "ranges.nu"):  # fmt: skip
        assert text in str(caught.value)
    with pytest.raises(InputError, match="ranges must be a table"):
        settings({"ranges": [1, 2]})
