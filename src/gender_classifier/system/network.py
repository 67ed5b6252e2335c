"""What went wrong when a file was fetched, in words for one line."""

from __future__ import annotations

import urllib.error


def fetch_failure(error: Exception) -> str:
    """Say why an address did not give what was asked of it; an answer that is still open is closed.

    Args:
        error: as urllib or a check of what came raised it.

    Returns:
        One line, for the end of an error's message.
    """
    if isinstance(error, urllib.error.HTTPError):
        error.close()  # or the server would go on sending its page of excuse to nobody
    reason = getattr(error, "reason", None)
    return str(reason or (str(error).splitlines() or [type(error).__name__])[0])
