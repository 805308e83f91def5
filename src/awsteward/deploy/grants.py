"""What the functions' own roles may do, beside the tagging that `rights` derives: small statements.

No function's name stands in here; `functions` says who gets which.
"""

from collections.abc import Mapping, Sequence

from awsteward.deploy.cloudformation import Value, arn, filled, part, ref, text, when
from awsteward.deploy.pattern import CANARIES
from awsteward.deploy.pipes import DEAD_LETTERS, QUEUE, TABLE
from awsteward.deploy.rights import document
from awsteward.tags.guard.canary import KEY

HAS_CANARY = "HasCanary"
_ROWS = ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")
_RECEIVE = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")
_HERE = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s"


def rows(*more: str) -> Value:
    """The table, row by row; *more* are further operations."""
    return allow([f"dynamodb:{name}" for name in (*_ROWS, *more)], arn(TABLE))


def queues_and_table() -> Value:
    """What working on the queue takes."""
    return inline(
        "QueuesAndTable",
        [
            allow([f"sqs:{name}" for name in _RECEIVE], arn(QUEUE)),
            allow(["sqs:SendMessage"], [arn(QUEUE), arn(DEAD_LETTERS)]),
            rows(),
        ],
    )


def accounts() -> list[Value]:
    """Who we are, and the role in other accounts where one is named."""
    member = text("arn:${AWS::Partition}:iam::*:role/${MemberRole}")
    return [
        who_we_are(),
        when("HasMemberRole", inline("Accounts", [allow(["sts:AssumeRole"], member)])),
    ]


def who_we_are() -> Value:
    """To be told its own account."""
    return inline("WhoWeAre", [allow(["sts:GetCallerIdentity"], "*")])


def canaries() -> Value:
    """The log groups that a canary may be."""
    return text(_HERE % ("logs", f"log-group:{CANARIES}*"))


def marks_canaries() -> list[Value]:
    """Whatever services were chosen: a canary is seen in every mode, and marked where we write."""
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": [KEY]}}
    mark = inline("MarkCanaries", [allow(["logs:TagResource"], canaries(), only)])
    return [
        when(HAS_CANARY, inline("SeeCanaries", [allow(["logs:ListTagsForResource"], canaries())])),
        when(HAS_CANARY, when("Enforces", mark)),
    ]


def slack() -> list[Value]:
    """One of the two ARNs leads nowhere: that way no condition has to take the reference apart."""
    scheme, name = part(0, ":", ref("SlackReference")), part(1, ":", ref("SlackReference"))
    parameter = filled(_HERE % ("ssm", "parameter${Name}"), {"Name": name})
    # Behind its name, a secret's ARN has a hyphen and six characters.
    secret = filled(
        _HERE % ("${Scheme}", "secret:${Name}-??????"),
        {"Scheme": scheme, "Name": part(0, "#", name)},
    )
    statements = [
        allow(["ssm:GetParameter"], parameter),
        allow(["secretsmanager:GetSecretValue"], secret),
        _decrypt(scheme),
    ]
    return [when("HasSlack", inline("Slack", statements)), when("HasSlacks", _slacks())]


def _slacks() -> Value:
    """What lies below one path: IAM cannot take a list of references apart."""
    below = text(_HERE % ("ssm", "parameter${SlackPath}/*"))
    return inline("Slacks", [allow(["ssm:GetParameter"], below), _decrypt("ssm")])


def bot_secrets(secrets: Sequence[str]) -> list[Value]:
    """The parameters of a bot, where *secrets* names some."""
    if not secrets:
        return []
    kept = [
        filled(_HERE % ("ssm", "parameter${Name}"), {"Name": part(1, ":", ref(each))})
        for each in secrets
    ]
    return [inline("Bot", [allow(["ssm:GetParameter"], kept), _decrypt("ssm")])]


def policy_location() -> list[Value]:
    """Likewise: no parameter's name has `//` in it, and no bucket's name begins with `/`."""
    scheme, rest = part(0, ":", ref("PolicyLocation")), part(1, ":", ref("PolicyLocation"))
    path = {"Fn::Join": ["", {"Fn::Split": ["//", rest]}]}
    statements = [
        allow(["ssm:GetParameter"], filled(_HERE % ("ssm", "parameter${Name}"), {"Name": rest})),
        allow(["s3:GetObject"], filled("arn:${AWS::Partition}:s3:::${Path}", {"Path": path})),
        _decrypt(scheme),
    ]
    return [when("HasPolicy", inline("Policy", statements))]


def _decrypt(scheme: Value) -> Value:
    """With any key whose own policy lets us, and only through the service that keeps the thing."""
    host = filled("${Scheme}.${AWS::Region}.${AWS::URLSuffix}", {"Scheme": scheme})
    through = {"StringEquals": {"kms:ViaService": host}}
    return allow(["kms:Decrypt"], text(_HERE % ("kms", "key/*")), through)


def inline(name: str, statements: Sequence[Value]) -> Value:
    """A policy of one role alone."""
    return {"PolicyName": name, "PolicyDocument": document(statements)}


def may_assume(who: Mapping[str, Value]) -> Value:
    """The statement by which *who* may take on a role."""
    return {"Effect": "Allow", "Principal": who, "Action": ["sts:AssumeRole"]}


def allow(actions: Sequence[str], where: Value, condition: Value = None) -> Value:
    """One statement; *condition* limits it."""
    bare = {"Effect": "Allow", "Action": list(actions), "Resource": where}
    return {**bare, "Condition": condition} if condition else bare
