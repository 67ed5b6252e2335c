"""What a report says besides figures: the images and their labels, the starting weights, the run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gender_classifier.names import as_code
from gender_classifier.report.tables import markdown_table, percent

SPLIT_USES = {"train": "fitted on", "choose": "chosen on (held out)", "val": "reported"}
_MOST = 10


def labels_sentence(context: dict[str, Any]) -> str:
    """Whose labels the results are on, how many of each class, and which version of them; empty where unknown."""
    counts = context.get("counts")
    if not counts:
        return ""
    where = " and ".join(map(as_code, context.get("data", ()))) or "the data"
    said = [f"validation {_pair(counts['val'])}"] if "val" in counts else []
    said += [f"train {_pair(counts['train'])}"] if "train" in counts else []
    said += [f"`choose` (held out of train to choose on) {_pair(counts['choose'])}"] if "choose" in counts else []
    version = f" (digest `{context['digest'][:12]}`)" if context.get("digest") else ""
    return f"Labels are those of {where} as they stood{version}: {'; '.join(said)}."


def _pair(counts: dict[str, int]) -> str:
    return f"{counts['female']} women + {counts['male']} men"


def corrections_sentence(context: dict[str, Any]) -> str:
    """What a correction file did to the labels; empty where there was none."""
    file = context.get("corrections")
    if not file:
        return ""
    left = f", which leaves {_pair(file['counts'])}" if file.get("counts") else ""
    elsewhere = f"; {file['elsewhere']} decisions are about images not evaluated on" if file.get("elsewhere") else ""
    return (
        f"Corrected labels are those of {as_code(file['file'])} (SHA-256 `{file['sha256']}`): "
        f"{file['changed']} changed and {file['excluded']} images left out{left}; "
        f"{file['kept']} looked at and kept{elsewhere}."
    )


def run_lines(context: dict[str, Any]) -> list[str]:
    """The report's last section, in Markdown: counts by split, then a list."""
    lines = []
    if context.get("counts"):
        counted = [
            [split, SPLIT_USES.get(split, ""), *(str(c[name]) for name in ("female", "male"))]
            for split, c in context["counts"].items()
        ]
        lines += [*markdown_table(("split", "use", "women", "men"), counted), ""]
    every = (
        *context.get("notes", ()),
        *_model(context),
        *_pictures(context),
        *_start(context),
        *_soft_labels(context),
        *_went(context),
        *_settings(context),
    )
    return lines + [f"- {line}" for line in every]


def _model(context: dict[str, Any]) -> list[str]:
    """The model file that was evaluated, and what it says of its training."""
    if not context.get("model"):
        return []
    lines = [f"Model file {as_code(context['model'])} on {', '.join(map(as_code, context['data']))}."]
    training = context.get("training") or {}
    fitted = (training.get("counts") or {}).get("train")
    if fitted:
        lines.append(f"It was trained by recipe `{training.get('recipe')}` on {_pair(fitted)}.")
    return lines + _start(training)


def _pictures(context: dict[str, Any]) -> list[str]:
    lines = []
    if context.get("digest"):
        lines.append(f"Digest of the list of images, labels and splits: `{context['digest']}`.")
    if "geometry" in context:
        lines.append("Images are crops aligned by landmarks." if context["geometry"] else "Images are not aligned.")
    if context.get("unreadable"):
        named = _named(context["unreadable"])
        lines.append(f"Images left out because they cannot be read: {len(context['unreadable'])} ({named}).")
    elif "unreadable" in context:
        lines.append("Images left out because they cannot be read: none.")
    return lines


def _start(context: dict[str, Any]) -> list[str]:
    init = context.get("init")
    if init:
        missing = f"{len(init['missing'])} missing" + (f" ({_named(init['missing'])})" if init["missing"] else "")
        return [
            f"Starting weights: `{init['source']}`, {init['used']} tensors used, {missing}, "
            f"{len(init['left_over'])} left over; SHA-256 `{init['sha256']}`."
        ]
    return ["Starting weights: none; the network started at random."] if "init" in context else []


def _soft_labels(context: dict[str, Any]) -> list[str]:
    """Which other models' answers the run learnt from."""
    said = context.get("soft_labels")
    if not said:
        return []
    setting = context["config"]["soft_labels"]
    tables = ", ".join(f"{as_code(table['file'])} (SHA-256 `{table['sha256']}`)" for table in said["tables"])
    return [
        f"Learnt from other models' answers too, weight {setting['weight']:g} of the loss at temperature "
        f"{setting['temperature']:g}, for {said['images']} training images: the mean of {tables}."
    ]


