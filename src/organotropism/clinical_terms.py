"""Clinical terms of a patient record: receptors, subtypes, TNM, histology, sites, and their synonyms."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from organotropism.errors import IneligibleError, InputError
from organotropism.patient_histology import not_invasive
from organotropism.patient_stage import PROGNOSTIC, STAGES
from organotropism.patient_values import Choice, read_list, read_number, read_text
from organotropism.vocabulary import SUBTYPES, Site

SEX: Final = Choice.of("a sex", {"female": "f;woman;women", "male": "m;man;men"})
DETECTION: Final = Choice.of(
    "a way of detection",
    {
        "screen": "screening;screened;screen detected;mammography;screening mammography",
        "symptoms": "symptom;symptomatic;clinical;clinically detected;palpable;self detected",
    },
)
_POSITIVE: Final = "pos;+;1;yes;true;+ve;p;positiv;positif;positivo;positiva;положительный;полож"
_NEGATIVE: Final = "neg;-;0;no;false;-ve;n;negativ;négatif;negatif;negativo;negativa;отрицательный;отриц"
RECEPTOR: Final = Choice.of("a receptor status", {"positive": _POSITIVE, "negative": _NEGATIVE})
_EQUIVOCAL: Final = "is equivocal: give the result of in situ hybridisation (ISH), or unknown"
# A bare 1, 2 or 3 may be a score of immunohistochemistry (1 is negative) or a coded status (1 is positive).
_AMBIGUOUS: Final = "may be an IHC score or a coded status"
HER2: Final = Choice.of(
    "a HER2 status",
    {
        "positive": _POSITIVE.replace("1;", "") + ";3+;ihc 3+;amplified;overexpressed",
        "negative": _NEGATIVE + ";1+;0+;ihc 0;ihc 1+;not amplified;non amplified;low;ultralow;her2 low",
    },
    dict.fromkeys(("2+", "ihc 2+", "equivocal", "borderline"), _EQUIVOCAL)
    | dict.fromkeys(("1", "2", "3"), _AMBIGUOUS),
)
_OPEN_HER2: Final = "leaves HER2 open"
_INTRINSIC: Final = "is an intrinsic subtype: give it as pam50, and here the clinical subtype"
SUBTYPE: Final = Choice.of(
    "a clinical subtype",
    dict(
        zip(
            SUBTYPES,
            (
                "hr+ her2-;hr+her2-;er+/her2-;luminal a like;luminal b like her2-;luminal b like (her2-)"
                ";luminal b like her2 negative;luminal b like (her2 negative);hr positive/her2 negative"
                ";luminal b like/her2-",
                "hr+ her2+;hr+her2+;er+/her2+;luminal b like her2+;luminal b like (her2+)"
                ";luminal b like her2 positive;luminal b like (her2 positive);luminal b like/her2+"
                ";luminal her2;triple positive;hr positive/her2 positive",
                "hr- her2+;hr-her2+;er-/her2+;her2 positive (non luminal);her2 positive non luminal"
                ";her2+ (non luminal);her2+ non luminal;non luminal her2+;hr negative/her2 positive",
                "triple negative;triple negative (ductal);triple negative breast cancer;hr-/her2-;hr- her2-"
                ";hr-her2-;er-/her2-;hr negative/her2 negative",
            ),
            strict=True,
        )
    ),
    dict.fromkeys(("luminal b like", "hr+", "hormone receptor positive"), _OPEN_HER2)
    | dict.fromkeys(
        (
            *("luminal a", "luminal b", "luma", "lumb", "basal", "basal like", "her2 enriched"),
            *("normal like", "normal", "claudin low"),
        ),
        _INTRINSIC,
    )
    | dict.fromkeys(
        ("her2+", "her2 positive", "hr-", "hormone receptor negative"), "leaves the other receptor open"
    ),
)
PAM50: Final = Choice.of(
    "an intrinsic subtype (PAM50)",
    {
        "LumA": "luminal a;lum a",
        "LumB": "luminal b;lum b",
        "Her2": "her2 enriched;her2e;her2 e",
        "Basal": "basal like",
        "Normal": "normal like",
    },
)
GRADE: Final = Choice.of(
    "a histological grade",
    {
        1: "g1;grade 1;i;well differentiated",
        2: "g2;grade 2;ii;moderately differentiated",
        3: "g3;grade 3;iii;poorly differentiated",
    },
)
MENOPAUSE: Final = Choice.of(
    "a menopausal status",
    {
        "pre": "premenopausal;pre menopausal;premenopause",
        "peri": "perimenopausal;peri menopausal;perimenopause",
        "post": "postmenopausal;post menopausal;postmenopause",
    },
)
CHEMOTHERAPY: Final = Choice.of(
    "a kind of chemotherapy",
    {
        "none": "no;false;0",
        "second generation": "second;2nd generation;2nd;2",
        "third generation": "third;3rd generation;3rd;3",
    },
    dict.fromkeys(("yes", "true", "1"), "does not say which generation"),
)
YES_NO: Final = Choice.of("yes or no", {True: "yes;1", False: "no;0"})
M_CATEGORY: Final = Choice.of("an M category", {"M0": "0;cm0;pm0;cm0(i+);m0(i+)", "M1": "1;cm1;pm1"})
_M: Final = re.compile(r"[cp]?m?(0(?:\((?:i\+|mol\+)\))?|1[abc]?|x)")

_ADULT: Final = 18


def read_age(value: object) -> float | None:
    """Age at diagnosis in years; None for unknown.

    Raises
    ------
    IneligibleError
        Below 18 years.
    """
    age = read_number(value)
    if age is not None and 0 <= age < _ADULT:
        raise IneligibleError(
            "is below 18 years", value=age, expected="an adult", code="ineligible", safe=True
        )
    return age


_T: Final = re.compile(r"([cpyr]*)t?(1(?:mi|mic|[abc])?|2|3|4[abcd]?|0|is|x)(?:\((?:m|\d|[a-z]+)\))?")
_N: Final = re.compile(r"([cpyr]*)n?(1(?:mi|mic|[abc])?|2[ab]?|3[abc]?|0|x)(?:\((?:sn|f|i[+-]|mol[+-])\))*")


def read_t(value: object) -> str | None:
    """T category as T1 to T4, with its subcategory dropped; None for unknown and TX.

    Raises
    ------
    IneligibleError
        Tis.
    InputError
        T0, a category after treatment (ypT), or no T category.
    """
    category = _read_category(value, _T, "a T", "T1, T2, T3, T4 or unknown")
    if category == "i":
        raise not_invasive(value, "an in situ cancer")
    if category == "0":
        raise _no_category(value, "means that no primary tumour was found", "T1, T2, T3, T4 or unknown")
    return category and f"T{category}"


def read_n(value: object) -> str | None:
    """N category as N0 to N3, with its subcategory dropped; None for unknown and NX."""
    category = _read_category(value, _N, "an N", "N0, N1, N2, N3 or unknown")
    return category and f"N{category}"


def _read_category(value: object, form: re.Pattern[str], kind: str, expected: str) -> str | None:
    """Return the first character of the category: a digit, or "i" for in situ."""
    if isinstance(value, dict | list | tuple):
        raise _no_category(value, f"is not {kind} category", expected)
    text = read_text(value)
    if text is None:
        return None
    match = form.fullmatch(text.casefold().replace(" ", "").removesuffix(".0"))
    if match is None:
        raise _no_category(value, f"is not {kind} category", expected)
    prefix, category = match.groups()
    if "y" in prefix or "r" in prefix:
        raise _no_category(value, "is not the category at diagnosis", expected)
    return None if category == "x" else category[0]


def _no_category(value: object, problem: str, expected: str) -> InputError:
    return InputError(problem, value=value, expected=expected, code="not_a_choice", safe=True)


_STAGE: Final = re.compile(r"(?:ajcc|uicc)?(?:anatomic)?(?:stage)?(i{1,3}|iv|[0-4])([abc]?)")
_ROMAN: Final = {"1": "I", "2": "II", "3": "III"}


def read_anatomic_stage(value: object) -> str | None:
    """Anatomic stage I to III with its letter, as in IIA; None for unknown.

    Raises
    ------
    IneligibleError
        Stage 0.
    InputError
        Stage IV, a prognostic stage, or no stage.
    """
    expected = f"{', '.join(STAGES)} or unknown"
    if isinstance(value, dict | list | tuple):
        raise InputError("is not an anatomic stage", value=value, expected=expected)
    text = read_text(value)
    if text is None:
        return None
    plain = re.sub(r"[\s:,()_-]", "", text.casefold()).removesuffix(".0")
    if "prognostic" in plain:
        raise InputError(PROGNOSTIC, value=value, expected="the anatomic stage, or t and n")
    match = _STAGE.fullmatch(plain)
    if match is None:
        raise InputError("is not an anatomic stage", value=value, expected=expected)
    group, letter = match[1], match[2].upper()
    if group == "0":
        raise not_invasive(value, "an in situ cancer")
    if group in ("4", "iv"):
        raise InputError("is metastatic", value=value, expected="m M1, and the sites in involved")
    stage = _ROMAN.get(group, group.upper()) + letter
    if stage not in STAGES:
        raise InputError("is not an anatomic stage", value=value, expected=expected)
    return stage


def read_m(value: object) -> object:
    """M category as M0 or M1, with its subcategory dropped; None for unknown and MX.

    Cells seen only in blood or marrow, cM0(i+), are M0: no metastasis was found (AJCC, 8th edition).
    """
    if isinstance(value, str) and (match := _M.fullmatch(value.casefold().replace(" ", ""))):
        return None if match[1] == "x" else f"M{match[1][0]}"
    return M_CATEGORY(value)


SITE: Final = replace(
    Choice.of(
        "a site",
        {
            Site.BONE: "bones;osseous;skeletal;skeleton",
            Site.LUNG: "lungs;pulmonary",
            Site.LIVER: "hepatic",
            Site.BRAIN: "cns;central nervous system;meninges;leptomeningeal",
            Site.OTHER: "pleura;distant lymph node;distant lymph nodes;distant nodes;skin soft tissue;skin"
            ";soft tissue;peritoneum;ovary;adrenal;adrenal gland;bone marrow;gi tract;gastrointestinal tract",
        },
    ),
    optional=False,
)


def read_involved(value: object) -> list[object]:
    """Involved sites as a list of mappings with site and years, from a list or from ``bone@2.5;lung@3``."""
    return [_read_one_involved(item) for item in read_list(value, "sites with years, such as bone@2.5")]


def _read_one_involved(item: object) -> object:
    if isinstance(item, list | tuple) and len(item) == len(("site", "years")):
        return {"site": item[0], "years": item[1]}
    if not isinstance(item, str):
        return item
    site, at, years = item.partition("@")
    if not at:
        expected = 'a site with years, such as "bone@2.5"'
        raise InputError("does not say when", value=item, expected=expected, code="missing", safe=True)
    if "@" in years:
        expected = 'sites parted by ";", such as "bone@2.5;lung@3"'
        raise InputError("names more than one site", value=item, expected=expected, code="several", safe=True)
    return {"site": site, "years": years}


def read_treatments(value: object) -> list[str]:
    """Names of other treatments from a list, or from text parted by ``;``."""
    return [name for item in read_list(value, "treatments") if (name := read_text(item))]
