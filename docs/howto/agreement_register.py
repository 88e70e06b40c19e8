"""How do I bring my spreadsheet of agreements into a workspace, and what do the agreements weigh?"""

# %% A spreadsheet as an office keeps it: Chinese headings, names instead of codes, one row a party, GBK.
# Here it is written from the register of the shipped example; take your own XLSX or CSV
import shutil
import tempfile
from pathlib import Path

import pandas as pd

from megaregion.data.cluster import groups
from megaregion.data.init import example_folder
from megaregion.data.register import import_register
from megaregion.data.workspace import Workspace
from megaregion.mechanisms.agreement_register import CARRIED, STRENGTH, agreement_register

folder = Path(tempfile.mkdtemp())
example = Workspace(example_folder("yangtze-delta"))
places = example.cluster().places
shipped = example.cluster().agreements.reset_index()
rows = shipped.assign(party=shipped["parties"].str.split(";")).explode("party")
sheet = pd.DataFrame({
    "协议编号": rows["agreement_id"], "协议名称": rows["title"], "签署方": rows["party"].map(places["name_zh"]),
    "领域": rows["field"].replace({"economy": "经济", "transport": "交通", "environment": "生态"}),
    "类型": rows["instrument"].replace({"agreement": "框架协议", "plan": "方案"}),
    "签署时间": rows["start"].astype(int), "状态": rows["status"].replace({"signed": "已签署"}),
    "来源网址": rows["url"], "经办": "某处",
})  # fmt: skip
sheet.to_csv(folder / "register.csv", index=False, encoding="gb18030")

# %% Look first (the command: megaregion register register.csv --workspace my-region --dry-run)
shutil.copytree(example.root, folder / "region", ignore=shutil.ignore_patterns("results", "report", "agreements*"))
region = Workspace(folder / "region")
seen = import_register(region, folder / "register.csv", dry_run=True)
print(seen.read.layout, len(seen.read.table), *seen.read.notes, *seen.problems, sep="\n")

# %% Two districts are called 普陀区, in Shanghai and in Zhoushan: nothing is written until it is said which is meant,
# here in a file of declarations (上海市普陀区 in the cell would do, too)
(folder / "mapping.toml").write_text('[parties]\n"普陀区" = "310107"\n', encoding="utf-8")
done = import_register(region, folder / "register.csv", mapping=folder / "mapping.toml")
print(done.target, done.written)

# %% Counts, and beside them the weight by instrument and status: a convention
cluster = region.cluster()
found = agreement_register(cluster.agreements, cluster.places, groups(cluster), level="city")
print(found.to_frame().round(2).to_string(index=False))
print(found.ties.to_frame().head(5).to_string(index=False))

# %% Does the order of the fields hang on the convention? Every instrument alike; or only what is in force
for name, options in {
    "instruments alike": {"strength": dict.fromkeys(STRENGTH, 1.0)},
    "in force only": {"carried": {**dict.fromkeys(CARRIED, 0.0), "in-force": 1.0}},
}.items():
    other = agreement_register(cluster.agreements, cluster.places, groups(cluster), level="city", **options)
    print(name, other.to_frame().set_index("field")["weight_share"].round(2).to_dict())
