"""Typed records of the evidence tables: one class per table, one attribute per column, in file order.

A column keeps its name (``from`` becomes ``from_``). Blank text stays ``""``, a blank number is ``None``,
a column that lists several values separated by ``;`` is a tuple. Numbers stand as they were printed in the
source, so units vary: ``measure``, ``value_meaning`` or ``unit`` of the same record says how to read them.
Field types are evaluated, not strings: the reader takes the parser of each column from them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Study:
    """One study, or one reference of the starting review that could not be identified.

    ``overlap_group`` names patients shared with other studies; ``primary_in_group`` (yes, no, blank outside
    a group) and ``primary_for_sites`` name the preferred source in it. ``n_total`` and ``n_metastatic`` count
    patients. ``verified`` is "no" where a citation field was not confirmed in the paper. ``study_type`` says
    what was done (cohort, registry, trial, xenograft), ``design`` whose patients they were, as one of
    ``organotropism.vocabulary.Design``, and ``design_source`` where that is recorded. ``middle_year`` is
    the mean of the first and last year of diagnosis of ``period``. ``same_patients_as`` is another overlap
    group that holds most of the same patients.
    """

    study_id: str
    review_ref: str
    authors_short: str
    year: int | None
    title: str
    journal: str
    doi: str
    pmid: str
    url: str
    study_type: str
    design: str
    design_source: str
    species: str
    cancer_type: str
    country: str
    period: str
    n_total: int | None
    n_metastatic: int | None
    read_level: str
    evidence_set: str
    overlap_group: str
    primary_in_group: str
    primary_for_sites: str
    verified: str
    notes: str
    middle_year: float | None
    same_patients_as: str


@dataclass(frozen=True, slots=True)
class Association:
    """One reported relation between a factor level and a site of metastasis.

    ``factor`` to ``endpoint`` keep the wording of the source, the ``*_std`` columns the closed vocabularies.
    ``estimate``, ``ci_low`` and ``ci_high`` (95 %) are a ratio when ``measure`` is OR, HR or RR, and percent
    from 0 to 100 when it is percent. ``log_ratio`` is ln(estimate) and ``se`` its standard error, taken from
    the interval. ``horizon_years`` is the time at which a cumulative incidence holds. ``usable`` says whether
    the record may enter a model ("model"), gives a sign only ("direction") or neither ("context").

    The columns of the reading say what the literature model makes of a record, here and in the other tables:
    ``functional`` (`organotropism.evidence.readings.Functional`), ``read_as`` the feature it speaks of where
    that is not ``site_std``, ``given`` a feature its patients were selected by, ``from_years`` and
    ``to_years`` the part of the follow-up, ``follow_up_years`` the median follow-up of a crude share,
    ``set_aside`` why it does not enter, and ``reading_note`` why it is read so.
    """

    record_id: str
    study_id: str
    domain: str
    factor: str
    level: str
    comparator: str
    site: str
    endpoint: str
    measure: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    p_value: str
    direction: str
    adjusted: str
    adjusted_for: str
    n_exposed: int | None
    events_exposed: int | None
    n_comparator: int | None
    events_comparator: int | None
    source_location: str
    notes: str
    site_std: str
    endpoint_std: str
    denominator: str
    denominator_basis: str
    conditional: str
    factor_std: str
    level_std: str
    comparator_std: str
    population: str
    value_meaning: str
    horizon_years: float | None
    log_ratio: float | None
    se: float | None
    ci_check: str
    evidence_grade: str
    n_independent_same_sign: int | None
    usable: str
    usable_reason: str
    overlap_group: str
    independent_set: str
    duplicate_of: str
    count_id: str
    functional: str
    read_as: str
    from_years: float | None
    to_years: float | None
    follow_up_years: float | None
    set_aside: str
    reading_note: str


@dataclass(frozen=True, slots=True)
class Count:
    """One printed count: ``n_with_site`` of ``n_patients`` in a stratum, or the size of the stratum alone.

    ``row_kind`` is site_count, numerator_only, cohort_size or selection_group. No count was computed from a
    percentage. ``n_comparable`` is "yes" when both numbers are printed and the first is not the larger.
    """

    count_id: str
    study_id: str
    stratum_factor: str
    stratum_level: str
    n_patients: int | None
    site: str
    n_with_site: int | None
    endpoint: str
    source_location: str
    denominator_raw: str
    factor_std: str
    level_std: str
    site_std: str
    endpoint_std: str
    denominator: str
    conditional: str
    population: str
    n_comparable: str
    row_kind: str
    usable: str
    usable_reason: str
    overlap_group: str
    independent_set: str
    functional: str
    read_as: str
    given: str
    to_years: float | None
    follow_up_years: float | None
    set_aside: str
    reading_note: str


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """One published risk or annual hazard of recurrence over a period (``baseline.csv``).

    The period runs from ``from_years`` to ``to_years`` after diagnosis; ``value`` is in ``unit`` (percent,
    percent per year, or patients). ``endpoint`` tells distant recurrence from any recurrence.
    ``restricted_to`` lists the levels of ``stratum`` and ``population`` as factor=level; ``middle_year`` is
    that of diagnosis.
    """

    record_id: str
    study_id: str
    authors_short: str
    year: int
    doi: str
    pmid: str
    url: str
    population: str
    n: int | None
    endpoint: str
    stratum: str
    from_years: float
    to_years: float
    measure: str
    value: float
    unit: str
    read_level: str
    notes: str
    restricted_to: tuple[str, ...]
    middle_year: float
    overlap_group: str
    functional: str
    read_as: str
    set_aside: str
    reading_note: str


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One number on survival, or on a further organ, after metastasis (``after_metastasis.csv``).

    ``from_`` is the start of the clock (diagnosis, metastatic diagnosis, distant relapse), ``at_months`` the
    time on it; ``value`` and its 95 % interval are in ``unit`` (percent, months, years, or ratio). ``given``
    is the set of sites that ``stratum`` starts from; ``factor_std`` to ``comparator_std`` are its standard
    levels.
    """

    record_id: str
    study_id: str
    authors_short: str
    year: int
    doi: str
    pmid: str
    url: str
    population: str
    n: int | None
    from_: str
    outcome: str
    stratum: str
    at_months: float | None
    value: float
    unit: str
    ci_low: float | None
    ci_high: float | None
    read_level: str
    notes: str
    factor_std: str
    level_std: str
    comparator_std: str
    overlap_group: str
    functional: str
    read_as: str
    given: str
    follow_up_years: float | None
    set_aside: str
    reading_note: str


