"""The documentation's page, of an OpenAPI document: all of it there, escaped, in a few words."""

from __future__ import annotations

from typing import Any

from gender_classifier.server.docs_page import docs_page

OPENAPI: dict[str, Any] = {
    "info": {"title": "A <service>", "version": "1.2", "description": "It answers."},
    "paths": {
        "/v1/models": {
            "get": {
                "description": "Give the `models`.",
                "parameters": [
                    {"name": "tta", "schema": {"type": "boolean"}, "description": "average & more"},
                    {"name": "kind", "schema": {"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}},
                ],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Models"}}},
                    },
                    "401": {"description": "The key is missing"},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Models": {
                "description": "The models.",
                "properties": {
                    "models": {"type": "array", "items": {"$ref": "#/components/schemas/Model"}},
                    "status": {"const": "ready"},
                    "size": {"prefixItems": [{"type": "integer"}, {"type": "number"}]},
                },
            }
        }
    },
}


def test_paths_parameters_answers_and_schemas_are_there() -> None:
    page = docs_page(OPENAPI, "http://127.0.0.1:8000")
    for part in (
        "<h1>A &lt;service&gt; 1.2</h1>",
        "<h2><code>GET /v1/models</code></h2><p>Give the <code>models</code>.</p>",
        "<pre>curl http://127.0.0.1:8000/v1/models</pre>",
        "<tr><td><code>tta</code></td><td>boolean</td><td>average &amp; more</td></tr>",
        "<td>“a”, “b” or null</td>",
        '<tr><td>200</td><td><a href="#Models">Models</a></td></tr>',
        "<tr><td>401</td><td>The key is missing</td></tr>",
        '<h3 id="Models">Models</h3><p>The models.</p>',
        '<td>list of <a href="#Model">Model</a></td>',
        "<td>“ready”</td>",
        "<td>integer, number</td>",
    ):
        assert part in page
    assert "perceived" in page
