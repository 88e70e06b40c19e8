import pytest

from megaregion.report.text import both, money, number, people, percent, plain, say, short, significant, unit, weight


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [(235_213_670, "235.2 million", "2.35亿人"), (24_870_895, "24.9 million", "2,487万人"), (847_197, "847,000",
    "84.7万人"),
     (950, "950", "950人"), (float("nan"), "–", "–")],
)  # fmt: skip
def test_people(value: float, en: str, zh: str) -> None:
    assert (people(value).en, people(value).zh) == (en, zh)


@pytest.mark.parametrize(
    ("millions", "en", "zh"),
    [(480_000, "480 bn CNY", "4,800亿元"), (24_680_000, "24.7 trn CNY", "24.7万亿元"), (3_090, "3.09 bn CNY",
    "30.9亿元"),
     (12.5, "12.5 m CNY", "1,250万元")],
)  # fmt: skip
def test_money(millions: float, en: str, zh: str) -> None:
    """1 million is 100 万, 100 million are 1 亿."""
    assert (money(millions, "CNY").en, money(millions, "CNY").zh) == (en, zh)


def test_numbers() -> None:
    assert number(-1234.56, 1).en == "−1,234.6"
    assert number(-0.001, 1, sign=True).en == "0.0"
    assert number(2.0, 1, sign=True).en == "+2.0"
    assert significant(0.012345, 3).en == "0.0123"
    assert percent(5.0).en == "5.0 %"
    assert percent(5.0).zh == "5.0%"


def test_sentences_escape_strings_and_keep_texts() -> None:
    text = say("{a} and {b}", "{a}与{b}", a="<x>", b=both("B", "乙"))
    assert text.en == "&lt;x&gt; and B"
    assert text.zh == "&lt;x&gt;与乙"
    assert plain("<b>a</b> &lt; b") == "a < b"


def test_names() -> None:
    assert both("Berlin", float("nan")).zh == "Berlin"
    assert both(None, "柏林").en == "柏林"
    assert short("南京市") == "南京"
    assert short("沙市") == "沙市"
    assert unit("million CNY (current)").zh == "百万元（当年价）"


def test_weights_are_never_empty() -> None:
    """An index has no unit to print beside its numbers; what is weighted by it says so."""
    assert unit("index").en == "" and (weight("index").en, weight("index").zh) == ("index", "指数")
    assert (weight("pair").zh, weight("").zh, weight("tons").en) == ("城市对", "城市对", "tons")
    assert (unit("index x h").en, unit("index x h").zh) == ("index × h", "指数×小时")
    assert unit("person h").zh == "人小时" and unit("trains/day x h").zh == "班/日×小时"
