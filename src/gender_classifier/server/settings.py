"""What the service is told when it starts: models, address, and the limits that keep it standing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gender_classifier.errors import UserError
from gender_classifier.inference.backends.registry import DEFAULT
from gender_classifier.model_files.registry import SHIPPED


@dataclass(frozen=True)
class ServerSettings:
    """Models, address and limits of a service.

    Example:
        >>> ServerSettings(max_files=4).checked().max_files
        4

    Attributes:
        models: model files, run folders or names of shipped models; the first answers where none is named.
        engine: that runs them.
        threads: of reading and of the network; None for all cores that this process may use.
        key: that requests must bring; None: none.
        site: folder of a static site that is shown at `/`; None: the documentation is.
        max_bytes: of a request's body.
        max_pixels: of an image.
        max_files: of a request.
        queue: images in progress or waiting, of all requests; more are refused with 503.
        batch_wait: seconds that a face waits for others to share a batch with.
        read_seconds: that a client may take to send a request.
        answer_seconds: that an answer may take from then on.
        stop_seconds: that accepted requests may take after the service was told to stop.
    """

    models: tuple[str | Path, ...] = (SHIPPED[0].name,)
    engine: str = DEFAULT
    threads: int | None = None
    key: str | None = None
    site: Path | None = None
    max_bytes: int = 64_000_000
    max_pixels: int = 50_000_000
    max_files: int = 32
    queue: int = 128
    batch_wait: float = 0.004
    read_seconds: float = 30.0
    answer_seconds: float = 60.0
    stop_seconds: float = 60.0

    def checked(self) -> ServerSettings:
        """Check these settings.

        Returns:
            The settings themselves.

        Raises:
            UserError: limits that cannot be kept together, a key that is too short or no header can hold, or a
                site without a page.
        """
        if self.queue < self.max_files:
            raise UserError(f"queue of {self.queue} images: smaller than a request of {self.max_files}; take as many")
        if self.key is not None and not (len(self.key) >= 16 and self.key.isascii() and self.key.isprintable()):
            raise UserError("the key: at least 16 printable ASCII characters; `openssl rand -hex 32` makes one")
        if self.site is not None and not (self.site / "index.html").is_file():
            raise UserError(f"{self.site}: no index.html in it; write it by `gender-classifier web --out {self.site}`")
        return self
