"""The generator on a frozen miniature of AWS: one service, one reference, a few schemas."""

import copy
from typing import Any

import pytest
from botocore.model import ServiceModel

from tools.gen_catalogue import derive, models, names, overrides
from tools.gen_catalogue.__main__ import _text, sources

ARN = "arn:${Partition}:shop:${Region}:${Account}:"
TAGGED = [models.TAGGED]
TEXT = {"shape": "Text"}


def shop(**operations: tuple[dict[str, Any], dict[str, Any]]) -> ServiceModel:
    shapes: dict[str, Any] = {
        "Text": {"type": "string"},
        "Tag": {"type": "structure", "members": {"Key": TEXT, "Value": TEXT}},
        "TagList": {"type": "list", "member": {"shape": "Tag"}},
        "TagMap": {"type": "map", "key": TEXT, "value": TEXT},
        "Till": {"type": "structure", "members": {"tillArn": TEXT, "name": TEXT}},
        "Tills": {"type": "list", "member": {"shape": "Till"}},
        "Meta": {"type": "structure", "members": {"arn": TEXT, "roleArn": TEXT}},
        "Drawer": {"type": "structure", "members": {"metadata": {"shape": "Meta"}}},
    }
    model: dict[str, Any] = {
        "metadata": {
            "serviceId": "Shop",
            "endpointPrefix": "shop",
            "protocol": "json",
            "apiVersion": "1",
        },
        "operations": {},
        "shapes": shapes,
    }
    for name, (asked, told) in operations.items():
        shapes[f"{name}In"] = {"type": "structure", "members": asked}
        shapes[f"{name}Out"] = {"type": "structure", "members": told}
        model["operations"][name] = {
            "name": name,
            "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": f"{name}In"},
            "output": {"shape": f"{name}Out"},
        }
    return ServiceModel(model, "shop")


def reference(**kinds: str) -> models.Reference:
    return models.reference(
        "shop",
        {
            "privileges": {},
            "resources": {
                name.replace("_", "-"): {"arn": ARN + rest, "condition_keys": TAGGED}
                for name, rest in kinds.items()
            },
        },
    )


def rows(model: ServiceModel, ref: models.Reference, *types: str) -> dict[str, derive.Row]:
    schemas = [models.Schema(type=name, permissions=frozenset(), taggable=True) for name in types]
    return derive.rows(model, "shop", derive.world({"shop": ref}, schemas, {}))


TAGS = {"tags": {"shape": "TagList"}}
TILL = reference(till="till/${TillId}", drawer="till/${TillId}/drawer/${DrawerId}")


def test_the_arn_named_after_what_is_made_wins_over_others() -> None:
    told = {"roleArn": TEXT, "tillArn": TEXT}

    found = rows(shop(CreateTill=(TAGS, told)), TILL, "AWS::Shop::Till")

    assert found["CreateTill"]["arn"] == "tillArn"
    assert found["CreateTill"]["type"] == "AWS::Shop::Till"
    assert (found["CreateTill"]["tags"], found["CreateTill"]["form"]) == ("tags", "list")


def test_an_arn_deep_inside_what_is_made_is_found() -> None:
    found = rows(shop(CreateDrawer=(TAGS, {"drawer": {"shape": "Drawer"}})), TILL)

    assert found["CreateDrawer"]["arn"] == "drawer.metadata.arn"


def test_each_element_of_a_list_of_what_is_made_is_a_resource() -> None:
    found = rows(shop(RunTills=(TAGS, {"tills": {"shape": "Tills"}})), TILL)

    assert found["RunTills"]["arn"] == "tills[].tillArn"


def test_a_template_takes_the_parent_from_the_request_and_the_id_from_the_response() -> None:
    asked = TAGS | {"tillId": TEXT, "name": TEXT}

    found = rows(shop(CreateDrawer=(asked, {"drawerId": TEXT})), TILL)

    assert (
        found["CreateDrawer"]["template"]
        == "arn:{partition}:shop:{region}:{account}:till/{<tillId}/drawer/{>drawerId}"
    )


def test_a_name_is_never_taken_for_an_id() -> None:
    found = rows(shop(CreateTill=(TAGS | {"name": TEXT}, {"operationId": TEXT})), TILL)

    assert "template" not in found["CreateTill"]
    assert "till/${TillId}" in found["CreateTill"]["unresolved"]


def test_a_child_is_not_taken_for_its_parent() -> None:
    asked = TAGS | {"tillId": TEXT}

    found = rows(shop(CreateTillReport=(asked, {"tillId": TEXT})), TILL)

    assert "template" not in found["CreateTillReport"]


def test_one_member_never_fills_two_variables() -> None:
    ref = reference(drawer="drawer/${Name}/${DrawerName}")

    found = rows(shop(CreateDrawer=(TAGS | {"name": TEXT}, {})), ref)

    assert "template" not in found["CreateDrawer"]


