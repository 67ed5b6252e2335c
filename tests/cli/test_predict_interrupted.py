"""A prediction that is killed, stopped, or out of disk goes on, and ends as one that nothing disturbed."""

from __future__ import annotations

import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ..running import Outcome, call, ended, start
from ..scenes import scene
from ..small_model import SIZE, save_model

Picture = NDArray[np.uint8]
PHOTOS = 60

# In a process of its own: end by a signal at the N-th image, in the middle of its line in the journal.
AT_A_PICTURE = """
import os
from gender_classifier.inference import journal as rows
left, write = iter(range({pictures})), rows.Journal._write
def torn(self, values):
    if "path" in values and next(left, None) is None:
        self._handle.write('{{"path": "half')
        self._handle.flush()
        os.kill(os.getpid(), {signal})
    write(self, values)
rows.Journal._write = torn
"""
# Or in the middle of an image that it writes.
AT_A_FILE = """
import os
from pathlib import Path
left, write = iter(range({files})), Path.write_bytes
def torn(self, data):
    if next(left, None) is None:
        write(self, data[:len(data) // 2])
        os.kill(os.getpid(), 9)
    return write(self, data)
Path.write_bytes = torn
"""
# Or when the table is there and the journal is not yet gone.
AT_THE_END = """
import os
from gender_classifier.inference import journal as rows
rows.Journal.remove = lambda self: os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("interrupted")


@pytest.fixture(scope="module")
def photos(room: Path) -> Path:
    """Photos with two faces, one, none, and some that cannot be read: several batches of them."""
    astronaut = np.array(pytest.importorskip("skimage.data").astronaut(), np.uint8)
    folder = room / "photos"
    folder.mkdir()
    kinds = [
        scene(astronaut, (240, 130), [(40, 5, 5), (50, 115, 5)]).picture,
        scene(astronaut, (130, 120), [(45, 10, 5)]).picture,
        np.full((40, 60, 3), 90, np.uint8),
    ]
    for number, picture in enumerate(kinds):
        Image.fromarray(picture).save(room / f"kind{number}.jpg")
    for number in range(PHOTOS):
        if number % 10 == 9:
            (folder / f"{number:03d}.jpg").write_bytes(b"no picture")
        else:
            shutil.copy(room / f"kind{number % 3}.jpg", folder / f"{number:03d}.jpg")
    return folder


@pytest.fixture(scope="module")
def options(room: Path, photos: Path) -> list[str | Path]:
    return [photos, "--model", save_model(room / "model.onnx"), "--threads", "2"]


def predict(options: list[str | Path], folder: Path, *more: str) -> Outcome:
    """Predict into a folder, with annotated images and crops."""
    return call("predict", *options, *outputs(folder), *more)


def outputs(folder: Path) -> list[str | Path]:
    folder.mkdir(exist_ok=True)
    return ["--out", folder / "rows.csv", "--annotate", folder / "shown", "--crops", folder / "crops"]


def the_end(done: Outcome) -> str:
    """The file's name in the one line that says what was found."""
    (line,) = done.err.splitlines()
    assert line.startswith(f"{PHOTOS} images, ")
    return Path(line.rpartition("; ")[2]).name


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def whole(options: list[str | Path], room: Path) -> dict[str, bytes]:
    """What a run leaves that nothing disturbed."""
    done = predict(options, room / "whole")
    assert done.code == 1, done.err
    left = everything(room / "whole")
    names = [line.partition(b",")[0] for line in left["rows.csv"].splitlines()[1:]]
    assert len(set(names)) == PHOTOS < len(names)
    return left


@pytest.mark.parametrize(
    "script",
    [
        AT_A_PICTURE.format(pictures=0, signal=9),
        AT_A_PICTURE.format(pictures=37, signal=9),
        AT_A_FILE.format(files=50),
        AT_THE_END,
    ],
    ids=["first", "middle", "file", "end"],
)
def test_killed_and_resumed(script: str, options: list[str | Path], whole: dict[str, bytes], tmp_path: Path) -> None:
    there = tmp_path / "killed"
    killed = ended(start("predict", *options, *outputs(there), script=script))
    assert killed.code == -signal.SIGKILL, killed.err
    assert (there / ".rows.csv.journal").exists()
    refused = predict(options, there)
    assert (refused.code, "go on with --resume" in refused.error) == (2, True)
    done = predict(options, there, "--resume")
    assert (done.code, the_end(done)) == (1, "rows.csv")
    assert everything(there) == whole


