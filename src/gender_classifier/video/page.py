"""A film on one page: self-contained, no network, light and dark, on a phone too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from html import escape
from importlib import resources
from pathlib import PurePath

from gender_classifier import PERCEIVED
from gender_classifier.system.console import clock as whole_clock
from gender_classifier.video.answers import LABELS, Track
from gender_classifier.video.over_time import over_time
from gender_classifier.video.paths import said
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors, ScreenTime

MOST_TRACKS, MOST_SHOTS = 300, 1000
NAMES = {"female": "women", "male": "men", "uncertain": "uncertain"}
WHAT = (
    PERCEIVED + " They are what annotators would have said of these faces, and no facts about the people: who is "
    "shown, and how they identify, an image does not tell. A track is a face from when it is first to when it is last "
    "seen without a cut; it is not a person, and one person makes many tracks."
)
_WIDTH, _HIGH, _LEFT = 1000.0, 150.0, 34.0


def page(result: VideoResult, thumbs: Mapping[int, str], errors: Errors | None) -> str:
    """Make the page of a film as HTML.

    Args:
        result: of a film.
        thumbs: JPEG of each track's best face, base64, by its number; it stands in the page.
        errors: of the model, by which the share was corrected; None: not known.

    Returns:
        One document that needs no other file and no network.
    """
    title = escape(PurePath(result.path).name)
    parts = [
        f"<h1>Women and men on screen: {title}</h1>",
        f'<p class="verdict">{escape(result.screen_time.line())}.</p>',
        *_against(result, errors),
        f'<p class="note">{escape(WHAT)}</p>',
        *_status(result),
        "<h2>Face-seconds</h2>",
        _totals(result.screen_time),
        _seconds(result.screen_time),
        "<h2>Over time</h2>",
        _timeline(result),
        f"<h2>Tracks</h2>{_tracks(result, thumbs)}",
        _shots(result),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Women and men on screen: {title}</title>\n<style>\n{_style()}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def clock(seconds: float) -> str:
    """Write seconds as hours, minutes and seconds.

    Args:
        seconds: are rounded to whole ones.

    Returns:
        As `1:02:03`.
    """
    return whole_clock(round(seconds))


@cache
def _style() -> str:
    return resources.files("gender_classifier.video").joinpath("page.css").read_text(encoding="utf-8")


def _against(result: VideoResult, errors: Errors | None) -> Iterator[str]:
    lines = [f"{'Against it' if r.forbids else 'Say with it'}: {r.text}" for r in result.screen_time.against]
    if errors is not None:
        c = errors.confusion
        lines.append(
            f"Errors as among {c.women + c.men} {errors.source}: {c.fp} of {c.women} women said male, {c.fn} of "
            f"{c.men} men said female. The interval carries which tracks there happened to be, and these "
            "errors."
        )
    if lines:
        yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _status(result: VideoResult) -> Iterator[str]:
    if result.status != "ok":
        yield f'<p class="verdict">The film could not be read to its end: {escape(result.status)}.</p>'
    if result.note:
        yield f'<p class="soft">{escape(result.note)}</p>'


def _totals(time: ScreenTime) -> str:
    seconds = {"female": time.female, "male": time.male, "uncertain": time.uncertain}
    every = max(1e-9, sum(seconds.values()))
    items = "".join(
        f'<li class="{label}"><b>{clock(value)}</b>{NAMES[label]}, {100 * value / every:.0f} %</li>'
        for label, value in seconds.items()
    )
    return (
        f'<ul class="totals">{items}</ul><p class="soft">Seconds of all faces added up, by the answers to their '
        "tracks, not corrected for the model's errors; two women for a second are two face-seconds.</p>"
    )


def _seconds(time: ScreenTime) -> str:
    rows = {
        "watched": time.watched,
        "at least one woman": time.with_female,
        "at least one man": time.with_male,
        "both": time.with_both,
        "nobody": time.with_nobody,
    }
    of = max(1e-9, time.watched)
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{clock(value)}</td><td>{value:.1f} s</td>'
        f"<td>{100 * value / of:.1f} %</td></tr>"
        for name, value in rows.items()
    )
    return _table("Seconds of film", "<th>seen</th><th>time</th><th></th><th>of it</th>", body)


def _timeline(result: VideoResult) -> str:
    seen = over_time(result)
    begin, end = float(seen.edges[0]), float(seen.edges[-1])
    across, up = (_WIDTH - _LEFT) / (end - begin), _HIGH / seen.most

    def x(time: float) -> float:
        return _LEFT + (time - begin) * across

    marks = []
    below = [0.0] * (len(seen.edges) - 1)
    for label in LABELS:
        top = [a + float(b) for a, b in zip(below, seen.faces[label], strict=True)]
        marks.append(f'<path class="{label}" d="{_area(seen.edges.tolist(), below, top, x, up)}"/>')
        below = top
    levels = range(0, int(seen.most) + 1, max(1, int(seen.most) // 4))
    grid = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{_HIGH - n * up:.1f}" y2="{_HIGH - n * up:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{_HIGH - n * up + 4:.1f}" text-anchor="end">{n}</text>'
        for n in levels
    )
    shots = "".join(
        f'<rect class="shot{" odd" * (shot.number % 2)}" x="{x(shot.begin):.2f}" y="{_HIGH + 6}" '
        f'width="{max(0.2, (shot.end - shot.begin) * across):.2f}" height="14"><title>shot {shot.number}, '
        f"{clock(shot.begin)}</title></rect>"
        for shot in result.shots
    )
    times = "".join(
        f'<text x="{x(at):.1f}" y="{_HIGH + 38}" text-anchor="{anchor}">{clock(at)}</text>'
        for at, anchor in _times(begin, end)
    )
    key = "".join(f'<li><i class="{label}"></i>{NAMES[label]}</li>' for label in LABELS)
    return (
        f'<ul class="key">{key}<li class="soft">height: faces on screen; below: shots</li></ul>'
        f'<div class="wide" tabindex="0" role="region" aria-label="Timeline"><svg viewBox="0 -8 {_WIDTH:.0f} '
        f'{_HIGH + 52:.0f}" role="img" aria-label="Faces on screen over time, by answer">{grid}{"".join(marks)}'
        f"{shots}{times}</svg></div>"
    )


def _area(edges: list[float], below: list[float], top: list[float], x: object, up: float) -> str:
    assert callable(x)
    there = [f"{x(edges[n + side]):.1f},{_HIGH - value * up:.1f}" for n, value in enumerate(top) for side in (0, 1)]
    back = [f"{x(edges[n + side]):.1f},{_HIGH - value * up:.1f}" for n, value in enumerate(below) for side in (0, 1)]
    return "M" + " ".join([*there, *reversed(back)]) + "Z"


def _times(begin: float, end: float) -> Iterable[tuple[float, str]]:
    steps = 5
    for n in range(steps + 1):
        yield begin + (end - begin) * n / steps, "start" if n == 0 else "end" if n == steps else "middle"


def _tracks(result: VideoResult, thumbs: Mapping[int, str]) -> str:
    longest = sorted(result.tracks, key=lambda track: (-track.seconds, track.number))[:MOST_TRACKS]
    shown = f", the {MOST_TRACKS} longest" if len(result.tracks) > MOST_TRACKS else ""
    items = "".join(_tile(track, thumbs.get(track.number)) for track in longest)
    return (
        f'<p class="soft">{len(result.tracks)} tracks{shown}, longest first; each by its clearest face. The answer '
        f'comes from all its faces.</p><ul class="sheet">{items}</ul>'
    )


def _tile(track: Track, jpeg: str | None) -> str:
    picture = f'<img alt="" src="data:image/jpeg;base64,{jpeg}">' if jpeg else ""
    return (
        f'<li class="{track.label}">{picture}<b>{said(track)}</b><span>{clock(track.begin)}, '
        f"{track.seconds:.1f} s</span><span>track {track.number}, shot {track.shot}</span></li>"
    )


def _shots(result: VideoResult) -> str:
    rows = "".join(
        f'<tr><th scope="row">{shot.number}</th><td>{clock(shot.begin)}</td><td>{shot.end - shot.begin:.1f}</td>'
        f"<td>{shot.screen_time.female:.1f}</td><td>{shot.screen_time.male:.1f}</td>"
        f"<td>{shot.screen_time.uncertain:.1f}</td><td>{shot.screen_time.tracks}</td></tr>"
        for shot in result.shots[:MOST_SHOTS]
    )
    head = "".join(f"<th>{name}</th>" for name in ("shot", "begins", "seconds", "women", "men", "uncertain", "tracks"))
    shown = f", the first {MOST_SHOTS}" if len(result.shots) > MOST_SHOTS else ""
    table = _table("Face-seconds by shot", head, rows)
    return f"<details><summary>{len(result.shots)} shots{shown}</summary>{table}</details>"


def _table(caption: str, head: str, rows: str) -> str:
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
