"""The documentation as one page without scripts, made of the OpenAPI document: nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from gender_classifier import PERCEIVED

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of the page."""
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 14px/1.45 ui-monospace, monospace }
pre { padding: .8rem; overflow-x: auto; background: color-mix(in srgb, currentColor 8%, transparent) }
table { margin: 1rem 0; border-collapse: collapse; width: 100%; display: block; overflow-x: auto }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
         border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent) }
h2 { margin-top: 2.5rem } h2 code { font-size: inherit }
"""
_CODE = re.compile("`([^`]+)`")
_EXAMPLES = {
    "/v1/faces": "curl --data-binary @holiday.jpg -H 'Content-Type: image/jpeg' {base}/v1/faces\n"
    "curl -F files=@one.jpg -F files=@two.png '{base}/v1/faces?tta=true'",
    "/v1/crops": "curl -F files=@crop.png {base}/v1/crops",
    "/v1/models": "curl {base}/v1/models",
    "/readyz": "curl {base}/readyz",
    "/metrics": "curl {base}/metrics",
}


def docs_page(openapi: dict[str, Any], base: str) -> str:
    """Make the documentation's page.

    Args:
        openapi: the service's OpenAPI document, as FastAPI makes it.
        base: address of this service without a slash at its end, for examples.

    Returns:
        HTML, without scripts.
    """
    schemas = openapi["components"]["schemas"]
    title = escape(openapi["info"]["title"])
    parts = [
        "<!doctype html>",
        f'<html lang="en"><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style>",
        f"<h1>{title} {escape(openapi['info']['version'])}</h1>",
        f"<p>{escape(openapi['info']['description'])} {escape(PERCEIVED)}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
    ]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation, base)
    parts.append("<h2>What the answers hold</h2>")
    for name, schema in schemas.items():
        parts += _schema(name, schema)
    return "\n".join(parts) + "\n"


def _operation(path: str, method: str, operation: dict[str, Any], base: str) -> Iterator[str]:
    yield f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2><p>{_text(operation['description'])}</p>"
    if path in _EXAMPLES:
        yield f"<pre>{escape(_EXAMPLES[path].format(base=base))}</pre>"
    if operation.get("parameters"):
        rows = [
            (f"<code>{escape(one['name'])}</code>", escape(_kind(one["schema"])), _text(one.get("description", "")))
            for one in operation["parameters"]
        ]
        yield _table(("Parameter", "Type", "Meaning"), rows)
    answers = [(escape(code), _meaning(one)) for code, one in operation["responses"].items()]
    yield _table(("Status", "Meaning"), answers)


def _meaning(answer: dict[str, Any]) -> str:
    """What a status means: of an answer that is no refusal, what it holds."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return _linked(_kind(schema)) if schema else _text(answer["description"])


def _text(text: str) -> str:
    """Text with what stands in backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(name)}">{escape(name)}</h3><p>{_text(schema.get("description", ""))}</p>'
    rows = [
        (f"<code>{escape(field)}</code>", _linked(_kind(one)), _text(one.get("description", "")))
        for field, one in schema.get("properties", {}).items()
    ]
    yield _table(("Field", "Type", "Meaning"), rows)


def _kind(schema: dict[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if "prefixItems" in schema:
        return ", ".join(_kind(one) for one in schema["prefixItems"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if "items" in schema else "list"
    return str(schema.get("type", "anything"))


def _linked(kind: str) -> str:
    words = kind.split(" ")
    return " ".join(f'<a href="#{escape(w)}">{escape(w)}</a>' if w[:1].isupper() else escape(w) for w in words)


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f"<th>{one}</th>" for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
