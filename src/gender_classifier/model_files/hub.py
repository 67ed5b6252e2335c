"""A model from the Hugging Face hub, as `export --hub` lays it out: one file, downloaded because it was asked for."""

from __future__ import annotations

import os
from pathlib import Path

from gender_classifier.errors import UnreadableError, UserError, first_line, install_hint
from gender_classifier.model_files.registry import MODEL


def download_model(repository: str, revision: str | None = None) -> Path:
    """Download the model file of a repository into the hub's own cache, unless it is there already.

    The hub's library is told to send no telemetry (`HF_HUB_DISABLE_TELEMETRY`, unless the environment says otherwise).
    Its other variables hold: `HF_HOME` (another cache), `HF_ENDPOINT` (another hub), `HF_TOKEN`, `HF_HUB_OFFLINE`.

    Args:
        repository: `owner/name`.
        revision: branch, tag or commit; None: the newest of the main branch.

    Returns:
        The path of `model.onnx` in the cache; what is in the file is not looked at.

    Raises:
        ModuleNotFoundError: the extra `[hub]` is not installed.
        UserError: no name of a repository.
        UnreadableError: no network, no such repository or revision, or no `model.onnx` in it.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModuleNotFoundError(f"from_hub needs {error.name}: {install_hint('hub')}", name=error.name) from None
    where = repository + (f" at {revision}" if revision else "")
    try:
        return Path(hf_hub_download(repository, MODEL, revision=revision))
    except HFValidationError:
        raise UserError(f"{repository}: not the name of a repository, which is owner/name") from None
    except LocalEntryNotFoundError:
        raise UnreadableError(f"{where}: the hub cannot be reached, and no copy of {MODEL} is kept here") from None
    except EntryNotFoundError:
        raise UnreadableError(f"{where}: has no {MODEL}; `gender-classifier export RUN --hub` lays one out") from None
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{where}: cannot be had from the hub ({first_line(error)})") from None
