"""Links between the documents lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.documentation.blocks import FENCE, ROOT, documents

if TYPE_CHECKING:
    from pathlib import Path

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
ANCHOR = re.compile(r'<a id="(?P<name>[^"]+)">')
HEADING = re.compile(r"^#+ +(?P<title>.+?) *$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors that a document's headings make, and those that it sets itself."""
    text = FENCE.sub("", text)
    titles = [match["title"] for match in HEADING.finditer(text)]
    return {match["name"] for match in ANCHOR.finditer(text)} | {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles
    }


def dead_links(document: Path, text: str) -> list[str]:
    """The links that lead to no file, or to no heading of it."""
    dead = []
    for match in LINK.finditer(FENCE.sub("", text)):
        path, _, anchor = match["target"].partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (document.parent / path).resolve() if path else document
        if (path and not target.exists()) or (
            anchor
            and anchor not in anchors(text if target == document else target.read_text(encoding="utf-8"))
        ):
            dead.append(match["target"])
    return dead


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    """To a file, and to a heading in it where they name one."""
    assert dead_links(document, document.read_text(encoding="utf-8")) == []


def test_a_dead_link_is_found() -> None:
    """A file that is absent and a heading that is absent; a web address is left alone."""
    text = "# One Two\n[a](nowhere.md) [b](#one-two) [c](#three) [d](LICENSE) [e](https://example.org)\n"
    assert dead_links(ROOT / "planted.md", text) == ["nowhere.md", "#three"]
