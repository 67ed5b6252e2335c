"""A long film out of a short one, and what analysing it costs: for `video.py hour`."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av

WIDTH, HEIGHT = 1280, 720


def enlarged(film: Path, path: Path) -> Path:
    """Write a film's picture track anew, 1280 x 720, H.264."""
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream("libx264", rate=given.average_rate, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in enumerate(source.decode(given)):
            scaled = frame.reformat(WIDTH, HEIGHT, "yuv420p")
            scaled.pts, scaled.time_base = number, 1 / Fraction(given.average_rate or 25)
            target.mux(stream.encode(scaled))
        target.mux(stream.encode(None))
    return path


def looped(film: Path, path: Path, minutes: float) -> Path:
    """Write a film's packets again and again, each time later, until it is long enough; nothing is encoded."""
    with av.open(str(film)) as source, av.open(str(path), "w") as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given)
        length = round(given.frames / (Fraction(given.average_rate or 25) * given.time_base))
        for turn in range(math.ceil(minutes * 60 / (length * given.time_base))):
            source.seek(0)
            for packet in source.demux(given):
                if packet.dts is None or packet.pts is None:
                    continue
                packet.pts, packet.dts, packet.stream = packet.pts + turn * length, packet.dts + turn * length, stream
                target.mux(packet)
    return path


def hour_table(film: Path, folder: Path, minutes: float, model: str) -> str:
    """Run `video` on it as a user does, and tell its time and its memory at ten moments."""
    long = looped(enlarged(film, folder / "once.mp4"), folder / "long.mp4", minutes)
    out = folder / "faces.csv"
    command = [sys.executable, "-m", "gender_classifier", "video", str(long), "--out", str(out), "--threads", "2"]
    command += ["--model", model]
    began, memory = time.monotonic(), []
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        time.sleep(2)
        found = [line for line in _lines(status) if line.startswith("VmRSS")]
        memory += [int(found[0].split()[1]) / 1024] if found else []
    taken = time.monotonic() - began
    if process.returncode != 0:
        raise SystemExit(process.stderr.read() if process.stderr else "video failed")
    with out.open(encoding="utf-8") as lines:
        faces = sum(1 for _line in lines) - 1
    moments = [memory[len(memory) * tenth // 10] for tenth in range(1, 10)] + [max(memory)]
    return (
        f"{minutes:g} minutes of {WIDTH} x {HEIGHT}, {faces} faces in the table: {taken:.0f} s, "
        f"{60 * minutes / taken:.1f} times real time; memory at nine moments and at most, MB: "
        + ", ".join(f"{one:.0f}" for one in moments)
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # it has just ended
        return []
