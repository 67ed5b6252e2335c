"""What a report says besides figures: the images and their labels, the starting weights, the run."""

from __future__ import annotations

from collections.abc import Iterable

from gender_classifier.config.settings import Config, MixConfig, SamplerConfig
from gender_classifier.names import as_code
from gender_classifier.report.origins import answers_origin
from gender_classifier.report.tables import NONE, markdown_table, percent
from gender_classifier.runs.context import Context, Counts, Training

SPLIT_USES = {"train": "fitted on", "choose": "chosen on (held out)", "val": "reported"}
_MOST = 10


def labels_sentence(context: Context) -> str:
    """Say whose labels the results are on, how many of each class, and which version of them.

    Args:
        context: of the report.

    Returns:
        One sentence of Markdown; empty where no counts are known.
    """
    counts = context.counts
    if not counts:
        return ""
    where = " and ".join(map(as_code, context.data)) or "the data"
    said = [f"validation {pair(counts['val'])}"] if "val" in counts else []
    said += [f"train {pair(counts['train'])}"] if "train" in counts else []
    said += [f"`choose` (held out of train to choose on) {pair(counts['choose'])}"] if "choose" in counts else []
    version = f" (digest `{context.digest[:12]}`)" if context.digest else ""
    return f"Labels are those of {where} as they stood{version}: {'; '.join(said)}."


def pair(counts: Counts) -> str:
    """Say how many images of each class there are.

    Args:
        counts: by class.

    Returns:
        `3 women + 4 men`, say.
    """
    return f"{counts.female} women + {counts.male} men"


def corrections_sentence(context: Context) -> str:
    """Say what a file of reviewed labels did.

    Args:
        context: of the report.

    Returns:
        One sentence of Markdown; empty where there was no such file.
    """
    file = context.corrections
    if file is None:
        return ""
    left = f", which leaves {pair(file.counts)}" if file.counts is not None else ""
    elsewhere = f"; {file.elsewhere} decisions are about images not evaluated on" if file.elsewhere else ""
    return (
        f"Corrected labels are those of {as_code(file.file)} (SHA-256 `{file.sha256}`): "
        f"{file.changed} changed and {file.excluded} images left out{left}; "
        f"{file.kept} looked at and kept{elsewhere}."
    )


def run_lines(context: Context) -> list[str]:
    """Write the report's last section, on the run or the model file.

    Args:
        context: of the report.

    Returns:
        Lines of Markdown: a table of counts by split, then a list; what is not known is left out.
    """
    lines = []
    if context.counts:
        counted = [
            [split, SPLIT_USES.get(split, ""), str(c.female), str(c.male)] for split, c in context.counts.items()
        ]
        lines += [*markdown_table(("split", "use", "women", "men"), counted), ""]
    every = (
        *context.notes,
        *_model(context),
        *_pictures(context),
        *_start(context),
        *_averaged_with(context),
        *soft_labels_lines(context),
        *_went(context),
        *_settings(context),
    )
    return lines + [f"- {line}" for line in every]


def _model(context: Context) -> list[str]:
    """The model file that was evaluated, and what it says of its training."""
    if not context.model:
        return []
    lines = [f"Model file {as_code(context.model)} on {', '.join(map(as_code, context.data))}."]
    training = context.trained
    if "train" in training.counts:
        lines.append(f"It was trained by recipe `{training.recipe}` on {pair(training.counts['train'])}.")
    return lines + _start(training) + _averaged_with(training)


def _pictures(context: Context) -> list[str]:
    lines = []
    if context.digest:
        lines.append(f"Digest of the list of images, labels and splits: `{context.digest}`.")
    if context.tells("geometry"):
        lines.append("Images are crops aligned by landmarks." if context.geometry else "Images are not aligned.")
    if context.unreadable:
        named = _named(context.unreadable)
        lines.append(f"Images left out because they cannot be read: {len(context.unreadable)} ({named}).")
    elif context.tells("unreadable"):
        lines.append("Images left out because they cannot be read: none.")
    return lines


def _start(training: Training) -> list[str]:
    init = training.init
    if init is not None:
        missing = f"{len(init.missing)} missing" + (f" ({_named(init.missing)})" if init.missing else "")
        return [
            f"Starting weights: `{init.source}`, {init.used} tensors used, {missing}, "
            f"{len(init.left_over)} left over; SHA-256 `{init.sha256}`."
        ]
    return ["Starting weights: none; the network started at random."] if training.tells("init") else []


def _averaged_with(training: Training) -> list[str]:
    """Which finished models the weights were averaged with."""
    if not training.averaged_with:
        return []
    models = ", ".join(f"{as_code(model.source)} (SHA-256 `{model.sha256}`)" for model in training.averaged_with)
    return [f"Its weights are the mean of the run's own and, each counting the same, those of {models}."]


