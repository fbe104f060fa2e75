"""JSON as the API sends it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from starlette.responses import JSONResponse


class Json(JSONResponse):
    """Compact JSON in ASCII, so that a label with half a surrogate pair can be sent too."""

    def render(self, content: Any) -> bytes:
        """Return the bytes; a number that is none is a defect, not a value."""
        return content if isinstance(content, bytes) else as_json(content)


def as_json(content: Any) -> bytes:
    """Plain values as JSON."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def as_list(items: Iterable[Any]) -> bytes:
    """Items as a list, written one by one: a long text written at once would hold up everything else."""
    return b"[" + b",".join(as_json(item) for item in items) + b"]"
