"""How tables name their columns: for each field the usual names, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OTHER: Final = re.compile(r"[^a-z0-9]+")

_RECEPTOR: Final = (
    "{0}|{0} status primary|{0} status of the primary|{0} status|{0} stat|{0} ihc|{0} status by ihc"
    "|{0} status ihc|{0} result|{0}stat"
)
PATIENT: Final[Mapping[str, str]] = {
    "id": "patient id|patientid|patient|id|subject id|subject|case id|record id|participant id|person id"
    "|study id|mrn|pid|metabric id|patient number|patient no|pat nr|patnr|patient nr|pat id|pat no|nr",
    "age": "age at diagnosis|age at dx|alter bei diagnose|age dx|age diagnosis|age at initial diagnosis"
    "|invasive carcinoma dx age|primary dx age|age",
    "year_of_diagnosis": "year of diagnosis|diagnosis year|year dx|year diagnosis|yeardx|dx year"
    "|date of diagnosis"
    "|diagnosis date|date dx|dx date|date diagnosis",
    "sex": "sex|gender|patient gender",
    "detection": "detection|mode of detection|detected by|screen detected|method of detection",
    "er": _RECEPTOR.format("er") + "|estrogen receptor|oestrogen receptor|estrogen receptor status"
    "|oestrogen receptor status|er status measured by ihc",
    "pr": _RECEPTOR.format("pr") + "|pgr|pgr status|progesterone receptor|progesterone receptor status",
    "her2": _RECEPTOR.format("her2") + "|her2 neu|her2neu|erbb2|erbb2 status|her2 receptor status"
    "|overall her2 status patient|overall patient her2 status|her2 primary status|ihc her2|her2 fish status",
    "ki67": "ki67|ki 67|ki67 percent|ki67 index|mib1|ki67 pct",
    "grade": "grade|histologic grade|histological grade|tumor grade|tumour grade|nottingham grade"
    "|neoplasm histologic grade|overall primary tumor grade|nhg|elston grade|grading",
    "size_mm": "size mm|tumor size mm|tumour size mm|tumor size|tumour size|size|size cm|tumor size cm"
    "|tumour size cm|largest diameter|pathological size|invasive size",
    "positive_nodes": "positive nodes|nodes positive|lymph nodes positive|number of positive nodes"
    "|n positive nodes"
    "|lymph nodes examined he count|positive lymph nodes|lymph nodes examined positive"
    "|nodes pos|pos nodes|node positive count",
    "t": "t|p t|c t|t category|t stage|pt|ct|pathologic t|clinical t|path t stage"
    "|ajcc tumor pathologic pt|tumor stage t|ajcc t",
    "n": "n|p n|c n|n category|n stage|pn|cn|pathologic n|clinical n|path n stage"
    "|ajcc nodes pathologic pn|ajcc n",
    "anatomic_stage": "anatomic stage|ajcc anatomic stage|anatomic stage group|stage anatomic",
    "m": "m|p m|c m|m category|m stage|pm|cm|pathologic m|clinical m|path m stage"
    "|ajcc metastasis pathologic pm|ajcc m",
    "histology": "histology|histological diagnosis|histological type|histologic type|histological subtype"
    "|histologic subtype|morphology"
    "|tumor type|tumour type|cancer type detailed|oncotree code",
    "menopausal_status": "menopausal status|menopausal status at diagnosis"
    "|menopausal state|inferred menopausal state|menopause"
    "|menopause status",
    "subtype": "subtype|clinical subtype|molecular subtype|receptor subtype|breast subtype|surrogate subtype",
    "pam50": "pam50|pam50 subtype|intrinsic subtype|claudin subtype|pam50 claudin low subtype",
    "endocrine_therapy": "endocrine therapy|hormone therapy|hormonal therapy|endocrine treatment|ht",
    "radiotherapy": "radiotherapy|radio therapy|radiation therapy|rt|radiation",
    "anti_her2_therapy": "anti her2 therapy|trastuzumab|herceptin|anti her2",
    "bisphosphonate": "bisphosphonate|bisphosphonates|zoledronate",
    "neoadjuvant": "neoadjuvant|neoadjuvant therapy|neoadjuvant chemotherapy|nact",
    "previous_cancer": "previous cancer|prior cancer|history of cancer",
    "bilateral": "bilateral|bilateral cancer",
    "inflammatory": "inflammatory|inflammatory cancer|inflammatory breast cancer",
    "pregnant": "pregnant|pregnancy",
    "chemotherapy": "chemotherapy generation",
}
"""Fields of a patient."""

TIMES: Final[Mapping[str, str]] = {
    "diagnosis": "date of diagnosis|diagnosis date|date dx|dx date|date diagnosis|initial diagnosis date",
    "entry": "entry|entry time|date of entry|enrolment date|enrollment date|inclusion date|delayed entry",
    "follow_up": "follow up|followup|follow up time|followup time|last follow up|last followup|last contact"
    "|date of last contact|date last contact|date of last follow up|last seen|fu time|os time"
    "|overall survival"
    "|time to death or last follow up|survival time|t",
    "died": "died|death|dead|deceased|os status|os event|vital status|patients vital status"
    "|overall survival status"
    "|os|last followup status|status|death event",
    "distant": "distant|first distant disease|time to distant relapse|time to distant metastasis"
    "|time to distant recurrence|dmfs time|dmfs|drfs|ddfs time|date of distant relapse"
    "|date of distant metastasis|date of metastasis|distant relapse date|distant metastasis date|tdr",
    "distant_status": "distant relapse|distant metastasis|distant recurrence|dmfs status|dmfs event"
    "|drfs event"
    "|drfs status|metastasis|metastatic|dr|any distant|distant relapse status|distant metastasis status",
}
"""Times and statuses; units and the word date may surround the name."""

SITE_WORDS: Final[Mapping[str, str]] = {
    "bone": "bone|bones|osseous|skeletal",
    "lung": "lung|lungs|pulmonary",
    "liver": "liver|hepatic",
    "brain": "brain|cns|cerebral",
    "other": "other site|other sites|pleura|distant nodes|distant lymph nodes|other",
}
"""Words that name a site within the name of a column."""

_AROUND_SITE: Final = frozenset(
    {
        *(
            "met",
            "mets",
            "metastasis",
            "metastases",
            "relapse",
            "recurrence",
            "distant",
            "site",
            "ds",
            "status",
        ),
        *("time", "to", "date", "of", "first", "in", "days", "months", "years", "day", "month", "year"),
        *("at", "diagnosis", "dx", "found", "event", "yes", "no"),
    }
)
_UNIT_WORDS: Final[Mapping[str, str]] = {
    "days": "days|day|d",
    "months": "months|month|mo|mos",
    "years": "years|year|yrs|yr|y",
    "dates": "date|dates",
}


def normal(name: str) -> str:
    """A column's name in lower case, words parted by blanks: ``AgeAt.DX`` is ``age at dx``."""
    return _OTHER.sub(" ", _CAMEL.sub(" ", name).casefold()).strip()


