"""Curated decisions on single rows: how they are read, or why they are set aside.

Everything here was decided from the wording of the source, never from the fit.
"""

from __future__ import annotations

from typing import Final

#: Rows whose site is an exclusive first site, or another feature than its label says.
READ_AS: Final[dict[str, tuple[str, str]]] = {
    "colzani2014-03": ("bone_only", "multiple sites are a category of their own"),
    "lobbezoo2016-01": ("bone_only", "multiple sites are a category of their own"),
    "lobbezoo2016-02": ("bone_only", "multiple sites are a category of their own"),
    "c004": ("bone_only", "bone, visceral and both are exclusive there"),
    "c005": ("no_bone", "bone, visceral and both are exclusive there; visceral means no bone"),
    "mathew2017-01": ("bone_only", "first sites add up to less than all patients: exclusive"),
    "mathew2017-02": ("bone_only", "first sites add up to less than all patients: exclusive"),
    "mathew2017-05": ("lung_only", "first sites add up to less than all patients: exclusive"),
    "mathew2017-06": ("lung_only", "first sites add up to less than all patients: exclusive"),
    "mathew2017-07": ("liver_only", "first sites add up to less than all patients: exclusive"),
    "mathew2017-08": ("liver_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-06": ("bone_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-07": ("lung_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-08": ("liver_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-09": ("brain_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-10": ("other_only", "first sites add up to less than all patients: exclusive"),
    "shiraz2021-05": ("other", "all further sites together"),
    "wangr2019-05": ("other_only", "none of the four recorded organs"),
    "leone2017-04": ("other_only", "neither bone nor a recorded visceral organ"),
}
_SINGLE_ORGAN = "a single organ, not the composite site other"
_NESTED = "a time window of the same patients as another row"
_BASELINE = "the same number stands in baseline.csv"
SET_ASIDE: Final[dict[str, str]] = {
    **{f"mathew2017-{n:02d}": _SINGLE_ORGAN for n in (3, 4, 9, 10, 11, 12)},
    **{f"borst1993-{n:02d}": _SINGLE_ORGAN for n in range(1, 6)},
    "hess2013-04": _SINGLE_ORGAN,
    "hess2013-06": _SINGLE_ORGAN,
    "borst1993-06": "lung and pleura together, without its comparator",
    "colleoni2000-01": _NESTED,
    "colleoni2000-03": _NESTED,
    "dawood2012-02": _NESTED,
    "c050": _NESTED,
    "jinj2018-02": _NESTED,
    "dent2009-01": "the whole follow-up; the two periods are used",
    "wangjj2017-01": _BASELINE,
    "wangjj2017-02": _BASELINE,
    "lord2022-01": _BASELINE,
    "lord2022-02": _BASELINE,
    "lord2022-03": _BASELINE,
    "c184": _BASELINE,
    "c186": _BASELINE,
    "pogoda2013-01": "the metastatic share after a median follow-up, stage IV included",
    "leone2017-03": "bone with visceral disease, not any two sites",
    "xiong2018-12": "an effect on the share among the metastatic that is also in the counts",
    "c173": "stage IV in Denmark 1999-2007 by discharge code, a tenth of the registry figure elsewhere",
    "c001": "a referral series: 19 % metastatic at diagnosis",
    "brm_12995-06": "stage IV included: not a risk of stage I-III",
    "brm_12995-07": "stage IV included: not a risk of stage I-III",
    "brm_12995-08": "stage IV included: not a risk of stage I-III",
    "brm_12995-09": "stage IV included: not a risk of stage I-III",
    "c124": "young women without a printed cut-off",
    "c151": "not bone only: a heterogeneous remainder",
}
#: Populations the process does not speak of.
OTHER_POPULATIONS: Final = {
    "male": "men",
    "advanced HER2+": "patients of advanced-disease trials, selected by treatment",
    "young women": "young women without a printed cut-off",
    "age > 55": "part of the patients of another row",
    "age <= 55": "part of the patients of another row",
}
#: Factors that stay evidence and never become an input (treatment: indication; race; markers: later).
NOT_MODELLED: Final = {
    "treatment": "observational treatment rows are shown, never modelled",
    "race": "race is evidence, never an input",
    "marker": "markers do not enter the clinical model",
    "other": "not a factor of the model",
    "menopause": "menopause is read through age",
    "stage": "no anatomic counterpart",
}
