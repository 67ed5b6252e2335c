"""What a report says of run and model: old files and other programs' notes are read as far as they go."""

from __future__ import annotations

from gender_classifier.config.reading import load_config
from gender_classifier.runs.context import Context


def test_a_run_s_own_training_and_an_evaluated_model_s() -> None:
    run = Context(recipe="quick", epochs=3)
    assert (run.of_run, run.trained.recipe) == (True, "quick")
    counts = {"train": {"female": 1, "male": 2}}
    model = Context(model="model.onnx", training={"recipe": "release", "counts": counts, "init": None, "more": 1})
    assert (model.of_run, model.trained.recipe, model.trained.counts["train"].male) == (False, "release", 2)
    assert model.trained.tells("init")
    assert not model.trained.tells("epochs")


def test_another_program_s_note_on_its_training_says_nothing_and_stays_as_it_is() -> None:
    note = {"recipe": ["mine"], "counts": 5}
    context = Context(model="model.onnx", training=note)
    assert context.trained.recipe is None
    assert context.document()["training"] == note


def test_settings_are_read_with_what_this_version_knows() -> None:
    whole = load_config("release").model_dump(mode="json")
    assert Context(config=whole).settings == load_config("release")
    older = {"data": {"canonical": True, "gone": 1}, "gone": {"x": 2}, "export": {"licence": "MIT"}}
    settings = Context(config=older).settings
    assert settings is not None
    assert (settings.data.canonical, settings.export.licence, settings.mix.mixup) == (True, "MIT", 0.0)
    assert Context().settings is None
    assert Context(config={"train": {"epochs": 0}}).settings is None
