"""Freed memory kept for the next step, where the C library would hand it back to the system after each.

A training step asks for the same large tensors again and again. glibc's malloc maps each one anew and unmaps it when
it is freed, so on a CPU every step pays for the system's page faults over the whole of its activations.
"""

from __future__ import annotations

import ctypes

# Parameters of mallopt(3), from glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_NEVER = 2**31 - 1
_GROW_BYTES = 256 * 2**20


def keep_freed_memory() -> bool:
    """Ask glibc's malloc to serve large blocks from its heap and to keep that heap.

    The process then keeps the most memory that it ever used until it ends: for training on a CPU, not for a library
    that others load. Call it before the first step. Numbers do not change.

    Returns:
        Whether the allocator took all three settings; False on another C library (musl, macOS, Windows).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # no such function; TypeError: Windows has no library named None
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _NEVER), (_TOP_PAD, _GROW_BYTES))
    return all(mallopt(name, value) == 1 for name, value in settings)
