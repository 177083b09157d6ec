"""A filed report held against the ledger: the chain hashes it names, and its content, made anew (requirements 9.1-21).

The report carries what was compared, scope, profile and filters among it, so nothing else is needed to ask the same again, not even the
baselines' records. An answer may differ from the report only where one of the two was altered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from baselines.compare import Compare, Question
from baselines.differences import DifferenceKind
from baselines.export import Content
from baselines.model import Scope
from baselines.profiles import Profile
from baselines.report import Checked, NotAReport
from baselines.sides import Side
from cmdb.ledger.chain import ZERO
from cmdb.ledger.log import Log


@dataclass(frozen=True, slots=True)
class HeldAgainst:
    """`problems` says what does not agree, one sentence each; `content` is the digest of the comparison made anew."""

    content: str
    problems: tuple[str, ...]


def hold_against(checked: Checked, compare: Compare, log: Log) -> HeldAgainst:
    """Make the report's comparison anew and say what does not agree. Raises `NotAReport`, and what comparing raises."""
    try:
        question = _question(checked.compared)
    except (KeyError, TypeError, ValueError) as problem:
        raise NotAReport(f"what was compared cannot be read from the report: {problem}") from problem
    commits = log.commits([question.a.seq, question.b.seq])
    problems = []
    for side in (question.a, question.b):
        there = commits[side.seq].hash if side.seq in commits else ZERO if side.seq == 0 else "missing"
        if there != side.hash:
            problems.append(f"commit {side.seq} has the chain hash {there} in the ledger, {side.hash} in the report")
    content = Content(compare.ask(question, filed=True))
    content.header = dict(checked.compared)
    content.begin()
    for _ in content.differences():
        pass
    if content.digest != checked.content:
        problems.append(f"the comparison made anew has the content digest {content.digest}, the report states {checked.content}")
    return HeldAgainst(content.digest, tuple(problems))


def _question(said: Mapping[str, Any]) -> Question:
    a, b = (_side(said[name]) for name in ("from", "to"))
    return Question(
        a,
        b,
        Profile.from_body(said["profile"]),
        tuple(said["types"]),
        said.get("serviceId", said["service"]),
        tuple(DifferenceKind(one) for one in said["kinds"]),
        bool(said["onlyUnauthorised"]),
    )


def _side(said: Mapping[str, Any]) -> Side:
    return Side(int(said["seq"]), str(said["hash"]), str(said["time"]), Scope.from_body(said["scope"]))
