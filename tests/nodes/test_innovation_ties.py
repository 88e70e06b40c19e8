"""Documents by place: matrices by hand, levels and outside, windows and kinds, the centre, everything wrong at once."""

import numpy as np
import pandas as pd
import pytest
from tests.nodes.innovation_by_hand import CITIES, cluster
from tests.nodes.innovation_by_hand import documents as table

from megaregion.errors import InputError, SchemaError
from megaregion.nodes.innovation import innovation
from megaregion.nodes.innovation_options import InnovationOptions
from megaregion.nodes.innovation_ties import collaboration, documents, fields_of

# d1 of A alone; d2 of A, B and a place outside; d3 of the county in A (two people) and of B
ROWS = table(
    ("d1", "A", 2019, None, None, "x"), ("d2", "A", 2019, None, None, "x;y"), ("d2", "B", 2019, None, None, "x;y"),
    ("d2", "Beijing", 2019, None, None, "x;y"), ("d3", "a1", 2020, 2, None, "y"), ("d3", "B", 2020, 1, None, "y"),
    ("d4", "Paris", 2020, None, None, "y"),
)  # fmt: skip
KEEP = InnovationOptions(draws=100)


def test_matrices_by_hand() -> None:
    """d2 gives 1/6 to each of A-B, A-outside, B-outside; d3 2/6 inside A and 2/6 to A-B; Paris alone is not here."""
    got = collaboration(cluster(), ROWS)
    part, full = got["fractional"], got["full"]
    assert part.loc["A", "A"] == pytest.approx(1 + 1 / 3) and part.loc["A", "B"] == pytest.approx(1 / 6 + 1 / 3)
    assert part.loc["A", "outside"] == part.loc["B", "outside"] == pytest.approx(1 / 6)
    assert full.loc["A", "A"] == 1 and full.loc["A", "B"] == 2 and full.loc["B", "A"] == 2
    assert list(part.index) == [*CITIES, "outside"] and (part.loc["C"] == 0).all()
    found = documents(cluster(), ROWS, KEEP)
    assert list(found.names) == ["d1", "d2", "d3"] and "1 name no place of the region" in " ".join(found.warnings)


def test_shares_of_a_place_by_hand() -> None:
    """B has 1/3 of d2 and 1/3 of d3: 1/2 goes to A, 1/6 outside; of what it makes with others 3/4 are in the region."""
    got = innovation(cluster(documents=ROWS), seed=1, options=KEEP)
    rows = got["innovation_ties_places"].to_frame().set_index("place_id")
    assert rows.loc["B", "documents"] == pytest.approx(2 / 3) and rows.loc["B", "documents_full"] == 2
    np.testing.assert_allclose(rows.loc["B", ["inside", "cluster", "outside"]].astype(float), [0, 3 / 4, 1 / 4])
    assert rows.loc["B", "degree"] == pytest.approx(1 / 2) and rows.loc["B", "degree_full"] == 2
    assert rows.loc["B", "radiation"] == pytest.approx(3 / 4) and rows.loc["B", "partners"] == 1
    known = rows.dropna(subset=["inside"])
    np.testing.assert_allclose(known["inside"] + known["cluster"] + known["outside"], 1.0)
    assert rows.loc["C", ["inside", "radiation"]].isna().all()
    pairs = got["innovation_ties"].to_frame()
    assert pairs[["place_a", "place_b", "full"]].to_numpy().tolist() == [["A", "B", 2.0]]
    assert pairs["km"].iloc[0] == pytest.approx(0.45 * np.pi / 180 * 6371, rel=1e-9)
    assert "needs 6 places" in " ".join(got["innovation"].warnings)  # the centre is not guessed from two


def test_relabelling_permutes_and_the_order_of_rows_does_not_matter() -> None:
    swap = {"A": "C", "B": "D", "a1": "C"}
    moved = ROWS.assign(place_id=ROWS["place_id"].replace(swap)).sample(frac=1.0, random_state=1)
    one, two = collaboration(cluster(), ROWS)["fractional"], collaboration(cluster(), moved)["fractional"]
    order = ["C", "D", "A", "B", "E", "F", "G", "H", "outside"]
    np.testing.assert_allclose(two.loc[order, order], one, atol=1e-15)


