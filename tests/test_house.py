"""The house's rules for its files: a mirror in the tests for each module, files and docstrings that can be read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gender_classifier

TESTS = Path(__file__).resolve().parent
PACKAGE = Path(gender_classifier.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))
LONGEST = 300
"""Lines of a module."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
WRAPPED = {"property", "cached_property", "setter", "override", "model_validator", "overload"}


def name_of(decorator: ast.expr) -> str:
    """The last name: `override` of `typing.override`, `get` of `app.get("/")`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def public(tree: ast.AST) -> list[ast.ClassDef | Function]:
    """Classes and functions of a module, and methods of its classes, whose names have no underscore before them."""
    found: list[ast.ClassDef | Function] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
            found.append(node)
            found += public(node) if isinstance(node, ast.ClassDef) else []
    return found


def told(function: Function) -> bool:
    """Whether a docstring has to name the arguments: an endpoint's text and a command's help are its users'."""
    return not {name_of(decorator) for decorator in function.decorator_list} & (WRAPPED | {"get", "post"})


def lacks(function: Function) -> list[str]:
    """What a public function's docstring leaves out."""
    text = ast.get_docstring(function) or ""
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    named += [a for a in (function.args.vararg, function.args.kwarg) if a is not None]
    missing = [] if text else ["a docstring"]
    arguments = [a.arg for a in named if a.arg not in ("self", "cls") and not a.arg.startswith("_")]
    section = text.partition("Args:")[2]
    missing += [f"argument {a}" for a in arguments if told(function) and not any_line(section, f"{a}: ")]
    raised = any(isinstance(n, ast.Raise) and n.exc is not None for n in ast.walk(function))
    return missing + (["Raises"] if raised and "Raises:" not in text and told(function) else [])


def any_line(section: str, start: str) -> bool:
    return any(line.strip().lstrip("*").startswith(start) for line in section.splitlines())


def test_a_docstring_that_leaves_something_out_is_found() -> None:
    (function,) = public(ast.parse('def f(a, b):\n    """Do.\n\n    Args:\n        a: one.\n    """\n    raise E()'))
    assert isinstance(function, Function)
    assert lacks(function) == ["argument b", "Raises"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_public_docstrings_are_complete(path: Path) -> None:
    nodes = public(ast.parse(path.read_text(encoding="utf-8")))
    missing = {node.name: lacks(node) for node in nodes if isinstance(node, Function) and path.parent.name != "cli"}
    missing |= {node.name: ["a docstring"] for node in nodes if not ast.get_docstring(node)}
    assert {name: what for name, what in missing.items() if what} == {}


def test_every_module_has_its_mirror() -> None:
    assert len(MODULES) > 200
    rooms = [path.relative_to(PACKAGE) for path in MODULES]
    assert [room for room in rooms if not (TESTS / room.parent / f"test_{room.name}").is_file()] == []


def test_files_can_be_read_at_one_sitting() -> None:
    long = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > LONGEST} == {}
