"""workspace.toml: keys, types, currency and price base, projection, sources, roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from megaregion.data.problem import Problem, Severity, first
from megaregion.data.projection import crs_fault
from megaregion.data.rules.record import Record

WORKSPACE = ("format", "cluster", "indicators", "options", "sources", "fetch")
CLUSTER: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "name": (str,),
    "level": (str,),
    "group": (str,),
    "base_year": (int,),
    "timetable": (str,),
    "seed": (int,),
    "currency": (str,),
    "crs": (str,),
    "name_zh": (str,),
    "detail": (str,),
    "datum": (str,),
    "languages": (list,),
}
REQUIRED = ("id", "name", "level", "group", "base_year", "timetable", "seed")
SOURCE = ("title", "title_zh", "publisher", "licence", "url", "year", "note", "note_zh")
CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND
    VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
    """.split()  # noqa: SIM905 - ISO 4217, kept as a block
)


def check(record: Record) -> list[Problem]:
    """Every rule of this file."""
    return [*workspace(record), *described(record), *roles(record)] if record.config else []


def unknown_keys(given: Mapping[str, Any], known: Sequence[str], where: str, at: str) -> list[Problem]:
    """Unknown keys, with what was probably meant."""
    strange = [key for key in given if key not in known]
    if not strange:
        return []
    near = {key: get_close_matches(key, known, 1) for key in strange}
    hint = "; ".join(f"{key} is perhaps {match[0]}" for key, match in near.items() if match)
    return [
        Problem(
            "warning",
            "unknown-key",
            where,
            f"keys that nothing reads in {at}",
            column=at,
            labels=first(strange),
            count=len(strange),
            fix=hint or "known: " + ", ".join(known),
        )
    ]


def one(
    code: str, where: str, column: str, text: str, label: object, fix: str, severity: Severity = "error"
) -> Problem:
    """A finding about one thing of a file."""
    return Problem(severity, code, where, text, column=column, labels=(str(label),), count=1, fix=fix)


def workspace(record: Record) -> list[Problem]:
    """Keys and values of workspace.toml."""
    where = "workspace.toml"
    out = unknown_keys(record.config, WORKSPACE, where, "the file")
    if not record.cluster:
        return [
            *out,
            one("missing-key", where, "cluster", "expected a table [cluster]", "cluster", "see: workspace format"),
        ]
    cluster = record.cluster
    out += unknown_keys(cluster, tuple(CLUSTER), where, "[cluster]")
    lacking = [key for key in REQUIRED if key not in cluster]
    if lacking:
        out.append(
            Problem(
                "error",
                "missing-key",
                where,
                f"[cluster] needs {', '.join(lacking)}",
                column="[cluster]",
                labels=first(lacking),
                count=len(lacking),
                fix="add these keys",
            )
        )
    for key, kinds in CLUSTER.items():
        value = cluster.get(key)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            want = {str: "text", int: "a whole number", list: "a list"}[kinds[0]]
            out.append(one("wrong-type", where, key, f"expected {want}, got {value!r}", value, f"write {want}"))
    return [*out, *_money(cluster), *_projection(cluster), *_timetable(record)]


def _money(cluster: Mapping[str, Any]) -> list[Problem]:
    where, code = "workspace.toml", cluster.get("currency")
    if code is None:
        return [
            one(
                "no-currency",
                where,
                "currency",
                "[cluster] does not name the currency of costs and gains",
                "currency",
                'add currency = "CNY" (ISO 4217)',
                "warning",
            )
        ]
    out = []
    if str(code) not in CURRENCIES:
        out.append(
            one(
                "unknown-currency",
                where,
                "currency",
                f"expected an ISO 4217 code, got {code!r}",
                code,
                'such as "CNY" or "EUR"',
            )
        )
    year = cluster.get("base_year")
    if not isinstance(year, int) or not 1800 <= year <= 2200:
        out.append(
            one(
                "no-price-base",
                where,
                "base_year",
                f"amounts of money are at prices of base_year, which is {year!r}",
                code,
                "give the year, such as 2020",
            )
        )
    return out


def _projection(cluster: Mapping[str, Any]) -> list[Problem]:
    name = cluster.get("crs")
    if name is None or not (fault := crs_fault(name)):
        return []
    mend = 'name a projected system in metres that fits the region, such as "ESRI:102012"'
    return [one("unknown-crs", "workspace.toml", "crs", fault, name, mend)]


def _timetable(record: Record) -> list[Problem]:
    known, name = record.ids("services", "timetable"), record.cluster.get("timetable")
    if not known or not name or str(name) in known:
        return []
    return [
        one(
            "unknown-timetable",
            "workspace.toml",
            "timetable",
            f"services.timetable has no {name!r}",
            name,
            "there: " + ", ".join(sorted(known)),
        )
    ]


def described(record: Record) -> list[Problem]:
    """Sources without title or licence, and with keys that nothing reads."""
    where, entries = "workspace.toml", record.config.get("sources", {})
    if not isinstance(entries, dict):
        return [
            one("wrong-type", where, "sources", "expected tables [sources.<id>]", "sources", "see: workspace format")
        ]
    out: list[Problem] = []
    poor = []
    for name, entry in entries.items():
        if not isinstance(entry, dict):
            out.append(
                one("wrong-type", where, "sources", f"expected a table [sources.{name}]", name, "see: workspace format")
            )
            continue
        out += unknown_keys(entry, SOURCE, where, f"[sources.{name}]")
        if not entry.get("title") or not entry.get("licence"):
            poor.append(name)
    if poor:
        out.append(
            Problem(
                "warning",
                "source-incomplete",
                where,
                "every source needs a title and a licence",
                column="sources",
                labels=first(poor),
                count=len(poor),
                fix="add them; the report prints both",
            )
        )
    return out


def roles(record: Record) -> list[Problem]:
    """Indicators that workspace.toml gives a role and the table lacks."""
    named = record.config.get("indicators", {})
    sheet = record.sheet("indicators", "indicator", "year")
    if not isinstance(named, dict) or not named:
        return []
    if sheet is None:
        return [
            one(
                "missing-table",
                "tables/indicators.csv",
                "",
                "workspace.toml names indicators, the table is not there or empty",
                ", ".join(map(str, named.values())),
                "add tables/indicators.csv",
            )
        ]
    there = set(sheet.frame["indicator"].dropna())
    out = []
    for role, name in named.items():
        if str(name) not in there:
            near = get_close_matches(str(name), sorted(there), 1)
            fix = f"perhaps {near[0]}" if near else "there: " + ", ".join(sorted(there)[:8])
            out.append(
                one(
                    "absent-indicator",
                    "workspace.toml",
                    f"indicators.{role}",
                    f"indicators.indicator has no {name!r}",
                    name,
                    fix,
                )
            )
    return out
