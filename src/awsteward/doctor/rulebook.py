"""The policy: whether it is where the guard looks for it, and can be read."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from awsteward.clients.aws.texts import text
from awsteward.core.errors import StewardError
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Verdict, Wrong, failed
from awsteward.tags.policy.default import default
from awsteward.tags.policy.model import Policy, with_environment
from awsteward.tags.policy.parse import parse

BUILT_IN = "the built-in policy"


@dataclass(frozen=True, slots=True)
class Book:
    """A policy, and where it was."""

    policy: Policy
    place: str


def read(look: Look, reference: str, environment: Mapping[str, str]) -> Book | StewardError:
    """What lies at *reference*; without one the built-in policy holds."""
    if not reference:
        return Book(default(), BUILT_IN)
    return opened(
        lambda: with_environment(
            parse(text(reference, look.door, look.region), reference), environment
        ),
        reference,
    )


def opened(policy: Callable[[], Policy], place: str) -> Book | StewardError:
    """The policy that *policy* gives, or why it does not."""
    try:
        return Book(policy(), place)
    except StewardError as error:
        return error


def judge(found: Book | StewardError, place: str, region: str, now: datetime) -> Verdict:
    """A broken policy stops the guard; an exception that is over only wants a look."""
    if isinstance(found, StewardError):
        return failed(found, _mend(place, region))
    expired = found.policy.expired(now)
    if expired:
        reasons = "; ".join(f"{each.until}: {each.reason}" for each in expired)
        return Wrong(f"{place}: exceptions have expired: {reasons}", _mend(place, region))
    keys = ", ".join(dict.fromkeys(rule.key for rule in found.policy.rules))
    return Fine(f"{place} asks for {keys}")


def _mend(place: str, region: str) -> tuple[str, ...]:
    """Check it here, then bring it there."""
    scheme, _, rest = place.partition(":")
    check = "awsteward tags policy awsteward.yaml"
    if scheme == "ssm":
        put = f"aws ssm put-parameter --name {rest} --type String --overwrite"
        return (check, f"{put} --value file://awsteward.yaml --region {region}")
    if scheme == "s3":
        bucket, _, key = rest.removeprefix("//").partition("/")
        put = f"aws s3api put-object --bucket {bucket} --key {key} --body awsteward.yaml"
        return (check, put)
    return (f"awsteward tags policy {'' if place == BUILT_IN else shlex.quote(place)}".strip(),)
