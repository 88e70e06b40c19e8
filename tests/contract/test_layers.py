"""Imports point downwards only; hard and soft links stay apart; heavy packages stay inside functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDER = [
    {"errors", "_version"},
    {"units", "result", "_rng", "_optional"},
    {"core"},
    {"data", "plot"},
    {"nodes", "links"},
    {"mechanisms"},
    {"equilibrium"},
    {"plan"},
    {"report"},
    {"pipeline"},
    {"web"},
    {"cli"},
    {"__main__"},  # python -m
]  # those in one row never import each other
RANK = {name: i for i, names in enumerate(ORDER) for name in names}
ROOT_IMPORTS = {"_version"}  # all that the package root may import
GROUND, COMPUTE, HOLD = {"numpy"}, {"numpy", "scipy"}, {"numpy", "pandas"}
EXTRA = {"cli": {"click", "rich"}}  # the terminal; web will add its server
KERNEL_ONLY = {"numba"}  # at module level only in modules of core that nothing but core imports


def modules(root: Path) -> Iterator[tuple[Path, str, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield path, parts[0], ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST, root: str) -> Iterator[str]:
    """Dotted names of everything imported anywhere, inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = root if node.level else str(node.module)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def upward_arrows(root: Path) -> list[str]:
    bad = []
    for path, here, tree in modules(root):
        for name in imported(tree, root.name):
            top, there = ([*name.split("."), ""])[:2]
            if top != root.name or there == here:
                continue
            allowed = there in ROOT_IMPORTS if here == "__init__" else RANK.get(there, 99) < RANK.get(here, -1)
            if not allowed:
                bad.append(f"{path.relative_to(root)}: {here} -> {there or 'package root'}")
    return bad


def relative_imports(root: Path) -> list[str]:
    return [
        str(path.relative_to(root))
        for path, _, tree in modules(root)
        if any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    ]


def mixed_links(root: Path) -> list[str]:
    """Modules of links, other than links/diagnose.py, that see the other half or both halves."""
    bad = []
    for path, here, tree in modules(root):
        parts = path.relative_to(root).parts
        if here != "links" or parts == ("links", "diagnose.py"):
            continue
        seen = {".".join(name.split(".")[1:3]) for name in imported(tree, root.name)} & {"links.hard", "links.soft"}
        mine = {f"links.{parts[1]}"} if len(parts) > 2 else set()
        if len(seen | mine) > 1:
            bad.append("/".join(parts))
    return bad


def module_level(tree: ast.Module) -> Iterator[str]:
    """Top packages imported when the module is imported: not inside functions, not for type checkers only."""
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            stack += node.orelse
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        else:
            stack += ast.iter_child_nodes(node)


def heavy_imports(root: Path, standard: frozenset[str]) -> list[str]:
    bad = []
    users: dict[str, set[str]] = {}  # module of core -> rooms that import it
    for _, here, tree in modules(root):
        for name in imported(tree, root.name):
            users.setdefault(".".join(name.split(".")[1:3]), set()).add(here)
    for path, here, tree in modules(root):
        rank = RANK.get(here, -1)
        allowed = GROUND if rank <= RANK["units"] else COMPUTE if here == "core" else HOLD
        name = ".".join(path.relative_to(root).with_suffix("").parts[:2])
        kernels = KERNEL_ONLY if here == "core" and users.get(name, set()) <= {"core"} else set()
        for top in sorted(set(module_level(tree)) - standard - {root.name}):
            if top not in allowed | EXTRA.get(here, set()) | kernels:
                bad.append(f"{path.relative_to(root)}: imports {top} at module level")
    return bad


def test_arrows_point_down(package_root: Path) -> None:
    assert upward_arrows(package_root) == []


def test_imports_are_absolute(package_root: Path) -> None:
    assert relative_imports(package_root) == []


def test_hard_and_soft_links_meet_only_in_diagnose(package_root: Path) -> None:
    assert mixed_links(package_root) == []


def test_third_party_packages_stay_in_their_layers(package_root: Path) -> None:
    import sys

    assert heavy_imports(package_root, frozenset(sys.stdlib_module_names)) == []


def test_every_room_has_a_place_in_the_order(package_root: Path) -> None:
    rooms = {path.name for path in package_root.iterdir() if (path / "__init__.py").exists()}
    files = {path.stem for path in package_root.glob("*.py")} - {"__init__", "__main__"}
    assert rooms | files <= set(RANK)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"core/a.py": "import toy.data.x"}, "core/a.py: core -> data"),
        ({"data/a.py": "def f():\n    from toy.plot import x"}, "data/a.py: data -> plot"),
        ({"nodes/a.py": "from toy import units, links"}, "nodes/a.py: nodes -> links"),
        ({"nodes/a.py": "import toy"}, "nodes/a.py: nodes -> package root"),
        ({"errors.py": "from toy.units import x"}, "errors.py: errors -> units"),
        ({"__init__.py": "from toy.data import x"}, "__init__.py: __init__ -> data"),
        ({"new/a.py": "import toy.errors"}, "new/a.py: new -> errors"),
    ],
)
def test_the_check_sees_a_wrong_arrow(tmp_path: Path, files: dict[str, str], found: str) -> None:
    assert upward_arrows(planted(tmp_path, files)) == [found]


@pytest.mark.parametrize(
    "files",
    [
        {"links/hard/a.py": "import toy.links.soft.b"},
        {"links/soft/a.py": "from toy.links import hard"},
        {"links/both.py": "import toy.links.soft.b\nimport toy.links.hard.c"},
    ],
)
def test_the_check_sees_mixed_links(tmp_path: Path, files: dict[str, str]) -> None:
    assert mixed_links(planted(tmp_path, files)) == list(files)
    assert mixed_links(planted(tmp_path / "x", {"links/diagnose.py": "import toy.links.soft, toy.links.hard"})) == []


def test_the_check_sees_heavy_imports(tmp_path: Path) -> None:
    root = planted(
        tmp_path,
        {
            "data/a.py": "import geopandas\nimport json",
            "data/b.py": "def f():\n    import geopandas",
            "data/c.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import geopandas",
            "data/d.py": "try:\n    import scipy\nexcept ImportError:\n    pass",
            "core/e.py": "import pandas",
            "core/f.py": "import numba",
            "core/g.py": "import numba",
            "links/h.py": "import toy.core.g",
            "core/i.py": "import toy.core.f",
        },
    )
    assert heavy_imports(root, frozenset({"json", "typing"})) == [
        "core/e.py: imports pandas at module level",
        "core/g.py: imports numba at module level",
        "data/a.py: imports geopandas at module level",
        "data/d.py: imports scipy at module level",
    ]


def planted(folder: Path, files: dict[str, str]) -> Path:
    root = folder / "toy"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
