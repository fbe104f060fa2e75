"""One patient: the fields of the record, their units and ranges, unknowns, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from organotropism import clinical_terms as terms
from organotropism.errors import InputError, gather
from organotropism.patient_contradictions import RECEPTORS_OF, against, contradictions
from organotropism.patient_histology import read_histology
from organotropism.patient_record import HORIZON_LIMIT, YEARS, Involvement, Record
from organotropism.patient_stage import compatible, n_of_nodes, t_of_size
from organotropism.patient_values import read_number, read_text, read_whole_number
from organotropism.vocabulary import Site

HIGH_KI67: Final = 20.0
"""Per cent of Ki-67 positive cells called high by the majority of the 2013 St Gallen panel."""

MOST_FIELDS: Final = 200
"""A record with more fields than this is refused at once, for it is something else."""

Receptor = Literal["positive", "negative"]
Subtype = Literal["HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC"]
_YesNo = Annotated[bool | None, BeforeValidator(terms.YES_NO)]
_Number = Annotated[float | None, BeforeValidator(read_number)]
_Count = Annotated[int | None, BeforeValidator(read_whole_number)]
_Receptor = Annotated[Receptor | None, BeforeValidator(terms.RECEPTOR)]


_SCHEMA_TEXT: Final = (
    "One patient with invasive breast cancer. "
    "A field that is null or left out is unknown, and averaged over. Files may also use synonyms."
)


class Patient(Record):
    """One patient with invasive breast cancer; whatever is left out, empty or ``unknown`` is unknown.

    Without any receptor or subtype the forecast is averaged over all, with a warning. Text is read in any
    case and with the usual synonyms.

    Raises
    ------
    InputError
        A field that is unknown, unreadable or out of range, or two fields that contradict one another.
    IneligibleError
        A patient of whom the model does not speak: below 18 years, in situ only, phyllodes, sarcoma, benign.

    Notes
    -----
    The representation shows no values, so that a record does not reach a log by accident.
    """

    model_config = ConfigDict(json_schema_extra={"description": _SCHEMA_TEXT})

    id: Annotated[str | None, BeforeValidator(read_text)] = Field(
        default=None, max_length=200, description="Label of the record; never used by the model."
    )
    age: Annotated[float | None, BeforeValidator(terms.read_age)] = Field(
        default=None, ge=18, le=110, description="Age at diagnosis.", json_schema_extra=YEARS
    )
    sex: Annotated[Literal["female", "male"] | None, BeforeValidator(terms.SEX)] = Field(
        default=None, description="Sex."
    )
    year_of_diagnosis: _Count = Field(default=None, ge=1950, le=2100, description="Year of diagnosis.")
    detection: Annotated[Literal["screen", "symptoms"] | None, BeforeValidator(terms.DETECTION)] = Field(
        default=None, description="How the cancer was detected."
    )
    er: _Receptor = Field(default=None, description="Oestrogen receptor.")
    pr: _Receptor = Field(default=None, description="Progesterone receptor.")
    her2: Annotated[Receptor | None, BeforeValidator(terms.HER2)] = Field(
        default=None, description="HER2: IHC 3+ or amplified is positive; 2+ needs its ISH result."
    )
    ki67: _Number = Field(
        default=None, ge=0, le=100, description="Ki-67 positive cells.", json_schema_extra={"unit": "%"}
    )
    grade: Annotated[Literal[1, 2, 3] | None, BeforeValidator(terms.GRADE)] = Field(
        default=None, description="Histological grade (Nottingham)."
    )
    size_mm: _Number = Field(
        default=None,
        gt=0,
        le=300,
        description="Largest invasive diameter, before any treatment.",
        json_schema_extra={"unit": "mm"},
    )
    positive_nodes: _Count = Field(
        default=None,
        ge=0,
        le=60,
        description="Regional nodes with metastasis, micrometastases included.",
    )
    t: Annotated[Literal["T1", "T2", "T3", "T4"] | None, BeforeValidator(terms.read_t)] = Field(
        default=None, description="T category at diagnosis."
    )
    n: Annotated[Literal["N0", "N1", "N2", "N3"] | None, BeforeValidator(terms.read_n)] = Field(
        default=None, description="N category at diagnosis."
    )
    anatomic_stage: Annotated[
        Literal["I", "IA", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IIIC"] | None,
        BeforeValidator(terms.read_anatomic_stage),
    ] = Field(
        default=None,
        description="Anatomic stage (AJCC), where T or N is not known; never a prognostic stage.",
    )
    m: Annotated[Literal["M0", "M1"] | None, BeforeValidator(terms.read_m)] = Field(
        default=None, description="M category at diagnosis; M1 needs `involved` at year 0."
    )
    histology: Annotated[
        Literal["ductal", "lobular", "mixed", "other"] | None, BeforeValidator(read_histology)
    ] = Field(default=None, description="Histological type; ductal means no special type (NST).")
    menopausal_status: Annotated[Literal["pre", "peri", "post"] | None, BeforeValidator(terms.MENOPAUSE)] = (
        Field(default=None, description="Menopausal status at diagnosis.")
    )
    subtype: Annotated[Subtype | None, BeforeValidator(terms.SUBTYPE)] = Field(
        default=None, description="Clinical subtype; HR+ is ER or PR positive."
    )
    pam50: Annotated[
        Literal["LumA", "LumB", "Her2", "Basal", "Normal"] | None, BeforeValidator(terms.PAM50)
    ] = Field(default=None, description="Intrinsic subtype by expression.")
    endocrine_therapy: _YesNo = Field(default=None, description="Adjuvant endocrine therapy.")
    chemotherapy: Annotated[
        Literal["none", "second generation", "third generation"] | None, BeforeValidator(terms.CHEMOTHERAPY)
    ] = Field(
        default=None,
        description="Second generation has an anthracycline, third generation a taxane.",
    )
    anti_her2_therapy: _YesNo = Field(default=None, description="Trastuzumab.")
    radiotherapy: _YesNo = Field(default=None, description="Adjuvant radiotherapy.")
    bisphosphonate: _YesNo = Field(default=None, description="Adjuvant bisphosphonate.")
    neoadjuvant: _YesNo = Field(default=None, description="Systemic treatment before surgery.")
    previous_cancer: _YesNo = Field(default=None, description="An earlier invasive cancer.")
    bilateral: _YesNo = Field(default=None, description="Cancer in both breasts at diagnosis.")
    inflammatory: _YesNo = Field(default=None, description="Inflammatory breast cancer.")
    pregnant: _YesNo = Field(default=None, description="Pregnant at diagnosis.")
    other_treatments: Annotated[tuple[str, ...], BeforeValidator(terms.read_treatments)] = Field(
        default=(), max_length=50, description="Names of other treatments; they only raise a warning."
    )
    free_for: _Number = Field(
        default=None,
        ge=0,
        lt=HORIZON_LIMIT,
        description="Years since diagnosis without distant disease.",
        json_schema_extra=YEARS,
    )
    involved: Annotated[tuple[Involvement, ...], BeforeValidator(terms.read_involved)] = Field(
        default=(), description="Distant sites found so far, each with its year since diagnosis."
    )
    as_of: _Number = Field(
        default=None,
        ge=0,
        lt=HORIZON_LIMIT,
        description="Years since diagnosis at which `involved` is complete; by default its latest year.",
        json_schema_extra=YEARS,
    )

    @classmethod
    def parse(cls, fields: Mapping[str, object], *, file: str | None = None, row: int | None = None) -> Self:
        """Read a patient from a mapping of fields to values or texts.

        Parameters
        ----------
        fields
            Names of fields and their values, as from a JSON object or a row of a table.
        file, row
            Where the record stands, for the message of an error.

        Raises
        ------
        InputError
            As for `Patient`, naming file and row.
        """
        if not isinstance(fields, Mapping):
            raise InputError(
                "is not a patient", value=fields, expected="a table of fields", file=file, row=row
            )
        if len(fields) > MOST_FIELDS:
            problem = f"has {len(fields)} fields"
            raise InputError(problem, expected="fields of a patient", file=file, row=row)
        texts: dict[str, Any] = {str(name): value for name, value in fields.items()}
        try:
            return cls(**texts)
        except InputError as error:
            raise error.at(file=file, row=row) from None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = list(contradictions(self))
        if problems:
            raise gather(problems)
        if self.involved and self.as_of is None:
            # The record is frozen for its users; this completes it before they see it.
            self.__dict__["as_of"] = max(found.years for found in self.involved)
        return self

    @property
    def now(self) -> float:
        """Years since diagnosis from which horizons count: `free_for`, or `as_of`, or 0."""
        return self.free_for or self.as_of or 0.0

    @property
    def involved_sites(self) -> tuple[Site, ...]:
        """Sites found so far, in the order of `Site`."""
        return tuple(sorted((found.site for found in self.involved), key=tuple(Site).index))

    @property
    def clinical_subtypes(self) -> tuple[Subtype, ...]:
        """Clinical subtypes compatible with receptors and stated subtype; 1 to 4 of them, in fixed order."""
        if self.subtype is not None:
            return (self.subtype,)
        return tuple(label for label in RECEPTORS_OF if not against(self, label))

    @property
    def clinical_subtype(self) -> Subtype | None:
        """The clinical subtype, or None where what is known leaves several open."""
        subtypes = self.clinical_subtypes
        return subtypes[0] if len(subtypes) == 1 else None

    @property
    def stage_categories(self) -> frozenset[tuple[str, str]] | None:
        """Pairs of T and N that the anatomic stage leaves open with what else is known; None without a stage.

        Empty where they contradict one another.
        """
        if self.anatomic_stage is None:
            return None
        t = (self.t,) if self.t else t_of_size(self.size_mm)
        n = (self.n,) if self.n else n_of_nodes(self.positive_nodes)
        return compatible(self.anatomic_stage, t, n)

    @property
    def er_status(self) -> bool | None:
        """Whether ER is positive: as stated, else as the stated subtype implies (HR+ as positive)."""
        if self.er is not None:
            return self.er == "positive"
        return None if self.subtype is None else self.subtype.startswith("HR+")

    @property
    def st_gallen(self) -> str | None:
        """Surrogate of the intrinsic subtype by ER, PR, HER2 and Ki-67, or None where undetermined.

        Ki-67 is high from 20 %, the cut-off of the panel's majority, and PR is used as stated, since its
        percentage is not part of the record.

        References
        ----------
        Goldhirsch A et al. Ann Oncol 2013;24:2206-2223. doi:10.1093/annonc/mdt303
        """
        subtype = self.clinical_subtype
        if subtype == "TNBC":
            return "triple negative"
        if subtype == "HR-/HER2+":
            return "HER2 positive (non-luminal)"
        # The consensus defines luminal by ER; ER negative with PR positive has no label.
        if subtype is None or not self.er_status:
            return None
        if subtype == "HR+/HER2+":
            return "luminal B-like (HER2 positive)"
        if self.pr == "negative" or (self.ki67 is not None and self.ki67 >= HIGH_KI67):
            return "luminal B-like (HER2 negative)"
        if self.pr == "positive" and self.ki67 is not None:
            return "luminal A-like"
        return None

    def __repr__(self) -> str:
        """Show how much is known, and no values."""
        known = sum(
            value is not None and value != () for name, value in self.__dict__.items() if name != "id"
        )
        label = "" if self.id is None else "id hidden, "
        return f"Patient({label}{known} fields known)"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Give pretty printers nothing to show."""
        return iter(())