def soft_labels_lines(context: Context) -> list[str]:
    """Say which other models' answers a run learnt from, and where those come from as far as it is known.

    Args:
        context: of a run's report.

    Returns:
        One sentence of Markdown; none where there were no such answers.
    """
    said, settings = context.soft_labels, context.settings
    if said is None or settings is None:
        return []
    setting = settings.soft_labels
    tables = ", ".join(
        f"{as_code(table.file)} (SHA-256 `{table.sha256}`){answers_origin(table.sha256)}" for table in said.tables
    )
    return [
        f"Learnt from other models' answers too, weight {setting.weight:g} of the loss at temperature "
        f"{setting.temperature:g}, for {said.images} training images: the mean of {tables}."
    ]


def augmentation_sentence(context: Context) -> str:
    """Say whether women and men were augmented alike.

    Args:
        context: of a run's report: its settings and counts tell.

    Returns:
        One sentence; where strengths differ, it names them for both classes.
    """
    settings, counts = context.settings, context.counts.get("train")
    if settings is None or counts is None:
        return "The operations are the same for both classes."
    majority, minority = (dict(policy) for policy in (settings.augment.majority, settings.augment.minority))
    apart = {name: (minority[name], value) for name, value in majority.items() if minority[name] != value}
    if not settings.augment.per_class or not apart:
        return "Operations and strengths are the same for both classes."
    fewer, more = ("women", "men") if counts.female <= counts.male else ("men", "women")
    strengths = ", ".join(f"{name.replace('_', ' ')} {a:g} and {b:g}" for name, (a, b) in apart.items())
    return (
        f"The operations are the same for both classes, their strengths are not: for {fewer}, the fewer, and for "
        f"{more}, {strengths}."
    )


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(map(as_code, every[:_MOST])) + more


def _went(context: Context) -> list[str]:
    """How the run went."""
    if context.best_epoch is None or context.epochs is None:
        return []
    epochs = f"{context.epochs} epochs" if context.epochs != 1 else "1 epoch"
    took = f" in {context.seconds / 60:.1f} minutes" if context.seconds is not None else ""
    on_val = context.best_epoch if context.best_epoch_on_val is None else context.best_epoch_on_val
    lines = [
        f"Recipe `{context.recipe}` at {context.size} px: {epochs}{took} on "
        f"{context.device}; ended: {context.reason or 'not yet'}.",
        f"Kept epoch: {context.best_epoch + 1} (held out), {on_val + 1} (as the origin).",
    ]
    if context.averaging is not None:
        both = context.averaging.averaged, context.averaging.raw
        accuracy = " and ".join(f"{percent(metrics.accuracy)} %" for metrics in both)
        loss = " and ".join(NONE if metrics.loss is None else f"{metrics.loss:.4f}" for metrics in both)
        own = context.averaging.own
        alone = (
            f"; the run's own average without other models: accuracy {percent(own.accuracy)} %"
            if own is not None
            else ""
        )
        lines.append(f"Averaged and raw weights on `choose` at that epoch: accuracy {accuracy}, loss {loss}{alone}.")
    return lines


def _settings(context: Context) -> list[str]:
    lines = []
    settings = context.settings
    if settings is not None:
        metric = settings.stopping.metric
        best = "lowest" if metric == "loss" else "highest"
        lines += [
            f"Seed {settings.train.seed}, people held out by seed {settings.data.split_seed}; batches of "
            f"{settings.train.batch_size}; the kept epoch has the {best} {metric.replace('_', ' ')} on `choose`.",
            f"Techniques: {'; '.join(_techniques(settings))}. All settings: `config.yaml`.",
        ]
    if context.versions:
        lines.append(f"Versions: {', '.join(f'{name} {number}' for name, number in context.versions.items())}.")
    return lines


def _techniques(settings: Config) -> list[str]:
    """Each of the recipe's techniques, and whether it was on."""
    loss, augment, frozen = settings.loss, settings.augment, settings.optimizer.frozen
    by_class = "by class" if augment.per_class else "the same for both classes"
    return [
        f"precision {settings.train.precision}",
        f"layer-wise rates x {settings.optimizer.layer_decay:g}"
        + (f", the first {frozen} layers frozen" * bool(frozen)),
        f"balanced sampler {_on(settings.sampler.balanced)}" + _groups(settings.sampler),
        f"augmentation {by_class if augment.enabled else 'off'}",
        f"{loss.name} loss" + (f" (gamma {loss.gamma:g}, alpha {loss.alpha})" if loss.name == "focal" else ""),
        *_mixed(settings.mix),
        f"threshold sweep {_on(settings.threshold.enabled)}",
        f"schedule {settings.schedule.name.replace('_', '-')}",
        f"early stopping {_on(settings.stopping.enabled)}",
        f"optimizer {settings.optimizer.name}",
        f"weight averaging {_on(settings.average.enabled)}",
        f"TTA {_on(settings.tta.enabled)}",
    ]


def _groups(sampler: SamplerConfig) -> str:
    since = f" after {100 * sampler.since:g} % of the epochs" if sampler.by and sampler.since else ""
    return f", groups of {', '.join(sampler.by)} to the power {sampler.power:g}{since}" if sampler.by else ""


def _mixed(mix: MixConfig) -> list[str]:
    alphas = {"mixup": mix.mixup, "CutMix": mix.cutmix}
    return [f"{name} (alpha {alpha:g})" for name, alpha in alphas.items() if alpha]


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"
