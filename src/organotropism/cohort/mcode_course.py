"""What one bundle of mCODE says of the course: last contact, death, distant disease asserted or denied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from organotropism.cohort.mcode import Condition, Observation, PatientResource
from organotropism.cohort.mcode_codes import meaning
from organotropism.cohort.mcode_dates import When, read_date
from organotropism.cohort.mcode_values import NOT_READ, Value
from organotropism.vocabulary import SITES

#: Days. Dates of one visit, or of a death and its record, lie within a month of each other.
MONTH: Final = 31
#: Words of the table of codes that are no site of distant disease.
_NOT_DISTANT: Final = {
    "regional": "Condition that is regional disease, not distant",
    "unclear node": "Condition of lymph nodes that may be regional",
}
_UNSURE: Final = frozenset({"unconfirmed", "provisional", "differential"})
CONTRADICTION: Final = "distant disease is both asserted and denied"
DEATH_UNDATED: Final = "died, but when is not told"
DEATH_UNTOLD: Final = "nothing is said of death: taken as alive at the last contact"
M_CONTRADICTED: Final = "stage and M category contradict one another: neither is taken"
LATER_STAGE: Final = "stage IV of a condition whose metastases came later: not taken as that at diagnosis"
OBSERVED_UNTIL: Final = (
    "observed until distant disease was last denied (by M0: at diagnosis), not until the last contact"
)


def is_secondary(condition: Condition) -> bool:
    """Whether a condition is a metastasis."""
    return condition.conforms_to("mcode-secondary-cancer-condition") or (
        meaning("site", condition.code) is not None and meaning("breast", condition.code) is None
    )


@dataclass
class Course:
    """Statements on the course; days since 1970-01-01.

    Attributes
    ----------
    dead : whether she died, None where nothing is said
    death : day of death
    last : latest day on which anything of her was recorded
    sites : site to the earliest day on which it was found, None for a day that is not told
    refuted : sites that were looked for and not found
    elsewhere : earliest day of a metastasis whose site is not told; `untold` where its day is not, either
    denied : latest day on which there was said to be no distant disease
    named : earliest day on which disease was recorded without its site, where a site was named soon after
    open : sites of which it is said that nothing is known
    m : M0 or M1 at diagnosis, by its category
    m_of_stage : likewise, by stage groups
    """

    dead: bool | None = None
    death: int | None = None
    last: int | None = None
    sites: dict[str, int | None] = field(default_factory=dict)
    refuted: set[str] = field(default_factory=set)
    elsewhere: int | None = None
    untold: bool = False
    denied: int | None = None
    named: int | None = None
    open: set[str] = field(default_factory=set)
    m: str | None = None
    m_of_stage: str | None = None

    @property
    def first(self) -> int | None:
        """Earliest day of distant disease, as far as it is dated."""
        days = [day for day in (*self.sites.values(), self.elsewhere, self.named) if day is not None]
        return min(days) if days else None

    @property
    def asserted(self) -> bool:
        """Whether there is said to be distant disease."""
        return bool(self.sites) or self.elsewhere is not None or self.untold or self.m == "M1"

    def contradicted(self, diagnosis: int) -> bool:
        """Whether distant disease, or a site of it, is denied on a day on which it was there.

        Parameters
        ----------
        diagnosis : day of diagnosis
        """
        if any(site in self.refuted for site in self.sites):
            return True
        if self.denied is None or not self.asserted:
            return False
        if self.m == "M1":
            return self.denied > diagnosis
        # A metastasis after the denial is a later one.
        return self.first is None or self.first <= self.denied

    @property
    def end(self) -> int | None:
        """Last day of observation: death, else the last contact."""
        return self.death if self.dead else self.last

    def seen(self, when: When | None) -> None:
        """Take note of a day on which something was recorded."""
        if when is not None:
            self.last = when.days if self.last is None else max(self.last, when.days)

    def read_patient(self, patient: PatientResource) -> None:
        """Read whether and when she died."""
        when = read_date(patient.deceasedDateTime)
        self.dead = patient.deceasedBoolean
        if patient.deceasedDateTime is not None:
            self.dead, self.death = True, None if when is None else when.days

    def read_condition(self, condition: Condition) -> str | None:
        """Read a secondary cancer; returns why it was not used, if so."""
        status = condition.verification
        if status == "entered-in-error":
            return "Condition that is refuted or entered in error"
        if status in _UNSURE:
            return "Condition of a metastasis that is not confirmed"
        places = [meaning("site", concept) for concept in (*condition.bodySite, condition.code)]
        place = next((found for found in places if found not in (None, "not recorded")), "not recorded")
        if place in _NOT_DISTANT:
            return _NOT_DISTANT[place]
        when = read_date(condition.onset)
        if status == "refuted":
            return self._refute(str(place), when)
        if place in SITES:
            before = self.sites.get(str(place))
            known = [day for day in (before, when.days if when else None) if day is not None]
            self.sites[str(place)] = min(known) if known else None
        elif when is None:
            self.untold = True
        else:
            self.elsewhere = when.days if self.elsewhere is None else min(self.elsewhere, when.days)
        return None

    def _refute(self, place: str, when: When | None) -> str | None:
        if place in SITES:
            self.refuted.add(place)
            return None
        return self._deny(when)

    def _deny(self, when: When | None) -> str | None:
        if when is None:
            return "a denial of distant disease without a date"
        self.denied = when.days if self.denied is None else max(self.denied, when.days)
        return None

    def read_history(self, observation: Observation) -> str | None:
        """Read HistoryOfMetastaticCancer, whose value false turns it into its contrary."""
        if observation.valueBoolean is False:
            return self._deny(read_date(observation.effective))
        # It says that there was distant disease, not since when: its date is that of the record.
        self.untold = True
        return None

    def read_m(self, value: Value) -> str | None:
        """Read an M category; M1 prevails, for M0 of another examination may have missed it."""
        if value == NOT_READ or value not in ("M0", "M1"):
            return "Observation of an M category that is not known"
        self.m = "M1" if "M1" in (self.m, value) else "M0"
        return None

    def read_stage(self, value: Value) -> str | None:
        """Read what a stage group tells of M; of several IV prevails, as M1 does."""
        if value == NOT_READ:
            return "Observation of a stage group that is not known"
        self.m_of_stage = "M1" if "M1" in (self.m_of_stage, value) else "M0"
        return None

    def settle_m(self, summary: str | None, diagnosis: int) -> str | None:
        """Bring category, stage groups and the stage of the condition together.

        Parameters
        ----------
        summary : M by the stage of the condition, which is the latest, not always that at diagnosis
        diagnosis : day of diagnosis

        Returns
        -------
        What was made of a contradiction (M is then not known) or of a later stage; None where all agree.
        """
        later = self.first is not None and self.first > diagnosis + MONTH
        restaged = summary == "M1" and later and "M1" not in (self.m, self.m_of_stage)
        told = {self.m, self.m_of_stage, None if restaged else summary} - {None}
        self.m = told.pop() if len(told) == 1 else None
        if told:
            return M_CONTRADICTED
        return LATER_STAGE if restaged else None
