"""Every row of the table of faults names a test, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = [line for line in (ROOT / "docs" / "faults.md").read_text().splitlines() if line.startswith("| ")][1:]
ASKED = ("the app", "the worker", "the node", "the network", "the disk", "the shared folder")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:50])
def test_a_row_names_a_test_that_exists(row: str) -> None:
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 4
    assert all(cells)
    named = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", cells[3])
    assert named, cells[3]
    tree = ast.parse((ROOT / named[1]).read_text())
    assert named[2] in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_that_was_asked_about_has_a_row() -> None:
    told = " ".join(row.split("|")[1] for row in ROWS)
    assert not [fault for fault in ASKED if f"**{fault}**" not in told]
