"""The generated table: every row can be called as botocore's own models want it."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import botocore.session
import msgspec
import pytest
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from awsteward.tags.apply.request import Request, request, writing
from awsteward.tags.catalogue.tagcalls import Kind, NoWay, Way, table, way
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.reading import Resource

ROOT = Path(__file__).parents[3]
TAGS = {"Owner": "platform"}


def rows() -> Iterator[tuple[str, Kind]]:
    for name, service in table().services.items():
        for kind in (*service.kinds, *((service.base,) if service.base else ())):
            yield name, kind


@cache
def loader() -> Any:
    return botocore.session.get_session().get_component("data_loader")


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


def complaints(asked: Request) -> str:
    shape = model(asked.service).operation_model(asked.call.operation).input_shape
    assert shape
    report = ParamValidator().validate(dict(asked.params), shape)
    return str(report.generate_report())


def a_way(service: str, kind: Kind) -> Way:
    name = "a-name-with-32-characters-in-it"
    blanks = {"arn": f"arn:aws:{service}:eu-west-1:111122223333:thing/{name}", "id": name}
    more = {"account": "111122223333", "region": "eu-west-1", "engine": "RDS"}
    return Way(service=service, kind=kind, blanks=blanks | more)


@pytest.mark.parametrize(
    ("service", "kind"),
    [pytest.param(name, kind, id=f"{name}:{kind.resource or '*'}") for name, kind in rows()],
)
def test_every_row_makes_requests_that_botocore_accepts(service: str, kind: Kind) -> None:
    route = a_way(service, kind)

    asked = [
        writing(route, kind.write, TAGS),
        request(route, kind.list),
        writing(route, kind.untag, TAGS),
        *([writing(route, kind.whole.replace, TAGS)] if kind.whole else []),
        *([request(route, kind.whole.clear)] if kind.whole else []),
    ]

    assert [complaints(each) for each in asked] == [""] * len(asked)


@pytest.mark.parametrize(
    ("service", "kind"),
    [pytest.param(name, kind, id=f"{name}:{kind.resource or '*'}") for name, kind in rows()],
)
def test_every_list_call_answers_with_tags_where_the_row_says(service: str, kind: Kind) -> None:
    call = kind.list
    shape: Any = model(call.service or service).operation_model(call.operation).output_shape

    for name in call.tags.replace("[]", "").split("."):
        shape = shape.member if shape.type_name == "list" else shape
        shape = shape.members[name]

    if call.form == "map":
        assert shape.type_name == "map"
    else:
        pair = shape.member if shape.type_name == "list" else shape
        assert set(call.form.split("/")) <= set(pair.members)


def test_paging_members_are_the_operations_own() -> None:
    for service, kind in rows():
        call = kind.list
        if call.send:
            operation = model(call.service or service).operation_model(call.operation)
            assert operation.input_shape
            assert operation.output_shape
            assert call.send in operation.input_shape.members
            assert (call.token or call.more) in operation.output_shape.members


def test_there_are_at_least_319_services() -> None:
    assert len(table().services) >= 319
    assert all(name in table().services for name in table().through.values())


def resource(service: str, **over: Any) -> Resource:
    base: dict[str, Any] = {
        "arn": None,
        "handle": None,
        "type": None,
        "account": "111122223333",
        "region": "eu-west-1",
        "partition": "aws",
        "service": service,
        "tags": None,
    }
    return Resource(**(base | over))


@pytest.mark.parametrize(
    ("service", "arn", "operation", "params"),
    [
        pytest.param(
            "iam",
            "arn:aws:iam::111122223333:role/team/a/deployer",
            "TagRole",
            {"RoleName": "deployer"},
            id="role-with-a-path",
        ),
        pytest.param(
            "iam",
            "arn:aws:iam::111122223333:policy/team/reader",
            "TagPolicy",
            {"PolicyArn": "arn:aws:iam::111122223333:policy/team/reader"},
            id="policy-by-arn",
        ),
        pytest.param(
            "sqs",
            "arn:aws-cn:sqs:cn-north-1:111122223333:jobs.fifo",
            "TagQueue",
            {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com.cn/111122223333/jobs.fifo"},
            id="queue-url",
        ),
        pytest.param(
            "ssm",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/app/db/url",
            "AddTagsToResource",
            {"ResourceType": "Parameter", "ResourceId": "/app/db/url"},
            id="parameter-with-levels",
        ),
        pytest.param(
            "ssm",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/flag",
            "AddTagsToResource",
            {"ResourceType": "Parameter", "ResourceId": "flag"},
            id="parameter-without-levels",
        ),
        pytest.param(
            "route53",
            "arn:aws:route53:::hostedzone/Z123",
            "ChangeTagsForResource",
            {"ResourceType": "hostedzone", "ResourceId": "Z123"},
            id="hosted-zone",
        ),
        pytest.param(
            "pi",
            "arn:aws:pi:eu-west-1:111122223333:perf-reports/RDS/db-1/report-1",
            "TagResource",
            {
                "ServiceType": "RDS",
                "ResourceARN": "arn:aws:pi:eu-west-1:111122223333:perf-reports/RDS/db-1/report-1",
            },
            id="engine-from-the-arn",
        ),
        pytest.param(
            "codebuild",
            "arn:aws:codebuild:eu-west-1:111122223333:project/x",
            "TagResources",
            {"ResourceARNList": ["arn:aws:codebuild:eu-west-1:111122223333:project/x"]},
            id="no-call-of-its-own",
        ),
    ],
)
def test_the_right_call_is_found_by_the_arn(
    service: str, arn: str, operation: str, params: Mapping[str, Any]
) -> None:
    partition = arn.split(":")[1]
    route = way(resource(service, arn=Arn(arn), partition=partition))
    assert isinstance(route, Way)

    asked = request(route, route.kind.write)

    assert (asked.call.operation, asked.params) == (operation, params)


def test_a_handle_goes_before_what_the_arn_seems_to_say() -> None:
    arn = Arn("arn:aws:lightsail:eu-west-1:111122223333:Instance/0b3a-uuid")

    nameless = way(resource("lightsail", arn=arn))
    named = way(resource("lightsail", arn=arn, handle="web-1"))

    assert isinstance(nameless, NoWay)
    assert isinstance(named, Way)
    assert request(named, named.kind.list).params == {"instanceName": "web-1"}


def test_a_bucket_is_never_made_out_of_an_object() -> None:
    assert isinstance(way(resource("s3", arn=Arn("arn:aws:s3:::a-bucket/a/key"))), NoWay)


def test_a_service_that_cannot_tag_says_so() -> None:
    route = way(resource("sdb", arn=Arn("arn:aws:sdb:eu-west-1:111122223333:domain/x")))

    assert isinstance(route, NoWay)
    assert "sdb" in route.why


def generator() -> Any:
    path = ROOT / "tools" / "gen_catalogue" / "tagcalls.py"
    spec = spec_from_file_location("gen_tagcalls", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("service", ["sns", "acm", "eks", "wafv2", "kms", "dms"])
def test_the_table_is_what_the_generator_derives(service: str) -> None:
    rules = generator()

    row = rules.derive(model(service), model(service).signing_name)

    assert msgspec.convert(row, Kind) == table().services[service].base


def test_an_override_that_changes_nothing_or_names_what_is_gone_is_stale() -> None:
    rules = generator()
    row = rules.derive(model("sns"), "sns")
    idle = {"reason": "none", "source": "none", "write": row["write"]}
    gone = {"reason": "none", "source": "none", "list": {"operation": "ListLabels"}}

    assert list(rules.stale("sns", idle, {"sns": row})) == [
        "sns: the rules give the same; remove it"
    ]
    assert list(rules.stale("sns", gone, {"sns": row})) == [
        "sns: botocore's sns has no ListLabels any more"
    ]
    assert any("reason" in why for why in rules.stale("sns", {"list": {}}, {"sns": row}))
