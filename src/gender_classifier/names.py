r"""File names as text: one rule for tables, reports, hashes and screens.

A file's name is bytes, and any byte may stand in it. As text, a name is what people expect, except for what no text
has or what does harm there: each such byte is written `\xNN`, two lower-case hexadecimal digits. These are

- bytes that are not UTF-8 (`Zo\xeb.jpg` from an old archive),
- control characters and what ends a line anywhere (`\x0a` for a line break, `\x1b` for ESC),
- marks that turn the direction of writing, and byte-order marks,
- the backslash of a name that holds such an escape itself (`\x5cxeb`).

All other names stay as they are, those with a Windows path's backslashes too. `to_path` is the reverse, and
`files.find` looks for the file that a list names. In a CSV
file `to_cell` keeps a spreadsheet from taking text for a formula, and `from_cell` undoes it.
"""

from __future__ import annotations

import os
import re

# Control characters, ends of lines, marks of direction and byte order, and surrogates, which stand for bytes.
_HARMFUL = r"\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_ESCAPED = re.compile(rf"[{_HARMFUL}]+|\\(?=x[0-9a-f]{{2}})")
_UNPRINTABLE = re.compile(f"[{_HARMFUL}]+")
_MARKED = re.compile(r"[\\`*_\[\]<>|]")
_ENDS = re.compile(r"^\s+|^#|\s+$")
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
_FORMULA = re.compile("'*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_PROTECTED = re.compile("''*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def to_text(path: str | os.PathLike[str]) -> str:
    r"""Write a path as text that holds no harmful character; `to_path` is the reverse.

    Args:
        path: as the system gives it; it may hold bytes that are not UTF-8.

    Returns:
        The same path, with `\xNN` for each harmful byte. Letters beyond ASCII stay.

    Example:
        >>> to_text(os.fsdecode(b"Zo\xeb.jpg"))
        'Zo\\xeb.jpg'
    """
    return _ESCAPED.sub(lambda found: _escape(found[0]), _normal(os.fspath(path)))


def to_path(text: str) -> str:
    r"""Give the path that `to_text` wrote, whatever the system's locale.

    Args:
        text: with escapes as `\xNN`, or without any.

    Returns:
        The path as this system's calls take it; each escape is the byte that it stands for.
    """
    return os.fsdecode(_ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), _bytes(text)))


def as_path(text: str) -> str:
    r"""Give the path that somebody else's text names.

    Args:
        text: from a list or table that `to_text` need not have written; a `\xNN` in it is taken as it stands.

    Returns:
        The path as this system's calls take it.
    """
    return os.fsdecode(_bytes(text))


def canonical(text: str) -> str:
    r"""Bring a name to the one form that `to_text` gives it, so that names can be compared.

    Args:
        text: from a table or list that somebody else may have written or changed.

    Returns:
        The name as `to_text` writes it; an escape that `to_text` would not write (`\x41`) becomes its letter.
    """
    return to_text(to_path(text))


def to_line(text: str) -> str:
    r"""Write a name as a line of a list; `from_line` is the reverse.

    Args:
        text: a name as `to_text` writes it.

    Returns:
        The line, without its break: the name, with a `#` at its beginning (else the line is a remark) and blanks at
        its ends escaped.
    """
    return _ENDS.sub(lambda found: _escape(found[0]), text)


def from_line(line: str) -> str:
    """Read the name in a line of a list.

    Args:
        line: with or without its line break; no remark.

    Returns:
        The name as `to_text` writes it; what `to_line` escaped besides is undone.
    """
    return canonical(line.strip())


def printable(text: str) -> str:
    r"""Make text safe for one line of a screen or a report.

    Args:
        text: a sentence with names in it, from wherever they come.

    Returns:
        The text with each harmful byte, line breaks too, as `\xNN`. Backslashes stay: it cannot be undone.
    """
    return _UNPRINTABLE.sub(lambda found: _escape(found[0]), _normal(text))


def to_cell(text: str) -> str:
    """Write text as a cell of a CSV file, so that no spreadsheet takes it for a formula; `from_cell` is the reverse.

    Args:
        text: of any kind.

    Returns:
        The text; with an apostrophe before it where it begins with `=`, `+`, `-`, `@` (full-width ones too), a tab
        or a line break and is no number, or where it has apostrophes before one of these.

    Example:
        >>> to_cell("=1+1.jpg"), to_cell("-0.5")
        ("'=1+1.jpg", '-0.5')
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def from_cell(cell: str) -> str:
    """Read the text in a cell that `to_cell` wrote.

    Args:
        cell: of a CSV file, whoever wrote it.

    Returns:
        The text without the apostrophe that `to_cell` puts before what looks like a formula.
    """
    return cell[1:] if _PROTECTED.match(cell) else cell


def in_markdown(text: str) -> str:
    r"""Write text so that Markdown shows it as it is.

    Args:
        text: plain, one line.

    Returns:
        The text with a backslash before each of Markdown's marks: ``\ ` * _ [ ] < > |``.
    """
    return _MARKED.sub(r"\\\g<0>", text)


def as_code(text: str) -> str:
    r"""Write a name as code in Markdown.

    Args:
        text: a name as `to_text` writes it.

    Returns:
        The name in backticks. A backtick in it is written `\x60`, which `to_path` undoes as well.
    """
    return "`" + text.replace("`", r"\x60") + "`"


def _escape(part: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in _bytes(part))


def _normal(text: str) -> str:
    """The same bytes as letters where they are UTF-8: in an ASCII locale Python has surrogates for these, too."""
    return text if text.isascii() else _bytes(text).decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair, which names on Windows may hold
        return text.encode("utf-8", "surrogatepass")
