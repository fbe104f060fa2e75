"""The API against its own description: generated requests, fit and unfit, meet no defect.

The number of cases of each operation and kind comes from ORGANOTROPISM_CONTRACT_CASES; 130 make some 2,000.
A slow machine asks fewer: an operation is tried for MOST_SECONDS.
They are the same in every run, unless ORGANOTROPISM_CONTRACT_SEED says otherwise; a failure prints the seed.
"""

from __future__ import annotations

import os
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, seed, settings

from app_case import Server

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
CASES = int(os.environ.get("ORGANOTROPISM_CONTRACT_CASES", "12"))
SEED = int(os.environ.get("ORGANOTROPISM_CONTRACT_SEED", "1"))
#: They are asked in rounds; after each it is seen whether there is time for another.
ROUND = 13
MOST_SECONDS = 6.0
OPERATIONS = [
    "POST /api/v1/forecast",
    "POST /api/v1/forecast/mcode",
    "POST /api/v1/forecasts",
    "GET /api/v1/models",
    "GET /api/v1/evidence/studies",
    "GET /api/v1/evidence/studies/{study_id}",
    "GET /api/v1/evidence/associations",
    "GET /api/v1/evidence/claims",
    "GET /api/v1/evidence/residuals",
]


@pytest.fixture(scope="session")
def operations(server: Server) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def test_every_operation_is_tried(client: httpx.Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert described == set(OPERATIONS)


@pytest.mark.parametrize("kind", ["positive", "negative"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_meet_no_defect(operations: dict[str, Any], label: str, kind: str) -> None:
    if kind == "negative" and label == "GET /api/v1/models":
        pytest.skip("it takes nothing, so nothing can be wrong")
    mode = schemathesis.GenerationMode(kind)
    checks = schemathesis.checks
    seen = 0

    def ask(case: Any) -> None:
        nonlocal seen
        seen += 1
        if isinstance(case.body, dict) and case.body.get("intervals") is True:
            # They take seconds each, and share everything else with forecasts without.
            case.body["intervals"] = False
        answer = case.call(timeout=200)
        case.validate_response(
            answer,
            checks=[
                checks.not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
            ],
        )

    print(f"ORGANOTROPISM_CONTRACT_SEED={SEED}")
    end = time.monotonic() + MOST_SECONDS
    for first in range(0, CASES, ROUND):
        bounds = settings(
            max_examples=min(ROUND, CASES - first),
            deadline=None,
            derandomize=False,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        cases = given(case=operations[label].as_strategy(generation_mode=mode))
        seed(SEED + first)(bounds(cases(ask)))()
        if time.monotonic() > end:
            break
    print(f"{seen} requests")
    assert seen > 0
