"""Configuration: recipes, changes, and mistakes named."""

from pathlib import Path

import pytest

from gender_classifier.config.reading import dump_config, load_config, recipe_names
from gender_classifier.config.settings import Config
from gender_classifier.errors import UnreadableError, UserError


@pytest.mark.parametrize("name", recipe_names())
def test_recipes_load_and_round_trip(name: str, tmp_path: Path) -> None:
    config = load_config(name)
    assert config.recipe == name
    path = tmp_path / "config.yaml"
    path.write_text(dump_config(config))
    assert load_config(path) == config


def test_recipes_that_documents_name_are_there() -> None:
    assert {"facecom", "quick"} <= set(recipe_names())


def test_changes_apply_in_order() -> None:
    config = load_config("quick", ["train.epochs=3", "train.epochs=5", "tta.views=[identity]", "loss.alpha=0.3"])
    assert (config.train.epochs, config.tta.views, config.loss.alpha) == (5, ["identity"], 0.3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train.epoch=3", "did you mean `train.epochs`"),
        ("epochs=3", "did you mean `train.epochs`"),
        ("optimizer.rat=1", "did you mean `optimizer.rate`"),
        ("train.epochs=0", "greater than or equal to 1"),
        ("train.epochs=many", "`train.epochs`"),
        ("data=3", "`data`"),
        ("train.epochs", "section.key=value"),
        ("train.epochs.x=1", "did you mean|not a section|`train.epochs`"),
        ("loss.gamma=.nan", "`loss.gamma`"),
        ("data.progressive=[{size: 64, until: 0.9}, {size: 96, until: 0.5}]", "must grow"),
    ],
)
def test_mistakes_are_one_clear_line(change: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        load_config("quick", [change])
    assert "\n" not in str(caught.value)


def test_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(UserError, match="facecom, quick"):
        load_config("facecome")


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("a: [1")
    with pytest.raises(UnreadableError, match="not YAML"):
        load_config(path)
    path.write_text("- 1\n- 2\n")
    with pytest.raises(UnreadableError, match="sections"):
        load_config(path)


def test_no_source_is_all_defaults() -> None:
    assert load_config(None) == Config()
