"""Programs from stated tables: computed scores and benefits by hand, invariances, options, what is refused."""

import math

import numpy as np
import pandas as pd
import pytest

from megaregion.errors import InputError, MissingDataError
from megaregion.links.soft.pairing import PairingOptions
from megaregion.links.soft.pairing_stated import StatedPairing, stated_pairing
from megaregion.links.soft.parks import ScoreWeights
from megaregion.links.soft.parks_stated import ParkOptions, stated_parks
from megaregion.links.soft.stated import minutes_of, one_unit
from megaregion.links.soft.vouchers_stated import VoucherOptions, stated_vouchers

CANDIDATES = pd.DataFrame({
    "origin": ["a", "a", "b"], "host": ["x", "y", "x"], "complementarity": [0.5, 0.2, 0.9],
    "minutes": [60.0, 30.0, 0.0],
})  # fmt: skip
PLACES = pd.DataFrame({"place_id": ["a", "b", "x", "y"], "land_price": [100.0, 50, 50, 25], "wage": [math.e, 1, 1, 1],
                       "capacity": [np.nan, np.nan, 2, np.nan]})  # fmt: skip
PAIRS = pd.DataFrame({"donor": ["d", "d", "e"], "recipient": ["r", "s", "r"], "minutes": [60.0, 0.0, 120.0]})
DONORS = pd.DataFrame({"donor": ["d", "e"], "capacity": [1, 1]})
FIELDS = pd.DataFrame(
    [("r", "need", "health", 2.0), ("r", "need", "staff", 1.0), ("s", "need", "health", 1.0),
     ("s", "need", "staff", 0.0), ("d", "strength", "health", 3.0), ("d", "strength", "staff", 1.0),
     ("e", "strength", "health", 4.0),
     ("e", "strength", "staff", 4.0)], columns=["place_id", "side", "field", "value"],
)  # fmt: skip


def parks(candidates: pd.DataFrame = CANDIDATES, places: pd.DataFrame = PLACES, **weights: float) -> pd.DataFrame:
    options = ParkOptions(weights=ScoreWeights(**weights))
    found = stated_parks({"park_candidates": candidates, "park_places": places}, options)
    return found["parks"].to_frame().set_index("origin")


def test_scores_by_hand() -> None:
    """a and x: .5 + ln 2 + 1 - 1; b and x: .9 + 0 + 0 - 0; x has room for both; b and y have no row."""
    found = parks()
    assert found["host"].to_dict() == {"a": "y", "b": "x"}
    assert found.loc["a", "score"] == pytest.approx(0.2 + math.log(4) + 1 - 0.5)
    assert found.loc["b", "score"] == pytest.approx(0.9) and found.loc["b", "best_host"] == "x"
    near = parks(CANDIDATES[CANDIDATES["host"] == "x"])
    assert near["host"].to_dict() == {"a": "x", "b": "x"}
    assert near.loc["a", "score"] == pytest.approx(0.5 + math.log(2))


def test_prices_have_no_unit_and_rows_no_order() -> None:
    dear = PLACES.assign(land_price=7 * PLACES["land_price"], wage=0.1 * PLACES["wage"])
    other = parks(CANDIDATES[::-1], dear[::-1]).loc[["a", "b"]]
    pd.testing.assert_frame_equal(other, parks().loc[["a", "b"]], check_exact=False, rtol=1e-12)


def test_weights_of_zero_need_no_prices() -> None:
    found = stated_parks({"park_candidates": CANDIDATES}, ParkOptions(weights=ScoreWeights(land=0.0, labour=0.0)))
    assert found["parks"].to_frame().set_index("origin").loc["b", "score"] == pytest.approx(0.9)
    with pytest.raises(MissingDataError, match="land_price is missing"):
        stated_parks({"park_candidates": CANDIDATES}, ParkOptions())
    with pytest.raises(MissingDataError, match="neither score nor complementarity"):
        parks(CANDIDATES.drop(columns="complementarity"))
    with pytest.raises(MissingDataError, match="plain files need the travel times"):
        parks(CANDIDATES.drop(columns="minutes"))


def test_benefits_by_hand() -> None:
    """d helps r: (3 x 2 + 1 x 1) / e, s: 3; e helps r: (4 x 2 + 4) / e^2; both can be served by d and e only so."""
    tables = {"pairing_candidates": PAIRS, "pairing_donors": DONORS, "pairing_fields": FIELDS}
    found = stated_pairing(tables, StatedPairing(decay_min=60.0))["pairing"].to_frame().set_index("recipient")
    assert found["donor"].to_dict() == {"r": "e", "s": "d"}
    assert found["benefit"].to_dict() == pytest.approx({"r": 12 * math.exp(-2), "s": 3.0})
    assert found.loc["r", "benefit_best"] == pytest.approx(7 / math.e)
    near = PAIRS.assign(relatedness=[1.0, 0.5, 2.0])
    again = stated_pairing({**tables, "pairing_candidates": near}, StatedPairing(decay_min=60.0))["pairing"].to_frame()
    assert again.set_index("recipient")["benefit"].to_dict() == pytest.approx({"r": 24 * math.exp(-2), "s": 1.5})