def test_window_kind_and_cut_off() -> None:
    many = table(*[(f"n{k}", "A", 2018 + k % 2, None, "grant", None) for k in range(20)],
                 ("late", "A", 2020, None, "grant", None), ("p", "B", 2020, None, "paper", None))  # fmt: skip
    with pytest.raises(InputError, match="kinds must not be mixed, found grant, paper"):
        documents(cluster(), many, KEEP)
    found = documents(cluster(), many, InnovationOptions(document_kind="grant", years=2))
    assert found.window == (2019, 2020) and len(found.names) == 11 and found.kind == "grant"
    assert "documents: 1 of 2020 against 10 a year before" in " ".join(found.warnings)
    stated = documents(cluster(), many, InnovationOptions(document_kind="grant", until=2019, years=1))
    assert stated.window == (2019, 2019) and not stated.warnings
    with pytest.raises(InputError, match="there is no 'thesis'"):
        documents(cluster(), many, InnovationOptions(document_kind="thesis"))
    with pytest.raises(InputError, match="none of 1999-1999 names a place"):
        documents(cluster(), many, InnovationOptions(document_kind="grant", until=1999, years=1))


def test_fields_are_counted_by_fractions_of_people_and_fields() -> None:
    """A: d1 whole in x; a third of d2, half of it in x and half in y; two thirds of d3 in y."""
    got = fields_of(documents(cluster(), ROWS, KEEP))
    assert got.loc["A", "x"] == pytest.approx(1 + 1 / 6) and got.loc["A", "y"] == pytest.approx(1 / 6 + 2 / 3)
    assert got.loc["B", "y"] == pytest.approx(1 / 6 + 1 / 3) and (got.loc["C"] == 0).all()


def test_everything_wrong_is_said_at_once() -> None:
    bad = table(
        ("a", "A", 2019, 0, None, None), ("a", "A", 2020, None, None, None), ("b", "p", 2019, None, None, None),
        ("c", "A", 2019, 1.5, None, "x"), ("c", "B", 2019, None, None, "y"), (None, "B", 2019, None, None, None),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        documents(cluster(), bad, KEEP)
    for part in ("no whole number >= 1 (2 rows): a A, c A", "a place twice", "the level of analysis (1 rows): b p",
                 "several years", "several lists of fields", "an empty document_id"):  # fmt: skip
        assert part in caught.value.message
    with pytest.raises(SchemaError, match="needs the columns year"):
        documents(cluster(), bad.drop(columns="year"), KEEP)


def star() -> pd.DataFrame:
    """Every pair of cities shares one document; A shares four with each. Alone they make 100, 10, 15, 20 ... more."""
    rows: list[tuple[object, ...]] = []
    for i, one in enumerate(CITIES):
        rows += [(f"{one}{k}", one, 2020, None, None, None) for k in range(100 if one == "A" else 5 + 5 * i)]
        for other in CITIES[i + 1 :]:
            for k in range(4 if one == "A" else 1):
                rows += [(f"{one}{other}{k}", p, 2020, None, None, None) for p in (one, other)]
    return table(*rows)


def test_the_centre_stands_out_by_what_it_has_beyond_the_others() -> None:
    """Ties do not depend on size or distance here, and those of A are four times as many: the centre has ln 4."""
    got = innovation(cluster(documents=star()), seed=1, options=InnovationOptions(draws=100, centre="A"))
    terms = got["innovation_centre"].to_frame().set_index("term")["coef"]
    np.testing.assert_allclose(terms[["size", "distance", "centre_distance"]], 0.0, atol=1e-6)
    assert terms["centre"] == pytest.approx(np.log(4.0), abs=1e-6)
    rows = got["innovation_radiation"].to_frame()
    assert list(rows["place_id"]) == list(CITIES[1:])
    np.testing.assert_allclose(rows["observed"], 2.0)  # four documents of two people: half a document each way
    np.testing.assert_allclose(rows["ratio"], 4.0, rtol=1e-6)
    assert (rows["low"] < 2.0).all() and (rows["high"] > 2.0).all()
    assert got["innovation_radiation"].facts()["centre"] == "A"


def test_the_default_centre_has_the_most_documents_and_others_are_checked() -> None:
    got = innovation(cluster(documents=star()), seed=1, options=KEEP)
    assert got["innovation_centre"].facts()["centre"] == "A"
    with pytest.raises(InputError, match="'Z' is no place of the level"):
        innovation(cluster(documents=star()), seed=1, options=InnovationOptions(draws=100, centre="Z"))
    few = ROWS[ROWS["place_id"] != "C"]
    with pytest.raises(InputError, match="C has no document"):
        innovation(cluster(documents=few), seed=1, options=InnovationOptions(draws=100, centre="C"))


def test_the_seed_decides_the_intervals_and_nothing_else() -> None:
    one, same, other = (innovation(cluster(documents=star()), seed=s, options=KEEP)["innovation_ties"].to_frame()
                        for s in (1, 1, 2))  # fmt: skip
    pd.testing.assert_frame_equal(one, same)
    assert not one["high"].equals(other["high"])
    pd.testing.assert_frame_equal(one.drop(columns=["low", "high"]), other.drop(columns=["low", "high"]))
