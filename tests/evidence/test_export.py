"""CSV, BibTeX and RIS, each read back by a small parser of its own."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from organotropism.evidence import baseline, course, studies
from organotropism.evidence.export import Citation, as_bibtex, as_csv, as_ris, citations

EVERYTHING = citations()

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=30)


def read_bibtex(content):
    """Entries of a BibTeX file by key, values with their braces matched, TeX escapes undone."""
    entries, position = {}, 0
    while (found := re.compile(r"\s*@(\w+)\{([^,\s{}]+),").match(content, position)) is not None:
        fields, position = {"": found[1]}, found.end()
        while (field := re.compile(r"\s*(\w+) = \{").match(content, position)) is not None:
            depth, start, position = 1, field.end(), field.end()
            while depth:
                if content[position] == "\\":
                    position += 1
                else:
                    depth += {"{": 1, "}": -1}.get(content[position], 0)
                position += 1
            fields[field[1]] = content[start : position - 1]
            assert content[position] == ","
            position += 1
        assert content[position : position + 3].strip() == "}"
        position = content.index("}", position) + 1
        assert found[2] not in entries
        entries[found[2]] = fields
    assert content[position:].strip() == ""
    return entries


def plain(value):
    names = {"textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^"}
    value = re.sub(r"\\(text\w+)\{\}", lambda m: names[m[1]], value)
    return re.sub(r"\\([{}&%$#_])", r"\1", value)


def read_ris(content):
    """Records of a RIS file, each a list of tag and value."""
    assert content.endswith("\r\n")
    records, tags = [], []
    for line in content.split("\r\n"):
        if not line:
            continue
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - ?(.*)", line)
        assert match, line
        if match[1] == "ER":
            records.append(tags)
            tags = []
        else:
            tags.append((match[1], match[2]))
    assert not tags
    return records


def test_every_source_with_something_to_cite_is_cited():
    keys = [row.key for row in EVERYTHING]
    assert len(set(keys)) == len(keys)
    unidentified = {key for key in studies() if key.startswith("review_ref")}
    outside = {row.study_id for row in (*baseline(), *course())} - set(studies())
    assert set(keys) >= outside
    assert not set(keys) & unidentified
    assert set(studies()) - set(keys) == unidentified
    assert [row.key for row in citations(["kennecke2010", "xiao2018"])] == ["xiao2018", "kennecke2010"]


def test_bibtex_can_be_read():
    entries = read_bibtex(as_bibtex(EVERYTHING))
    assert list(entries) == [row.key for row in EVERYTHING]
    xiao = entries["xiao2018"]
    assert xiao[""] == "article"
    assert (xiao["author"], xiao["year"]) == ("Xiao, W and others", "2018")
    assert xiao["doi"] == "10.2147/CMAR.S176763"
    assert xiao["title"].startswith("{Breast cancer subtypes")
    assert xiao["note"] == "read: abstract; citation confirmed"
    for row in EVERYTHING:
        fields = entries[row.key]
        assert fields[""] in ("article", "misc")
        # what BibTeX wants of an article
        assert fields[""] == "misc" or {"author", "title", "journal", "year"} <= set(fields)
        assert plain(fields.get("title", "")).removeprefix("{").removesuffix("}") == row.title
        assert fields.get("doi", "") == row.doi


def test_ris_can_be_read():
    records = read_ris(as_ris(EVERYTHING))
    assert len(records) == len(EVERYTHING)
    for record, row in zip(records, EVERYTHING, strict=True):
        tags = dict(record)
        assert record[0] == ("TY", "JOUR" if row.journal else "GEN")
        assert len(tags) == len(record)
        assert (tags["ID"], tags.get("TI", ""), tags.get("DO", "")) == (row.key, row.title, row.doi)
        assert not row.year or re.fullmatch(r"\d{4}", tags["PY"])


@pytest.mark.parametrize(
    "key, author, others",
    [
        ("kennecke2010", "Kennecke, H", True),
        ("costasilva2015", "Costa-Silva, B", True),
        ("hung2014", "Hung, C-S", True),
        ("yang2020", "Yang", True),
        ("pan2017", "Pan, H", True),
        ("borst1993", "", False),
        ("nkr2017", "", False),
    ],
)
def test_first_author(key, author, others):
    (found,) = citations([key])
    assert (found.author, found.others) == (author, others)
    assert found.title or found.author


def test_a_source_without_a_title_is_described():
    (found,) = citations(["reddy2018"])
    assert found.title == "(late recurrence of triple-negative disease; PMC5765226)"
    assert "citation not confirmed" in found.note


@given(texts, texts)
def test_any_text_comes_through(title, journal):
    row = Citation("k", "A, B", True, 2020, title, journal, "", "", "", "n")
    fields = read_bibtex(as_bibtex([row]))["k"]
    assert plain(fields.get("title", "{}")[1:-1]) == title
    assert plain(fields.get("journal", "")) == journal
    ((*_, note),) = read_ris(as_ris([row]))
    assert note == ("N1", "n; first author only")


def test_csv_keeps_numbers_and_guards_text():
    rows = [
        {"a": "=1+1", "b": -0.5, "c": None, "d": ("x", "y"), "e": 'say "so", now'},
        {"a": "@x", "b": 2, "c": "-", "d": ("=x",), "e": "+1"},
    ]
    lines = list(csv.reader(io.StringIO(as_csv(rows))))
    assert lines == [
        ["a", "b", "c", "d", "e"],
        ["'=1+1", "-0.5", "", "x;y", 'say "so", now'],
        ["'@x", "2", "'-", "'=x", "'+1"],
    ]


@given(texts)
def test_no_cell_of_text_is_a_formula(text):
    _, *rest = csv.reader(io.StringIO(as_csv([{"a": text}])))
    # a lone empty cell is a line without cells
    ((cell,),) = rest if rest != [[]] else [[""]]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (text, f"'{text}")
