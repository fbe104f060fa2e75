"""Names of genes as files really have them: running numbers, dates of spreadsheets, dots, chance hits."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from fuzz import draws
from markers.cohorts import BY_SYMBOL, TABLE
from organotropism.errors import InputError
from organotropism.markers import Identifiers, read_expression
from organotropism.markers.expression import BY_GENE, BY_SAMPLE, Expression, expression
from organotropism.markers.names import Names
from organotropism.markers.spreadsheets import genes_of_date

#: Genes of the panels, among them those whose names spreadsheets and R change.
GENES = (
    "ESR1",
    "ERBB2",
    "MKI67",
    "PGR",
    "SEPTIN8",
    "HLA-DOB",
    "NKX2-5",
    "GATA3",
    "FOXA1",
    "KRT5",
    "EGFR",
    "CDH1",
)
SAMPLES = tuple(f"T{number:02}" for number in range(1, 9))


def read(path: Path, names: list[str], **options: str) -> Expression:
    """A file of genes x samples whose row k holds k + .5."""
    rows = [f"{name},{','.join([f'{k}.5'] * len(SAMPLES))}" for k, name in enumerate(names)]
    path.write_text("\n".join([",".join(["gene", *SAMPLES]), *rows]) + "\n", encoding="utf-8")
    return read_expression(path, BY_SYMBOL, **options)


@pytest.mark.parametrize(
    "name",
    [
        *("8-Sep", "Sep-08", "08-Sep", "8. Sep", "08. Sep", "8-Sept", "sept-8", "8-set", "08/set", "8 сен"),
        *(
            "8-Sep-2021",
            "2021-09-08",
            "2021-09-08 00:00:00",
            "08.09.2021",
            "9/8/2021",
            "8-SEP",
            "8. September",
        ),
    ],
)
def test_a_date_that_can_be_one_gene_alone_is_mended(tmp_path: Path, name: str) -> None:
    found = read(tmp_path / "x.csv", ["ESR1", "PGR", "EGFR", name])
    assert found.rows(["SEPTIN8"])[0, 0] == 3.5
    assert found.source.found_by["spreadsheet date"] == 1
    assert any(note.startswith(f"{name} is read as SEPTIN8") for note in found.source.notes)


@pytest.mark.parametrize(
    # 1 September of 2008 or Sep-08, in two ways; a serial number of 8 September 2019.
    "name",
    ["2008-09-01", "39692", "43716"],
)
def test_a_date_that_may_be_something_else_is_named_and_not_used(tmp_path: Path, name: str) -> None:
    found = read(tmp_path / "x.csv", ["ESR1", "PGR", "EGFR", *map(str, GENES[5:]), name])
    assert "SEPTIN8" not in found
    assert [note for note in found.source.notes if note.startswith(f"{name} is not used") and "SEPT8" in note]


@pytest.mark.parametrize(
    ("name", "symbols", "clear"),
    [
        ("1-Mar", ("MARCH1", "MARC1"), False),
        ("2. Mrz", ("MARCH2", "MARC2"), False),
        ("3-mars", ("MARCH3", "MARC3"), True),
        ("1-Dec", ("DEC1",), True),
        ("1-déc", ("DEC1",), True),
        ("01. Dez", ("DEC1",), True),
        ("4-Okt", ("OCT4",), True),
        ("4-ott", ("OCT4",), True),
        ("Oct-04", ("OCT4",), True),
        ("03/09/2021", ("MARCH9", "MARC9", "SEPT3", "SEP3"), False),
        ("5-May", (), False),
        ("31-Sep", (), False),
        ("ESR1", (), False),
        ("HLA-A", (), False),
        ("7-Up", (), False),
        ("TP53", (), False),
    ],
)
def test_genes_of_a_date(name: str, symbols: tuple[str, ...], clear: bool) -> None:
    found, told = genes_of_date(name)
    assert found == symbols
    assert told == clear or not symbols


def test_dots_of_r_are_read_as_the_marks_that_they_stand_for(tmp_path: Path) -> None:
    found = read(tmp_path / "x.csv", ["ESR1", "HLA.DOB", "NKX2.5"])
    assert found.rows(["HLA-DOB", "NKX2-5"])[:, 0].tolist() == [1.5, 2.5]
    assert found.source.found_by == {"symbol": 1, "symbol with dots": 2}


def test_names_to_which_r_added_an_x(tmp_path: Path) -> None:
    assert "ESR1" in read(tmp_path / "x.csv", ["X2099"])
    probes = Identifiers(TABLE, {"205225_at": "ESR1"})
    found = expression(np.ones((1, 2)), ["X205225_at"], ["a", "b"], probes)
    assert found.symbols == ("ESR1",)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("gap", [False, True])
def test_running_numbers_are_no_entrez_ids(tmp_path: Path, first: int, gap: bool) -> None:
    names = [str(number) for number in range(first, 3000) if not (gap and number % 5 == 3)]
    with pytest.raises(InputError, match=r"running numbers .* not Entrez ids"):
        read(tmp_path / "x.csv", names)
    # A list that a statistician ordered by variance.
    random.Random(1).shuffle(names)
    with pytest.raises(InputError, match="running numbers"):
        read(tmp_path / "x.csv", names)


def test_entrez_ids_are_read_though_many_follow_one_another(tmp_path: Path) -> None:
    ids = [gene.entrez for gene in TABLE.genes if gene.entrez]
    found = read(tmp_path / "x.csv", sorted(ids, key=int))
    assert len(found.symbols) == len(ids)
    assert found.source.found_by == {"Entrez": len(ids)}


def test_beside_a_column_of_symbols_numbers_are_those_of_rows(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    rows = [(number, "OTHER", 1.0) for number in range(1, 2099)] + [(2099, "PGR", 2.0), (3, "ESR1", 3.0)]
    file.write_text(
        "index,Gene Symbol,T1\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows), encoding="utf-8"
    )
    found = read_expression(file, BY_SYMBOL, orientation=BY_GENE)
    assert found.symbols == ("ESR1", "PGR")
    assert found.values[:, 0].tolist() == [3, 2]


def test_one_former_symbol_does_not_turn_a_table_round(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    probes = [f"X{number}_s_at" for number in range(200001, 200021)]
    lines = [",".join(["sample", *probes]), *(f"S{n},{','.join(['5.1'] * 20)}" for n in range(1, 100))]
    file.write_text("\n".join(lines), encoding="utf-8")
    for orientation in (None, BY_GENE, BY_SAMPLE):
        with pytest.raises(InputError, match="names no gene of the panels") as refusal:
            read_expression(file, BY_SYMBOL, orientation)
        assert "Affymetrix" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "maker"),
    [("ILMN_16{:03}", "Illumina"), ("A_23_P{:03}", "Agilent"), ("200{:03}_at", "Affymetrix")],
)
def test_probes_without_a_map_are_called_by_their_maker(tmp_path: Path, name: str, maker: str) -> None:
    with pytest.raises(InputError, match="map of probes.*" + maker):
        read(tmp_path / "x.csv", [name.format(number) for number in range(50)])


def test_a_few_true_symbols_among_many_names_are_used_and_said_to_be_few(tmp_path: Path) -> None:
    found = read(tmp_path / "x.csv", ["ESR1", *(f"mirna{number}" for number in range(100))])
    assert found.symbols == ("ESR1",)
    assert any("of 101 names only 1 is a gene" in note for note in found.source.notes)
    few = read(tmp_path / "y.csv", ["ESR1", "PGR", "EGFR", *(f"probe{number}" for number in range(6_000))])
    assert any("where most of" in note for note in few.source.notes)


def test_names_that_are_all_right_have_no_notes(tmp_path: Path) -> None:
    assert read(tmp_path / "x.csv", list(GENES)).source.notes == ()
    reader = Names(BY_SYMBOL, "x")
    with pytest.raises(InputError, match="names no gene"):
        reader.settle()


def _written(draw: random.Random, path: Path) -> tuple[set[str], bool]:
    """A file of expression with several faults at once; genes that must be read, and whether none may be."""
    mark, by_gene = draw.choice(",\t;"), draw.random() < 0.5
    names = {symbol: [symbol] for symbol in GENES}
    names["SEPTIN8"] += ["SEPT8", "8-Sep", "08. Sep", "2021-09-08", "43716"]
    names["HLA-DOB"] += ["HLA.DOB", "3112"]
    names["NKX2-5"] += ["NKX2.5"]
    names["ESR1"] += ["ESR1|2099", "ENSG00000091831.24", "X2099", '"ESR1"']
    told = {symbol: draw.choice(forms) for symbol, forms in names.items()}
    lost = {symbol for symbol, name in told.items() if name == "43716"}
    genes = [*GENES, *(f"OTHER{number}" for number in range(draw.randrange(30)))]
    draw.shuffle(genes)
    number = {symbol: f"{GENES.index(symbol) + 0.25}" if symbol in GENES else "7" for symbol in genes}
    rows = [["", *SAMPLES], *([told.get(g, g), *[number[g]] * len(SAMPLES)] for g in genes)]
    if by_gene and draw.random() < 0.3:
        rows = [[*row[:1], "Description" if row[0] == "" else "na", *row[1:]] for row in rows]
    if not by_gene:
        rows = [list(column) for column in zip(*rows, strict=True)]
    head = draw.choice([[], ["# made by hand"], ['!Series_title\t"x"', "!series_matrix_table_begin"]])
    tail = ["!series_matrix_table_end"] if len(head) == 2 else []
    ending = draw.choice(["\n", "\r\n"])
    path.write_text(ending.join([*head, *(mark.join(row) for row in rows), *tail]) + ending, encoding="utf-8")
    return set(GENES) - lost, bool(lost)


def test_files_with_several_faults_at_once_give_each_gene_its_own_values(tmp_path: Path) -> None:
    for draw in draws():
        wanted, named = _written(draw, tmp_path / "x.txt")
        found = read_expression(tmp_path / "x.txt", BY_SYMBOL)
        assert set(found.symbols) == wanted
        assert len(found.samples) == len(SAMPLES)
        for symbol in wanted:
            assert (found.rows([symbol]) == GENES.index(symbol) + 0.25).all()
        assert any("43716 is not used" in note for note in found.source.notes) == named
