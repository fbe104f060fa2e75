"""Expression files of every kind, either way round, and what is wrong with those that cannot be read."""

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from markers.cohorts import BY_SYMBOL, TABLE, tumours
from organotropism.errors import InputError
from organotropism.markers import Identifiers, read_expression, read_probe_map
from organotropism.markers.pam50 import centroids

VALUES = np.round(tumours(7)[0], 3)
GENES = centroids().symbols
SAMPLES = [f"s{i}" for i in range(7)]
OTHERS = ["NOTAGENE1", "age"]


def frame(by_gene: bool, genes: list[str]) -> pl.DataFrame:
    """All genes and two columns (or rows) of no panel."""
    names = [*genes, *OTHERS]
    values = np.vstack([VALUES, np.ones((2, 7))])
    if by_gene:
        return pl.DataFrame({"gene": names, **{s: values[:, i] for i, s in enumerate(SAMPLES)}})
    return pl.DataFrame({"sample": SAMPLES, **{g: values[i] for i, g in enumerate(names)}})


def write(path: Path, table: pl.DataFrame) -> Path:
    if path.suffix == ".parquet":
        table.write_parquet(path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(table.write_csv().encode()))
    elif path.suffix == ".h5ad":
        import anndata

        first, *rest = table.columns
        matrix = table.select(rest).to_numpy()
        data = anndata.AnnData(matrix)
        data.obs_names, data.var_names = table[first].to_list(), rest
        data.write_h5ad(path)
    else:
        table.write_csv(path, separator="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize("by_gene", [True, False])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".parquet", ".h5ad"])
def test_every_kind_either_way_round(tmp_path: Path, ending: str, by_gene: bool) -> None:
    if ending == ".h5ad":
        pytest.importorskip("anndata")
    path = write(tmp_path / f"x{ending}", frame(by_gene, list(GENES)))
    found = read_expression(path, BY_SYMBOL)
    assert found.samples == tuple(SAMPLES)
    assert found.source.orientation == ("genes x samples" if by_gene else "samples x genes")
    assert found.source.rows_of_genes == 52
    assert found.source.found_by == {"symbol": 50}
    np.testing.assert_array_equal(found.rows(GENES), VALUES)


@pytest.mark.parametrize("kind", ["symbol", "Entrez", "Ensembl", "former symbol"])
def test_every_name_of_a_gene(tmp_path: Path, kind: str) -> None:
    by_symbol = {gene.symbol: gene for gene in TABLE.genes}
    names = {
        "symbol": GENES,
        "Entrez": [by_symbol[g].entrez for g in GENES],
        "Ensembl": [by_symbol[g].ensembl + ".7" for g in GENES],
        "former symbol": [(by_symbol[g].former or (g,))[0] for g in GENES],
    }[kind]
    found = read_expression(write(tmp_path / "x.csv", frame(True, list(names))), BY_SYMBOL)
    np.testing.assert_array_equal(found.rows(GENES), VALUES)
    assert found.source.found_by[kind] == 50 if kind != "former symbol" else found.source.found_by[kind] > 9


def test_sparse_anndata_with_ids_in_var(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    from scipy.sparse import csr_matrix

    data = anndata.AnnData(csr_matrix(VALUES.T))
    data.obs_names = SAMPLES
    data.var_names = [f"row{i}" for i in range(50)]
    data.var["note"] = "x"
    data.var["gene_ids"] = list(GENES)
    data.write_h5ad(tmp_path / "x.h5ad")
    np.testing.assert_array_equal(read_expression(tmp_path / "x.h5ad", BY_SYMBOL).rows(GENES), VALUES)


def test_probes_through_a_map_the_most_variable_counts(tmp_path: Path) -> None:
    (tmp_path / "map.csv").write_text(
        '"probe","EntrezGene.ID","HUGO.gene.symbol"\np1,2099,"ESR1"\np2,2099,NA\np3,NA,"PGR"\np4,4288,"MKI67"\n'
    )
    (tmp_path / "x.csv").write_text('"","p1","p2","p3","p4"\n"a",1,5,1,2\n"b",2,9,1,2\n"c",3,1,1,3\n')
    probes = read_probe_map(tmp_path / "map.csv", TABLE)
    assert probes == {"p1": "ESR1", "p2": "ESR1", "p4": "MKI67"}
    found = read_expression(tmp_path / "x.csv", Identifiers(TABLE, probes))
    assert found.symbols == ("ESR1", "MKI67")
    assert found.rows(["ESR1"]).tolist() == [[5, 9, 1]]
    assert found.chosen == {"ESR1": ("p2", 2)}


def test_gaps_count_against_a_variable_probe(tmp_path: Path) -> None:
    rows = "ESR1,1,2,3,4,5,6\nESR1,0,4,NA,NA,NA,NA\nPGR,NA,NA,NA,NA,NA,NA\n"
    (tmp_path / "x.csv").write_text("g,a,b,c,d,e,f\n" + rows)
    found = read_expression(tmp_path / "x.csv", BY_SYMBOL)
    # SD 1.87 x (1 + ln 7) = 5.5 beats 2.83 x (1 + ln(7/5)) = 3.8; a row without values is none.
    assert found.rows(["ESR1"]).tolist() == [[1, 2, 3, 4, 5, 6]]
    assert found.symbols == ("ESR1",)


def test_second_id_column_and_comments_and_short_header(tmp_path: Path) -> None:
    (tmp_path / "cbio.txt").write_text(
        "#x\nHugo_Symbol\tEntrez_Gene_Id\tA-1\tA-2\nESR1\t2099\t1.5\t2\nunnamed\t5241\t3\tNA\n"
    )
    found = read_expression(tmp_path / "cbio.txt", BY_SYMBOL)
    assert found.samples == ("A-1", "A-2")
    np.testing.assert_array_equal(found.rows(["ESR1", "PGR"]), [[1.5, 2], [3, np.nan]])
    (tmp_path / "r.txt").write_text('"a" "b"\n'.replace(" ", "\t") + '"ESR1"\t1\t2\n')
    assert read_expression(tmp_path / "r.txt", BY_SYMBOL).samples == ("a", "b")


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "is empty"),
        ("gene\nESR1\n", "holds one column"),
        ("g,a,b\nX1,1,2\n", "names no gene of the panels"),
        ("g,a,b\nESR1,1,x\n", 'row 2, b: "x" is not a number'),
        ("g,a,b\nESR1,1,2,3,4\n", "row 2: has 5 cells; expected 3"),
        ("g,a,b\nESR1,1,inf\n", "row 2: holds an infinite number"),
        ("g,a,a\nESR1,1,2\n", '"a" is the name of more than one sample'),
        ("g,ESR1,b\nPGR,1,2\n", "as many genes in its header as in its first column"),
        ("g,ESR1\n", "holds no sample"),
        ("g,a,b\nESR1,NA,NA\n", "holds no value of a gene"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(InputError) as error:
        read_expression(tmp_path / "x.csv", BY_SYMBOL)
    assert message in str(error.value)
    assert "x.csv" in str(error.value)


@pytest.mark.parametrize("name", ["x.csv.gz", "x.parquet", "x.h5ad"])
def test_damaged_files_are_refused(tmp_path: Path, name: str) -> None:
    if name.endswith("h5ad"):
        pytest.importorskip("anndata")
    whole = gzip.compress(b"g,a\nESR1,1\n" * 1000)
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=name):
        read_expression(tmp_path / name, BY_SYMBOL)


def test_absent_and_foreign_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_text("a")
    for name, message in (("none.csv", "no such file"), ("x.xlsx", "is not a kind of expression file")):
        with pytest.raises(InputError, match=message):
            read_expression(tmp_path / name, BY_SYMBOL)


def test_orientation_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("g,ESR1,b\nPGR,1,2\n")
    assert read_expression(tmp_path / "x.csv", BY_SYMBOL, "genes x samples").symbols == ("PGR",)
    assert read_expression(tmp_path / "x.csv", BY_SYMBOL, "samples x genes").symbols == ("ESR1",)


@pytest.mark.parametrize(
    "content, message",
    [("probe,chip\np1,a\n", "has no column of genes"), ("probe,symbol\np1,XYZ\n", "names no gene")],
)
def test_useless_maps_are_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "map.csv").write_text(content)
    with pytest.raises(InputError, match=message):
        read_probe_map(tmp_path / "map.csv", TABLE)