def test_a_kind_is_known_by_its_words() -> None:
    ref = reference(till="till/${TillId}", till_drawer="drawer/${TillDrawerId}")

    found = rows(shop(CreateTillCashDrawer=(TAGS, {"tillDrawerId": TEXT})), ref)

    assert found["CreateTillCashDrawer"]["template"].endswith(":drawer/{>tillDrawerId}")


def test_calls_about_tags_and_calls_that_change_are_no_creations() -> None:
    told = {"tillArn": TEXT}
    operations = {
        "TagTill": (TAGS, told),
        "AddTagsToTill": (TAGS, told),
        "UpdateTill": (TAGS, told),
    }

    assert rows(shop(**operations), TILL) == {}


def test_without_tags_in_the_request_the_name_must_be_the_kinds() -> None:
    told = {"tillArn": TEXT}
    operations: dict[str, Any] = {
        "CreateTill": ({}, told),
        "PutReceipt": ({}, {}),
        "RestoreTill": ({}, told),
    }

    assert set(rows(shop(**operations), TILL)) == {"CreateTill"}


def test_service_ids_in_filters_and_stages_are_not_tags() -> None:
    asked = {"tagFilters": {"shape": "TagList"}, "stageVariables": {"shape": "TagMap"}}

    assert rows(shop(CreateReport=(asked, {})), TILL) == {}


def test_calls_that_no_sdk_has_are_known_as_such() -> None:
    raw = {
        "privileges": {
            "CreateTill": {"access_level": "Write", "resource_types": {}},
            "CreateTillOffline": {
                "access_level": "Write",
                "resource_types": {"": {"condition_keys": ["aws:RequestTag/${TagKey}"]}},
            },
            "CreateMood": {"access_level": "Write", "resource_types": {}},
        },
        "resources": {"till": {"arn": ARN + "till/${TillId}", "condition_keys": TAGGED}},
    }

    assert derive.beyond(models.reference("shop", raw), {"CreateTill"}) == ["CreateTillOffline"]


FOUND = {"shop": {"CreateTill": {"service": "shop", "type": None, "arn": "tillArn"}}}
WHY = {"reason": "r", "source": "s"}


def test_an_override_lays_its_facts_over_the_rules() -> None:
    entry = WHY | {"arn": "", "handle": "<name"}

    laid, complaints = overrides.lay(FOUND, {"calls": {"shop": {"CreateTill": entry}}})

    assert laid["shop"]["CreateTill"] == {"service": "shop", "type": None, "handle": "<name"}
    assert complaints == []


@pytest.mark.parametrize(
    ("name", "entry", "complaint"),
    [
        pytest.param("CreateTill", WHY | {"arn": "tillArn"}, "the rules give the same", id="stale"),
        pytest.param("CreateGone", WHY | {"arn": "x"}, "no such creation any more", id="gone"),
        pytest.param("CreateTill", {"arn": "x"}, "needs a reason and a source", id="bare"),
        pytest.param("CreateTill", WHY | {"added": True, "arn": "x"}, "find it now", id="found"),
    ],
)
def test_an_override_that_nothing_needs_fails(
    name: str, entry: dict[str, Any], complaint: str
) -> None:
    _, complaints = overrides.lay(FOUND, {"calls": {"shop": {name: entry}}})

    assert any(complaint in line for line in complaints)


def test_services_that_tell_a_call_alike_become_one_variant() -> None:
    row = {"service": "shop", "type": "AWS::Shop::Till", "arn": "tillArn"}
    other = row | {"service": "shopclassic", "type": "AWS::ShopClassic::Till"}
    laid = {"shop": {"CreateTill": row}, "shopclassic": {"CreateTill": other}}
    facts: dict[str, Any] = {"untaggable": {"calls": {}}, "namespaces": {"names": {}}}

    found = sources(laid, dict.fromkeys(laid, "shop"), {}, {}, facts)

    (variant,) = found["shop"]["calls"]["CreateTill"]
    assert variant["also"] == ["shopclassic"]
    assert variant["also_types"] == ["AWS::ShopClassic::Till"]


def test_the_same_models_give_the_same_bytes() -> None:
    model = shop(CreateTill=(TAGS, {"tillArn": TEXT}), CreateDrawer=(TAGS, {"drawerId": TEXT}))

    once, again = rows(model, TILL), rows(copy.deepcopy(model), TILL)

    assert _text(once) == _text(dict(reversed(again.items())))


@pytest.mark.parametrize(
    ("operation", "noun"),
    [
        ("RunInstances", "instance"),
        ("CreateDBInstance", "dbinstance"),
        ("CreatePolicies", "policy"),
        ("CreateAccess", "access"),
        ("RestoreTableFromBackup", "table"),
        ("CreateFunction20150331", "function"),
    ],
)
def test_a_calls_noun_is_what_it_makes(operation: str, noun: str) -> None:
    assert names.noun(operation) == noun
