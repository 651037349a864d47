"""How the server gives memory back: glibc is told to keep few heaps, and none for large arrays.

Each visit's script runs on a thread of its own. glibc gives every thread one of 8 heaps a core and keeps
what is freed there; large arrays land in these heaps too, once one of their size was freed. A class of 30
leaves holes in all of them, between what the caches hold. Two heaps are enough for threads that take turns,
and an array above `LARGE` goes back to the system when it is freed.
"""

import ctypes
import sys

HEAPS = 2
LARGE = 1 << 18
"""Bytes from which on a block is asked of the system by itself."""
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of malloc.h


def keep_few_heaps() -> bool:
    """Set both limits for this process, before other threads have asked for memory.

    Returns:
        Whether the system's allocator took them; another one than glibc's has its own ways.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl
        return False
    return bool(mallopt(_ARENA_MAX, HEAPS) and mallopt(_MMAP_THRESHOLD, LARGE))
