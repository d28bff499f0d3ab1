"""The drawings of the address space are those of servers that run."""

from __future__ import annotations

import pytest

from tests.documentation.drawing import FIGURES, FIGURES_DRAWN, Figure, drawn


@pytest.mark.parametrize("figure", FIGURES_DRAWN, ids=lambda figure: figure.file)
async def test_a_drawing_shows_what_a_client_sees_now(figure: Figure) -> None:
    """Otherwise: python -m tests.documentation.drawing."""
    assert (FIGURES / figure.file).read_text(encoding="utf-8") == await drawn(figure)
