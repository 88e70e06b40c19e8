"""Two-way accounts of labour, land quota, capital and technology: by place, by pair, between town and country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from megaregion.core.dual_economy import two_way_balance
from megaregion.data.cluster import Cluster
from megaregion.errors import InputError, MissingDataError, UnitError
from megaregion.mechanisms.factor_accounts_tables import (
    CapitalLeakageResult,
    FactorAccountsResult,
    FactorPairsResult,
    FactorSettlementResult,
    nothing,
)
from megaregion.mechanisms.urban_rural_inputs import KEYS, UrbanRuralOptions, read_roles, role, settlement_types
from megaregion.result import Result
from megaregion.units import factor

FACTORS = ("labour", "land", "capital", "technology")
LAYERS = {"commuting": "labour", "migration": "labour", "return": "labour", "capital": "capital",
          "technology": "technology"}  # fmt: skip
OUTSIDE = "outside"
REGISTERED = ("registered_same_province", "registered_other_province")
_COLUMNS = ("factor", "channel", "origin", "destination", "year", "value", "unit", "observed", "source")
_GROUP = ["factor", "channel", "period"]
_SIDE = [*_GROUP, "place_id"]


@dataclass(frozen=True, kw_only=True)
class FactorOptions:
    """The table [options.factor_accounts] of workspace.toml.

    Attributes
    ----------
    one_way_share : float
        A flow is one-way if the smaller direction carries less than this share of both; 0 to 1/2.
    absent_below : mapping of str to float
        Channel -> size below which pairs are not reported (0: absent means none). A pair of which one direction
        is absent is one-way only if that holds at this size too; in channels not named, absent is unknown.
    modelled : bool
        Take layers and rows that were not measured; they are marked.
    """

    one_way_share: float = 0.1
    absent_below: Mapping[str, float] = field(default_factory=dict)
    modelled: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> FactorOptions:
        """From the parsed table; unknown keys and values out of range raise InputError."""
        known = [f.name for f in fields(cls)]
        wrong = [f"unknown key {key!r}" for key in sorted(set(options) - set(known))]
        share = float(options.get("one_way_share", 0.1))
        if not 0.0 < share <= 0.5:
            wrong.append(f"one_way_share must be above 0 and at most 0.5, got {share}")
        wrong += [f"absent_below.{k} must be >= 0" for k, v in options.get("absent_below", {}).items() if not v >= 0]
        if wrong:
            raise InputError("options.factor_accounts: " + "; ".join(wrong), hint="keys: " + ", ".join(known))
        return cls(**options)


def factor_accounts(cluster: Cluster, flows: pd.DataFrame | None = None) -> dict[str, Result]:
    """Accounts of factors in both directions.

    Parameters
    ----------
    cluster : Cluster
        Layers commuting, migration, return, capital and technology of its flows are read; the roles deposits,
        loans (money), registered_same_province, registered_other_province, population, population_hukou (people).
        Options: [options.factor_accounts], see `FactorOptions`; what is town: [options.urban_rural].
    flows : DataFrame, optional
        Table factor_flows (schema of that name); default the one of the cluster, where it has one.

    Returns
    -------
    dict of str to Result
        factor_accounts (by place), factor_pairs, factor_settlement (town and country), capital_leakage; a table
        without rows says in its warnings what is lacking, such as places that cannot be told town or country.

    Raises
    ------
    InputError
        Unknown places, factors or units, negative flows, rows given twice; all at once.
    """
    options = FactorOptions.of(cluster.options.get("factor_accounts", {}))
    given = flows if flows is not None else cluster.further.get("factor_flows")
    records, warnings = _records(cluster, given, options)
    places = account_by_place(records, one_way_share=options.one_way_share)
    margin, told = _registered(cluster, options)
    table = pd.concat([places.table, margin], ignore_index=True) if len(margin) else places.table
    warnings += _one_sided(places.table)
    warnings += [f"channel {channel}: pairs below {limit:g} are not reported and are missing from the sums"
                 for channel, limit in sorted(options.absent_below.items())
                 if limit > 0 and (records["channel"] == channel).any()]  # fmt: skip
    if not len(table):
        warnings.append("no layer of flows, no factor_flows and no registration of residents: no accounts")
    return {
        "factor_accounts": FactorAccountsResult(
            table=table, one_way_share=options.one_way_share, warnings=(*warnings, *told)),
        "factor_pairs": account_by_pair(
            records, one_way_share=options.one_way_share, absent_below=options.absent_below),
        "factor_settlement": _settlement(cluster, records, options),
        "capital_leakage": _leakage(cluster),
    }  # fmt: skip


def _one_sided(table: pd.DataFrame) -> list[str]:
    """Channels in which places only give or only receive, as far as the tables say."""
    said = []
    for (channel, period), part in table.groupby(["channel", "period"], sort=True):
        one = int(((part["inflow"] == 0) ^ (part["outflow"] == 0)).sum())
        if one:
            said.append(f"channel {channel} of {period}: {one} of {len(part)} places have flows in one direction only: "
                        "a direction that no row names counts as none")  # fmt: skip
    return said


def account_by_place(records: pd.DataFrame, *, one_way_share: float = 0.1) -> FactorAccountsResult:
    """What each place receives and gives; flows inside a place count for nothing.

    Parameters
    ----------
    records : DataFrame
        Columns factor, channel, period, origin, destination, value (>= 0), unit, payment, observed, barrier,
        source; ``outside`` stands for the rest of the world and gets no row.
    one_way_share : float, default 0.1
        As in `FactorOptions`.

    Returns
    -------
    FactorAccountsResult
        `net` sums to zero in each channel and period if nobody trades with the outside; payments sum to zero
        likewise. Places that a channel does not name have no row.
    """
    moved = records[records["origin"] != records["destination"]]
    sides = []
    for end, money, name in (("destination", "payment_made", "inflow"), ("origin", "payment_received", "outflow")):
        by = moved.rename(columns={end: "place_id"}).groupby(_SIDE, sort=True)
        sides.append(pd.DataFrame({name: by["value"].sum(), money: by["payment"].sum(min_count=1)}))
    if not len(moved):
        return FactorAccountsResult(table=nothing(FactorAccountsResult.columns), one_way_share=one_way_share)
    table = sides[0].join(sides[1], how="outer").fillna({"inflow": 0.0, "outflow": 0.0})
    both = pd.concat([moved.rename(columns={e: "place_id"}) for e in ("origin", "destination")])
    table = table.join(_texts(both, _SIDE)).reset_index()
    table = table[table["place_id"] != OUTSIDE]
    return FactorAccountsResult(table=_closed(table, "inflow", "outflow", one_way_share, FactorAccountsResult),
                                one_way_share=one_way_share)  # fmt: skip


def account_by_pair(
    records: pd.DataFrame, *, one_way_share: float = 0.1, absent_below: Mapping[str, float] | None = None
) -> FactorPairsResult:
    """Both directions of every pair that has a flow, the smaller place_id first.

    Parameters
    ----------
    records : DataFrame
        As in `account_by_place`.
    one_way_share, absent_below
        As in `FactorOptions`.

    Returns
    -------
    FactorPairsResult
        A direction that the table does not give is missing (0 where `absent_below` of the channel is 0).
    """
    limits = dict(absent_below or {})
    moved = records[(records["origin"] != records["destination"])]
    if not len(moved):
        return FactorPairsResult(table=nothing(FactorPairsResult.columns), one_way_share=one_way_share,
                                 warnings=("no flow between two places",))  # fmt: skip
    forth = (moved["origin"] < moved["destination"]).to_numpy()
    low = np.where(forth, moved["origin"], moved["destination"])
    high = np.where(forth, moved["destination"], moved["origin"])
    keyed = moved.assign(place_a=low, place_b=high, side=np.where(forth, "a_to_b", "b_to_a"))
    keys = [*_GROUP, "place_a", "place_b"]
    table = keyed.pivot_table(index=keys, columns="side", values="value", aggfunc="sum")
    table = table.rename_axis(columns=None).reindex(columns=["a_to_b", "b_to_a"]).join(_texts(keyed, keys))
    table = table.reset_index()
    limit = table["channel"].map(limits).astype(float)
    for side in ("a_to_b", "b_to_a"):
        table[side] = table[side].mask(table[side].isna() & (limit == 0), 0.0)
    done = _closed(table, "a_to_b", "b_to_a", one_way_share, FactorPairsResult)
    seen = done[["a_to_b", "b_to_a"]].max(axis=1)  # one direction censored: judged at the largest it can be
    bound = done["channel"].map(limits).astype(float)
    censored = done[["a_to_b", "b_to_a"]].isna().any(axis=1) & bound.notna()
    surely = censored & (bound / (seen + bound) < one_way_share)
    done.loc[surely, "one_way"] = "yes"
    return FactorPairsResult(table=done, one_way_share=one_way_share)


def _texts(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Unit, barrier, basis and source of each group of rows."""
    by = rows.groupby(keys, sort=True)

    def words(column: str) -> pd.Series:
        return by[column].agg(lambda texts: ";".join(sorted({str(t) for t in texts if isinstance(t, str) and t})))

    basis = by["observed"].all().map({True: "observed", False: "modelled"})
    return pd.DataFrame({"unit": by["unit"].first(), "barrier": words("barrier"), "basis": basis,
                         "source": words("source")})  # fmt: skip


