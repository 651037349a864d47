"""Is the process that wrote this still the one with that number?

A process id is reused after its process died, so an id alone proves nothing. The id together with the
moment the process started (and the boot it started in) does.
"""

import os
import socket
import subprocess
import time
from pathlib import Path

_IMPORTED = time.time()


def host_name() -> str:
    """Name of this machine, as written into status.json."""
    return socket.gethostname()


def process_stamp(pid: int) -> str | None:
    """A text that tells one life of `pid` from the next, or None when no such process lives.

    A zombie (ended, not yet collected by its parent) does not live.
    """
    if Path("/proc/self/stat").exists():
        return _linux_stamp(pid)
    listing = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = listing.stdout.strip().partition(" ")
    return started.strip() if state and not state.startswith("Z") else None


def is_alive(pid: int | None, stamp: str | None) -> bool:
    """Whether the process that left (pid, stamp) still runs on this machine."""
    if not isinstance(pid, int) or pid <= 0:
        return False
    return process_stamp(pid) == stamp and stamp is not None


def own_stamp() -> str | None:
    """The stamp of the calling process."""
    return process_stamp(os.getpid())


def started_at() -> float:
    """When the calling process began, in seconds since 1970."""
    try:
        ticks = float(_stat_fields(os.getpid())[19])
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        return _IMPORTED


def _linux_stamp(pid: int) -> str | None:
    try:
        fields = _stat_fields(pid)
    except OSError:
        return None
    if fields[0] in "ZX":
        return None
    return f"{_boot()[:8]}-{fields[19]}"


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on."""
    text = Path(f"/proc/{pid}/stat").read_text()
    # The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    return text[text.rfind(")") + 2 :].split()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"
