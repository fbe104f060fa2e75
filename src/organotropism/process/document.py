"""The JSON contract of a forecast."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from organotropism.process.results import Forecast

RESEARCH_ONLY = "For research, not for treatment or imaging decisions."


def _plain(record: Any) -> dict[str, Any]:
    """Fields of a flat record; `asdict` would copy each value deeply, which takes as long as the forecast."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def forecast_document(result: Forecast, *, reasons: bool = True) -> dict[str, Any]:
    """Return the forecast as plain values; see `schema/forecast.schema.json`.

    Parameters
    ----------
    reasons : whether to compute `contributions` and `unknown`, which stay empty otherwise
    """
    table, patient = result.table, result.patient
    model, options = table.model, table.options
    horizons = [h for h in options.horizons if result.any(h).risk == result.any(h).risk]

    def course(quantity: str, site: str | None = None) -> list[dict[str, Any]]:
        values = [result.any(h) if site is None else result.site(site, quantity, h) for h in horizons]
        return [
            {"years": h, "years_since_diagnosis": patient.now + h, **_plain(value)}
            for h, value in zip(horizons, values, strict=True)
        ]

    return {
        "model": {"name": model.name, "version": model.version, "checksum": model.checksum},
        "purpose": RESEARCH_ONLY,
        "speaks_of": model.speaks_of,
        "patient": {
            **patient.model_dump(mode="json", exclude_defaults=True),
            "clinical_subtypes": list(patient.clinical_subtypes),
        },
        "state": {
            "years_since_diagnosis": patient.now,
            "metastatic": bool(patient.involved),
            "year_of_diagnosis_used": result.year,
            "year_of_diagnosis_assumed": result.year_assumed,
            "baseline": options.baseline,
        },
        "horizons": horizons,
        "any_distant": course("any"),
        "sites": {
            site: {
                "first": course("first", site),
                "ever": course("ever", site),
                "only": course("only", site),
                "given_metastasis": _plain(result.site(site, "given")),
            }
            for site in model.layout.sites
        },
        "several": _plain(result.several),
        **_markers(result),
        "contributions": {
            site: [_plain(entry) for entry in entries]
            for site, entries in (result.contributions if reasons else {}).items()
        },
        "unknown": [_plain(entry) for entry in result.unknown] if reasons else [],
        "warnings": list(result.warnings),
    }


def _markers(result: Forecast) -> dict[str, Any]:
    """What markers add to the log hazard of presenting and to the log odds of each site, if they do."""
    offset = result.offset
    if offset is None:
        return {}
    sites = dict(zip(result.table.model.layout.sites, offset.sites.tolist(), strict=True))
    shown = {"name": offset.text, "whether": offset.rate, "sites": sites, "studies": list(offset.studies)}
    return {"markers": shown}
