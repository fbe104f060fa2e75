"""JSON as the API sends it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


class Json(Response):
    """Compact JSON in ASCII, so that a label with half a surrogate pair can be sent too."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the bytes; a number that is none is a defect, not a value."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
