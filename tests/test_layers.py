"""The arrows of the house point one way: who may import whom, read from the source with ast."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "torchvision", "medmnist"}

# room -> the rooms of ours it may import from (itself is always allowed)
MAY_IMPORT: dict[str, set[str]] = {
    "dcviz.geometry": set(),
    "dcviz.data": set(),
    "dcviz.figures": {"dcviz.geometry"},
    "dcviz.runs": {"dcviz.geometry", "dcviz.data.paths"},
    "models": {"dcviz.geometry"},
    "dcviz.viewer": {"dcviz.runs", "dcviz.geometry", "dcviz.figures.style", "dcviz.data.paths"},
    "dcviz.engine": {"dcviz.runs", "dcviz.geometry", "dcviz.data", "models"},
    "dcviz.exchange": {
        "dcviz.runs",
        "dcviz.geometry",
        "dcviz.data",
        "dcviz.engine.recorder",
        "dcviz.engine.reporter",
        "dcviz.engine.request",
        "dcviz.figures.raster",
        "dcviz.figures.style",
    },
    "dcviz.benchmarks": {"dcviz.data", "dcviz.runs", "models.catalog", "models.settings"},
    "dcviz.lessons": {"dcviz.runs", "dcviz.geometry"},
    "dcviz.ui": {
        "dcviz.lessons",
        "dcviz.benchmarks",
        "dcviz.exchange",
        "dcviz.viewer",
        "dcviz.figures",
        "dcviz.runs",
        "dcviz.geometry",
        "dcviz.data",
        "dcviz.engine",
        "models.catalog",
        "models.settings",
        "models.plan",
        "models.schedule",
        "models.widths",
    },
}
# of the engine, only these modules may import torch or the learning side
LEARNING_SIDE = {"dcviz.engine.worker"}


def source_files() -> list[Path]:
    """Every Python file of the product."""
    found = [ROOT / "app.py", *ROOT.glob("pages/*.py")]
    for room in ("dcviz", "models"):
        found += (ROOT / room).rglob("*.py")
    return [path for path in found if path.exists()]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    """Full names of what a file imports; with top_level_only, of what importing the file imports."""
    tree = ast.parse(path.read_text())
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).strip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    return next((room for room in MAY_IMPORT if (module + ".").startswith(room + ".")), None)


def inside(name: str, room: str) -> bool:
    return (name + ".").startswith(room + ".")


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_lies_below_it(path: Path) -> None:
    module = module_of(path)
    room = room_of(module)
    if room is None:
        return
    for name in imports_of(path):
        if not (inside(name, "dcviz") or inside(name, "models")) or name in ("dcviz", "dcviz.__version__"):
            continue
        allowed = {room, *MAY_IMPORT[room]}
        assert any(inside(name, other) for other in allowed), f"{module} must not import {name}"


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_streamlit_stays_in_the_rooms_that_show(path: Path) -> None:
    module = module_of(path)
    shows = module == "app" or module.startswith(("pages.", "dcviz.ui", "dcviz.viewer"))
    tops = {name.partition(".")[0] for name in imports_of(path)}
    assert shows or "streamlit" not in tops, f"{module} imports streamlit"
    assert not shows or not HEAVY & tops, f"{module} imports {HEAVY & tops}"
    assert module.startswith("dcviz.figures") or shows or "plotly" not in tops, f"{module} imports plotly"


def test_no_file_has_grown_past_its_stop() -> None:
    files = [*source_files(), *ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py")]
    long = {str(p.relative_to(ROOT)): n for p in files if (n := len(p.read_text().splitlines())) > 250}
    assert not long, f"split by idea: {long}"


def test_nothing_is_ever_unpickled() -> None:
    words = ("pickle.load", "allow_pickle=True", "weights_only=False")
    guilty = [str(p) for p in source_files() if any(word in p.read_text() for word in words)]
    assert not guilty


def test_viewing_side_imports_no_torch() -> None:
    """What the Streamlit process imports, imported for real in a process of its own."""
    viewing = [
        module_of(path)
        for path in source_files()
        if module_of(path).startswith(("dcviz.", "models.catalog"))
        and not any(inside(module_of(path), learning) for learning in LEARNING_SIDE)
        and "__main__" not in module_of(path)
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {viewing!r}:\n"
        "    importlib.import_module(name)\n"
        f"    heavy = set({sorted(HEAVY)!r}) & set(sys.modules)\n"
        "    assert not heavy, f'{name} imports {heavy}'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