@dataclass(frozen=True, slots=True)
class PopulationCell:
    """``n`` of ``of`` patients have ``factor`` = ``level`` among those with ``given`` = ``given_level``.

    ``given`` is blank for an unconditional share. Levels of size_mm are millimetres, of age years.
    """

    factor: str
    level: str
    given: str
    given_level: str
    n: int
    of: int
    source: str


@dataclass(frozen=True, slots=True)
class PredictTerm:
    """One term of PREDICT Breast v3.2 on the log hazard scale (``predict3.csv``).

    ``coefficient`` has one value, or the constants a, b, c of a baseline, or the values of successive years.
    """

    part: str
    applies_to: str
    term: str
    transformation: str
    coefficient: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TimeVaryingRow:
    """One effect on mortality that changes with time since diagnosis (``time_varying.csv``).

    ``hr_at_start`` is a hazard ratio, ``time_factor`` what multiplies it over time; both with 95 % intervals.
    """

    source: str
    doi: str
    url: str
    endpoint: str
    model: str
    n: int
    factor: str
    hr_at_start: float
    ci_low: float
    ci_high: float
    p: str
    time_factor: float | None
    time_ci_low: float | None
    time_ci_high: float | None
    time_p: str
    location: str


@dataclass(frozen=True, slots=True)
class Marker:
    """One molecular marker or signature; its genes are the ``MarkerGene`` records of the same ``marker_id``.

    ``direct_factor`` is aggressiveness (whether or when), tropism (where), both or unknown; ``executable`` is
    yes, needs cut-off, needs gene list or no. ``n_up``, ``n_down``, ``n_unsigned`` count its genes by sign.
    """

    marker_id: str
    compartment: str
    analyte: str
    rule: str
    cutoff: str
    site: str
    direction: str
    model_system: str
    evidence_level: str
    source_study_id: tuple[str, ...]
    source_location: str
    complete: str
    notes: str
    n_up: int
    n_down: int
    n_unsigned: int
    evidence_grade: str
    direct_factor: str
    executable: str


@dataclass(frozen=True, slots=True)
class MarkerGene:
    """One gene or region of a marker; ``sign`` is 1, -1, or None where unpublished or contradictory."""

    marker_id: str
    symbol: str
    sign: int | None
    current_symbol: str
    feature_type: str


@dataclass(frozen=True, slots=True)
class Alias:
    """An old gene symbol, today's symbol, and the NCBI (Entrez) gene id."""

    symbol: str
    current_symbol: str
    entrez: int


@dataclass(frozen=True, slots=True)
class ReviewClaim:
    """One factual claim of the starting review, what the source says, and the verdict.

    ``study_id`` and ``record_ids`` list the studies and associations that the claim was held against.
    """

    claim_id: str
    section: str
    claim: str
    study_id: tuple[str, ...]
    record_ids: tuple[str, ...]
    verdict: str
    source_says: str
