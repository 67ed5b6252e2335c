"""Reading and writing the configuration of a training run, and the recipes that ship with the package.

A configuration is a tree of sections (`data`, `model`, `optimizer`, ...). It is read
from a recipe or a YAML file, changed by `--set section.key=value`, and written into the
run folder with every default spelled out.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from gender_classifier.config.settings import Config
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.names import to_text
from gender_classifier.system.texts import read_text


def recipe_names() -> list[str]:
    """List the recipes that ship with the package, by name in alphabetical order."""
    folder = resources.files("gender_classifier.config") / "recipes"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


Change = str | tuple[str, Any]
"""`section.key=value` as a person writes it, the value in YAML; or the key and the very value, as of a path."""

_FILES = frozenset(("data.exclude", "data.corrections"))


def load_config(source: str | Path | None, changes: Sequence[Change] = ()) -> Config:
    """Read a recipe by name or a YAML file by path, and apply changes in order.

    Args:
        source: a recipe's name or a file; a file wins over a recipe of the same name; None: all defaults.
        changes: each over what stood before it: `section.key=value`, the value in YAML, or a pair of key and value.

    Returns:
        The whole configuration, every default filled in. Where neither file nor changes name its `recipe`, that is the
        recipe's name or the file's without suffix, and `default` without a source.

    Raises:
        UserError: no such recipe or file, an unknown key (with the nearest right one) or a value that cannot work.
        UnreadableError: a file that is not YAML, or holds no sections.

    Example:
        >>> load_config("quick", ["train.epochs=3"]).train.epochs
        3
    """
    tree = _read_tree(source)
    for change in changes:
        _apply_change(tree, change)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise UserError(_one_line(error)) from None


def dump_config(config: Config) -> str:
    """Write settings as YAML, every default written out.

    Args:
        config: the settings.

    Returns:
        The text of a file that `load_config` reads; sections in the order of `Config`.
    """
    text: str = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text


def _read_tree(source: str | Path | None) -> dict[str, Any]:
    if source is None:
        return {}
    path = Path(source)
    if path.is_file():
        text, name = read_text(path, "YAML"), to_text(path.stem)
    elif str(source) in recipe_names():
        name = str(source)
        text = (resources.files("gender_classifier.config") / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")
    else:
        known = ", ".join(recipe_names())
        raise UserError(f"--config {source}: neither a file nor a recipe; the recipes are {known}")
    try:
        tree = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        reason = str(error).replace("\n", " ")
        raise UnreadableError(f"{source}: not YAML ({reason})") from None
    if not isinstance(tree, dict):
        raise UnreadableError(
            f"{source}: expected sections such as `data:` and `train:`, found a {type(tree).__name__}"
        )
    tree.setdefault("recipe", name)
    return tree


def _apply_change(tree: dict[str, Any], change: Change) -> None:
    if isinstance(change, str):
        key, equals, text = change.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UserError(f"--set {change}: expected section.key=value, for example train.epochs=3")
        value = _value(key, text, change)
    else:
        key, value = change
    *sections, last = key.split(".")
    for section in sections:
        inner = tree.setdefault(section, {})
        if not isinstance(inner, dict):
            raise UserError(f"--set {change}: `{section}` is a value, not a section")
        tree = inner
    tree[last] = value


def _value(key: str, text: str, change: str) -> Any:
    if key in _FILES:  # a file may be called `no`, or `run #2`
        return to_text(text.strip())
    try:
        # Nothing after the sign is an empty text, not YAML's null: that is how a pattern is switched off.
        return yaml.safe_load(text) if text.strip() else ""
    except yaml.YAMLError:
        raise UserError(f"--set {change}: `{text}` is not a value that YAML can read") from None


def _known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += _known_keys(field.annotation, f"{prefix}{name}.")
    return keys


def _nearest_key(key: str) -> str | None:
    known = _known_keys(Config)
    # A right name in the wrong section is the commonest mistake: look for it before spelling.
    last = key.rsplit(".", 1)[-1]
    same_name = [k for k in known if k.rsplit(".", 1)[-1] == last]
    matches = same_name or difflib.get_close_matches(key, known, 1, 0.5)
    if not matches:
        by_last = {k.rsplit(".", 1)[-1]: k for k in known}
        matches = [by_last[m] for m in difflib.get_close_matches(last, list(by_last), 1, 0.5)]
    return matches[0] if matches else None


def _one_line(error: ValidationError) -> str:
    parts = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            nearest = _nearest_key(key)
            parts.append(f"unknown key `{key}`" + (f", did you mean `{nearest}`?" if nearest else ""))
        else:
            message = item["msg"].removeprefix("Value error, ")
            parts.append(f"`{key}`: {message[0].lower()}{message[1:]}, not {item['input']!r}" if key else message)
    return "configuration: " + "; ".join(parts)