def test_killed_twice(options: list[str | Path], whole: dict[str, bytes], tmp_path: Path) -> None:
    there = tmp_path / "killed"
    for pictures, more in ((11, ()), (20, ("--resume",))):
        script = AT_A_PICTURE.format(pictures=pictures, signal=9)
        assert ended(start("predict", *options, *outputs(there), *more, script=script)).code == -9
    done = predict(options, there, "--resume")
    assert (done.code, the_end(done)) == (1, "rows.csv")
    assert everything(there) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_is_code_4_and_goes_on(
    number: signal.Signals, options: list[str | Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    there = tmp_path / "stopped"
    # A shell's background jobs ignore Ctrl-C; what a terminal starts does not.
    script = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)" + AT_A_PICTURE.format(
        pictures=25, signal=int(number)
    )
    stopped = ended(start("predict", *options, *outputs(there), script=script))
    assert stopped.code == 4, stopped.err
    assert stopped.error.endswith("rows.csv: stopped; what was done is kept, go on with --resume")
    done = predict(options, there, "--resume")
    assert (done.code, the_end(done)) == (1, "rows.csv")
    assert everything(there) == whole


def test_other_options_are_refused(options: list[str | Path], tmp_path: Path) -> None:
    there = tmp_path / "killed"
    script = AT_A_PICTURE.format(pictures=5, signal=9)
    ended(start("predict", *options, *outputs(there), script=script))
    changed = [("--min-face", "30"), ("--tta",), ("--crops", str(tmp_path / "other"))]
    if find_spec("openvino"):
        changed.append(("--engine", "openvino"))
    for more in changed:
        done = predict(options, there, "--resume", *more)
        assert (done.code, "begun with another model or other options" in done.error) == (2, True)


def test_a_full_disk_is_one_line_and_loses_nothing(
    options: list[str | Path], whole: dict[str, bytes], tmp_path: Path
) -> None:
    pytest.importorskip("resource")
    there = tmp_path / "full"
    limit = 4000  # bytes a file: room for the images, not for the journal
    script = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    out = outputs(there)[:2]
    done = ended(start("predict", *options, *out, script=script))
    assert done.code == 2, done.err
    assert "rows.csv: cannot be written (file too large); what was done is kept, go on with --resume" in done.error
    again = call("predict", *options, *out, "--resume")
    assert (again.code, the_end(again)) == (1, "rows.csv")
    assert everything(there) == {"rows.csv": whole["rows.csv"]}


def test_a_full_disk_for_pictures(options: list[str | Path], tmp_path: Path) -> None:
    pytest.importorskip("resource")
    script = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"
    done = ended(start("predict", *options, "--annotate", tmp_path / "shown", script=script))
    assert done.code == 2, done.err
    assert done.error.endswith("shown/000.jpg: cannot be written (file too large)")
    assert everything(tmp_path / "shown") == {}


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_folder_that_vanishes_is_one_line(name: str, options: list[str | Path], tmp_path: Path) -> None:
    there = tmp_path / "vanishing"
    there.mkdir()
    script = f"import shutil\n{AT_A_PICTURE}".format(pictures=20, signal=0).replace(
        "os.kill(os.getpid(), 0)", f"shutil.rmtree({str(there)!r})"
    )
    done = ended(start("predict", *options, "--out", there / name, script=script))
    assert done.code == 2, done.err
    assert "cannot be written (no such file or directory)" in done.error
    assert "--resume" not in done.error  # there is nothing to go on with


def test_the_size_of_the_model_is_the_crops(whole: dict[str, bytes], room: Path) -> None:
    crops = [name for name in whole if name.startswith("crops/")]
    assert len(crops) > PHOTOS / 2
    assert Image.open(room / "whole" / crops[0]).size == (SIZE, SIZE)
