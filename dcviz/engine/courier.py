"""Trains a run on a node that does not share our disk: `python -m dcviz.engine.courier URL [--resume]`.

Fetches the run folder from URL, trains it in a folder of the node, and carries what is new back to URL while
it trains. A network that is gone for a while only delays that: the node's own folder has everything.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dcviz.engine.mirror import Folder, carry, requests

POLL_SECONDS = 1.0
# How long a finished training waits for a network that is gone, before it gives its node back.
LAST_TRY_SECONDS = 1800.0


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code is the worker's."""
    parser = argparse.ArgumentParser(prog="python -m dcviz.engine.courier", description=__doc__)
    parser.add_argument("url", help="where the run folder is fetched from and brought back to")
    parser.add_argument("--resume", nargs="?", const=True, default=False, metavar="KEY")
    given = parser.parse_args(arguments)
    away = Folder(given.url)
    with tempfile.TemporaryDirectory(prefix="dcviz-") as scratch:
        home = Folder(str(Path(scratch) / given.url.rstrip("/").rsplit("/", 1)[-1]))
        carry(away, home)
        return deliver(home, away, _command(home, given.resume))


def _command(home: Folder, resume: str | bool) -> list[str]:
    flags = [] if not resume else ["--resume"] if resume is True else ["--resume", resume]
    return [sys.executable, "-m", "dcviz.engine.worker", home.root, *flags]


def deliver(home: Folder, away: Folder, command: list[str]) -> int:
    """Run the worker and carry what it writes, until it has ended and everything is there."""
    worker = subprocess.Popen(command)
    signal.signal(signal.SIGTERM, lambda number, frame: worker.terminate())
    deadline = None
    while True:
        over = worker.poll() is not None
        carried = _exchange(home, away)
        if over and carried:
            return worker.returncode
        if over:
            deadline = deadline or time.monotonic() + LAST_TRY_SECONDS
            if time.monotonic() > deadline:
                sys.stderr.write(f"dcviz: {away.url} could not be reached; the last epochs stay behind\n")
                return 1
        time.sleep(POLL_SECONDS)


def _exchange(home: Folder, away: Folder) -> bool:
    """One round; False if the network is gone."""
    try:
        requests(away, home)
        carry(home, away)
    # Every file system of fsspec has its own exceptions for a network that is gone.
    except Exception as error:
        sys.stderr.write(f"dcviz: not carried: {type(error).__name__}: {error}\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
