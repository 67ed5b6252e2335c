"""Cuts between shots, by FFmpeg's own measure of how much changes from one frame to the next.

PySceneDetect would be the library for it, but it requires `opencv-python`, which overwrites the files of
`opencv-python-headless` that this package uses. FFmpeg's filter `scdet` comes with PyAV and runs on the frames that
are decoded anyway. Its score is the smaller of the mean absolute difference of two frames and of how much that differs
from the one before, so even motion scores low.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import av
import av.filter

_SIZE = "160:90"
SURE = 7.0
"""Score, 0 to 100, from which a frame begins a shot."""
LIKELY, RATIO, WITHIN = 4.5, 3.0, 0.5
"""Score that is enough where it is `RATIO` times the largest of the last `WITHIN` seconds: dark scenes."""
SHORTEST = 0.2
"""Seconds; a flash of light changes twice within less."""


class CutFinder:
    """Tells which frames begin a shot; frames are handed over in their order.

    A decision rests on the frames of the half second before and on the two before them alone, so reading that begins a
    second earlier decides the same.

    Example:
        >>> finder = CutFinder()
        >>> cuts = [time for frame in frames if finder.cuts(frame, time := frame.time)]  # doctest: +SKIP

    Args:
        begin: no cut is sought before this time, seconds; of the frames before it only the last two are compared.
    """

    def __init__(self, begin: float = float("-inf")) -> None:
        self._begin = begin
        self._before: deque[av.VideoFrame] = deque(maxlen=2)
        self._graph: Any = None
        self._form: tuple[int, int, str] | None = None
        self._recent: deque[tuple[float, float]] = deque()
        self._last = float("-inf")

    def cuts(self, frame: av.VideoFrame, time: float) -> bool:
        """Tell whether a frame is the first of a shot.

        Args:
            frame: as decoded.
            time: of it, seconds.

        Returns:
            Whether it is; False before `begin`, and for the first frame handed over, which has none before it to be
            compared with.
        """
        if time < self._begin:
            self._before.append(frame)
            return False
        while self._before:
            self._score(self._before.popleft())
        score = self._score(frame)
        while self._recent and time - self._recent[0][0] > WITHIN:
            self._recent.popleft()
        before = max((value for _, value in self._recent), default=0.0)
        self._recent.append((time, score))
        if score < SURE and (score < LIKELY or score < RATIO * before):
            return False
        if time - self._last < SHORTEST:
            return False
        self._last = time
        return True

    def _score(self, frame: av.VideoFrame) -> float:
        form = (frame.width, frame.height, frame.format.name)
        if form != self._form:  # also in the middle of a broadcast
            self._graph, self._form = _graph(frame), form
        _, source, sink = self._graph
        source.push(frame)
        return float(sink.pull().metadata.get("lavfi.scd.score", 0.0))


def _graph(frame: av.VideoFrame) -> tuple[Any, Any, Any]:
    graph = av.filter.Graph()
    source = last = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
    )
    for name, options in (("scale", f"{_SIZE}:flags=area"), ("format", "yuv420p"), ("scdet", "")):
        this = graph.add(name, options)
        last.link_to(this)
        last = this
    sink = graph.add("buffersink")
    last.link_to(sink)
    graph.configure()
    return graph, source, sink  # its ends do not keep the graph alive