def unit_of(name: str) -> tuple[str | None, str]:
    """Unit of time that a column's name ends or begins with, and the name without it."""
    words = normal(name).split()
    for unit, known in _UNIT_WORDS.items():
        for place in (-1, 0):
            if len(words) > 1 and words[place] in known.split("|"):
                rest = words[:-1] if place == -1 else words[1:]
                joined = " ".join(rest).removeprefix("to ").removesuffix(" in")
                return unit, joined
    return None, " ".join(words)


def best(names: Iterable[str], known: str) -> str | None:
    """The column that bears one of the known names, the earliest of them."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    named = [(rank[key], number, name) for number, name in enumerate(names) if (key := normal(name)) in rank]
    return min(named)[2] if named else None


def all_of(names: Iterable[str], known: str) -> list[str]:
    """The columns that bear one of the known names, best first."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    return sorted((name for name in names if normal(name) in rank), key=lambda name: rank[normal(name)])


def best_time(names: Iterable[str], known: str) -> str | None:
    """As `best`, also where a unit of time stands before or after the name."""
    rank = {word: number for number, word in enumerate(known.split("|"))}
    named = []
    for number, name in enumerate(names):
        places = [rank[key] for key in (normal(name), unit_of(name)[1]) if key in rank]
        if places:
            named.append((min(places), number, name))
    return min(named)[2] if named else None


def site_of(name: str) -> str | None:
    """The site that a column is about: nothing but its name, units and words such as met or date."""
    text = normal(name)
    for site, words in SITE_WORDS.items():
        for word in words.split("|"):
            match = re.search(rf"\b{word}\b", text)
            if match and not set((text[: match.start()] + text[match.end() :]).split()) - _AROUND_SITE:
                return site
    return None
