"""The English of determinants, in one place."""

from __future__ import annotations

from typing import Final

from organotropism.explain.blocks import NotInModel
from organotropism.explain.determinants import Determinants, Determined, Key
from organotropism.explain.observed import Observed
from organotropism.present.numbers import NOTHING

FACTORS: Final = {
    "subtype": "subtype",
    "histology": "histology",
    "age": "age",
    "nodes": "positive nodes",
    "size": "size",
    "grade": "grade",
    "detection": "detection",
    "pr": "PR",
    "ki67": "Ki-67",
}
BLOCKS: Final = {"ctc": "circulating tumour cells", "exosome": "exosomes"}
WHETHER: Final = "whether/when"
HOW_MANY: Final = "how many"
WHERE: Final = "where"
EXPLAINED: Final = "Explained by each factor, per cent"
ALONE: Final = "What one factor alone tells, per cent"
SITES: Final = (
    "Once distant disease presents: share of each factor in the spread of a site's log odds, per cent"
)
NOT_IN_MODEL: Final = "Of which the model holds no effect"
NOT_IN_MODEL_NOTE: Final = (
    "Grades: A human breast, repeated or validated; B human breast, one cohort; C mouse or cell line; D "
    "other cancer; E statement of a review. An effect in patients has an interval, a stated site and a "
    "stated denominator; those of the primary tumour enter a forecast only with the patient's own markers."
)
NOT_HELD: Final = "? not in the model"
NOT_MODELLED: Final = "–"
FIGURE_NOTE: Final = (
    "Dark: sum over a block. Lines: 95 % uncertainty of the evidence. whether/when has another scale."
)
OBSERVED: Final = "Held against the outcomes of the cohort"
UNKNOWN_CELL: Final = "?"
SPREAD: Final = "standard deviation of the log odds"
NOTE: Final = (
    "whether/when: R2_D, explained variation of the log time to distant disease in the first ten years. how "
    "many, where: share of the uncertainty (entropy) about the set of sites found at presentation that is "
    "removed. These are different scales: compare factors within a column. Shapley values: no order of the "
    "factors matters, and a factor without effect gets nothing. In brackets 95 % uncertainty of the "
    "evidence; values are means over draws of the coefficients. A question mark is not zero: the model holds "
    "no effect, see below. A dash: the model asks whether this factor acts on whether/when only."
)
ALONE_NOTE: Final = (
    "Unlike above, a factor also gets what it tells of others. where: of the set of sites, how many included."
)
SITES_NOTE: Final = (
    "Given which other sites are found. A wide interval means that the studies do not settle the question."
)


def percent(found: Determined) -> str:
    """A share in per cent with its interval: ``14 (12-15)``, a dot where all of it rounds to zero."""
    if max(abs(found.low), abs(found.high)) < 0.0005:
        return NOTHING
    return f"{digits(found.value)} ({digits(found.low)} to {digits(found.high)})"


