"""What the parts of one running application share."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from organotropism.app.lanes import Lanes
from organotropism.app.models import BroughtModels
from organotropism.app.settings import Settings


@dataclass(frozen=True)
class Services:
    """The settings, the lanes in which requests compute, and the models that users brought."""

    settings: Settings
    lanes: Lanes
    brought: BroughtModels = field(default_factory=BroughtModels)


def services(request: Request) -> Services:
    """The services of the application that serves the request."""
    found: Services = request.app.state.services
    return found
