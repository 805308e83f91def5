import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.model.creator import Machine, Nobody, Person, Root, Service
from awsteward.tags.read.creator import creator
from awsteward.tags.read.record import Record
from awsteward.tags.read.tool import tool

ACCOUNT = "111122223333"
SSO = "AWSReservedSSO_Developer_0a1b2c3d4e5f6789"


def record(identity: Any, agent: str | None = None) -> Record:
    text = json.dumps({"userIdentity": identity, "userAgent": agent})
    return msgspec.json.decode(text, type=Record)


def role_arn(role: str, path: str = "") -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{path}{role}"


def assumed(role: str, session: str, path: str = "", **more: Any) -> dict[str, Any]:
    issuer = {"type": "Role", "arn": role_arn(role, path), "userName": role}
    context = {"sessionIssuer": issuer, **more.pop("context", {})}
    return {
        "type": "AssumedRole",
        "principalId": f"AROAIOSFODNN7EXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "sessionContext": context,
        **more,
    }


def user(name: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {"type": "IAMUser", "arn": arn, "userName": name, **more}


@pytest.mark.parametrize(
    ("identity", "name", "via"),
    [
        pytest.param(user("ana"), "ana", None, id="IAM user"),
        pytest.param({"type": "IAMUser", "arn": user("a/ana")["arn"]}, "ana", None, id="ARN only"),
        pytest.param(
            assumed(SSO, "ana@example.com"), "ana@example.com", "Developer", id="SSO session"
        ),
        pytest.param(assumed(SSO, "ci-lead"), "ci-lead", "Developer", id="SSO is people only"),
        pytest.param(assumed("Admin", "ana"), "ana", "Admin", id="role"),
        pytest.param(assumed("Admin", "ana+x=1,a.b@c"), "ana+x=1,a.b@c", "Admin", id="all signs"),
        pytest.param(
            assumed("deploy", "ana@example.com"), "ana@example.com", "deploy", id="e-mail address"
        ),
        pytest.param(
            assumed("ops", "botocore-session-1", context={"sourceIdentity": "ana"}),
            "ana", "ops", id="source identity behind a nameless session",
        ),
        pytest.param(
            assumed("analytics", "x-1", onBehalfOf={"userId": "544894e8-80c1", "x": 1}),
            "544894e8-80c1", "analytics", id="on behalf of",
        ),
        pytest.param(
            {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "544894e8"}},
            "544894e8", "IAM Identity Center", id="Identity Center user",
        ),
        pytest.param(
            assumed("Admin", "ana", invokedBy="cloudformation.amazonaws.com"),
            "ana", "Admin, cloudformation.amazonaws.com", id="through CloudFormation",
        ),
        pytest.param(user("ana", invokedBy="signin.amazonaws.com"), "ana", None, id="console"),
        pytest.param(user("ana", invokedBy="AWS Internal"), "ana", None, id="AWS Internal"),
        pytest.param(
            {
                "type": "FederatedUser",
                "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/ana",
                "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": user("hub")["arn"]}},
            },
            "ana", "hub", id="federated user",
        ),
        pytest.param(
            {"type": "SAMLUser", "principalId": "x:ana", "userName": "ana",
             "identityProvider": "arn:aws:iam::111122223333:saml-provider/adfs"},
            "ana", "arn:aws:iam::111122223333:saml-provider/adfs", id="SAML",
        ),
        pytest.param(
            {"type": "WebIdentityUser", "principalId": "accounts.google.com:aud:ana",
             "userName": "ana", "identityProvider": "accounts.google.com"},
            "ana", "accounts.google.com", id="web identity",
        ),
        pytest.param(
            assumed("app", "ana", context={"webIdFederationData": {
                "federatedProvider": "cognito-identity.amazonaws.com"}}),
            "ana", "app", id="web identity provider for people",
        ),
        pytest.param({"type": "Unknown", "userName": "ana"}, "ana", None, id="unknown type"),
        pytest.param(
            {"type": "AWSAccount", "accountId": "444455556666", "principalId": "A:ana@example.com"},
            "ana@example.com", "account 444455556666", id="another account",
        ),
    ],
)  # fmt: skip
def test_people_are_told_by_name(identity: dict[str, Any], name: str, via: str | None) -> None:
    who = creator(record(identity))

    assert isinstance(who, Person)
    assert (who.name, who.via) == (name, via)


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        pytest.param(assumed("web", "i-0a1b2c3d4e5f60718"), "i-0a1b2c3d4e5f60718", id="instance"),
        pytest.param(assumed("Admin", "botocore-session-1712345678"), "Admin", id="botocore"),
        pytest.param(assumed("Admin", "aws-go-sdk-1712345678901234567"), "Admin", id="Go SDK"),
        pytest.param(assumed("Admin", "aws-sdk-java-1712345678"), "Admin", id="Java SDK"),
        pytest.param(assumed("Admin", "0123456789abcdef0123456789abcdef"), "Admin", id="ECS task"),
        pytest.param(
            assumed("Admin", "eks-shop-pay-7d9c-5d6f0f6c-1c1e-4f3c-9a53-2f3b1c7d8e9f"),
            "eks-shop-pay-7d9c-5d6f0f6c-1c1e-4f3c-9a53-2f3b1c7d8e9f", id="EKS pod",
        ),
        pytest.param(assumed("Admin", "GitHubActions"), "Admin", id="GitHub Actions"),
        pytest.param(assumed("Admin", "gitlab-ci-123"), "Admin", id="GitLab"),
        pytest.param(assumed("Admin", "terraform-run-4711"), "Admin", id="HCP Terraform"),
        pytest.param(assumed("Admin", "AWSCodeBuild-0a1b2c3d-x"), "Admin", id="CodeBuild"),
        pytest.param(assumed("Admin", "1712345678901"), "Admin", id="clock value"),
        pytest.param(
            assumed("ship", "ana", context={"webIdFederationData": {"federatedProvider":
                f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}}),
            "ship", id="GitHub by its provider, whatever the session is called",
        ),
        pytest.param(
            assumed("pay", "x", context={"webIdFederationData": {"federatedProvider":
                f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB"}}),
            "pay", id="a pod by its cluster's provider",
        ),
        pytest.param(
            {"type": "WebIdentityUser", "userName": "repo:shop/pay:ref:refs/heads/main",
             "identityProvider": "token.actions.githubusercontent.com"},
            "repo:shop/pay:ref:refs/heads/main", id="web identity of GitHub",
        ),
        pytest.param(assumed("orders-lambda-role", "orders"), "orders", id="a Lambda role"),
        pytest.param(assumed("any", "orders", path="service-role/"), "orders", id="service role"),
        pytest.param(assumed("Ops", "x", context={"sourceIdentity": "ci-main"}), "ci-main",
                     id="source identity of a machine"),
        pytest.param(user("ci-deploy"), "ci-deploy", id="IAM user ci-"),
        pytest.param(user("svc-orders"), "svc-orders", id="IAM user svc-"),
        pytest.param(user("orders-bot"), "orders-bot", id="IAM user -bot"),
        pytest.param(user("terraform"), "terraform", id="IAM user terraform"),
        pytest.param(user("Jenkins"), "Jenkins", id="IAM user Jenkins"),
        pytest.param({"type": "Role", "arn": role_arn("web")}, "web", id="a bare role"),
    ],
)  # fmt: skip
def test_machines_are_no_people(identity: dict[str, Any], name: str) -> None:
    who = creator(record(identity))

    assert isinstance(who, Machine)
    assert who.name == name


def test_a_lambda_function_is_told_by_its_user_agent() -> None:
    agent = "Boto3/1.44.5 md/Botocore#1.44.5 exec-env/AWS_Lambda_python3.13"

    assert isinstance(creator(record(assumed("report", "nightly"), agent)), Machine)
    assert isinstance(creator(record(assumed("report", "nightly"))), Person)
    assert isinstance(creator(record(assumed(SSO, "ana@example.com"), agent)), Person)


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        pytest.param(
            assumed("AWSServiceRoleForAutoScaling", "AutoScaling",
                    path="aws-service-role/autoscaling.amazonaws.com/"),
            "autoscaling.amazonaws.com", id="service-linked role",
        ),
        pytest.param(assumed("stacks", "AWSCloudFormation"), "cloudformation.amazonaws.com",
                     id="CloudFormation in a role it was given"),
        pytest.param({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com",
                     id="AWSService"),
    ],
)  # fmt: skip
def test_services_that_act_by_themselves_are_named(identity: dict[str, Any], name: str) -> None:
    who = creator(record(identity))

    assert isinstance(who, Service)
    assert who.name == name