def whole(found: Determined) -> str:
    """A share in whole per cent with its interval, for narrow columns."""
    value, low, high = (f"{round(100 * share)}" for share in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def digits(share: float) -> str:
    """A share in per cent with at most two significant digits."""
    value = 100.0 * share
    if abs(value) < 0.05:
        return "0"
    return f"{value:.{0 if abs(value) >= 9.95 else 1}f}".removesuffix(".0")


def title(found: Determinants) -> str:
    """What is decided, by which model, in whom."""
    return f"What decides whether, how many and where: model {found.model.name}, {found.population}"


def answer(found: Determinants) -> tuple[str, ...]:
    """The numbers that answer the question, each with what it speaks of before a colon."""
    whether, where, many = found.get("whether"), found.get("where"), found.get("how many")
    early, late = (found.get(f"whether, years {years}") for years in ("0-5", "5-10"))
    within = found.get("whether", "entropy")
    open_part = 1.0 - where.high - many.high
    return (
        f"Tumour cells or microenvironment: {_tumour_or_niche(found)}",
        f"Whether and when: what is known at diagnosis explains {percent(whether)} % of the variation, "
        f"{percent(early)} % in the first five years and {percent(late)} % in the next. Largest parts: "
        f"{_leading(found, 'whether')}. {_blocks(found, 'whether')}",
        f"How many sites: {percent(many)} % of the uncertainty about the set of sites is removed.",
        f"Where: {percent(where)} % of it is removed. Largest parts: {_leading(found, 'where')}. "
        f"{_blocks(found, 'where')} The forecasts themselves, which use the best estimate of each effect, "
        f"remove {digits(where.mode)} %. For comparison: of the uncertainty whether disease presents within "
        f"ten years at all, {percent(within)} % is removed.",
        f"By organ: of what the model tells of one site, the largest part is that of {_by_organ(found)}. "
        "These are uncertain shares of the little that is explained: no factor measured so far is shown to "
        "be limiting.",
        f"Open: at least {digits(open_part)} % of the uncertainty about the sites is left to effects that "
        "the model does not hold, those of the microenvironment among them, and to chance.",
    )


def _tumour_or_niche(found: Determinants) -> str:
    """The question of the field, as far as it can be answered."""
    whether, where = (found.get(part, "explained", "primary tumour") for part in ("whether", "where"))
    others = [entry for entry in found.not_in_model if entry.block != "primary tumour"]
    published = sum(entry.associations for entry in others)
    effects = sum(entry.effects for entry in others)
    known = (
        f"the phenotype of the tumour cells (receptors, grade, histology, proliferation) explains "
        f"{percent(whether)} % of whether and when and {percent(where)} % of where."
    )
    if not others:
        return f"{known} Of the microenvironment the model holds no effect."
    held = "an effect" if effects < 2 else "effects"
    return (
        f"{known} On the microenvironment, exosomes and circulating tumour cells {published} associations "
        f"are published, {effects or 'none'} of them {held} in patients with an interval: what they decide "
        "is all but unmeasured, so neither can be called the more determining."
    )


def _leading(found: Determinants, part: str, most: int = 3) -> str:
    """The factors with the largest parts."""
    parts = {
        key.name: number
        for key, number in found.numbers.items()
        if key.part == part and key.quantity == "explained" and key.name in FACTORS
    }
    names = sorted(parts, key=lambda name: -parts[name].value)[:most]
    return ", ".join(f"{FACTORS[name]} ({digits(parts[name].value)} %)" for name in names)


def _by_organ(found: Determinants) -> str:
    leaders = []
    for site in found.model.layout.sites:
        name = max(
            (name for name in FACTORS if (site, "share", name) in found.numbers),
            key=lambda name: found.get(site, "share", name).value,
        )
        leaders.append(f"{FACTORS[name]} in {site} ({digits(found.get(site, 'share', name).value)} %)")
    return ", ".join(leaders)


def _blocks(found: Determinants, part: str) -> str:
    total = found.get(part).value
    clinical, tumour = (
        found.get(part, "explained", name) for name in ("clinicopathological", "primary tumour")
    )
    return (
        f"Of that, {digits(tumour.value / total)} % is owed to the phenotype of the tumour cells and "
        f"{digits(clinical.value / total)} % to the patient and the extent of disease."
    )


def figure_description(found: Determinants) -> str:
    """The figure in words."""
    said = []
    for part in ("whether", "how many", "where"):
        listed = [
            f"{FACTORS.get(key.name, key.name)} {percent(number)}"
            for key, number in found.numbers.items()
            if key.part == part and key.quantity == "explained" and key.name != "all"
        ]
        said.append(f"{part}: {percent(found.get(part))} in all; {'; '.join(listed)}.")
    missing = "; ".join(
        f"{block_label(entry.block)}: {not_known(found, entry.block)}"
        for entry in found.not_in_model
        if Key("whether", "explained", entry.block) not in found.numbers
    )
    return f"Bars, in per cent, with intervals. {' '.join(said)} {missing}"


def not_known(found: Determinants, block: str) -> str:
    """What there is on a block of which the model holds no effect, in a few words."""
    for entry in found.not_in_model:
        if entry.block == block:
            effects = f"{entry.effects or 'no'} effect{'' if entry.effects == 1 else 's'} in patients"
            grades = ", ".join(f"{number} {grade}" for grade, number in entry.grades.items())
            return f"{NOT_HELD}: {entry.associations} published associations (grades: {grades}), {effects}"
    return NOT_HELD


def not_in_model(entry: NotInModel) -> tuple[str, str, str, str]:
    """Number, grades, effects in patients, and why not, as cells of a table."""
    grades = ", ".join(f"{number} {grade}" for grade, number in entry.grades.items())
    shown = [f"{reason} {number}" for reason, number in list(entry.reasons.items())[:3]]
    effects = str(entry.effects)
    if entry.effects:
        effects += f" (of {entry.studies} {'study' if entry.studies == 1 else 'studies'})"
    return str(entry.associations), grades, effects, ", ".join(shown)


def block_label(name: str) -> str:
    """A block as a label."""
    return BLOCKS.get(name, name)


def marker_label(name: str) -> str:
    """A block of which molecular markers are not in the model."""
    return "primary tumour: molecular markers" if name == "primary tumour" else block_label(name)


def observed(found: Observed) -> str:
    """What the outcomes of a cohort say, in sentences."""
    text = (
        f"Whether and when, among {found.patients:,} patients with {found.relapses:,} relapses within ten "
        "years: "
    )
    if found.d is None or found.d_error is None or found.r2 is None:
        text += "too few relapses. "
    else:
        text += f"D {found.d:.2f} (standard error {found.d_error:.2f}), R2_D {digits(found.r2)} %. "
    if found.pattern is None or found.pattern_error is None:
        return f"{text}No presentation with known sites."
    return (
        f"{text}The set of sites, at {found.presentations:,} presentations: the forecasts removed "
        f"{digits(found.pattern)} % of the uncertainty (standard error {digits(found.pattern_error)})."
    )
