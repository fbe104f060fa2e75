"""Where the literature disagrees and why, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any, Final

from organotropism.present import evidence_words as words

#: A residual of the literature model is called large from here on, in standard errors.
_LARGE: Final = 2.0
#: Remarks of the curator that bear on a contradiction.
_TELLING: Final = re.compile("contradict|opposite|denominator", re.IGNORECASE)
LEGEND: Final = (
    "Among all patients a number mixes whether distant disease presents with where it is found; among "
    "metastatic patients it speaks of where alone. The two may differ in direction and both be right."
)
HOW: Final = (
    "published: largest ratio of one published number to another. left: the same once the value that the "
    "literature model expects of each number, given its denominator, endpoint, population and adjustment, is "
    "taken off. The model was fitted to these numbers among others, so what is left is a lower bound."
)
NONE: Final = "No conflict among these findings."
VERDICTS: Final = {
    "accounted for": "Accounted for: the directions are kept apart, and what is left of the sizes is small.",
    "kept apart": "Kept apart: so far as directions go; there are too few numbers to judge the sizes.",
    "in part": "In part: the directions are kept apart or the sizes come together, but not both.",
    "open": "Open: nothing that is recorded is shown to account for it.",
    "not judged": "Not judged: a study that finds no difference may have been too small to find one.",
}
_NOTHING: Final = (
    "Nothing that is recorded of the studies, alone or two together, keeps the directions apart."
)
_ONE_EACH: Final = "With one group of patients behind each value, it cannot be told what matters."
KINDS: Final = {
    "direction": "opposite directions",
    "size": "same direction, sizes differ",
    "presence": "found by some, not by others",
}


def title(conflict: Mapping[str, Any]) -> str:
    """``HR+/HER2+ and bone``."""
    asked = conflict["comparison"]
    text = f"{words.question(**asked)} and {words.site(conflict['site'])}"
    return text[0].upper() + text[1:]


def account(conflict: Mapping[str, Any]) -> list[str]:
    """Sentences on one conflict: who says what, what keeps them apart, the numbers, what is left.

    Parameters
    ----------
    conflict : as `organotropism.evidence.conflicts.conflict_record` gives it
    """
    return [
        sentence
        for sentence in (
            _who(conflict),
            *_apart(conflict),
            *_over_time(conflict),
            _numbers(conflict),
            *_expected(conflict),
            VERDICTS[conflict["verdict"]],
        )
        if sentence
    ]


def _who(conflict: Mapping[str, Any]) -> str:
    parts = [
        f"{text} in {_listed(conflict[word])}"
        for word, text in (
            ("increases", "more often"),
            ("decreases", "less often"),
            ("none", "no difference"),
        )
        if conflict[word]
    ]
    text = "; ".join(parts)
    both = sorted(set(conflict["increases"]) & set(conflict["decreases"]))
    twice = f" {_listed(both)} finds both." if both else ""
    groups = conflict["groups"]
    patients = f"{groups} group{'' if groups == 1 else 's'} of patients"
    return f"{text[0].upper()}{text[1:]} ({patients}).{twice}"


def _apart(conflict: Mapping[str, Any]) -> list[str]:
    if conflict["kind"] != "direction":
        return []
    alone = [_alone(conflict, word) for word in ("increases", "decreases")]
    if conflict["differ"]:
        differ = _listed([words.ASPECTS[name] for name in conflict["differ"]])
        return [f"The sides differ in {differ}. {_ONE_EACH}", *alone]
    if not conflict["apart"]:
        return [_NOTHING, *alone]
    names = [words.ASPECTS[name] for name in conflict["apart"]]
    others = _listed([words.ASPECTS[name] for name in conflict["also"]])
    verb = "keep" if len(names) > 1 else "keeps"
    text = f"{' and '.join(names)} {verb} the directions apart"
    if others:
        text += f" ({others} would do as well: they go together in these studies)"
    lines = [f"{text[0].upper()}{text[1:]}:"]
    for side in conflict["sides"]:
        found = [
            f"{words.DIRECTIONS[word]} ({', '.join(side[word])})"
            for word in ("increases", "decreases", "none")
            if side[word]
        ]
        if found:
            size = "" if side["ratio"] is None else f"; mean ratio {words.ratio_of(side['ratio'])}"
            lines.append(f"- {words.setting(side['values'], conflict['apart'])}: {', '.join(found)}{size}")
    return lines


def _alone(conflict: Mapping[str, Any], word: str) -> str:
    """The one study on a side, with what the curator noted on it."""
    if len(conflict[word]) != 1:
        return ""
    study = conflict[word][0]
    remarks = [
        row["remark"] for row in conflict["rows"] if row["study"] == study and row["direction"] == word
    ]
    noted = "; ".join(dict.fromkeys(remark for remark in remarks if _TELLING.search(remark)))
    return f"{study} stands alone in finding it {words.DIRECTIONS[word]}{f' ({noted})' if noted else ''}."


def _over_time(conflict: Mapping[str, Any]) -> list[str]:
    """Studies whose ratio changes between parts of the follow-up."""
    parts: dict[str, dict[str, str]] = {}
    for row in conflict["rows"]:
        if row["period"] and row["log_ratio"] is not None:
            found = f"{words.DIRECTIONS[row['direction']]} {row['period']} ({words.ratio(row['log_ratio'])})"
            parts.setdefault(row["study"], {})[row["period"]] = found
    return [
        f"{study} finds it to change with time: {', '.join(found.values())}."
        for study, found in parts.items()
        if len(found) > 1
    ]


def _numbers(conflict: Mapping[str, Any]) -> str:
    before, after = conflict["before"], conflict["after"]
    if before is None:
        return "Too few numbers to compare sizes."
    text = (
        f"{before['k']} published numbers differ by up to {words.ratio_of(before['gap'])} "
        f"(SD between studies {before['tau']:.2f} on the log scale, I² {100 * before['i2']:.0f} %)"
    )
    if after is None:
        return f"{text}; the literature model did not learn from enough of them to say what is left."
    return (
        f"{text}; from what the literature model expects of each they differ by up to "
        f"{words.ratio_of(after['gap'])} (SD {after['tau']:.2f}, I² {100 * after['i2']:.0f} %):"
    )


def _expected(conflict: Mapping[str, Any]) -> list[str]:
    """Published and expected value of every number that the model learnt from."""
    lines = []
    for row in conflict["rows"]:
        if row["fitted"] is None:
            continue
        aspects = [row["aspects"][name] for name in ("denominator", "endpoint")]
        text = words.setting(aspects, ("denominator", "endpoint"))
        text += f", {row['period']}" if row["period"] else ""
        text += f", in {row['population']}" if row["population"] else ""
        text += ", adjusted" if row["adjusted"] == "yes" else ""
        far = row["residual"] is not None and abs(row["residual"]) >= _LARGE
        lines.append(
            f"- {row['id']} ({text}): published {words.ratio(row['log_ratio'])}, "
            f"expected {words.ratio(row['fitted'])}"
            + (f"; residual {row['residual']:+.1f} standard errors, large" if far else "")
        )
    return lines


def conflicts_text(conflicts: Sequence[Mapping[str, Any]], *, full: bool, width: int, colour: bool) -> str:
    """Table of conflicts, or the full account of each.

    Parameters
    ----------
    conflicts : as `organotropism.evidence.conflicts.conflict_record` gives them
    full : whether to write each out
    width : columns of the terminal
    colour : whether to mark headings
    """
    from organotropism.present.console import rendered

    if not conflicts:
        return f"{NONE}\n"
    if full:
        parts: list[Any] = []
        for conflict in conflicts:
            heading = f"{title(conflict)}: {KINDS[conflict['kind']]}"
            lines = [_bullet(line) if line.startswith("- ") else line for line in account(conflict)]
            parts += [_heading(heading), *lines, "", _rows(conflict), ""]
        return rendered([*parts, LEGEND, HOW], width=width, colour=colour)
    listed: list[Any] = []
    for kind, heading in KINDS.items():
        alike = [conflict for conflict in conflicts if conflict["kind"] == kind]
        if alike:
            listed += [_heading(heading[0].upper() + heading[1:]), _overview(alike), ""]
    return rendered([*listed, f"studies: {_STUDIES} {HOW}", LEGEND, _MORE], width=width, colour=colour)


def _overview(conflicts: Sequence[Mapping[str, Any]]) -> Any:
    """One line for each conflict."""
    from organotropism.present.console import plain_table

    table = plain_table(
        "contrast and site", "kept apart by", "verdict", "studies", "published", "left", left=3
    )
    table.columns[0].width, table.columns[2].width = 29, 13
    for conflict in conflicts:
        counts = [str(len(conflict[word])) for word in ("increases", "decreases", "none")]
        table.add_row(
            title(conflict),
            ", ".join(conflict["apart"]) or "-",
            conflict["verdict"],
            "/".join(counts),
            *(_gap(conflict[word]) for word in ("before", "after")),
        )
    return table


_STUDIES: Final = "that find it more often / less often / no difference."
_MORE: Final = "Full account: organotropism evidence conflicts --factor subtype --level TNBC --site bone"


def _gap(spread: Mapping[str, Any] | None) -> str:
    return "-" if spread is None else words.ratio_of(spread["gap"])


def _heading(text: str) -> Any:
    from rich.text import Text

    return Text(text, style="bold")


def _rows(conflict: Mapping[str, Any]) -> Any:
    from organotropism.present.console import plain_table

    table = plain_table("id", "compared", "counted", "found", "published", "expected", left=4)
    table.columns[3].no_wrap = True
    for row in conflict["rows"]:
        aspects = row["aspects"]
        period = f" {row['period']}" if row["period"] else ""
        published = "" if row["log_ratio"] is None else words.ratio_interval(row["log_ratio"], row["se"])
        table.add_row(
            row["id"],
            row["printed"],
            words.setting([aspects["denominator"], aspects["endpoint"]], ["denominator", "endpoint"])
            + period
            + (f", in {row['population']}" if row["population"] else "")
            + (", adjusted" if row["adjusted"] == "yes" else ""),
            words.DIRECTIONS.get(row["direction"], ""),
            published,
            "" if row["fitted"] is None else f"{exp(row['fitted']):.2f}",
        )
    return table


def _bullet(line: str) -> Any:
    from rich.table import Table

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_row("-", line.removeprefix("- "))
    return table


def _listed(parts: Sequence[str]) -> str:
    """Join as ``a, b and c``."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def conflict_row(conflict: Mapping[str, Any]) -> dict[str, object]:
    """One conflict as a flat record, for a table."""
    spreads = {
        f"{name}_{part}": None if conflict[name] is None else conflict[name][part]
        for name in ("before", "after")
        for part in ("k", "gap", "tau", "i2", "q", "q_p")
    }
    return {
        **conflict["comparison"],
        "site": conflict["site"],
        "kind": conflict["kind"],
        "verdict": conflict["verdict"],
        **{word: conflict[word] for word in ("increases", "decreases", "none", "groups")},
        "kept_apart_by": conflict["apart"],
        "would_do_as_well": conflict["also"],
        "sides_differ_in": conflict["differ"],
        **spreads,
        "account": " ".join(account(conflict)),
    }
