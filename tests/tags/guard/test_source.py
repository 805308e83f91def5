"""Nothing is written on what somebody else keeps, and the message says where to set it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsteward.clients.sqlite_ledger import SqliteLedger
from awsteward.core.yaml import Fields, Items, Node, Scalar, read
from awsteward.tags.catalogue.sources import Quote, Reconciler, Template, Tool, reconcilers, tools
from awsteward.tags.guard.decide import told
from awsteward.tags.guard.live import Guard, guard
from awsteward.tags.guard.snippets import quoted, snippets
from awsteward.tags.model.advice import Advice, Aim, Cause
from awsteward.tags.model.handled import Handled, Result
from awsteward.tags.policy.model import Policy
from awsteward.tags.policy.parse import parse
from awsteward.tags.tell.notice import decode
from tests.tags.guard.estate import NOON, Estate, bucket, made

REF = "arn:aws:s3:::logs"
INGRESS = {"elbv2.k8s.aws/cluster": "blue", "ingress.k8s.aws/stack": "shop/web"}


def policy(settings: str = "") -> Policy:
    return parse(f"tags:\n  required: [CreatedBy, Owner]\n{settings}", "awsteward.yaml")


def run(
    tags: Mapping[str, str], tool: str | None, rules: Policy, ledger: SqliteLedger | None = None
) -> tuple[Handled, dict[str, str]]:
    estate = Estate({REF: dict(tags)})
    with_ = Guard(policy=rules, hands=estate, ledger=ledger, now=lambda: NOON, writing=True)
    (end,) = guard([made("logs", tool=tool)], with_)
    return end, estate.tags[REF]


def advice(end: Handled) -> Advice:
    assert end.advice is not None
    return end.advice


def text(end: Handled, aim: Aim) -> str:
    return "\n".join(each.text for each in advice(end).snippets if each.aim is aim)


def test_what_terraform_made_is_written_and_its_next_plan_is_told_to_show_nothing() -> None:
    end, tags = run({"Owner": "shop"}, "terraform", policy())

    assert tags == {"Owner": "shop", "CreatedBy": "alice"}
    assert end.result is Result.TAGGED
    assert 'ignore_tags {\n    keys = ["CreatedBy"]' in text(end, Aim.IGNORE)
    assert '"CreatedBy" = "alice"' in text(end, Aim.SOURCE)


def test_the_snippet_leaves_out_what_somebody_else_wrote_in_between() -> None:
    estate = Estate({REF: {}}, meanwhile={REF: {"Owner": "shop"}})
    with_ = Guard(policy=policy(), hands=estate, ledger=None, now=lambda: NOON, writing=True)

    (end,) = guard([made("logs", tool="opentofu")], with_)

    assert 'keys = ["CreatedBy"]' in text(end, Aim.IGNORE)


def test_what_people_made_by_hand_has_no_advice() -> None:
    end, _ = run({}, None, policy())

    assert end.advice is None


def test_a_tool_that_is_only_notified_keeps_its_resource_as_it_is(tmp_path: Path) -> None:
    with SqliteLedger.open(tmp_path / "ledger.db") as ledger:
        end, tags = run({}, "terraform", policy("  tools: {terraform: notify}"), ledger)
        ((_, _, body),) = ledger.untold()

    assert tags == {}
    assert (end.result, end.applied, end.missing) == (Result.PENDING, (), ("CreatedBy", "Owner"))
    assert [write.value for write in advice(end).held] == ["alice", "alice"]
    assert "default_tags" in text(end, Aim.SOURCE)
    assert decode(body).advice == end.advice


def test_other_tools_are_written_where_only_one_is_to_be_notified() -> None:
    _, tags = run({}, "pulumi", policy("  tools: {terraform: notify}"))

    assert tags == {"CreatedBy": "alice", "Owner": "alice"}


def test_a_load_balancer_of_an_ingress_gets_an_annotation_and_no_tag() -> None:
    end, tags = run(INGRESS, None, policy())

    assert tags == INGRESS
    assert (end.result, advice(end).cause) == (Result.PENDING, Cause.RECONCILER)
    annotation, controller = advice(end).snippets
    assert annotation.place.startswith("Ingress shop/web ")
    assert 'alb.ingress.kubernetes.io/tags: "CreatedBy=alice,Owner=alice"' in annotation.text
    assert "cluster blue" in controller.place


def test_a_node_of_karpenter_is_fixed_at_its_node_class() -> None:
    tags = {"karpenter.sh/nodepool": "general", "karpenter.k8s.aws/ec2nodeclass": "arm"}
    end, after = run(tags, "karpenter", policy())

    assert after == tags
    assert [each.place for each in advice(end).snippets] == [
        "EC2NodeClass arm (of NodePool general; nodes are replaced)"
    ]


def test_a_volume_is_fixed_at_its_storage_class_and_a_snapshot_at_its_own() -> None:
    claim = {
        "CSIVolumeName": "pvc-1", "kubernetes.io/created-for/pvc/name": "data-0",
        "kubernetes.io/created-for/pvc/namespace": "shop",
    }  # fmt: skip
    volume, _ = run(claim, None, policy())
    snapshot, _ = run({"CSIVolumeSnapshotName": "s-1"}, None, policy())

    assert 'tagSpecification_2: "Owner=alice"' in text(volume, Aim.SOURCE)
    assert "PersistentVolumeClaim shop/data-0" in advice(volume).snippets[0].place
    assert "VolumeSnapshotClass" in advice(snapshot).snippets[0].place


def test_a_reconciler_may_be_written_to_where_the_policy_says_so() -> None:
    _, tags = run(
        INGRESS, None, policy("  reconcilers: {aws-load-balancer-controller: write}")
    )  # fmt: skip

    assert tags["Owner"] == "alice"


def test_children_of_what_is_left_to_a_tool_see_what_it_is_to_carry() -> None:
    child = replace(bucket("child"), parent=None)
    estate = Estate({REF: {}, child.ref: {}}, family={REF: (child,)})
    rules = parse(
        "tags:\n  required: {Owner: {from: [parent, creator]}}\n  tools: {terraform: notify}",
        "awsteward.yaml",
    )
    with_ = Guard(policy=rules, hands=estate, ledger=None, now=lambda: NOON, writing=True)

    _, end = guard([made("logs", tool="terraform")], with_)

    assert [(write.key, write.origin) for write in advice(end).held] == [("Owner", "parent")]


def test_a_dry_run_leaves_to_the_reconciler_what_the_live_one_does() -> None:
    created = made("logs")
    (resource,) = created.resources

    dry = told(created.event, replace(resource, tags=INGRESS), policy(), NOON)
    live, _ = run(INGRESS, None, policy())

    assert (dry.result, dry.advice, dry.why) == (live.result, live.advice, live.why)


def test_what_complies_needs_no_advice() -> None:
    end, _ = run({**INGRESS, "Owner": "a", "CreatedBy": "b"}, "terraform", policy())

    assert (end.result, end.advice) == (Result.COMPLIANT, None)


# --- the snippets themselves -----------------------------------------------------------------

LBC = reconcilers()["aws-load-balancer-controller"].snippet


def test_a_value_that_an_annotation_cannot_hold_is_named_and_left_out() -> None:
    annotation, _ = snippets(LBC, (("Owner", "ana, ben"), ("Team", "shop")), INGRESS)

    assert '"Team=shop"' in annotation.text
    assert annotation.left == ("Owner",)


def test_a_snippet_without_anything_to_say_is_empty() -> None:
    annotation, _ = snippets(LBC, (("Owner", "ana, ben"),), INGRESS)

    assert (annotation.text, annotation.left) == ("", ("Owner",))


def test_what_is_put_in_is_not_looked_at_for_blanks() -> None:
    (source, _) = snippets(tools()["terraform"].snippet, (("@value@", "@tags@"),), {})

    assert '"@value@" = "@tags@"' in source.text


def test_terraform_does_not_run_what_a_value_holds() -> None:
    assert quoted(Quote.HCL, '${file("x")}%{for}') == '"$${file(\\"x\\")}%%{for}"'


EVERY: dict[str, Tool | Reconciler] = {**tools(), **reconcilers()}
NESTED = [
    pytest.param(template, id=f"{name}-{n}")
    for name, row in EVERY.items()
    for n, template in enumerate(row.snippet)
    if template.quote is Quote.JSON and name != "cdk"
]
printable = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])


def scalars(node: Node) -> Iterator[str]:
    match node:
        case Scalar(text=text):
            yield text
        case Items(nodes=nodes):
            for each in nodes:
                yield from scalars(each)
        case Fields(entries=entries):
            for key, value in entries:
                yield key.text
                yield from scalars(value)


@pytest.mark.parametrize("template", NESTED)
@given(value=st.text(printable, min_size=1, max_size=12))
def test_every_value_stays_one_value_in_yaml(template: Template, value: str) -> None:
    carried = {template.when: "x"} if template.when else {}

    (found,) = snippets((template,), (("Owner", value),), carried)

    if found.left:
        assert any(part in f"Owner{value}" for part in template.refuses)
    else:
        said = list(scalars(read(found.text, "snippet.yaml")))
        texts = ("Owner",) if template.aim is Aim.IGNORE else (value, f"Owner={value}")
        assert any(text in said for text in texts) or "purge_tags" in said