def _closed(
    table: pd.DataFrame, one: str, other: str, one_way_share: float,
    result: type[FactorAccountsResult] | type[FactorPairsResult] | type[FactorSettlementResult],
) -> pd.DataFrame:  # fmt: skip
    """Net, gross, balance and the one-way flag beside two directions."""
    a, b = table[one].astype(float), table[other].astype(float)
    gross = a + b
    out = table.assign(
        net=a - b,
        gross=gross,
        balance=two_way_balance(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)),
    )
    small = a.where(a < b, b) / gross.where(gross > 0)
    out["one_way"] = np.where(small.isna(), "unknown", np.where(small < one_way_share, "yes", "no"))
    names = [c.name for c in (result.columns or _settlement_columns())]
    keys = [n for n in (*_GROUP, "place_id", "place_a", "place_b") if n in names]
    return out.reindex(columns=names).sort_values(keys, ignore_index=True)


def _settlement_columns() -> tuple[Any, ...]:
    return FactorSettlementResult(table=pd.DataFrame(), one_way_share=0.1).describe()


def _records(cluster: Cluster, given: pd.DataFrame | None, options: FactorOptions) -> tuple[pd.DataFrame, list[str]]:
    """One long table of all flows of factors, and what was left out."""
    parts, warnings = [], []
    for layer, name in LAYERS.items():
        if layer not in cluster.flows:
            continue
        frame = cluster.flows[layer]
        observed = bool(frame.attrs.get("observed", True))
        if not observed and not options.modelled:
            warnings.append(f"layer {layer} is modelled and left out; options.factor_accounts.modelled = true takes it")
            continue
        about = {key: str(frame.attrs.get(key, "")) for key in ("period", "unit", "source")}
        about |= {"factor": name, "channel": layer, "barrier": ""}
        parts.append(_long(frame).assign(payment=np.nan, observed=observed, **about))
    if given is not None and len(given):
        rows = _checked(given, cluster)
        left = rows[~rows["observed"].astype(bool)] if not options.modelled else rows.iloc[:0]
        if len(left):
            warnings.append(f"factor_flows: {len(left)} modelled rows are left out")
        rows = rows.drop(index=left.index)
        layers = {tuple(part.iloc[0][_GROUP]) for part in parts if len(part)}
        twice = sorted(set(rows[_GROUP].itertuples(index=False, name=None)) & layers)
        if twice:
            text = ", ".join("/".join(map(str, key)) for key in twice)
            raise InputError(f"{text} stands in flows.csv and in factor_flows.csv", hint="give each channel once")
        parts.append(rows)
    names = [*_GROUP, "origin", "destination", "value", "unit", "payment", "observed", "barrier", "source"]
    if not parts:
        return pd.DataFrame({n: pd.Series(dtype=object) for n in names}), warnings
    whole = pd.concat([part[names] for part in parts], ignore_index=True)
    if (whole["value"].astype(float) < 0).any():
        raise InputError("a flow is negative", hint="turn origin and destination round")
    return whole, warnings


