"""The fields of the form, in the order in which a clinician reads a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from organotropism.patient import Patient
from organotropism.patient_problems import range_of
from organotropism.patient_stage import STAGES
from organotropism.vocabulary import SITES, SUBTYPES

UNKNOWN: Final = "unknown"
#: Prefix of the fields that hold the year in which a site was found.
FOUND: Final = "found_"
_SIGNS: Final = (("positive", "positive"), ("negative", "negative"))
_YES_NO: Final = (("true", "yes"), ("false", "no"))


@dataclass(frozen=True)
class FormField:
    """One input.

    Attributes
    ----------
    name : that of the patient's field, or `FOUND` and a site
    label : as people say it
    unit : of a number, as it is written behind it; blank where it has none
    choices : values and their labels, empty for what is typed
    hint : what has to be known to answer, one short sentence
    wide : whether it needs the whole width
    """

    name: str
    label: str
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    wide: bool = False

    @property
    def limits(self) -> str:
        """Allowed range of a number, as text without its unit; blank for what is no number."""
        name = "free_for" if self.name.startswith(FOUND) else self.name
        if self.choices or self.wide:
            return ""
        text = range_of(Patient.model_fields[name])
        return text.removesuffix(self.unit).strip().removeprefix("more than ").replace("less than ", "")


@dataclass(frozen=True)
class Group:
    """Fields that stand together.

    Attributes
    ----------
    title : heading
    fields : its inputs
    note : one sentence on all of them
    closed : whether it is folded at first, being rarely needed
    """

    title: str
    fields: tuple[FormField, ...]
    note: str = ""
    closed: bool = False


_PERSON: Final = Group(
    "Person",
    (
        FormField("age", "Age at diagnosis", "years"),
        FormField(
            "menopausal_status", "Menopausal status", "", (("pre", "pre"), ("peri", "peri"), ("post", "post"))
        ),
    ),
)
_TUMOUR: Final = Group(
    "Tumour",
    (
        FormField("er", "ER", "", _SIGNS),
        FormField("pr", "PR", "", _SIGNS),
        FormField("her2", "HER2", "", _SIGNS, "IHC 3+ or amplified is positive; 2+ needs its ISH result"),
        FormField("size_mm", "Size", "mm", (), "Largest invasive diameter before treatment"),
        FormField("positive_nodes", "Positive nodes", "", (), "Regional nodes, micrometastases included"),
        FormField("grade", "Grade", "", (("1", "1"), ("2", "2"), ("3", "3")), "Nottingham"),
        FormField("ki67", "Ki-67", "%"),
        FormField(
            "histology",
            "Histology",
            "",
            (("ductal", "ductal (NST)"), ("lobular", "lobular"), ("mixed", "mixed"), ("other", "other")),
        ),
        FormField("detection", "Detected by", "", (("screen", "screening"), ("symptoms", "symptoms"))),
        FormField("year_of_diagnosis", "Year of diagnosis"),
    ),
)
_TREATMENT: Final = Group(
    "Adjuvant treatment",
    (
        FormField("endocrine_therapy", "Endocrine therapy", "", _YES_NO),
        FormField(
            "chemotherapy",
            "Chemotherapy",
            "",
            (
                ("none", "none"),
                ("second generation", "2nd generation"),
                ("third generation", "3rd generation"),
            ),
            "2nd generation has an anthracycline, 3rd a taxane",
        ),
        FormField("anti_her2_therapy", "Trastuzumab", "", _YES_NO),
        FormField("radiotherapy", "Radiotherapy", "", _YES_NO),
        FormField("bisphosphonate", "Bisphosphonate", "", _YES_NO),
    ),
    "Effects are averages in randomised trials.",
)
_SINCE: Final = Group(
    "Since diagnosis",
    (
        FormField("free_for", "Free of distant disease for", "years"),
        *(
            FormField(
                FOUND + site,
                f"{'Other distant site' if site == 'other' else site.capitalize()} found at",
                "years",
            )
            for site in SITES
        ),
        FormField("as_of", "No other site up to", "years"),
    ),
    "Years since diagnosis. Either free for some years, or sites already involved, each with the year it was "
    "found (0: at diagnosis).",
    closed=True,
)
_MORE: Final = Group(
    "More, rarely needed",
    (
        FormField(
            "subtype", "Subtype, if receptors are not known", "", tuple((name, name) for name in SUBTYPES)
        ),
        FormField("t", "T category", "", tuple((name, name) for name in ("T1", "T2", "T3", "T4"))),
        FormField("n", "N category", "", tuple((name, name) for name in ("N0", "N1", "N2", "N3"))),
        FormField(
            "anatomic_stage",
            "Anatomic stage",
            "",
            tuple((name, name) for name in STAGES),
            "Where T or N is not known; the prognostic stage (AJCC 8, from 2018) is not read",
        ),
        FormField("m", "M category", "", (("M0", "M0"), ("M1", "M1"))),
        FormField(
            "pam50",
            "PAM50",
            "",
            tuple((name, name) for name in ("LumA", "LumB", "Her2", "Basal", "Normal")),
            "Not used by the model",
        ),
        FormField("sex", "Sex", "", (("female", "female"), ("male", "male"))),
        FormField("neoadjuvant", "Treated before surgery", "", _YES_NO),
        FormField("inflammatory", "Inflammatory", "", _YES_NO),
        FormField("bilateral", "Bilateral", "", _YES_NO),
        FormField("pregnant", "Pregnant", "", _YES_NO),
        FormField("previous_cancer", "Earlier invasive cancer", "", _YES_NO),
        FormField("other_treatments", "Other treatments", "", (), "Names parted by ;", wide=True),
        FormField("id", "Label of the case", "", (), "Printed, never used by the model; no name", wide=True),
    ),
    closed=True,
)

GROUPS: Final = (_PERSON, _TUMOUR, _TREATMENT, _SINCE, _MORE)
FIELDS: Final = {field.name: field for group in GROUPS for field in group.fields}
