"""Shared services: access across borders, gains of sharing, losers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from megaregion.errors import AlignmentError, InputError
from megaregion.links.soft.services import METHODS, Decay, shared_services

SLOW = Decay(zones={10: 1.0, 20: 0.68, 30: 0.22})
PLACES = list("abcd")


def facilities(supply: list[float], places: list[str], **more: object) -> pd.DataFrame:
    rows = {"facility_id": [f"f{k}" for k in range(len(supply))], "place_id": places, "supply": supply, "unit": "count"}
    return pd.DataFrame({**rows, **more})


def square(values: object, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(values, dtype=float), index=names, columns=names)


def ones(names: list[str]) -> pd.DataFrame:
    return square(np.ones((len(names), len(names))), names)


TWO = square([[0, 5], [5, 0]], ["a", "b"])
CLOSED = square(np.eye(2), ["a", "b"])


def test_as_the_package_access() -> None:
    """Four places, three facilities, asymmetric in no way: two_stage_fca of PySAL access 1.1.10 with the same steps."""
    times = pd.DataFrame([[4, 12, 25], [9, 18, 40], [22, 6, 11], [35, 28, 3]], index=PLACES, columns=list("xyz"))
    people = pd.Series([1200.0, 800.0, 1500.0, 400.0], index=PLACES)
    supply = facilities([6.0, 9.0, 2.0], list("xyz"))
    got = shared_services(people, supply, times.astype(float), times * 0 + 1.0, decay=SLOW)
    want = [0.004912373674244644, 0.004651091013912102, 0.004427041787290689, 0.0018592902471017833]
    assert got.table["access_now"].tolist() == pytest.approx(want, rel=1e-12)
    assert (got.table["effect"] == "same").all()


def test_sharing_moves_access_and_names_losers() -> None:
    """Beds only in a: alone .1 each for a and nothing for b; shared 10 / 150 for both. a loses a third."""
    people = pd.Series({"a": 100.0, "b": 50.0})
    got = shared_services(people, facilities([10.0], ["a"]), TWO, CLOSED, decay=Decay(zones={30: 1.0}))
    assert got.table["access_now"].tolist() == pytest.approx([0.1, 0.0])
    assert got.table["access_shared"].tolist() == pytest.approx([10 / 150, 10 / 150])
    facts = got.facts()
    assert (facts["losers"], facts["winners"]) == (["a"], ["b"])
    assert (facts["people_who_lose"], facts["people_who_gain"]) == (100.0, 50.0)
    assert got.table["gain_percent"].iloc[0] == pytest.approx(-100 / 3)
    assert np.isnan(got.table["gain_percent"].iloc[1])
    assert facts["gini_now"] == pytest.approx(1 / 3)  # a third of the people have nothing
    assert facts["gini_shared"] == pytest.approx(0.0, abs=1e-15)
    assert facts["people_without_now"] == 50.0
    assert got.table["outside_shared"].tolist() == [0.0, 1.0]
    assert any("creates none" in text for text in got.warnings)
    assert got.facilities.table["ratio_shared"].tolist() == pytest.approx([10 / 150])


def test_supply_that_nobody_reaches_is_reported_and_sharing_opens_it() -> None:
    """Places without people of their own: the clinic in b stands empty until a may go there."""
    people = pd.Series({"a": 100.0, "b": 0.0})
    got = shared_services(people, facilities([4.0, 2.0], ["a", "b"]), TWO, CLOSED, decay=Decay(zones={30: 1.0}))
    facts = got.facts()
    assert facts["unreached_facilities_now"] == ["f1"]
    assert facts["unreached_supply_now"] == 2.0
    assert facts["unreached_facilities_shared"] == []
    assert (facts["kept_now"], facts["kept_shared"]) == (pytest.approx(4.0), pytest.approx(6.0))
    assert any("nobody reaches 1 facilities under today's rules (2 count): f1" in text for text in got.warnings)
    assert not any("creates none" in text for text in got.warnings)


def test_asymmetric_times() -> None:
    """From b the clinic in a is near, from a that in b is not: rows are homes."""
    times = square([[0, 90], [20, 0]], ["a", "b"])
    people = pd.Series({"a": 10.0, "b": 10.0})
    got = shared_services(
        people, facilities([2.0, 2.0], ["a", "b"]), times, ones(["a", "b"]), decay=Decay(zones={30: 1.0})
    )
    assert got.table["access_now"].tolist() == pytest.approx([2 / 20, 2 / 20 + 2 / 10])


def test_quality_weighs_access_and_not_demand() -> None:
    people = pd.Series({"a": 100.0, "b": 50.0})
    plain = facilities([10.0], ["a"])
    good = shared_services(people, plain.assign(quality=0.5), TWO, CLOSED, decay=Decay(reach_min=30.0))
    base = shared_services(people, plain, TWO, CLOSED, decay=Decay(reach_min=30.0))
    assert good.table["access_shared"].to_numpy() == pytest.approx(0.5 * base.table["access_shared"].to_numpy())
    assert good.facilities.table["ratio_now"].tolist() == base.facilities.table["ratio_now"].tolist()


@given(st.integers(0, 10_000), st.sampled_from(sorted(METHODS)))
def test_identity_and_empty_reform(seed: int, method: str) -> None:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 7)), int(rng.integers(1, 6))
    names = [f"p{k}" for k in range(n)]
    people = pd.Series(rng.integers(0, 1000, n).astype(float), index=names)
    supply = facilities(list(rng.lognormal(2, 1, m)), list(rng.choice(names, m)), quality=rng.uniform(0, 2, m))
    times = square(np.where(rng.random((n, n)) < 0.2, np.inf, rng.uniform(0, 60, (n, n))), names)
    rights = square(rng.choice([0.0, 0.4, 1.0], (n, n)), names)
    got = shared_services(people, supply, times, rights, decay=SLOW, method=method)  # type: ignore[arg-type]
    for when in ("now", "shared"):
        assert got.facts()[f"kept_{when}"] == pytest.approx(got.facts()[f"kept_of_{when}"], rel=1e-9, abs=1e-12)
    same = shared_services(people, supply, times, rights, decay=SLOW, shared=rights, method=method)  # type: ignore[arg-type]
    assert (same.table["gain"] == 0).all()
    assert set(same.table["effect"]) <= {"same", "none"}
    order = rng.permutation(n)
    moved = shared_services(people.iloc[order], supply, times, rights, decay=SLOW, method=method)  # type: ignore[arg-type]
    back = moved.table.set_index("place_id")["access_shared"].reindex(names).to_numpy()
    assert back == pytest.approx(got.table["access_shared"].to_numpy(), rel=1e-12, abs=1e-15)


def test_columns_match_and_carry_units() -> None:
    people = pd.Series({"a": 100.0, "b": 50.0})
    got = shared_services(people, facilities([10.0], ["a"]), TWO, CLOSED, decay=SLOW)
    for result in (got, got.facilities):
        assert [c.name for c in result.describe()] == list(result.to_frame())
        assert all(c.zh and c.en for c in result.describe())
    assert got.parameters()["zones"] == {"10": 1.0, "20": 0.68, "30": 0.22}
    assert "losers" in got.summary()


@pytest.mark.parametrize("value", [1.2, -0.1, np.nan])
def test_eligibility_out_of_range_is_refused(value: float) -> None:
    rights = CLOSED.copy()
    rights.loc["b", "a"] = value
    text = "is missing: b to a" if np.isnan(value) else r"must lie in \[0, 1\]: b to a"
    with pytest.raises(InputError, match=f"eligibility {text}"):
        shared_services(pd.Series({"a": 1.0, "b": 1.0}), facilities([1.0], ["a"]), TWO, rights, decay=SLOW)


def test_everything_wrong_at_once() -> None:
    supply = facilities([-1.0, 2.0], ["a", "a"], facility_id=["x", "x"], unit=["bed", "person"])
    times = TWO.copy()
    times.loc["a", "a"] = -3.0
    with pytest.raises(InputError) as caught:
        shared_services(
            pd.Series({"a": np.nan, "b": 1.0}), supply, times, CLOSED + 1, decay=Decay(), method="none",  # type: ignore[arg-type]
        )  # fmt: skip
    for text in ("either zones or reach_min", "method must be", "unit differs", "stand twice: x", "people must be",
                 "services_supply.supply must be", "times must lie", "eligibility must lie"):  # fmt: skip
        assert text in str(caught.value)


def test_missing_rows_and_columns() -> None:
    people = pd.Series({"a": 1.0, "c": 1.0})
    with pytest.raises(AlignmentError, match="times has no row for c") as caught:
        shared_services(people, facilities([1.0], ["q"]), TWO, CLOSED, decay=SLOW)
    assert "eligibility has no column for q" in str(caught.value)
    with pytest.raises(InputError, match="no facility"):
        shared_services(people, facilities([], []), TWO, CLOSED, decay=SLOW)
    with pytest.raises(InputError, match="needs the columns unit"):
        shared_services(people, facilities([1.0], ["a"]).drop(columns="unit"), TWO, CLOSED, decay=SLOW)


@pytest.mark.parametrize(
    ("decay", "text"),
    [
        (Decay(zones={10: 0.5, 20: 0.6}), "never rise"), (Decay(zones={10: 0.0}), "start above 0"),
        (Decay(zones={np.inf: 1.0}), "finite"), (Decay(reach_min=0.0), "> 0"),
        (Decay(zones={10: 1.0}, reach_min=5.0), "either"),
    ],
)  # fmt: skip
def test_bad_decay(decay: Decay, text: str) -> None:
    with pytest.raises(InputError, match=text):
        shared_services(pd.Series({"a": 1.0, "b": 1.0}), facilities([1.0], ["a"]), TWO, CLOSED, decay=decay)


def test_island_and_place_without_people() -> None:
    times = square([[0, np.inf], [np.inf, 0]], ["a", "b"])
    got = shared_services(
        pd.Series({"a": 5.0, "b": 0.0}), facilities([1.0], ["a"]), times, ones(["a", "b"]), decay=SLOW
    )
    assert got.table["effect"].tolist() == ["same", "none"]
    nobody = shared_services(pd.Series({"a": 0.0, "b": 0.0}), facilities([1.0], ["a"]), TWO, CLOSED, decay=SLOW)
    assert nobody.facts()["gini_now"] is None
    assert nobody.facts()["unreached_supply_shared"] == 1.0
