"""Names as people write them: one spelling for sites, studies, genes and proteins of the evidence."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from organotropism.evidence.load import aliases, studies
from organotropism.evidence.records import Study

#: Greek letters as the tables write them: integrin a6b4.
_GREEK: Final = str.maketrans("αβγδκµμу", "abgdkuuy")
_WORD: Final = re.compile(r"[^\W_]+")
#: Proteins, genes and groups under one name, as papers and reviews call them. HGNC symbols where there are.
_SAME: Final = {
    "adam17": ("metalloproteinase 17",),
    "aurka": ("aurora kinase a",),
    "chr9q13 34": ("9q13 34", "9q13 q34", "chr9q13 q34"),
    "chr9q": ("chromosome 9q",),
    "cdh1": ("e cadherin", "ecadherin"),
    "ctc": ("ctcs", "circulating tumor cell", "circulating tumor cells"),
    "egfr": ("her1", "erbb1"),
    "elane": ("neutrophil elastase",),
    "er": ("estrogen receptor", "esr1"),
    "f3": ("tissue factor", "tf"),
    "fibroblasts": ("cafs", "cancer associated fibroblasts"),
    "gammasecretase": ("g secretase", "gamma secretase"),
    "her2": ("erbb2", "her2neu"),
    "hgf": ("hepatocyte growth factor",),
    "hpse": ("heparanase",),
    "itga3b1": ("integrin a3b1", "integrin 31", "a3b1"),
    "itga4": ("integrin a4", "a4 integrin"),
    "itga6": ("integrin a6",),
    "itga6b1": ("integrin a6b1", "a6b1"),
    "itga6 itgb4": ("integrin a6 and b4",),
    "itga6b4": ("integrin a6b4", "a6b4"),
    "itgb4": ("integrin b4",),
    "itgavb5": ("integrin avb5", "avb5"),
    "itgb3": ("integrin b3",),
    "krt5": ("ck5", "ck5 6", "cytokeratin 5", "keratin 5"),
    "met": ("c met", "cmet"),
    "mif": ("macrophage migration inhibitory factor",),
    "mmp9": ("matrix metalloproteinase 9",),
    "net": ("nets", "neutrophil extracellular trap", "neutrophil extracellular traps"),
    "node": ("nodes", "nodal", "lymph node", "lymph nodes"),
    "nop16": ("hspc111",),
    "pr": ("progesterone receptor", "pgr"),
    "prom1": ("prominin 1", "cd133"),
    "ptgs2": ("cox2", "cox 2", "cyclooxygenase 2"),
    "pthlh": ("pthrp", "parathyroid hormone related protein"),
    "sema4d": ("semaphorin 4d",),
    "snai1": ("snail", "snail1"),
    "tnbc": ("triple negative", "tn"),
    "tumor": ("tumour",),
    "tumors": ("tumours",),
    "vcam1": ("vcam 1", "vascular cell adhesion molecule 1"),
}
#: Words of people for the sites of the tables.
_SITES: Final = {
    "bones": "bone",
    "skeleton": "bone",
    "lungs": "lung",
    "pulmonary": "lung",
    "hepatic": "liver",
    "cns": "brain",
    "skin": "skin_soft_tissue",
    "soft tissue": "skin_soft_tissue",
    "lymph node": "distant_lymph_node",
    "any": "any_distant",
    "any distant site": "any_distant",
}


def folded(text: str) -> str:
    """Lower case without accents, Greek letters as Latin ones, everything but letters and digits a blank."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold().translate(_GREEK))
        text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(_WORD.findall(text.casefold()))


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    names = {phrase: name for name, phrases in _SAME.items() for phrase in (*phrases, name)}
    # An old symbol of the marker tables is found by today's, and the other way round.
    names |= {folded(row.symbol): folded(row.current_symbol) for row in aliases()}
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), names


def canonical(text: str) -> str:
    """Folded text with every known name in its one spelling: ``Cytokeratin-5`` becomes ``krt5``."""
    pattern, names = _phrases()
    return pattern.sub(lambda found: names[found[0]], folded(text))


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known value that a word stands for: same letters, whatever their case, blanks and signs."""
    if word in known:
        return word
    key = _SITES.get(folded(word), word)
    same = [value for value in known if folded(value) == folded(key)]
    # HR+/HER2- and HR-/HER2+ have the same letters: what is not one value stays as it was written.
    return same[0] if len(same) == 1 else None


def study_name(study: Study) -> str:
    """A study as people name it: ``Kennecke et al. 2010``; where no author is known, its description."""
    year = f" {study.year}" if study.year is not None else ""
    return f"{_author(study) or _description(study)}{year}"


def _author(study: Study) -> str:
    """First author's family name, with ``et al.`` where there are more."""
    first = study.authors_short.split(",", maxsplit=1)[0]
    match = re.fullmatch(r"(?P<family>.+?)(?: [A-Z][A-Z-]*)?(?P<more> et al\.)?(?: \(.*\))?", first)
    if match is None:
        return study.authors_short
    more = match["more"] is not None or first != study.authors_short
    return match["family"] + (" et al." if more else "")


def _description(study: Study) -> str:
    if study.review_ref and study.title.startswith("["):
        return f"reference {study.review_ref} of the review (not identified)"
    title = study.title.strip("()[]")
    return title if len(title) <= 60 else f"{title[:57].rsplit(' ', 1)[0]} ..."


def study_ids(text: str) -> tuple[str, ...]:
    """Studies that a name stands for: an id, or first author and year (``Kennecke 2010``); may be several."""
    key = folded(text)
    known = _spelled()
    exact = tuple(name for name, identity, _, _ in known if identity in (key, key.replace(" ", "")))
    if text in exact:
        return (text,)
    words = [word for word in key.split() if word not in ("et", "al", "and", "colleagues")]
    if exact or not words:
        return exact
    return tuple(
        name
        for name, identity, author, year in known
        if words[0] in author[:1]
        and all(word in (*author, year) or f"{words[0]}{word}" == identity for word in words)
    )


@cache
def _spelled() -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
    """Of each study: its id, the id folded, the folded words of its first author, and its year."""
    return tuple(
        (
            name,
            folded(name),
            tuple(folded(study.authors_short.split(",", maxsplit=1)[0]).removesuffix(" et al").split()),
            str(study.year or ""),
        )
        for name, study in studies().items()
    )
