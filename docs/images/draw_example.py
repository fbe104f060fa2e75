"""Draw the picture of the README: the forecast of the example patient over ten years.

Run from the repository root: ``python docs/images/draw_example.py`` (needs the extra ``docs``).
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import polars as pl

import organotropism as ot
from organotropism.patient_file import read_patient

HERE = Path(__file__).parent
PATIENT = Path("examples/patient.toml")
ORDER = ["bone", "lung", "liver", "brain", "other"]
YEARS = [0.5 * half for half in range(1, 21)]


def main() -> None:
    """Write example.svg beside this file."""
    frame = ot.load_model().forecast(read_patient(str(PATIENT)), horizons=YEARS).to_frame()
    ever = frame.filter(pl.col("quantity") == "ever").select("site", "years", "risk", "low", "high")
    zero = pl.DataFrame({"site": ORDER}).with_columns(years=0.0, risk=0.0, low=0.0, high=0.0)
    base = alt.Chart(pl.concat([zero, ever])).encode(
        x=alt.X("years:Q", title="years from diagnosis", axis=alt.Axis(values=[0, 5, 10], grid=False))
    )
    scale = alt.Scale(domainMin=0)
    band = base.mark_area(opacity=0.25, color="#1f5a85").encode(
        y=alt.Y("low:Q", title="found by then", axis=alt.Axis(format="%", tickCount=4), scale=scale),
        y2="high:Q",
    )
    line = base.mark_line(color="#1f5a85", strokeWidth=2).encode(y="risk:Q")
    chart = (
        alt.layer(band, line)
        .properties(width=125, height=150)
        .facet(column=alt.Column("site:N", sort=ORDER, title=None, header=alt.Header(labelFontSize=13)))
        .properties(
            title=alt.Title(
                "Risk of each site for the example patient, death competing",
                subtitle="line: forecast from the published evidence; band: 95 % uncertainty of the evidence",
            )
        )
        .configure(font="sans-serif")
        .configure_view(stroke=None)
    )
    chart.save(HERE / "example.svg")


if __name__ == "__main__":
    main()