def test_pairs_of_others_are_left_alone_and_years_count() -> None:
    rows = PAIRS.assign(benefit=[5.0, 4.0, 4.5])
    old = pd.DataFrame({"donor": ["d", "d", "z"], "recipient": ["r", "s", "q"], "start": [2015.0, 2001, 2015],
                        "end": [np.nan, 2010, np.nan]})  # fmt: skip
    tables = {"pairing_candidates": rows, "pairing_donors": DONORS, "pairs": old}
    found = stated_pairing(tables, StatedPairing(choice=PairingOptions(continuity=0.1)), year=2020)["pairing"]
    assert found.facts()["pairs_ended"] == ["d to r"]  # 8.5 less .1 is more than r alone
    assert any("1 existing pairs have recipients that are no candidates" in text for text in found.warnings)
    then = stated_pairing(tables, StatedPairing(), year=2005)["pairing"]
    assert then.to_frame().set_index("recipient").loc["s", "change"] == "kept"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (FIELDS.assign(side=FIELDS["side"].replace("need", "needs")), "side must be need or strength, got needs"),
        (FIELDS[FIELDS["place_id"] != "e"], "no strength is stated for e health, e staff"),
        (FIELDS.drop(index=3), "no need is stated for s staff"),
    ],
)
def test_gaps_of_fields_are_named(fields: pd.DataFrame, text: str) -> None:
    tables = {"pairing_candidates": PAIRS, "pairing_donors": DONORS, "pairing_fields": fields}
    with pytest.raises(InputError, match=text):
        stated_pairing(tables, StatedPairing(decay_min=60.0))


def test_strata_of_a_lottery() -> None:
    """Two towns of two firms each: winners have 2 and 12, losers 1 and 10, so 1 and 2 more, 1.5 on average."""
    firms = pd.DataFrame({"firm": list("abcd"), "outcome": "x", "won": [True, False, True, False],
                          "stratum": ["p", "p", "q", "q"], "value": [2.0, 1, 12, 10], "unit": "count"})  # fmt: skip
    row = stated_vouchers({"voucher_lottery": firms}, VoucherOptions(), seed=1)["voucher_lottery"].to_frame().iloc[0]
    assert (row["difference"], row["draws"], row["p"]) == (pytest.approx(1.5), 4, pytest.approx(0.5))
    odd = pd.concat([firms, firms.assign(outcome="y", unit=["count", "CNY", "count", "count"], won=True)])
    with pytest.raises(InputError, match=r"won differs between the rows of b, d; several units for y"):
        stated_vouchers({"voucher_lottery": odd}, VoucherOptions(), seed=1)


def test_options_are_checked_at_once() -> None:
    with pytest.raises(InputError) as caught:
        VoucherOptions.of({"budget": "much", "divisible": 1, "limit": 3, "draws": 1.5, "cap": True})
    for text in ("budget must be a number", "divisible must be true or false", "unknown key 'limit'",
                 "draws must be a whole number", "cap must be a number"):  # fmt: skip
        assert text in str(caught.value)
    assert VoucherOptions.of({"budget": 3}).budget == 3.0
    with pytest.raises(InputError, match="method must be sum or stable"):
        ParkOptions.of({"method": "best"})
    with pytest.raises(InputError, match="goal 'least' speaks of everybody"):
        StatedPairing.of({"goal": "least", "serve": "most"})


def test_minutes_and_units() -> None:
    def ask(origins: list[str], destinations: list[str]) -> pd.DataFrame:
        assert (origins, destinations) == (["d"], ["r", "s"])
        return pd.DataFrame([[7.0, 8.0]], index=origins, columns=destinations)

    rows = PAIRS.assign(minutes=[np.nan, np.nan, 120.0])
    assert minutes_of(rows, ("donor", "recipient"), ask, "x").tolist() == [7.0, 8.0, 120.0]
    assert minutes_of(PAIRS, ("donor", "recipient"), None, "x").tolist() == PAIRS["minutes"].tolist()
    two = {"one": pd.DataFrame({"unit": ["CNY"]}), "two": pd.DataFrame({"unit": ["EUR", None]})}
    assert one_unit(two, ["one"]) == "CNY" and one_unit({}, ["one"]) == ""
    with pytest.raises(InputError, match="'CNY' in one, 'EUR' in two"):
        one_unit(two, ["one", "two"])