def _long(frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a square frame that the table speaks of."""
    values = frame.to_numpy(dtype=float)
    i, j = np.nonzero(~np.isnan(values))
    return pd.DataFrame({"origin": frame.index[i], "destination": frame.columns[j], "value": values[i, j]})


def _checked(given: pd.DataFrame, cluster: Cluster) -> pd.DataFrame:
    """The table factor_flows with one unit a channel; everything wrong with it is said at once."""
    lacking = [name for name in _COLUMNS if name not in given.columns]
    if lacking:
        raise InputError(f"factor_flows lacks the columns {', '.join(lacking)}", hint="see the schema factor_flows")
    rows = given.reset_index(drop=True).copy()
    wrong: list[str] = []
    keys = ["factor", "channel", "origin", "destination", "year"]
    known = {*cluster.places.index, OUTSIDE}
    value, payment = rows["value"].astype(float), rows.get("payment", pd.Series(np.nan, rows.index)).astype(float)
    for bad, text in (
        (~rows["factor"].isin(FACTORS), f"factor is none of {', '.join(FACTORS)}"),
        (~rows["origin"].isin(known) | ~rows["destination"].isin(known), "names a place that is not in places.csv"),
        (~np.isfinite(value) | (value < 0), "value is missing, negative or infinite"),
        ((payment < 0) | np.isinf(payment), "payment is negative or infinite"),
        (rows.duplicated(keys, keep=False), "is given twice"),
    ):
        if bad.any():
            some = ", ".join("/".join(map(str, r)) for r in rows.loc[bad, keys].head(5).to_numpy())
            wrong.append(f"{int(bad.sum())} rows: {text} [{some}]")
    for channel, part in rows.groupby(["factor", "channel"], sort=True):
        units = list(part["unit"].astype(str).unique())
        try:
            rows.loc[part.index, "value"] = part["value"].astype(float) * part["unit"].map(
                {u: factor(str(u), str(units[0])) for u in units}
            )
            rows.loc[part.index, "unit"] = units[0]
        except UnitError as error:
            wrong.append(f"{'/'.join(map(str, channel))}: {error.message}")
    if wrong:
        raise InputError("factor_flows: " + "; ".join(wrong), hint="mend tables/factor_flows.csv")
    barrier = rows["barrier"].fillna("") if "barrier" in rows else ""
    return rows.assign(payment=payment, barrier=barrier, period=rows["year"].astype(int).astype(str))


def _registered(cluster: Cluster, options: FactorOptions) -> tuple[pd.DataFrame, list[str]]:
    """Residents registered elsewhere as labour that came; who left follows where registered people are counted.

    out = registered here - (residents - those registered elsewhere): people registered here who live elsewhere.
    """
    wanted = {name: role(cluster, name) for name in (*REGISTERED, "population", "population_hukou")}
    level = UrbanRuralOptions.of(cluster.options.get("urban_rural", {})).level(cluster)
    for kind in dict.fromkeys((level, str(cluster.attrs.get("detail", level)), str(cluster.attrs["level"]))):
        found = read_roles(cluster, wanted, cluster.select(kind).index)
        if not set(REGISTERED) & set(found.absent):
            break
    else:
        return pd.DataFrame(), []
    rows = found.values[found.values[list(REGISTERED)].notna().all(axis=1)].reset_index()
    came = rows[list(REGISTERED)].sum(axis=1)
    here = rows.reindex(columns=["population", "population_hukou"]).astype(float)
    left = here["population_hukou"] - (here["population"] - came)
    odd = left < 0
    left = left.mask(odd)
    out = pd.DataFrame(
        {
            "factor": "labour", "channel": "registration", "period": rows["year"].astype(str),
            "place_id": rows["place_id"], "unit": "person", "inflow": came, "outflow": left,
            "barrier": "", "basis": np.where(left.notna(), "derived", "one-sided"),
            "source": "; ".join(found.indicators[n] for n in REGISTERED),
        }
    )  # fmt: skip
    warnings = ["channel registration: residents registered elsewhere, a stock; says nothing on where they came from"]
    if left.isna().any():
        warnings.append(f"channel registration: {int(left.isna().sum())} rows know only who came")
    if odd.any():
        some = ", ".join(f"{p} {y}" for p, y in rows.loc[odd, KEYS].head(5).to_numpy())
        warnings.append(f"channel registration: fewer people registered than live at home: {some}; who left is missing")
    return _closed(out, "inflow", "outflow", options.one_way_share, FactorAccountsResult), warnings


def _settlement(cluster: Cluster, records: pd.DataFrame, options: FactorOptions) -> FactorSettlementResult:
    """Flows summed between places of town and of country."""
    empty = FactorSettlementResult(table=nothing(_settlement_columns()), one_way_share=options.one_way_share)
    known = records[(records["origin"] != OUTSIDE) & (records["destination"] != OUTSIDE)]
    moved = known[known["origin"] != known["destination"]]
    kinds, text = None, "no flow between places"
    if len(moved):
        labels = cluster.places.index[cluster.places.index.isin({*moved["origin"], *moved["destination"]})]
        text = "nothing says which places are town (role settlement)"
        try:
            kinds = settlement_types(cluster, labels, UrbanRuralOptions.of(cluster.options.get("urban_rural", {})))
        except MissingDataError as error:  # flows of cities where counties are town or country: the rest still holds
            text = f"flows are not told between town and country: {error.message}"
    if kinds is None:
        return FactorSettlementResult(table=empty.table, one_way_share=options.one_way_share, warnings=(text,))
    a, b = (moved[end].map(kinds.town).to_numpy(dtype=bool) for end in ("origin", "destination"))
    side = np.select([~a & b, a & ~b, a & b], ["to_town", "to_country", "within_town"], "within_country")
    keyed = moved.assign(side=side)
    sums = keyed.pivot_table(index=_GROUP, columns="side", values="value", aggfunc="sum", fill_value=0.0)
    names = ["to_town", "to_country", "within_town", "within_country"]
    table = sums.reindex(columns=names, fill_value=0.0).rename_axis(columns=None).join(_texts(keyed, _GROUP))
    done = _closed(table.reset_index(), "to_town", "to_country", options.one_way_share, FactorSettlementResult)
    return FactorSettlementResult(
        table=done, one_way_share=options.one_way_share, rule=kinds.rule, modelled=kinds.modelled
    )


def _leakage(cluster: Cluster) -> CapitalLeakageResult:
    """Deposits, loans and their ratio wherever both are given."""
    found = read_roles(cluster, {n: role(cluster, n) for n in ("deposits", "loans")}, cluster.places.index)
    if found.absent:
        empty = CapitalLeakageResult(table=pd.DataFrame(), unit="index", indicators=())
        text = f"[indicators] gives no values for the roles {', '.join(found.absent)}: no leakage proxy"
        return CapitalLeakageResult(table=nothing(empty.describe()), unit="index", indicators=(), warnings=(text,))
    if found.units["deposits"] != found.units["loans"]:
        raise InputError(f"deposits are in {found.units['deposits']}, loans in {found.units['loans']}",
                         hint="give both in one currency and price base")  # fmt: skip
    both = found.values.dropna().reset_index()
    ratio = both["loans"] / both["deposits"].where(both["deposits"] > 0)
    kind = cluster.places["kind"].reindex(both["place_id"]).to_numpy()
    table = both.assign(
        kind=kind, loan_deposit_ratio=ratio, leakage=both["deposits"] - both["loans"], leakage_share=1.0 - ratio,
        flag=found.flag.reindex(pd.MultiIndex.from_frame(both[KEYS])).to_numpy(),
    )  # fmt: skip
    result = CapitalLeakageResult(
        table=table, unit=found.units["deposits"], indicators=tuple(found.indicators.values()),
        warnings=("a proxy: banks lend where their head office books, and a ratio above 1 is money from elsewhere",),
    )  # fmt: skip
    names = [c.name for c in result.describe()]
    return CapitalLeakageResult(table=table[names], unit=result.unit, indicators=result.indicators,
                                warnings=result.warnings)  # fmt: skip
