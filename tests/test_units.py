import pytest

from megaregion.errors import UnitError
from megaregion.units import factor, has_price_base, is_money, known


@pytest.mark.parametrize(
    ("source", "target", "want"),
    [("h", "min", 60.0), ("10000 persons", "person", 1e4), ("ha", "km2", 0.01),
     ("100 million CNY (current)", "million CNY (current)", 100.0), ("percent", "share", 0.01)],
)  # fmt: skip
def test_factors(source: str, target: str, want: float) -> None:
    assert factor(source, target) == pytest.approx(want, rel=1e-15)
    assert factor(source, target) * factor(target, source) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize(
    ("source", "target"),
    [("km", "min"), ("parsec", "km"), ("million CNY (current)", "million CNY (2020)"), ("CNY (2020)", "EUR (2020)")],
)
def test_refusals(source: str, target: str) -> None:
    with pytest.raises(UnitError):
        factor(source, target)


def test_money_is_no_share_and_not_unknown() -> None:
    """Money that cannot be a share is not called unknown; what nobody knows still is."""
    for pair in (("million CNY (current)", "percent"), ("percent", "CNY (2020)"), ("count per km2", "percent")):
        with pytest.raises(UnitError, match="measure different things"):
            factor(*pair)
    with pytest.raises(UnitError, match="unknown unit 'parsec'"):
        factor("parsec", "percent")


def test_money() -> None:
    assert known("thousand EUR (current) per person") and is_money("million CNY")
    assert has_price_base("million CNY (2020)") and not has_price_base("million CNY")
    assert known("count per 10000 persons") and not known("gallon")
