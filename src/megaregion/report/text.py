"""Sentences in two languages, and numbers as a reader wants them: unit, range, and whether a model made them."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


@dataclass(frozen=True)
class Text:
    """One piece of HTML in English and in Chinese."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """The text in one language."""
        return self.zh if language == "zh" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(self.en + other.en, self.zh + other.zh)


EMPTY = Text("", "")
Part = Text | str | int


def say(en: str, zh: str, **parts: Part) -> Text:
    """Fill a sentence; parts that are `Text` are HTML already, plain strings are escaped.

    Parameters
    ----------
    en, zh : str
        Templates of our own with ``{name}`` placeholders.
    **parts : Text, str or int
        What to put in.
    """
    left = {k: v.en if isinstance(v, Text) else html.escape(str(v)) for k, v in parts.items()}
    right = {k: v.zh if isinstance(v, Text) else html.escape(str(v)) for k, v in parts.items()}
    return Text(en.format(**left), zh.format(**right))


def raw(text: object) -> Text:
    """A string from data, escaped, the same in both languages."""
    shown = html.escape(str(text))
    return Text(shown, shown)


def both(en: object, zh: object) -> Text:
    """Two strings from data, escaped; an empty one is replaced by the other."""
    left, right = _word(en), _word(zh)
    return Text(html.escape(left or right), html.escape(right or left))


def _word(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return str(value).strip()


def join(parts: Sequence[Text]) -> Text:
    """Enumeration: commas in English, 、 in Chinese."""
    return Text(", ".join(p.en for p in parts), "、".join(p.zh for p in parts))


def plain(text: str) -> str:
    """HTML without tags and entities, for alternative texts and figures."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


MODELLED = Text(
    ' <abbr class="modelled" title="Comes out of a model and was not measured">modelled</abbr>',
    ' <abbr class="modelled" title="由模型计算得出，并非实测">模型值</abbr>',
)


def marked(text: Text, modelled: bool) -> Text:
    """The number with its mark if a model made it."""
    return text + MODELLED if modelled else text


def number(value: float, digits: int = 0, *, sign: bool = False) -> Text:
    """A number with thousands separators and a true minus; an en dash where it is missing."""
    if value is None or not math.isfinite(value):
        return Text("–", "–")
    rounded = round(float(value), digits)
    shown = f"{rounded:{'+' if sign and rounded else ''},.{digits}f}".replace("-", "−")
    if rounded == 0:
        shown = shown.lstrip("−")
    return Text(shown, shown)


def significant(value: float, figures: int = 3, *, sign: bool = False) -> Text:
    """A number with so many significant figures, without exponents."""
    if value is None or not math.isfinite(value) or value == 0:
        return number(value, 0)
    digits = max(0, min(8, figures - 1 - math.floor(math.log10(abs(value)))))
    return number(value, digits, sign=sign)


def percent(value: float, digits: int = 1, *, sign: bool = False) -> Text:
    """Percent with its sign."""
    return number(value, digits, sign=sign) + Text(" %", "%") if _finite(value) else number(value)


def people(value: float, *, sign: bool = False) -> Text:
    """People in millions (English) and in 万 or 亿 (Chinese)."""
    if not _finite(value):
        return number(value)
    size = abs(value)
    en = (
        number(value / 1e6, 1 if size >= 1e7 else 2, sign=sign).en + " million"
        if size >= 1e6
        else number(_rounded(value), 0, sign=sign).en
    )
    if size >= 1e8:
        zh = number(value / 1e8, 2, sign=sign).zh + "亿"
    elif size >= 1e4:
        zh = number(value / 1e4, 1 if size < 1e6 else 0, sign=sign).zh + "万"
    else:
        zh = number(_rounded(value), 0, sign=sign).zh
    return Text(en, zh + "人")


def _rounded(value: float) -> float:
    """Three significant figures of a number of people; small numbers stay as they are."""
    return float(f"{value:.3g}") if abs(value) >= 1e3 else value


_CURRENCY = {"CNY": "元", "EUR": "欧元", "USD": "美元"}


def money(millions: float, currency: str, *, sign: bool = False) -> Text:
    """Money given in millions: ``480 bn CNY`` and ``4,800亿元``."""
    if not _finite(millions):
        return number(millions)
    size = abs(millions)
    unit = _CURRENCY.get(currency, currency)
    if size >= 1e6:
        en = significant(millions / 1e6, 3, sign=sign).en + f" trn {currency}"
    elif size >= 1e3:
        en = significant(millions / 1e3, 3, sign=sign).en + f" bn {currency}"
    else:
        en = significant(millions, 3, sign=sign).en + f" m {currency}"
    if size >= 1e6:
        zh = significant(millions / 1e6, 3, sign=sign).zh + f"万亿{unit}"
    elif size >= 1e2:
        zh = significant(millions / 1e2, 3, sign=sign).zh + f"亿{unit}"
    else:
        zh = significant(millions * 1e2, 3, sign=sign).zh + f"万{unit}"
    return Text(en, zh)


def minutes(value: float) -> Text:
    """Minutes, whole."""
    return number(value, 0) + Text(" min", "分钟") if _finite(value) else number(value)


def between(low: Text, high: Text) -> Text:
    """A range."""
    return Text(f"{low.en} to {high.en}", f"{low.zh}至{high.zh}")


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


UNITS: dict[str, Text] = {
    "by row": EMPTY,  # another column says it
    "": EMPTY, "person": Text("people", "人"), "percent": Text("%", "%"), "min": Text("min", "分钟"),
    "km": Text("km", "公里"), "count": EMPTY, "year": EMPTY, "index": EMPTY, "ratio": EMPTY, "share": EMPTY,
    "ha": Text("ha", "公顷"),
    "person h": Text("person hours", "人小时"), "trains/day x h": Text("trains/day × h", "班/日×小时"),
    "trains/day": Text("trains/day", "班/日"), "1/day": Text("per day", "次/日"), "scaled 0-1": Text("0–1", "0–1"),
}  # fmt: skip
_MONEY = re.compile(r"^(million )([A-Z]{3})(.*)$")


def unit(name: str) -> Text:
    """A unit for a column heading."""
    if name in UNITS:
        return UNITS[name]
    if match := _MONEY.match(name):
        rest = match[3].strip()
        zh_rest = rest.replace("(current)", "（当年价）").replace("a year", "/年").replace("per year", "/年")
        return Text(html.escape(name), html.escape(f"百万{_CURRENCY.get(match[2], match[2])}{zh_rest}"))
    if name.endswith(" x h"):
        return weight(name.removesuffix(" x h")) + Text(" × h", "×小时")
    return raw(name)


def weight(name: str) -> Text:
    """A unit as what something is weighted by, where even an index or a pair must be named."""
    named = {"index": Text("index", "指数"), "pair": Text("pairs", "城市对"), "": Text("pairs", "城市对")}
    return named.get(name) or (unit(name) if UNITS.get(name) != EMPTY else raw(name))


def currency_of(name: str, default: str = "") -> str:
    """Code of the currency in a money unit."""
    match = re.search(r"\b([A-Z]{3})\b", name)
    return match[1] if match else default


def short(name: str) -> str:
    """A Chinese name without 市 or 省 at its end, for maps and rows."""
    return name[:-1] if len(name) > 2 and name[-1] in "市省" else name
