"""JSON as the API sends it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


class Json(JSONResponse):
    """Compact JSON in ASCII, so that a label with half a surrogate pair can be sent too."""

    def render(self, content: Any) -> bytes:
        """Return the bytes; a number that is none is a defect, not a value."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")