@pytest.mark.parametrize(
    "identity",
    [
        None,
        {},
        {"accountId": ACCOUNT},
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDAEXAMPLE"},
        {"type": "IAMUser", "principalId": "AIDAEXAMPLE"},
        {"type": "Directory"},
        {"type": "AssumedRole", "sessionContext": []},
        "text",
    ],
)
def test_who_cannot_be_told_is_nobody_with_a_reason(identity: Any) -> None:
    who = creator(record(identity))

    assert isinstance(who, Nobody)
    assert who.why


def test_root_is_root_of_an_account() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:root"

    assert creator(record({"type": "Root", "arn": arn})) == Root(account=ACCOUNT, arn=arn)


def test_tags_are_looked_up_on_the_role_or_user_never_on_a_session() -> None:
    sso = creator(record(assumed(SSO, "ana", path="aws-reserved/sso.amazonaws.com/")))
    plain = creator(record(user("ana")))

    assert isinstance(sso, Person)
    assert sso.role == role_arn(SSO, "aws-reserved/sso.amazonaws.com/")
    assert isinstance(plain, Person)
    assert plain.role == f"arn:aws:iam::{ACCOUNT}:user/ana"


texts = st.text(max_size=20) | st.sampled_from([":", "/", "AssumedRole", "i-0a1b2c3d", SSO])
identities = st.dictionaries(
    st.sampled_from(
        ["type", "arn", "principalId", "userName", "invokedBy", "sessionContext", "onBehalfOf"]
    ),
    st.none() | texts | st.dictionaries(st.sampled_from(["sessionIssuer", "userId"]), texts),
)


