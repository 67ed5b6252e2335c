"""What a browser may do with the page is said once, and the same everywhere."""

from __future__ import annotations

import re
from pathlib import Path

from gender_classifier.web import policy
from gender_classifier.web.policy import HEADERS, POLICY

PAGE = Path(policy.__file__).with_name("page")


def test_one_policy_stands_in_the_page_in_the_service_worker_and_in_the_service() -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    worker = re.sub(r'"\s*\+\s*"', "", (PAGE / "sw.js").read_text(encoding="utf-8"))
    assert f'content="{POLICY}"' in index
    assert f'"{POLICY}"' in worker
    assert "connect-src 'self';" in POLICY


def test_headers_allow_nothing_that_the_page_forbids() -> None:
    said = HEADERS["Content-Security-Policy"]
    assert said.split("; ")[:-1] == POLICY.split("; ")
    assert said.endswith("; frame-ancestors 'none'")  # which a page cannot say of itself
    allowed = {source for rule in POLICY.split("; ") for source in rule.split()[1:]}
    assert allowed == {"'none'", "'self'", "'wasm-unsafe-eval'", "blob:"}  # no other server
