"""Evaluations on their way back to AWS Config, in hundreds, each until it is taken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from awsteward.core.errors import RemoteError
from awsteward.tags.config.ask import Book
from awsteward.tags.config.evaluation import Evaluation

MOST_AT_ONCE = 100
"""https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html"""
WAITS_S = (1.0, 4.0)
_Spelled = Mapping[str, Any]


def put(
    evaluations: Iterable[Evaluation],
    book: Book,
    token: str,
    *,
    is_test: bool,
    sleep: Callable[[float], None],
) -> None:
    """Hand all *evaluations* over; RemoteError where Config does not take one of them."""
    due = [_spelled(each) for each in _latest(evaluations)]
    for start in range(0, len(due), MOST_AT_ONCE):
        left = _put(due[start : start + MOST_AT_ONCE], book, token, is_test=is_test)
        for wait in WAITS_S:
            if not left:
                break
            sleep(wait)
            left = _put(left, book, token, is_test=is_test)
        if left:
            first = f"{left[0].get('ComplianceResourceType')} {left[0].get('ComplianceResourceId')}"
            raise RemoteError(
                f"AWS Config did not take {len(left)} evaluations; the first is of {first}"
            )


def _put(some: Sequence[_Spelled], book: Book, token: str, *, is_test: bool) -> Sequence[_Spelled]:
    """Those that were not taken."""
    answer = book.call("PutEvaluations", Evaluations=some, ResultToken=token, TestMode=is_test)
    return tuple(answer.get("FailedEvaluations") or ())


def _latest(evaluations: Iterable[Evaluation]) -> Iterable[Evaluation]:
    """One of each resource, the latest."""
    found: dict[tuple[str, str], Evaluation] = {}
    for each in evaluations:
        known = found.setdefault((each.type, each.id), each)
        if known.at < each.at:
            found[each.type, each.id] = each
    return found.values()


def _spelled(evaluation: Evaluation) -> _Spelled:
    return {
        "ComplianceResourceType": evaluation.type,
        "ComplianceResourceId": evaluation.id,
        "ComplianceType": str(evaluation.compliance),
        "Annotation": evaluation.annotation,
        "OrderingTimestamp": evaluation.at,
    }
