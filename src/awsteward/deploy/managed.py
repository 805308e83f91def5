"""Managed policies: how roles get many rights, and what people attach to themselves."""

from collections.abc import Mapping, Sequence

from awsteward.deploy.cloudformation import Resource, Value, arn, ref, when
from awsteward.deploy.grants import allow
from awsteward.deploy.pipes import TABLE
from awsteward.deploy.rights import Document, document
from awsteward.tags.guard.scan import OUR_PATH


def managed(
    name: str, documents: Sequence[Document], condition: str | None = None
) -> Mapping[str, Resource]:
    """A managed policy for each of *documents*; there only where the condition holds."""
    return {
        f"{name}{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            **({"Condition": condition} if condition else {}),
            "Properties": {"Path": OUR_PATH, "PolicyDocument": each},
        }
        for number, each in enumerate(documents, 1)
    }


def attached(policies: Mapping[str, Resource]) -> list[Value]:
    """How a role names *policies*, so that it is not there before them."""
    return [
        when(policy["Condition"], ref(name)) if "Condition" in policy else ref(name)
        for name, policy in policies.items()
    ]


def scanning() -> Mapping[str, Resource]:
    """For whoever runs `tags guarded`; attached to nobody here."""
    read = (
        *("iam:GetAccountAuthorizationDetails", "sts:GetCallerIdentity"),
        *("organizations:ListPolicies", "organizations:DescribePolicy"),
        *("s3:ListAllMyBuckets", "s3:GetBucketPolicy"),
    )
    keep = allow(["dynamodb:PutItem"], arn(TABLE))
    return managed("ReadPolicies", [document([allow(read, "*"), keep])], "ReadsPolicies")
