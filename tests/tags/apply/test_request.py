"""What goes into a request comes out of an answer of the same form, for every service."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.tags.apply.request import next_page, request, tags_in, writing
from awsteward.tags.catalogue.tagcalls import Call, Kind, Way, table

TAGS = st.dictionaries(st.text(min_size=1), st.text(), min_size=1, max_size=5)
WRITES = [
    kind.write
    for service in table().services.values()
    for kind in (*service.kinds, *((service.base,) if service.base else ()))
]
ANY = Call(operation="TagResource", params={}, actions=())
KIND = Kind(write=ANY, list=ANY, untag=ANY)
WAY = Way(
    service="sns",
    kind=KIND,
    blanks={"arn": "arn:x", "id": "x", "account": "1", "region": "r", "engine": "RDS"},
)


@given(tags=TAGS, call=st.sampled_from(WRITES))
def test_the_tags_in_a_request_are_the_tags_that_were_given(
    tags: dict[str, str], call: Call
) -> None:
    assert tags_in(call, writing(WAY, call, tags).params) == tags


@given(tags=TAGS, call=st.sampled_from(WRITES))
def test_tags_never_displace_the_parameters_that_name_the_resource(
    tags: dict[str, str], call: Call
) -> None:
    bare = request(WAY, call).params

    assert bare.items() <= writing(WAY, call, tags).params.items()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"Groups": []}, {}, id="no-group"),
        pytest.param({"Groups": [{"Name": "x"}]}, {}, id="a-group-without-tags"),
        pytest.param(
            {"Groups": [{"Tags": [{"Key": "a", "Value": "1"}]}, {"Tags": [{"Key": "b"}]}]},
            {"a": "1", "b": ""},
            id="several-groups-and-a-tag-without-a-value",
        ),
    ],
)
def test_tags_are_found_wherever_the_answer_holds_them(
    answer: Mapping[str, Any], expected: Mapping[str, str]
) -> None:
    call = Call(
        operation="DescribeTags", params={}, actions=(), tags="Groups[].Tags", form="Key/Value"
    )

    assert tags_in(call, answer) == expected


@pytest.mark.parametrize(
    ("answer", "token"),
    [
        pytest.param({"NextToken": "n"}, "n", id="more"),
        pytest.param({"NextToken": ""}, None, id="an-empty-token-ends-it"),
        pytest.param({}, None, id="the-end"),
    ],
)
def test_pages_go_on_as_long_as_there_is_a_token(
    answer: Mapping[str, Any], token: str | None
) -> None:
    call = Call(
        operation="ListTags", params={}, actions=(), send="NextToken", token="NextToken"  # noqa: S106 - a parameter's name
    )  # fmt: skip

    following = next_page(request(WAY, call), answer)

    assert (following.params.get("NextToken") if following else None) == token
