"""Whether a resource of a bundle is of its patient: by address, version, urn, identifier or contained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

CONTAINED: Final = (
    "resources hold a Patient of their own in place of a reference; nothing in it differs from the patient "
    "of the bundle: taken as this patient's"
)
#: Names what a contained Patient may tell of who it is.
_TRAITS: Final = ("birthDate", "gender")
_SENTENCES: Final = {
    "none": "{} without a reference to a patient",
    "other": "{} of another patient",
    "identifier": "{} whose patient is named by an identifier that the Patient resource does not have",
    "contained": "{} that refers to a contained patient who is not in it",
}


def patient_key(reference: object) -> str | None:
    """Id of the patient that a reference names; None where it names none."""
    if not isinstance(reference, str):
        return None
    name = reference.partition("/_history/")[0]
    for scheme in ("urn:uuid:", "urn:oid:"):
        if name.casefold().startswith(scheme):
            return name[len(scheme) :]
    rest, _, key = name.rpartition("/")
    return key or None if rest.rpartition("/")[2] == "Patient" else None


@dataclass(frozen=True)
class Subject:
    """The one patient of a bundle, as other entries may name her.

    Attributes
    ----------
    address : of the entry, without its version
    keys : ids
    identifiers : system, empty where none is told, and value
    traits : what a contained Patient may not contradict
    """

    address: str | None
    keys: frozenset[str]
    identifiers: frozenset[tuple[str, str]]
    traits: Mapping[str, str]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Subject:
        """From the entry of the Patient resource."""
        patient, address = entry["resource"], entry.get("fullUrl")
        address = address.partition("/_history/")[0] if isinstance(address, str) else None
        keys = {patient.get("id"), patient_key(address)}
        return cls(
            address,
            frozenset(key for key in keys if isinstance(key, str) and key),
            frozenset(_identifiers(patient.get("identifier"))),
            _traits(patient),
        )

    def owns(self, content: Mapping[str, Any], kind: str) -> tuple[str | None, str | None]:
        """Why a resource is not hers, None where it is; and what was assumed for it.

        Parameters
        ----------
        content : the resource, as in the file
        kind : its type
        """
        verdict, note = self._judge(content)
        return None if verdict == "hers" else _SENTENCES[verdict].format(kind), note

    def _judge(self, content: Mapping[str, Any]) -> tuple[str, str | None]:
        subject = content.get("subject")
        subject = subject if isinstance(subject, dict) else {}
        reference, named = subject.get("reference"), list(_identifiers([subject.get("identifier")]))
        if not isinstance(reference, str) or not reference:
            return self._identified(named) if named else ("none", None)
        if reference.startswith("#"):
            return self._contained(content.get("contained"), reference[1:])
        kind, mark, query = reference.partition("?")
        if mark and kind.rpartition("/")[2] == "Patient":
            return self._identified([_conditional(query)])
        address, key = reference.partition("/_history/")[0], patient_key(reference)
        if address == self.address or key in self.keys or (key or "").casefold() in self.keys:
            return "hers", None
        return ("hers" if self._has(named) else "other"), None

    def _identified(self, named: list[tuple[str, str]]) -> tuple[str, str | None]:
        return ("hers" if self._has(named) else "identifier"), None

    def _has(self, named: list[tuple[str, str]]) -> bool:
        """Whether one of the identifiers is hers: the same number of another system is not."""
        return any(
            value == known and (system == of or not system or not of)
            for system, value in named
            for of, known in self.identifiers
        )

    def _contained(self, contained: object, key: str) -> tuple[str, str | None]:
        held = [
            item
            for item in (contained if isinstance(contained, list) else [])
            if isinstance(item, dict) and item.get("resourceType") == "Patient" and item.get("id") == key
        ]
        if not held:
            return "contained", None
        told, traits = list(_identifiers(held[0].get("identifier"))), _traits(held[0])
        if told and self.identifiers:
            return ("hers" if self._has(told) else "other"), None
        differs = any(self.traits.get(name, value) != value for name, value in traits.items())
        return ("other", None) if differs else ("hers", CONTAINED)


def _identifiers(found: object) -> Iterator[tuple[str, str]]:
    for item in found if isinstance(found, list) else []:
        system, value = (item.get("system"), item.get("value")) if isinstance(item, dict) else (None, None)
        if isinstance(value, str) and value.strip():
            yield (system.strip() if isinstance(system, str) else ""), value.strip()


def _traits(patient: Mapping[str, Any]) -> dict[str, str]:
    traits = {name: patient.get(name) for name in _TRAITS}
    return {name: value for name, value in traits.items() if isinstance(value, str) and value != "unknown"}


def _conditional(query: str) -> tuple[str, str]:
    """System and value that a conditional reference searches for."""
    told = parse_qs(query[:1000]).get("identifier", [""])[0]
    system, mark, value = told.rpartition("|")
    return (system, value) if mark else ("", told)
