"""The server's memory: few heaps however many visits, and large arrays given back."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have other ways")

VISITS = """
import ctypes, gc, tempfile, threading
import numpy as np
if {warm}:
    from dcviz.ui import warm

def heaps():
    libc = ctypes.CDLL(None)
    libc.fopen.restype, libc.fopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p] * 2
    libc.fclose.argtypes, libc.malloc_info.argtypes = [ctypes.c_void_p], [ctypes.c_int, ctypes.c_void_p]
    with tempfile.NamedTemporaryFile() as file:
        stream = libc.fopen(file.name.encode(), b"w")
        libc.malloc_info(0, stream)
        libc.fclose(stream)
        return file.read().count(b"<heap nr")

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

def visit(barrier):
    arrays = []
    for size in range(60):
        kept.append(bytes(2000))  # what a cache holds on to, between what a page lets go
        arrays.append(np.ones(60_000))
    barrier.wait()

kept, grown = [], []
held = bytearray(24 << 20); del held  # once freed, glibc takes blocks of this size for small ones
before = resident()
for _ in range(3):
    barrier = threading.Barrier(12)
    threads = [threading.Thread(target=visit, args=(barrier,)) for _ in range(12)]
    [thread.start() for thread in threads]; [thread.join() for thread in threads]
gc.collect()
print(heaps(), (resident() - before) / 1e6)
"""


def after_visits(*, warm: bool) -> tuple[int, float]:
    """Heaps and megabytes more than before, once a dozen visits at a time are over."""
    done = subprocess.run(
        [sys.executable, "-c", VISITS.format(warm=warm)], capture_output=True, text=True, check=True
    )
    heaps, grown = done.stdout.split()
    return int(heaps), float(grown)


def test_visits_leave_few_heaps_and_no_large_arrays() -> None:
    heaps, grown = after_visits(warm=True)
    assert heaps <= 4
    assert grown < 20


def test_the_allocator_by_itself_would_keep_them() -> None:
    heaps, grown = after_visits(warm=False)
    assert heaps > 4 or grown > 20
