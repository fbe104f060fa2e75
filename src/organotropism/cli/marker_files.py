"""Files of `organotropism markers score`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from organotropism.cli.marker_cards import CardMaker
from organotropism.csv_files import write_frame
from organotropism.errors import InputError
from organotropism.markers.effects import why_no_effect
from organotropism.markers.pam50 import SUBTYPES, Pam50
from organotropism.markers.scores import Score
from organotropism.present.figures import render
from organotropism.present.figures.heatmap import HeatRow, heatmap
from organotropism.present.marker_card import card_text
from organotropism.present.marker_page import cards_page
from organotropism.vocabulary import SITES

_CARD_WIDTH = 100


def write_scores(path: Path, samples: Sequence[str], scores: Sequence[Score]) -> None:
    """One row per sample and marker that has a score; the format is the ending of the path."""
    parts = [_score_frame(score, samples) for score in scores if score.rank is not None]
    frame = pl.concat(parts) if parts else _score_frame(None, [])
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".json":
        frame.write_json(path)
    else:
        write_frame(frame, path)


def _score_frame(score: Score | None, samples: Sequence[str]) -> pl.DataFrame:
    texts = ("sample", "marker", "compartment", "sites", "grade", "basis")
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(texts, pl.String),
        "rna_for_protein": pl.Boolean,
        **dict.fromkeys(("value", "place", "positive"), pl.Float64),
    }
    if score is None:
        return pl.DataFrame(schema=schema)
    count, definition = len(samples), score.definition
    empty = np.full(count, np.nan)
    return pl.DataFrame(
        {
            "sample": samples,
            "marker": [definition.id] * count,
            "compartment": [str(definition.compartment)] * count,
            "sites": ["; ".join(definition.sites)] * count,
            "grade": [str(definition.grade)] * count,
            "basis": [str(score.basis)] * count,
            "rna_for_protein": [score.stands_in] * count,
            "value": score.value,
            "place": score.rank,
            "positive": empty if score.positive is None else score.positive,
        },
        schema=schema,
        nan_to_null=True,
    )


def write_markers(path: Path, scores: Sequence[Score]) -> None:
    """One row per marker: what its score rests on, or why there is none."""
    rows = [
        {
            "marker": score.definition.id,
            "compartment": str(score.definition.compartment),
            "sites": "; ".join(score.definition.sites),
            "grade": str(score.definition.grade),
            "rule": str(score.definition.kind),
            "basis": str(score.basis),
            "remark": score.remark,
            "rna_for_protein": score.stands_in,
            "genes_used": len(score.used),
            "genes_missing": ";".join(score.missing),
            "moves_the_forecast": why_no_effect(score.definition) or "yes, where measured by its own assay",
        }
        for score in scores
    ]
    write_frame(pl.DataFrame(rows), path)


def write_subtypes(path: Path, subtypes: Pam50) -> None:
    """One row per sample: nearest and second subtype, call, confidence, correlations."""
    columns: dict[str, object] = {
        "sample": subtypes.samples,
        "nearest": subtypes.nearest,
        "call": subtypes.calls,
        "confidence": subtypes.confidence,
        "second": subtypes.second,
        "margin": subtypes.margin,
        "genes": subtypes.genes_used,
        "scaling": [subtypes.scaling] * len(subtypes.samples),
    }
    columns |= {f"r_{name}": subtypes.correlations[:, place] for place, name in enumerate(SUBTYPES)}
    write_frame(pl.DataFrame(columns, nan_to_null=True), path)


def write_heatmap(folder: Path, scores: Sequence[Score], subtypes: Pam50 | None, samples: int) -> None:
    """heatmap.svg and heatmap.png, ordered by site; none without a score."""
    scored = [score for score in scores if score.rank is not None]
    if not scored:
        return
    rows = sorted((_heat_row(score) for score in scored), key=lambda row: _site_order(row.site))
    called = [None] * samples if subtypes is None else subtypes.nearest
    figure = heatmap(rows, ["all" if name is None else name for name in called])
    for kind in ("svg", "png"):
        (folder / f"heatmap.{kind}").write_bytes(render(figure, kind))


def _heat_row(score: Score) -> HeatRow:
    assert score.rank is not None
    definition = score.definition
    ranks = [None if value != value else value for value in score.rank.tolist()]  # noqa: PLR0124
    label = f"{definition.id} ({definition.grade}{', RNA' if score.stands_in else ''})"
    return HeatRow(label, definition.sites[0], tuple(ranks))


def _site_order(site: str) -> int:
    names = [str(name) for name in SITES]
    return names.index(site) if site in names else len(names)


def write_cards(folder: Path, maker: CardMaker, chosen: Sequence[tuple[int, str]]) -> None:
    """One HTML and one text file per sample, named after it."""
    if not chosen:
        return
    folder.mkdir()
    for number, name in chosen:
        card = maker.card(name, number)
        stem = re.sub(r"[^\w.+-]", "_", name).lstrip(".") or "sample"
        path = folder / f"{stem}.html"
        if path.exists():
            raise InputError(
                "needs the file name of another sample", field="--cards", value=name, expected="fewer cards"
            )
        path.write_text(cards_page([card]), encoding="utf-8")
        text = card_text(card, width=_CARD_WIDTH, colour=False)
        path.with_suffix(".txt").write_text(text, encoding="utf-8")
