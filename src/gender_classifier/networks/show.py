"""`summary`: the network as a table or a diagram."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.networks.summary import mermaid, summarise
from gender_classifier.system import streams


def summary(size: int = 224, as_mermaid: bool = False) -> ExitCode:
    """Print the stages of EfficientNet-B1: output, parameters and multiply-adds (MACs) of each.

    Args:
        size: of the images, pixels, 32 to 2048.
        as_mermaid: a diagram's text instead of a table.

    Returns:
        `ExitCode.FINE`.

    Raises:
        UserError: another size, or a closed standard output.
    """
    if not 32 <= size <= 2048:
        raise UserError(f"--size {size}: between 32 and 2048 pixels")
    streams.require_stdout("open it")
    rows = summarise(size)
    if as_mermaid:
        streams.for_data().write(f"{mermaid(rows, size)}\n")
        return ExitCode.FINE
    table = Table(title=f"EfficientNet-B1 at 3 x {size} x {size}")
    for name, justify in (
        ("stage", "left"),
        ("operator", "left"),
        ("repeats", "right"),
        ("output", "right"),
        ("parameters", "right"),
        ("MACs (M)", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        shape = "×".join(map(str, row.shape))
        table.add_row(row.stage, row.operator, str(row.repeats), shape, f"{row.parameters:,}", f"{row.macs / 1e6:.1f}")
    total, macs = sum(r.parameters for r in rows), sum(r.macs for r in rows)
    table.add_section()
    table.add_row("total", "", "", "", f"{total:,}", f"{macs / 1e6:.1f}")
    Console().print(table)
    return ExitCode.FINE
