"""Damaged files of roads and trips: read, or refused with a reason; never another error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from megaregion.data.roads import read_roads
from megaregion.data.trips import read_trips
from megaregion.errors import InputError

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3
<ORIGINAL HEADER>~\tTail\tHead\tCapacity (veh/h)\tLength\tFree Flow Time (min)\tB\tPower\tSpeed\tToll\tType\t;
<END OF METADATA>
~\tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t900\t2.5\t3.5\t0.15\t4\t30\t0\t1\t;
\t3\t2\t600\t1\t2\t0.15\t4\t0\t25\t1\t;
\t2\t3\t600\t1\t2\t0.15\t4\t0\t25\t1\t;
"""
TRIPS = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 17.5\n<END OF METADATA>\nOrigin 1\n 2 : 12.25;\nOrigin 2\n 1 : 5.25;\n"
LINK = """link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,lanes,b,power,allowed_uses,geometry
1,a,b,false,10,60,1800,2,0.15,4,auto,"LINESTRING (0 0, 1 0)"
2,b,c,true,5,50,1000,1,0.2,3,,
"""
NODE = "node_id,x_coord,y_coord,zone_id,node_type\na,0,0,1,centroid\nb,1,0,,\nc,2,0,2,\n"
CONFIG = "long_length,speed,crs\nmile,mph,4326\n"
LONG = "origin,destination,value\n1,2,3.5\n2,1,4\n"
SQUARE = "zone,1,2\n1,0,3.5\n2,4,0\n"
GMNS = {"link.csv": LINK, "node.csv": NODE, "config.csv": CONFIG}
CASES: dict[str, tuple[dict[str, str], str, Callable[[Path], Any]]] = {
    "tntp": ({"a_net.tntp": NET}, "a_net.tntp", lambda p: read_roads(p / "a_net.tntp").network()),
    "tntp trips": ({"a.tntp": TRIPS}, "a.tntp", lambda p: read_trips(p / "a.tntp").matrix()),
    "gmns links": (GMNS, "link.csv", lambda p: read_roads(p).network()),
    "gmns nodes": (GMNS, "node.csv", lambda p: read_roads(p).network()),
    "gmns config": (GMNS, "config.csv", lambda p: read_roads(p)),
    "long": ({"a.csv": LONG}, "a.csv", lambda p: read_trips(p / "a.csv").matrix()),
    "square": ({"a.csv": SQUARE}, "a.csv", lambda p: read_trips(p / "a.csv").matrix()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_refused_with_a_reason(tmp_path: Path, case: str, data: st.DataObject) -> None:
    """Up to three places of the file are overwritten by, or lose, a few characters."""
    files, hit, read = CASES[case]
    text = files[hit]
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 6))
        text = text[:at] + data.draw(st.text("0189.-eE,;:<>~\t\n\"' xnaN杭", max_size=4)) + text[at + gone :]
    for name, content in files.items():
        (tmp_path / name).write_text(text if name == hit else content, encoding="utf-8")
    try:
        read(tmp_path)
    except InputError as error:
        assert len(str(error)) > 20  # says something
