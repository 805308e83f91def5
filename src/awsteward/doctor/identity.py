"""Who asks: the account, and the user or role whose rights can be simulated."""

from dataclasses import dataclass
from datetime import datetime

from awsteward.clients.aws.refusals import Cause, Refusal
from awsteward.core.errors import ConfigError
from awsteward.doctor import clock
from awsteward.doctor.look import Look
from awsteward.doctor.verdict import Fine, Unclear, Verdict, Wrong

MEND = ("aws configure", "aws sts get-caller-identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The caller, as STS knows it."""

    arn: str
    at: datetime | None = None
    """When AWS said so, by its own clock."""

    @property
    def account(self) -> str:
        """Its number."""
        return self.arn.split(":")[4]

    @property
    def partition(self) -> str:
        """Such as ``aws``."""
        return self.arn.split(":")[1]


def read(look: Look) -> Identity | Wrong | Unclear:
    """Who we are, or why that is not known."""
    try:
        answer = look.ask("sts", "GetCallerIdentity", {})
    except ConfigError as error:
        return Wrong(str(error), MEND)
    if isinstance(answer, Refusal):
        if clock.wrong(answer):
            told = "this machine's clock is minutes away from AWS's"
            return Wrong(f"{told}: {answer.code}: {answer.message}", clock.MEND)
        if answer.cause is Cause.BROKEN:
            return Unclear(f"AWS cannot be reached: {answer.code}: {answer.message}")
        return Wrong(f"{answer.code}: {answer.message}", MEND)
    return Identity(arn=answer["Arn"], at=clock.read(answer))


def judge(found: Identity | Wrong | Unclear, region: str) -> Verdict:
    """Without credentials nothing else can be seen."""
    return Fine(f"{found.arn}, in {region}") if isinstance(found, Identity) else found


def simulated(look: Look, found: Identity) -> str | None:
    """The ARN of the user or role behind the caller; None for what IAM cannot simulate.

    A session's ARN leaves its role's path out, so that the role itself is asked for.
    """
    kind, _, rest = found.arn.split(":", 5)[5].partition("/")
    if kind == "user":
        return found.arn
    if kind != "assumed-role":
        return None
    role = rest.partition("/")[0]
    answer = look.ask("iam", "GetRole", {"RoleName": role})
    if isinstance(answer, Refusal):
        return f"arn:{found.partition}:iam::{found.account}:role/{role}"
    return str(answer["Role"]["Arn"])