def augmentation_sentence(context: dict[str, Any]) -> str:
    """Whether women and men were augmented alike, from the run's policies."""
    augment = (context.get("config") or {}).get("augment")
    counts = (context.get("counts") or {}).get("train")
    if not augment or not counts:
        return "The operations are the same for both classes."
    majority, minority = augment["majority"], augment["minority"]
    apart = {name: (minority[name], value) for name, value in majority.items() if minority[name] != value}
    if not augment["per_class"] or not apart:
        return "Operations and strengths are the same for both classes."
    fewer, more = ("women", "men") if counts["female"] <= counts["male"] else ("men", "women")
    strengths = ", ".join(f"{name.replace('_', ' ')} {a:g} and {b:g}" for name, (a, b) in apart.items())
    return (
        f"The operations are the same for both classes, their strengths are not: for {fewer}, the fewer, and for "
        f"{more}, {strengths}."
    )


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(map(as_code, every[:_MOST])) + more


def _went(context: dict[str, Any]) -> list[str]:
    """How the run went."""
    if "best_epoch" not in context:
        return []
    epochs = f"{context['epochs']} epochs" if context["epochs"] != 1 else "1 epoch"
    lines = [
        f"Recipe `{context['recipe']}` at {context['size']} px: {epochs} in {context['seconds'] / 60:.1f} minutes on "
        f"{context['device']}; ended: {context['reason'] or 'not yet'}.",
        f"Kept epoch: {context['best_epoch'] + 1} (held out), {context['best_epoch_on_val'] + 1} (as the origin).",
    ]
    averaging = context.get("averaging")
    if averaging:
        both = averaging["averaged"], averaging["raw"]
        accuracy = " and ".join(f"{percent(metrics['accuracy'])} %" for metrics in both)
        loss = " and ".join(f"{metrics['loss']:.4f}" for metrics in both)
        lines.append(f"Averaged and raw weights on `choose` at that epoch: accuracy {accuracy}, loss {loss}.")
    return lines


def _settings(context: dict[str, Any]) -> list[str]:
    lines = []
    config = context.get("config")
    if config:
        train, stopping = config["train"], config["stopping"]
        best = "lowest" if stopping["metric"] == "loss" else "highest"
        lines += [
            f"Seed {train['seed']}, people held out by seed {config['data']['split_seed']}; batches of "
            f"{train['batch_size']}; the kept epoch has the {best} {stopping['metric'].replace('_', ' ')} on `choose`.",
            f"Techniques: {'; '.join(_techniques(config))}. All settings: `config.yaml`.",
        ]
    versions = context.get("versions")
    if versions:
        lines.append(f"Versions: {', '.join(f'{name} {number}' for name, number in versions.items())}.")
    return lines


def _techniques(config: dict[str, Any]) -> list[str]:
    """Each of the recipe's techniques, and whether it was on."""
    loss, augment = config["loss"], config["augment"]
    by_class = "by class" if augment["per_class"] else "the same for both classes"
    return [
        f"precision {config['train']['precision']}",
        f"layer-wise rates x {config['optimizer']['layer_decay']:g}"
        + (f", the first {frozen} layers frozen" if (frozen := config["optimizer"].get("frozen", 0)) else ""),
        f"balanced sampler {_on(config['sampler']['balanced'])}" + _groups(config["sampler"]),
        f"augmentation {by_class if augment['enabled'] else 'off'}",
        f"{loss['name']} loss"
        + (f" (gamma {loss['gamma']:g}, alpha {loss['alpha']})" if loss["name"] == "focal" else ""),
        *_mixed(config.get("mix", {})),
        f"threshold sweep {_on(config['threshold']['enabled'])}",
        f"schedule {config['schedule']['name'].replace('_', '-')}",
        f"early stopping {_on(config['stopping']['enabled'])}",
        f"optimizer {config['optimizer']['name']}",
        f"weight averaging {_on(config['average']['enabled'])}",
        f"TTA {_on(config['tta']['enabled'])}",
    ]


def _groups(sampler: dict[str, Any]) -> str:
    by = sampler.get("by")
    since = f" after {100 * sampler['since']:g} % of the epochs" if by and sampler["since"] else ""
    return f", groups of {', '.join(by)} to the power {sampler['power']:g}{since}" if by else ""


def _mixed(config: dict[str, Any]) -> list[str]:
    names = {"mixup": "mixup", "cutmix": "CutMix"}
    return [f"{name} (alpha {config[key]:g})" for key, name in names.items() if config.get(key)]


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"
