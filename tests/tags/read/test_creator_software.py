from typing import Any

import pytest

from awsteward.tags.model.creator import Creator, Machine, Person
from awsteward.tags.read.creator import creator
from tests.tags.read.test_creator import ACCOUNT, SSO, assumed, record, user

LAMBDA = "Boto3/1.44.5 md/Botocore#1.44.5 exec-env/AWS_Lambda_python3.13"


def issued(by: str, role: str, session: str) -> dict[str, Any]:
    """A session that came from a web identity provider."""
    return assumed(role, session, context={"webIdFederationData": {"federatedProvider": by}})


def oidc(host: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"


@pytest.mark.parametrize("session", ["ana@example.com", "terraform@example.com", "orders"])
@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("lambda-exec", ""),
        ("orders-lambda-role", ""),
        ("shop-PayFunctionRole-1X2Y3Z", ""),
        ("shop-PayTaskRole", ""),
        ("eksctl-shop-NodeInstanceRole-1X2Y", ""),
        ("reports", "service-role/"),
    ],
)
def test_a_role_for_software_makes_a_machine_of_whatever_its_session_is_called(
    role: str, path: str, session: str
) -> None:
    assert isinstance(creator(record(assumed(role, session, path=path))), Machine)


def test_a_user_agent_of_lambda_proves_more_than_an_address() -> None:
    assert isinstance(creator(record(assumed("report", "ana@example.com"), LAMBDA)), Machine)
    assert isinstance(creator(record(assumed("report", "ana@example.com"))), Person)


@pytest.mark.parametrize(
    "name",
    [
        "terraform@corp.com",
        "bot@corp.com",
        "svc-deploy@corp.com",
        "orders-bot@corp.com",
        "ci@corp",
        "github-actions@corp.com",
        "renovate@corp.com",
        "x@shop.iam.gserviceaccount.com",
        "renovate",
        "spinnaker",
        "airflow",
        "Airflow_aws_default",
        "vault-aws-role-123",
        "AssumeRoleSession1",
        "AssumedRoleSession1",
        "boto3-session",
        "TerraformCloud",
        "CognitoIdentityCredentials",
    ],
)
def test_a_machines_name_is_no_persons_with_or_without_an_address(name: str) -> None:
    for identity in (
        assumed("Admin", name),
        assumed("Admin", "x", context={"sourceIdentity": name}),
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": f"A:{name}"},
    ):
        assert isinstance(creator(record(identity)), Machine)


def test_an_iam_user_is_judged_by_the_local_part_of_its_address() -> None:
    assert isinstance(creator(record(user("orders-bot@example.com"))), Machine)
    assert isinstance(creator(record(user("ana@example.sa"))), Person)


@pytest.mark.parametrize(
    "host",
    [
        "github.corp.example/_services/token",
        "oidc-kops-clusters.s3.eu-west-1.amazonaws.com/prod",
        "keycloak.example.com/realms/ci",
    ],
)
def test_an_issuer_of_ones_own_vouches_for_software_but_for_an_address(host: str) -> None:
    outside = {"type": "WebIdentityUser", "userName": "main", "identityProvider": host}

    assert isinstance(creator(record(issued(oidc(host), "ship", "main"))), Machine)
    assert isinstance(creator(record(outside)), Machine)
    assert isinstance(creator(record(issued(oidc(host), "ops", "ana@example.com"))), Person)
    assert isinstance(creator(record(issued(oidc(host), "ops", "ci@example.com"))), Machine)


def people() -> list[Creator]:
    identities = [
        assumed(SSO, "ana@example.com"),
        assumed(SSO, "vault-keeper"),
        assumed("Admin", "ana@example.com"),
        assumed("Admin", "ana@example.ci"),
        assumed("Admin", "airlie.flowers@example.com"),
        assumed("Admin", "1234567890@example.com"),
        assumed("deploy", "ana@example.com"),
        assumed("LambdaDevelopers", "ana@example.com"),
        assumed("Admin", "ana"),
        issued("accounts.google.com", "ops", "ana"),
        issued(oidc("example.okta.com"), "ops", "ana"),
        issued(oidc("cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1"), "ops", "ana"),
    ]
    return [creator(record(each)) for each in identities]


def test_no_real_person_is_lost() -> None:
    assert [who for who in people() if not isinstance(who, Person)] == []
