"""Foreign text inside Markdown."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from organotropism.errors import visible

#: Characters that mean something in Markdown where they stand within a line.
_MARKS: Final = re.compile(r"([\\`*_{}\[\]|~$])|^(\s*)([#+>=-]|\d+[.)])")


def plain(text: str) -> str:
    """Text that a renderer of Markdown shows as it is: no markup, no HTML, one line.

    Names of models and cohorts and what a model file says of itself come from files of others.
    """
    one_line = visible(" ".join(text.split()))
    marked = _MARKS.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", one_line)
    return escape(marked, quote=False)
