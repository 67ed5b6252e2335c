"""`export`: a run's best weights as one model file."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.runs.folder import RunFolder
from gender_classifier.system.console import say
from gender_classifier.training.checkpoint import BEST, checkpoint_path


def export(run: Path, out: Path | None = None, *, float16: bool = False, hub: Path | None = None) -> ExitCode:
    """Write `RUN/model.onnx`, or `out`, from the best checkpoint and what was chosen on its scores.

    With `hub`, write that folder from the model file and the report instead (`training.hub`).

    Args:
        run: the run folder; with `hub` also what `training.hub.write_hub` takes.
        out: model file to write; None: the run's own.
        float16: store weights in half the space, as also where the run's configuration says so.
        hub: folder to write instead, in the layout of model hubs.

    Returns:
        `ExitCode.FINE`.

    Raises:
        UserError: both `out` and `hub`, a model file in place of a run, or images that are not the same any more.
        UnreadableError: not a run folder, or a run that has not begun or is not evaluated yet.
        FoundWrongError: the model file's logits differ from torch's; it is not written.
    """
    if hub is not None:
        from gender_classifier.training.hub import write_hub

        if out is not None:
            raise UserError("--out names a model file and --hub a folder: one at a time")
        return write_hub(run, hub, float16=float16)
    if run.is_file():
        raise UserError(f"{run}: a model file already; name a run folder, or with --hub a folder to write from it")
    from gender_classifier.config.reading import load_config
    from gender_classifier.metrics.scores import read_scores
    from gender_classifier.networks.config import NetworkConfig
    from gender_classifier.runs.log import read_log
    from gender_classifier.training.model_file import (
        check_pictures,
        decide,
        draft_metadata,
        write_model,
    )
    from gender_classifier.training.rebuild import index_of_run

    log = read_log(run, begun=True)
    scores = RunFolder(run).held_out
    if not scores.is_file():
        raise UnreadableError(
            f"{run}: not evaluated yet, so no threshold is chosen; run `gender-classifier evaluate {run}`"
        )
    config = load_config(RunFolder(run).config)
    metadata = decide(draft_metadata(run, config, log, BEST), read_scores(scores), config)
    pictures = check_pictures(index_of_run(run), config)
    target = out or RunFolder(run).model
    half, network = float16 or config.export.float16, NetworkConfig.of(config.model)
    difference = write_model(checkpoint_path(run, BEST), metadata, target, pictures, half, network)
    GenderClassifier(target)
    say(f"{target}: logits within {difference:.1e} of torch's on {len(pictures)} images")
    return ExitCode.FINE