@given(identities)
def test_any_identity_has_a_creator_with_a_name_or_a_reason(identity: dict[str, Any]) -> None:
    match creator(record(identity)):
        case Nobody(why):
            assert why
        case Root(account=account):
            assert account
        case Person(name=name) | Machine(name=name) | Service(name=name):
            assert name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9.2 (+https://www.terraform.io)", "terraform"),
        ("APN/1.0 OpenTofu/1.8 terraform-provider-aws/5.58.0", "opentofu"),
        ("APN/1.0 Pulumi/1.0 PulumiAws/6.5.0 terraform-provider-aws/5.58.0", "pulumi"),
        ("cloudformation.amazonaws.com", "cloudformation"),
        ("Boto3/1.34 APN/1.0 Ansible/2.15.0 community.aws/8.0.0", "ansible"),
        ("aws-cli/2.17.9 md/awscrt#0.20.11", None),
        ("Mozilla/5.0 (compatible)", None),
        (None, None),
    ],
)
def test_tools_are_told_by_their_user_agent(agent: str | None, name: str | None) -> None:
    assert tool(agent) == name


def kept(work: Callable[[str], object]) -> int:
    """Bytes that stay in memory after *work* on a hundred different texts of 64 kB."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(100):
        work(f"{number:065536}")
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown


def test_long_texts_do_not_fill_memory() -> None:
    assert kept(lambda text: creator(record(user(text)))) < 1_000_000
    assert kept(lambda text: creator(record(user("ana"), text))) < 1_000_000
    assert kept(tool) < 1_000_000
