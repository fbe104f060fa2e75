"""Files that nobody should write, made from good ones: by bytes, by cells, by structure, by JSON values.

Each function takes the good content and a source of random numbers and gives hostile content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

Spoil = Callable[[bytes, Random], bytes]

#: What stands in cells that no reader expects.
WORDS = (
    "",
    " ",
    "\t",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1e-999",
    "1e400",
    "9" * 400,
    "0x1F",
    "1_000",
    "١٢",
    "½",
    "null",
    "None",
    "TRUE",
    "=cmd|' /C calc'!A0",
    "@x",
    "\x1b[31m",
    "\x00",
    "\u202e",
    "\ud7ff",
    "😀",
    "ﬀ",
    "a" * 5000,
    '"',
    '""',
    "'",
    ",",
    ";",
    "|",
    "\\",
    "{",
    "}",
    "[",
    "]",
    "<b>",
    "%s%n",
    "${x}",
    "../../etc/passwd",
    "-0",
    "+5",
    "5,5",
    "5.5.5",
    "1 000",
    "12/13/2020",
    "0000-00-00",
    "9999-12-31",
    "2020-02-30",
    "1e5 mm",
    "<5",
    ">=50",
    "2+",
    "positive;negative",
    "bone@",
    "@2",
    "bone@2@3",
    "bone@1e9",
    "-5",
    "1e308",
    "4294967296",
    "9223372036854775808",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    -0.0,
    2**63,
    10**400,
    "",
    " ",
    "NaN",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    ["x"] * 50,
    "\u0000",
    "a" * 5000,
    "=1+1",
    [1, "a"],
    {"value": None},
    {"": ""},
)
_FRAGMENTS = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b"\r\n",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"{",
    b"[" * 40,
    b"]",
    b"}",
    b"#",
    b"=",
    b"\\u0000",
    b"\xed\xa0\x80",
    b"\xc3",
    b"1e999",
    b"\x1a",
    b"\x85",
    b"\xe2\x80\xa8",
)


def by_bytes(content: bytes, random: Random) -> bytes:
    """Cut, doubled, overwritten, in another encoding."""
    kind = random.randrange(8)
    if kind == 0:
        return content[: random.randrange(len(content) + 1)]
    if kind == 1:
        return content[random.randrange(len(content) + 1) :]
    if kind == 2:
        return content.decode("utf-8", "replace").encode(
            random.choice(["utf-16", "utf-32", "cp1252", "utf-7"]), "replace"
        )
    if kind == 3:
        return random.randbytes(random.choice([0, 1, 7, 300]))
    if kind == 4:
        place = random.randrange(len(content) + 1)
        return content[:place] + content + content[place:]
    spoilt = bytearray(content)
    for _ in range(random.choice([1, 3, 30])):
        place = random.randrange(len(spoilt) + 1)
        piece = random.choice(_FRAGMENTS)
        spoilt[place : place + random.choice([0, len(piece)])] = piece
    return bytes(spoilt)


def by_cells(content: bytes, random: Random) -> bytes:
    """Words of a delimited or plain text replaced."""
    parts = re.split(r"([,;\t\n=])", content.decode("utf-8", "replace"))
    for _ in range(random.choice([1, 2, 5, 40])):
        parts[random.randrange(0, len(parts), 2)] = random.choice(WORDS)
    return "".join(parts).encode("utf-8", "surrogatepass")


def by_lines(content: bytes, random: Random) -> bytes:
    """Lines and columns dropped, doubled, swapped, lengthened; another delimiter; open quotes."""
    lines = content.decode("utf-8", "replace").split("\n")
    kind = random.randrange(9)
    place = random.randrange(len(lines))
    if kind == 0:
        lines.insert(place, random.choice(["", "   ", ",,,,", "#", "\x0c", '"', "sep=;"]))
    elif kind == 1:
        lines[place] += "," + random.choice(WORDS)
    elif kind == 2:
        lines[place] = lines[place].rpartition(",")[0]
    elif kind == 3:
        lines = [line.replace(",", random.choice(";\t|:"), random.choice([-1, 1])) for line in lines]
    elif kind == 4:
        lines[place] = '"' + lines[place]
    elif kind == 5:
        lines = lines[:1] * 2 + lines[1:]
    elif kind == 6:
        lines = [lines[0]]
    elif kind == 7:
        lines = lines[1:]
    else:
        lines[0] = ",".join(random.choices(lines[0].split(","), k=lines[0].count(",") + 1))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def by_values(content: bytes, random: Random) -> bytes:
    """Values of JSON of another type, keys twice or missing, brackets without end."""
    kind = random.randrange(10)
    if kind == 0:
        return b"[" * 100_000
    if kind == 1:
        return b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return by_bytes(content, random)
    if not isinstance(document, dict | list):
        return json.dumps(random.choice(VALUES)).encode()
    for _ in range(random.choice([1, 1, 2, 8])):
        _spoil(document, random)
    text = json.dumps(document)
    if kind == 2 and text.startswith("{") and len(text) > 2:
        text = "{" + text[1:-1] + ", " + text[1:]
    return text.encode()


def _spoil(document: Any, random: Random) -> None:
    """Change one place of a document."""
    place = document
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = random.choice(keys)
        if isinstance(place[key], dict | list) and place[key] and random.random() < 0.8:
            place = place[key]
            continue
        if random.random() < 0.15:
            del place[key]
        elif isinstance(place, dict) and random.random() < 0.15:
            place[random.choice(WORDS)] = place.pop(key)
        else:
            place[key] = deepcopy(random.choice(VALUES))
        return


TEXT: tuple[Spoil, ...] = (by_bytes, by_cells, by_lines)
JSON: tuple[Spoil, ...] = (by_bytes, by_values, by_values)


def spoilt(content: bytes, random: Random, ways: tuple[Spoil, ...]) -> bytes:
    """Content spoilt once, or several times over."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        content = random.choice(ways)(content, random)
    return content
