"""Whether the mix of a cohort permits centring: its size, and its share of ER-positive tumours.

Centring takes the cohort as the reference, and PAM50's own was 46 % ER-positive (54 of 118 in Zhao et al.,
Breast Cancer Res 2015;17:29, who saw a third of the calls change at 15 %). The limits below were measured on
60 tumours drawn with a given share of ER-positive ones from each of two Affymetrix series, against the
calls of the whole series centred ER-balanced:

    ER-positive            10 %     30 %     50 %     70 %     90 %     all
    same call, median    74-78 %  83-89 %  94-95 %  79-81 %  60-65 %  53-54 %
    same call, robust    87-93 %  90-96 %  88-93 %  85-88 %  80-81 %  75-76 %
    same, er-balanced    92-94 %  96-97 %  93-96 %  92-95 %  84-92 %     -

and with 65 % ER-positive: 10 tumours 84-85 %, 20 88-91 %, 30 89-93 %, 80 95-96 % (er-balanced).
"""

from __future__ import annotations

import numpy as np

from organotropism.markers.expression import Array
from organotropism.markers.scaling import ER_BALANCED, NONE, ROBUST

#: Share of ER-positive tumours within which nine calls of ten survive centring by the median.
SAFE_ER = (0.35, 0.65)
#: Tumours of either ER status that ER-balanced centring needs.
FEWEST_OF_EITHER = 10
SMALL_COHORT = 30


def default_scaling(er: Array | None) -> str:
    """ER-balanced with ten tumours of either ER status; else robust, which suffers least from the mix."""
    if er is not None and min((er == 0).sum(), (er == 1).sum()) >= FEWEST_OF_EITHER:
        return ER_BALANCED
    return ROBUST


def mix_warnings(scaling: str, samples: int, er: Array | None) -> list[str]:
    """What a reader has to know of centring in this cohort, the gravest first.

    Parameters
    ----------
    scaling : one of `scaling.SCALINGS`
    samples : tumours in the cohort
    er : (samples,) 1 ER-positive, 0 ER-negative, NaN unknown
    """
    if scaling == NONE:
        return [
            "PAM50 without scaling compares absolute levels: right only where the values are already "
            "centred against a reference"
        ]
    found = _mix(scaling, er)
    if samples < SMALL_COHORT:
        few = "one sample is" if samples == 1 else f"{samples} samples are"
        found.append(f"{few} few for centring: calls depend on who else is in the cohort")
    return found


def _mix(scaling: str, er: Array | None) -> list[str]:
    known = np.empty(0) if er is None else er[~np.isnan(er)]
    if len(known) == 0:
        return ["ER STATUS UNKNOWN: whether the mix of the cohort permits centring cannot be checked"]
    positive = int(known.sum())
    mix = f"{positive} of {len(known)} tumours are ER-positive"
    if scaling == ER_BALANCED:
        if min(positive, len(known) - positive) >= FEWEST_OF_EITHER:
            return []
        return [f"UNSAFE: {mix}; fewer than {FEWEST_OF_EITHER} of one kind are too few to balance by"]
    if SAFE_ER[0] <= positive / len(known) <= SAFE_ER[1]:
        return []
    both = 0 < positive < len(known)
    advice = "use er-balanced" if both else "add tumours of the other ER status, or do not use the calls"
    return [f"UNSAFE: {mix}; centring by such a cohort changes one call in seven or more: {advice}"]
