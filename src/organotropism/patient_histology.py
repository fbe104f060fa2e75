"""Histology as reports, registries and pathologists write it: words in several languages, or codes of ICD-O.

The behaviour that a code of ICD-O states decides whether a carcinoma is invasive; without one the invasive
component does, whatever else a text names beside it.

Morphology codes: International Classification of Diseases for Oncology, 3rd edition (WHO).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from organotropism.errors import IneligibleError, InputError
from organotropism.patient_values import Choice

_HISTOLOGY: Final = Choice.of(
    "a histology",
    {
        "ductal": "idc;nst;no special type;ductal/nst;ductal nst;idc nst;invasive ductal;infiltrating ductal"
        ";invasive ductal carcinoma;infiltrating ductal carcinoma;ductal carcinoma"
        ";invasive carcinoma of no special type;invasive carcinoma nst;invasive breast carcinoma nst"
        ";invasive ductal carcinoma nst",
        "lobular": "ilc;invasive lobular;infiltrating lobular;invasive lobular carcinoma;lobular carcinoma"
        ";infiltrating lobular carcinoma;pleomorphic lobular",
        "mixed": "mixed ductal lobular;mixed ductal and lobular;ductal and lobular;mixed ductal/lobular;mdlc"
        ";idc+ilc;mixed ductal and lobular carcinoma;mixed nst and lobular;mixed invasive",
        "other": "special;special type;mucinous;colloid;tubular;medullary;metaplastic;papillary"
        ";micropapillary;apocrine;cribriform;adenoid cystic;carcinosarcoma;neuroendocrine",
    },
)

# Behaviour stands after a slash, or as fifth digit.
_CODE: Final = re.compile(r"(?<![\d.])m?-?([89]\d{3})(?:\s*/\s*([0-9])|([0-369]))?(?![\d.])")
_DUCTAL_CODES: Final = frozenset({8500, 8541})
_LOBULAR_CODES: Final = frozenset({8520, 8519})
_MIXED_CODES: Final = frozenset({8522})
#: Of no type that is told: carcinoma and adenocarcinoma as such, mixtures, inflammatory, Paget's disease.
_UNTOLD_CODES: Final = frozenset({8000, 8001, 8010, 8140, 8521, 8523, 8524, 8530, 8540})
_CARCINOSARCOMAS: Final = frozenset({8980, 8982})
_BEHAVIOUR: Final[Mapping[str, str]] = {
    "0": "benign",
    "1": "of uncertain behaviour",
    "2": "an in situ cancer",
}

_INVADES: Final = r"invasi\w*|invading|infiltr\w*|mi[ck]roinvas\w*|idc|ilc|nst|инвазив\w*|инфильтр\w*"
# What denies it: "noninvasive", "non-infiltrating", "without invasion", "nicht invasiv", "неинвазивный".
_DENIED: Final = re.compile(
    r"\b(?:non|not|no|nicht|kein\w*|ohne|sans|sin|senza|pre|without|absence of|negative for|не|без)"
    r"[ ]?(?:evidence of |signs of |any |definite |residual |hinweis auf |признаков )?"
    r"(?:stromal |micro ?|mikro)?(?:invasi\w*|infiltr\w*|инвази\w*|инфильтр\w*)"
)
_DOUBTED: Final = re.compile(
    r"\b(?:possible|probable|suspicious for|suspected|suspicion of|"
    r"cannot (?:be )?(?:exclude|rule)\w*(?: out)?|"
    r"questionable|v\.? ?a\.?|verdacht auf)[ -]*(?:stromal |micro ?|mikro)?(?:invasi\w*|infiltr\w*)"
)
_INVASIVE: Final = re.compile(rf"(?<!\w)(?:{_INVADES})")
_CARCINOMA: Final = re.compile(r"carcinom|karzinom|карцином|\bрак\b|\b(?:idc|ilc|nst)\b")  # noqa: RUF001
_IN_SITU: Final = re.compile(
    r"\b(?:(?:ductal|lobular|duct|papillary|apocrine|duktal\w*|lobul[aä]r\w*|canalaire|lobulaire|lobulillar)?"
    r" ?(?:carcinoma|karzinom|carcinome|cancer|adenocarcinoma|component|komponente)? ?"
    r"in ?situ(?: component)?|"
    r"dcis|lcis|cis|ccis|clis|tis|intra ?duct\w*|intra ?du[ck]tal\w*|intra ?canalaire|"
    r"paget\w*(?: disease)? only|in situ)\b"
    r"|внутрипротоков\w*"
)
_DUCTAL: Final = re.compile(
    r"\b(?:idc|duct|ductal|du[ck]tal\w*|nst|no special type|canalaire|протоков\w*|неспецифическ\w*)\b"
)
_LOBULAR: Final = re.compile(r"\b(?:ilc|lobular\w*|lobul[aä]r\w*|lobulaire|lobulillar|lobulare|дольков\w*)\b")
_OTHER: Final = re.compile(
    r"mucin|muzin|mucos|colloid|kolloid|tubul|medull|metaplas|papill|apocrin|apokrin|cribr|kribr|adenoid|"
    r"carcinosarcom|karzinosarkom|neuroend|neuroendo|squamous|spindle|secretory|sarcomat|special type|"
    r"signet|муцин|слизист|тубуляр|медулляр|метапласт|папилляр"
)
_BESIDE: Final = re.compile(r"\bwith\b|\bplus\b|\+|\bmit\b|\bavec\b|\bcon\b")
_NOT_THIS_DISEASE: Final[Mapping[str, re.Pattern[str]]] = {
    "a phyllodes tumour": re.compile(r"ph[yi]ll?o[id]+es|филлоид|листовид"),
    "a sarcoma": re.compile(r"(?<!carcino)(?<!karzino)sar[ck]oma(?!to)|саркома"),
    "a lymphoma": re.compile(r"lymphoma?\b|lymphom\b|лимфома"),
    "benign": re.compile(r"\b(?:benign\w*|fibroadenom\w*|gutartig\w*|доброкачествен\w*)\b"),
}


def read_histology(value: object) -> object:
    """Histology as ductal, lobular, mixed or other; None for unknown.

    Raises
    ------
    IneligibleError
        In situ only, phyllodes, sarcoma, lymphoma or benign.
    InputError
        Anything else that is not a histology of invasive breast carcinoma.
    """
    try:
        return _HISTOLOGY(value)
    except InputError:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{value:.0f}" if value == int(value) else str(value)
        if not isinstance(value, str):
            raise
        words = re.sub(r"[\s_-]+", " ", value.casefold()).strip().removesuffix(".0")
        if (code := _CODE.search(words)) is not None:
            return _by_code(value, int(code[1]), code[2] or code[3])
        found = _by_words(value, words)
        if found is None:
            raise
        return found


def _by_code(value: object, morphology: int, behaviour: str | None) -> object:
    """Type by the morphology of ICD-O, where the behaviour is invasive or not told."""
    if 9010 <= morphology <= 9030:
        raise not_invasive(value, "a phyllodes tumour" if morphology == 9020 else "benign")
    if 9590 <= morphology <= 9769:
        raise not_invasive(value, "a lymphoma")
    if 8800 <= morphology <= 9589 and morphology not in _CARCINOSARCOMAS | {8888}:
        raise not_invasive(value, "a sarcoma")
    if not (8000 <= morphology <= 8589 or morphology in _CARCINOSARCOMAS):
        raise InputError("is not a morphology of breast carcinoma", value=value, expected=_HISTOLOGY.expected)
    if behaviour is not None and behaviour in _BEHAVIOUR:
        raise not_invasive(value, _BEHAVIOUR[behaviour])
    kinds = {"ductal": _DUCTAL_CODES, "lobular": _LOBULAR_CODES, "mixed": _MIXED_CODES}
    if morphology in _UNTOLD_CODES:
        return None
    return next((kind for kind, codes in kinds.items() if morphology in codes), "other")


def _by_words(value: object, words: str) -> object:
    """Type by the words of a text, None where they tell none."""
    if _DOUBTED.search(words):
        return None
    rest = _DENIED.sub(" ", words)
    without = _IN_SITU.sub(" ", rest)
    # A carcinoma beside one in situ is the invasive component, also where nobody says so.
    beside = any(_CARCINOMA.search(part) and not _IN_SITU.search(part) for part in _BESIDE.split(rest))
    invasive = _INVASIVE.search(without) is not None or (rest == words and beside)
    ductal, lobular = _DUCTAL.search(without), _LOBULAR.search(without)
    if not (_CARCINOMA.search(without) or (invasive and (ductal or lobular))):
        for kind, pattern in _NOT_THIS_DISEASE.items():
            if pattern.search(rest):
                raise not_invasive(value, kind)
    if not invasive and (rest != words or _IN_SITU.search(rest)):
        raise not_invasive(value, "an in situ cancer")
    if ductal and lobular:
        return "mixed"
    # "Ductal, mucinous type" is of a special type; the in situ component is not asked.
    if _OTHER.search(without if ductal or lobular else rest):
        return "other"
    return "ductal" if ductal else "lobular" if lobular else None


def not_invasive(value: object, kind: str) -> IneligibleError:
    """The error of a disease that is no invasive carcinoma of the breast."""
    expected = "an invasive breast carcinoma"
    return IneligibleError(f"is {kind}", value=value, expected=expected, code="ineligible", safe=True)
