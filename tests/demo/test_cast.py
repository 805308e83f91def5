from typing import Any

from awsteward.demo.cast import cast


def identity(name: str) -> Any:
    return cast()[name].identity


def test_people_and_machines_show_up_as_cloudtrail_shows_them() -> None:
    kinds = {name: identity(name)["type"] for name in cast()}

    assert kinds["joon"] == "IAMUser"
    assert kinds["root"] == "Root"
    assert set(kinds.values()) == {"IAMUser", "Root", "AssumedRole"}


def test_a_session_names_its_role_and_itself() -> None:
    mina = identity("mina")

    assert mina["arn"].endswith(
        "assumed-role/AWSReservedSSO_Developer_8f0e2c1d9b7a6543/mina@shop.example"
    )
    assert "/aws-reserved/sso.amazonaws.com/" in mina["sessionContext"]["sessionIssuer"]["arn"]


def test_a_pipeline_shows_its_federation_a_service_its_own_call() -> None:
    provider = identity("pipeline")["sessionContext"]["webIdFederationData"]["federatedProvider"]

    assert provider.endswith("oidc-provider/token.actions.githubusercontent.com")
    assert identity("autoscaling")["invokedBy"] == "autoscaling.amazonaws.com"
    assert "accessKeyId" not in identity("autoscaling")


def test_a_source_identity_is_told() -> None:
    assert identity("dana")["sessionContext"]["sourceIdentity"] == "dana.lee"
