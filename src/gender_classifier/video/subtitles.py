"""Subtitles: frames and answers in place (ASS), or the answers as text (SRT, WebVTT)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gender_classifier import PERCEIVED
from gender_classifier.inference.annotate import COLOURS, NOTE
from gender_classifier.system.files import atomic_path
from gender_classifier.video.answers import Track
from gender_classifier.video.paths import Piece, pieces, said
from gender_classifier.video.result import VideoResult

_STILL = 0.03
_MOST = 5
"""Answers that a subtitle names at a time."""


def write_subtitles(result: VideoResult, path: Path) -> None:
    """Write a film's subtitles in the format that the name's ending says, whole or not at all.

    Args:
        result: of a film.
        path: file to write: `.ass` (frames and answers in place), `.srt` or `.vtt` (answers as text).

    Raises:
        OSError: the file cannot be written.
    """
    lines = {".ass": _ass, ".srt": _srt, ".vtt": _vtt}[path.suffix.lower()](result)
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(line + "\n" for line in lines)


def _ass(result: VideoResult) -> Iterator[str]:
    """Advanced SubStation Alpha 4+, as libass (VLC, mpv, FFmpeg) draws it."""
    letters = max(12, round(result.height / 24))
    edge = max(2, round(result.height / 240))
    yield from (
        "[Script Info]",
        f"; {PERCEIVED}",
        "ScriptType: v4.00+",
        f"PlayResX: {result.width}",
        f"PlayResY: {result.height}",
        "ScaledBorderAndShadow: yes",
        "YCbCr Matrix: None",
        "",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
        "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
        "MarginR, MarginV, Encoding",
    )
    for label, colour in COLOURS.items():
        ink = "&H00000000" if label == "female" else "&H00FFFFFF"
        of = _colour(colour)
        yield f"Style: {label},Arial,{letters},{ink},{ink},{of},{of},{_style(3, edge + 1)}"
        yield f"Style: {label}-box,Arial,{letters},&HFFFFFFFF,&HFFFFFFFF,{of},{of},{_style(1, edge)}"
    yield f"Style: note,Arial,{round(0.7 * letters)},&H40FFFFFF,&H40FFFFFF,&H40000000,&H40000000,{_style(1, 1)}"
    yield from ("", "[Events]", "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text")
    if result.spans:
        whole = f"{_stamp(result.spans[0][0])},{_stamp(result.spans[-1][1])}"
        yield rf"Dialogue: 0,{whole},note,,0,0,0,,{{\an3}}{NOTE}"
    ways = pieces(result, _STILL)
    events = [(piece.begin, track, piece) for track in result.tracks for piece in ways[track.number]]
    for _, track, piece in sorted(events, key=lambda event: event[0]):
        yield from _events(track, piece, letters, edge)


def _style(border: int, outline: int) -> str:
    return f"0,0,0,0,100,100,0,0,{border},{outline},0,7,4,4,4,1"


def _events(track: Track, piece: Piece, letters: int, edge: int) -> Iterator[str]:
    start, end = _stamp(piece.begin), _stamp(piece.end)
    if start == end:
        return
    (x0, y0, x1, y1), (to_x, to_y, _, _) = piece.first, piece.last
    width = round(max(x1 - x0, piece.last[2] - to_x))
    height = round(max(y1 - y0, piece.last[3] - to_y))
    shape = f"m 0 0 l {width} 0 {width} {height} 0 {height}"
    yield f"Dialogue: 1,{start},{end},{track.label}-box,,0,0,0,,{{\\an7{_move(x0, y0, to_x, to_y)}\\p1}}{shape}"
    above = min(y0, to_y) > 1.4 * letters
    place, rise = ("\\an1", -2 * edge) if above else ("\\an7", 2 * edge)
    moves = _move(x0 + edge, y0 + rise, to_x + edge, to_y + rise)
    yield f"Dialogue: 2,{start},{end},{track.label},,0,0,0,,{{{place}{moves}}}{said(track)}"


def _move(x0: float, y0: float, x1: float, y1: float) -> str:
    if (round(x0), round(y0)) == (round(x1), round(y1)):
        return f"\\pos({x0:.0f},{y0:.0f})"
    return f"\\move({x0:.0f},{y0:.0f},{x1:.0f},{y1:.0f})"


def _colour(colour: tuple[int, int, int]) -> str:
    red, green, blue = colour
    return f"&H00{blue:02X}{green:02X}{red:02X}"


def _stamp(seconds: float, point: str = ".", digits: int = 2, hours: int = 1) -> str:
    whole, rest = divmod(round(seconds * 10**digits), 10**digits)
    clock = f"{whole // 3600:0{hours}d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{clock}{point}{rest:0{digits}d}"


def cues(result: VideoResult) -> Iterator[tuple[float, float, list[Track]]]:
    """Give from when until when which tracks are on screen.

    Args:
        result: of a film.

    Yields:
        Begin and end, seconds of film, and the tracks on screen then, from left to right by where each begins. In the
        order of time; none where nobody is on screen.
    """
    lefts = {track: ways[0].first[0] for track, ways in pieces(result).items()}
    begun, shown = 0.0, list[Track]()
    end = 0.0
    for place, (begin, until) in enumerate(result.spans):
        here = [track for track in result.tracks if track.first <= place <= track.last]
        here.sort(key=lambda track: lefts[track.number])
        if here != shown or begin > end + 1e-6:
            if shown:
                yield begun, min(end, begin), shown
            begun, shown = begin, here
        end = until
    if shown:
        yield begun, end, shown


def _text(shown: list[Track]) -> str:
    answers = [said(track) for track in shown[:_MOST]]
    more = len(shown) - _MOST
    return ", ".join([*answers, *([f"and {more} more"] if more > 0 else [])])


def _srt(result: VideoResult) -> Iterator[str]:
    for number, (begin, end, shown) in enumerate(cues(result), 1):
        yield str(number)
        yield f"{_stamp(begin, ',', 3, 2)} --> {_stamp(end, ',', 3, 2)}"
        yield _text(shown)
        if number == 1:
            yield f"({NOTE})"
        yield ""


def _vtt(result: VideoResult) -> Iterator[str]:
    yield from ("WEBVTT", "", f"NOTE {PERCEIVED}", "")
    for number, (begin, end, shown) in enumerate(cues(result), 1):
        yield f"{_stamp(begin, '.', 3, 2)} --> {_stamp(end, '.', 3, 2)}"
        yield _text(shown)
        if number == 1:
            yield f"({NOTE})"
        yield ""
