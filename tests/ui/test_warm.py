"""What is loaded before the server answers stays out of every collection of garbage."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_collection_does_not_search_what_was_loaded_at_the_start() -> None:
    code = (
        "import gc\n"
        "from dcviz.ui import warm\n"
        "left, out = len(gc.get_objects()), gc.get_freeze_count()\n"
        "assert left < 0.05 * out, (left, out)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
