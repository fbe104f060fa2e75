"""What the application refuses, what every answer carries, and what it never says."""

from __future__ import annotations

import gzip
import io
import re
import zipfile

import httpx
import pytest

from app_case import CASE, Server

PAGES = [
    "/",
    "/compare",
    "/about",
    "/evidence",
    "/evidence/conflicts",
    "/evidence/claims",
    "/evidence/studies",
    "/evidence/study/xiao2018",
    "/evidence/study/predict3",
    "/evidence/cell?question=subtype&level=TNBC&against=other+subtypes&site=brain",
    "/evidence/own",
]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"


@pytest.mark.parametrize("path", [*PAGES, "/health", "/api/v1/models", "/nothing", "/static/app.js"])
def test_every_answer_carries_the_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_no_inline_script_or_style_and_nothing_from_elsewhere(
    client: httpx.Client, path: str
) -> None:
    text = client.get(path).text
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
    loaded = re.findall(r'<(?:script|link|img|iframe|source|video)[^>]*(?:src|href)="([^"]*)"', text)
    assert loaded
    assert [address for address in loaded if not address.startswith("/static/")] == []


def test_what_may_hold_a_patient_is_stored_nowhere(client: httpx.Client) -> None:
    assert client.post("/", data=CASE).headers["cache-control"] == "no-store"
    body = {"patient": {"er": "positive"}, "reasons": False}
    assert client.post("/api/v1/forecast", json=body).headers["cache-control"] == "no-store"
    assert "max-age" in client.get("/static/app.css").headers["cache-control"]


def test_hostile_texts_are_shown_as_texts(client: httpx.Client) -> None:
    for fields in (
        {**CASE, "id": HOSTILE},
        {**CASE, "age": HOSTILE},
        {**CASE, "other_treatments": HOSTILE},
        {**CASE, "model": HOSTILE},
        {**CASE, "baseline": HOSTILE},
    ):
        for headers in ({}, {"HX-Request": "true"}):
            text = client.post("/", data=fields, headers=headers).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
            assert "49" not in re.findall(r"'(\d\d)", text)
    twice = {f"{case}-{name}": value for case in "ab" for name, value in {**CASE, "id": HOSTILE}.items()}
    text = client.post("/compare", data=twice).text
    assert "<script>alert" not in text and "&lt;script&gt;" in text


def test_hostile_addresses_are_no_page(client: httpx.Client) -> None:
    for path in (
        f"/evidence/study/{HOSTILE}",
        "/evidence/study/..%2f..%2fetc%2fpasswd",
        f"/evidence?factor={HOSTILE}",
        f"/evidence/cell?question={HOSTILE}&level=a&site=b",
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
        "/evidence/download/..%2fstudies.csv",
    ):
        answer = client.get(path)
        assert answer.status_code in (404, 422), path
        assert "<script>alert" not in answer.text


def test_a_large_body_is_refused_by_what_it_says_and_by_what_comes(client: httpx.Client) -> None:
    stated = client.post("/", content=b"x" * 6_000_001)
    assert stated.status_code == 413

    def stream() -> object:
        for _ in range(70):
            yield b"x" * 100_000

    came = client.post("/api/v1/forecast", content=stream())  # type: ignore[arg-type]
    assert came.status_code == 413
    assert came.headers["content-type"] == "application/problem+json"
    assert client.get("/health").status_code == 200


def test_archives_are_not_unpacked(client: httpx.Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", b"0" * 100_000_000)
    small = packed.getvalue()
    assert len(small) < 1_000_000
    for content in (small, gzip.compress(b"0" * 10_000_000)):
        answer = client.post("/", data=CASE, files={"model_file": ("model.json", content)})
        assert answer.status_code == 422
        assert "not a text file" in answer.text
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    body = gzip.compress(b'{"patient": {"er": "positive"}}')
    assert client.post("/api/v1/forecast", content=body, headers=headers).status_code == 415


def test_many_fields_are_refused(client: httpx.Client) -> None:
    answer = client.post("/", data={f"f{number}": "1" for number in range(400)})
    assert answer.status_code == 400


def test_no_answer_tells_a_path_or_a_trace(client: httpx.Client, server: Server) -> None:
    answers = [
        client.post("/", data=CASE, files={"model_file": ("m.json", b"{")}),
        client.post("/", content=b"\xff\xfe", headers={"content-type": "multipart/form-data; boundary=x"}),
        client.post("/api/v1/forecast", json={"patient": {"er": "positive"}, "model": "../../etc/passwd"}),
        client.post("/export/exe", data=CASE),
        client.get("/nothing"),
        client.request("TRACE", "/"),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert "Traceback" not in answer.text
        assert "site-packages" not in answer.text
        assert re.findall(r"(?<![\w:/.<])/(?:usr|home|root|tmp|work|opt)/", answer.text) == []


def test_a_server_on_this_machine_answers_only_to_its_own_name(client: httpx.Client) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"host": "localhost:1"}).status_code == 200


def test_downloads_are_safe_to_open_in_a_spreadsheet(client: httpx.Client) -> None:
    text = client.get("/evidence/download/associations.csv").text
    cells = re.findall(r'(?:^|,)"?([=+@-][A-Za-z(][^,\n]*)', text, re.MULTILINE)
    assert cells == []
