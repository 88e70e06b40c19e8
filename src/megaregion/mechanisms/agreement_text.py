"""An agreement in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from megaregion.mechanisms.coordination_tables import Agreement


def lines(found: Agreement) -> Iterator[str]:
    """What is agreed on, who pays whom, what is lost without payments, and whose veto costs how much.

    Parameters
    ----------
    found : Agreement
        What `megaregion.mechanisms.coordination.agree` returns.
    """
    free, bound, paid = found.rules.table.to_dict("records")  # in the order of RULES
    unit = "" if found.unit == "unstated" else f" {found.unit}"
    limit = found.settings["payment_limit"]
    if paid["measures"]:
        yield f"agreed: {_set(paid)}, {paid['total']:.6g}{unit} in all, as the gains are given"
    else:
        yield "agreed: nothing, for no set of measures is better for all than none"
    given = found.table[["party", "payment"]]
    receive, pay = given[given["payment"] > 0], given[given["payment"] < 0]
    if len(receive):
        yield (
            f"side payments: {'; '.join(f'{p} pays {-v:.6g}' for p, v in pay.to_numpy())}, "
            f"{'; '.join(f'{p} receives {v:.6g}' for p, v in receive.to_numpy())}{unit}"
        )
    else:
        yield "side payments: none, they are not allowed" if limit == 0 else "side payments: none needed"
    if not bound["feasible"]:
        yield "without payments: no set of measures gives every party its margin"
    elif limit != 0:
        yield f"without payments: {_set(bound)}, {bound['total']:.6g}{unit}"
    short = f", below the margin of {free['short'].replace(';', ', ')} before payments" if free["short"] else ""
    lost = f"consent costs {paid['lost']:.6g}{unit}"
    yield f"if nobody need consent: {_set(free)}, {free['total']:.6g}{unit}{short}; {lost}"
    held = found.table.sort_values("veto_cost", ascending=False, kind="stable")
    costly = held.loc[held["veto_cost"] > 0, ["party", "veto_cost"]].to_numpy()
    named = "; ".join(f"{p} {v:.6g}" for p, v in costly)
    yield f"cost to all of a single veto: {named}{unit}" if named else "no single veto costs anything"


def _set(rule: dict[object, object]) -> str:
    return str(rule["measures"]).replace(";", ", ") or "nothing"
