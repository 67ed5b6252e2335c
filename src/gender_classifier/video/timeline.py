"""An image of women and men over a film's time, for slides."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from gender_classifier import PERCEIVED
from gender_classifier.inference.annotate import COLOURS
from gender_classifier.report.style import figure_style, new_figure, save
from gender_classifier.system.console import clock
from gender_classifier.video.answers import LABELS
from gender_classifier.video.over_time import over_time
from gender_classifier.video.result import VideoResult

NAMES = {"female": "women", "male": "men", "uncertain": "uncertain"}


def write_timeline(result: VideoResult, path: Path) -> None:
    """Draw the faces on screen over time, stacked by answer, with a mark at each cut; whole or not at all.

    Args:
        result: of a film.
        path: PNG file to write.

    Raises:
        OSError: the file cannot be written.
    """
    with figure_style():
        figure = new_figure(3.8)
        axes = figure.subplots()
        seen = over_time(result)
        below = None
        time = result.screen_time
        seconds = {"female": time.female, "male": time.male, "uncertain": time.uncertain}
        for label in LABELS:
            top = seen.faces[label] if below is None else below + seen.faces[label]
            axes.stairs(
                top,
                seen.edges,
                baseline=0 if below is None else below,
                fill=True,
                color=[value / 255 for value in COLOURS[label]],
                label=f"{NAMES[label]}, {seconds[label]:.0f} face-seconds",
            )
            below = top
        _shots(axes, result)
        axes.set(xlim=(seen.edges[0], seen.edges[-1]), ylabel="faces on screen")
        axes.set_ylim(0, 1.05 * seen.most)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _place: clock(at).removeprefix("0:")))
        axes.grid(False)
        figure.suptitle(Path(result.path).name, parse_math=False)  # a dollar in a name begins no formula
        axes.set_title(time.line(), fontsize=9, color="#444444")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3)
        figure.supxlabel(f"{PERCEIVED} A track is not a person.", fontsize=8.5, color="#444444")
        save(figure, path)


def _shots(axes: Axes, result: VideoResult) -> None:
    """Ticks at the cuts along the upper edge; the shots of a long film are too many for lines."""
    cuts = [shot.begin for shot in result.shots[1:]]
    axes.vlines(cuts, 0.97, 1.0, transform=axes.get_xaxis_transform(), color="black", lw=0.8)
