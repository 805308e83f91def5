"""A service-made resource gets the tags of what it belongs to, from the nearest that has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.clients.aws.refusals import Answer, Refusal
from awsteward.tags.apply.attempt import Clock
from awsteward.tags.apply.belonging import pointers, rows
from awsteward.tags.apply.climb import MOST_READS
from awsteward.tags.apply.hands import AwsHands
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Person, Service
from awsteward.tags.model.plan import Origin, Unread, Vouched, Write
from awsteward.tags.model.reading import Event, Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
SCALING = Service(name="autoscaling.amazonaws.com", arn=None, via=None)
ANA = Person(name="ana", arn=None, via=None)
OWNER = {Origin.PARENT: frozenset({"Owner"})}

# As Auto Scaling asks for the instances of a node group (ids changed).
NODE = {
    "aws:autoscaling:groupName": "eks-blue",
    "eks:cluster-name": "shop",
    "kubernetes.io/cluster/shop": "owned",
    "eks:nodegroup-name": "blue",
    "k8s.io/cluster-autoscaler/enabled": "true",
    "aws:ec2:fleet-id": "fleet-1fb4718e",
    "aws:ec2launchtemplate:id": "lt-06859e73",
}


def event(creator: Creator = SCALING) -> Event:
    return Event(
        id="e-1", source="ec2.amazonaws.com", name="RunInstances", at=BORN,
        account=ACCOUNT, region=REGION, creator=creator, tool=None,
    )  # fmt: skip


def instance(tags: Mapping[str, str], name: str = "i-1", parent: str | None = None) -> Resource:
    return Resource(
        arn=Arn(f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{name}"), handle=None,
        type="AWS::EC2::Instance", account=ACCOUNT, region=REGION, partition="aws",
        service="ec2", tags=tags, parent=Arn(parent) if parent else None,
    )  # fmt: skip


@dataclass
class Estate:
    """Tags by service and by what is asked for; nobody else is known, some are denied."""

    tags: dict[str, dict[str, str]]
    denied: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    def call(
        self, account: str, region: str, service: str, operation: str, params: Mapping[str, Any]
    ) -> Answer:
        if operation == "DescribeEnvironments":
            arn = f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:environment/app/blue"
            return {"Environments": [{"EnvironmentArn": arn}]}
        name = f"{service} {_name(operation, params)}"
        self.asked.append(name)
        if service in self.denied:
            return Refusal(
                code="AccessDenied", message=f"not authorized to perform: {service}:{operation}"
            )
        tags = self.tags.get(name, {})
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {
            "Tags": pairs, "tags": tags, "ResourceTags": pairs, "nodegroup": {"tags": tags},
            "Cluster": {"Tags": pairs}, "ProvisionedProducts": [{"Tags": pairs}],
            "Stacks": [{"Tags": pairs}],
        }  # fmt: skip


def _name(operation: str, params: Mapping[str, Any]) -> str:
    match operation:
        case "DescribeTags":
            return str(params["Filters"][0]["Values"][0])
        case "DescribeNodegroup":
            return f"{params['clusterName']}/{params['nodegroupName']}"
        case "SearchProvisionedProducts":
            return str(params["Filters"]["SearchQuery"][0])
        case _:
            return str(next(iter(params.values()))).rpartition(":")[2]


def vouched(
    estate: Estate, clock: Clock, tags: Mapping[str, str], creator: Creator = SCALING
) -> Vouched | Unread:
    hands = AwsHands(door=estate, clock=clock)
    found = hands.evidence(event(creator), instance(tags), OWNER)[Origin.PARENT]
    assert isinstance(found, Vouched | Unread)
    return found


@pytest.mark.parametrize(
    ("tags", "asked", "what"),
    [
        pytest.param(
            {"aws:autoscaling:groupName": "web"}, "autoscaling web", "Auto Scaling group web",
            id="auto-scaling",
        ),
        pytest.param(
            {"eks:nodegroup-name": "blue", "eks:cluster-name": "shop"}, "eks shop/blue",
            "EKS node group shop/blue", id="node-group",
        ),
        pytest.param(
            {"aws:eks:cluster-name": "shop"}, "eks cluster/shop", "EKS cluster shop", id="cluster"
        ),
        pytest.param(
            {"kubernetes.io/cluster/shop": "owned"}, "eks cluster/shop", "EKS cluster shop",
            id="owned-by-a-cluster",
        ),
        pytest.param(
            {"karpenter.sh/nodepool": "spot", "eks:eks-cluster-name": "shop"}, "eks cluster/shop",
            "EKS cluster shop, for its Karpenter NodePool spot", id="karpenter",
        ),
        pytest.param(
            {"aws:elasticmapreduce:job-flow-id": "j-1"}, "emr j-1", "EMR cluster j-1", id="emr"
        ),
        pytest.param(
            {"aws:batch:compute-environment": "nightly"}, "batch compute-environment/nightly",
            "Batch compute environment nightly", id="batch",
        ),
        pytest.param(
            {"elasticbeanstalk:environment-id": "e-1"}, "elasticbeanstalk environment/app/blue",
            "Beanstalk environment e-1", id="beanstalk",
        ),
        pytest.param(
            {"aws:servicecatalog:provisionedProductArn": "arn:aws:x:stack/shop/pp-1a"},
            "servicecatalog id:pp-1a", "Service Catalog product pp-1a", id="service-catalog",
        ),
        pytest.param(
            {"aws:ec2launchtemplate:id": "lt-1"}, "ec2 lt-1", "launch template lt-1",
            id="launch-template",
        ),
    ],
)  # fmt: skip
def test_each_mark_leads_to_what_it_names(
    clock: Clock, tags: dict[str, str], asked: str, what: str
) -> None:
    estate = Estate({asked: {"Owner": "web"}})

    found = vouched(estate, clock, tags)

    assert found == Vouched(tags={"Owner": "web"}, whose={"Owner": what})
    assert estate.asked == [asked]


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"kubernetes.io/cluster/shop": "shared"}, id="a-subnet-of-many-clusters"),
        pytest.param({"eks:nodegroup-name": "blue"}, id="a-node-group-of-no-cluster"),
        pytest.param({"karpenter.sh/nodepool": "spot"}, id="a-node-pool-of-no-cluster"),
        pytest.param({"Name": "web"}, id="an-ordinary-tag"),
    ],
)
def test_what_names_no_single_parent_is_no_mark(clock: Clock, tags: dict[str, str]) -> None:
    estate = Estate({})

    assert vouched(estate, clock, tags) == Unread("nothing says what it belongs to")
    assert estate.asked == []


def test_the_way_up_ends_where_the_keys_are_found(clock: Clock) -> None:
    estate = Estate({"autoscaling eks-blue": {"Team": "x"}, "eks shop/blue": {"Owner": "shop"}})

    found = vouched(estate, clock, NODE)

    assert isinstance(found, Vouched)
    assert found.whose["Owner"] == "EKS node group shop/blue"
    assert estate.asked == ["autoscaling eks-blue", "eks shop/blue"]


def test_of_two_parents_that_say_it_the_nearer_counts(clock: Clock) -> None:
    near, far = {"Owner": "blue"}, {"Owner": "shop", "CostCenter": "1"}
    estate = Estate({"autoscaling eks-blue": near, "eks shop/blue": far})
    wanted = {Origin.PARENT: frozenset({"Owner", "CostCenter"})}

    hands = AwsHands(door=estate, clock=clock)
    found = hands.evidence(event(), instance(NODE), wanted)[Origin.PARENT]

    assert isinstance(found, Vouched)
    assert found.tags == {"Owner": "blue", "CostCenter": "1"}
    assert found.whose["Owner"] == "Auto Scaling group eks-blue"


def test_a_parent_is_asked_what_it_belongs_to_itself(clock: Clock) -> None:
    marks = {"eks:cluster-name": "shop", "eks:nodegroup-name": "blue"}
    estate = Estate({"autoscaling eks-blue": marks, "eks cluster/shop": {"Owner": "shop"}})

    found = vouched(estate, clock, {"aws:autoscaling:groupName": "eks-blue"})

    assert isinstance(found, Vouched)
    assert found.whose["Owner"] == "EKS cluster shop"


def test_the_way_up_is_bounded(clock: Clock) -> None:
    estate = Estate({})

    vouched(estate, clock, {f"kubernetes.io/cluster/c{n}": "owned" for n in range(50)})

    assert len(estate.asked) == MOST_READS


def test_what_cannot_be_read_is_named_and_the_way_goes_on(clock: Clock) -> None:
    estate = Estate({"eks cluster/shop": {"Owner": "shop"}}, denied=("autoscaling",))

    found = vouched(estate, clock, NODE)

    assert isinstance(found, Vouched)
    assert found.tags["Owner"] == "shop"
    assert [each.of for each in found.unread] == ["Auto Scaling group eks-blue"]


def test_a_single_parent_that_cannot_be_read_says_so(clock: Clock) -> None:
    estate = Estate({}, denied=("autoscaling",))

    found = vouched(estate, clock, {"aws:autoscaling:groupName": "web"})

    assert isinstance(found, Unread)
    assert found.of == "Auto Scaling group web"
    assert "allow autoscaling:DescribeTags" in found.why


def test_a_person_who_launches_from_a_template_owns_the_instance(clock: Clock) -> None:
    estate = Estate({"ec2 lt-1": {"Owner": "platform"}})

    found = vouched(estate, clock, {"aws:ec2launchtemplate:id": "lt-1"}, ANA)

    assert found == Unread("nothing says what it belongs to")


def test_a_stack_that_only_the_group_names_is_asked(clock: Clock) -> None:
    stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"
    estate = Estate(
        {
            "autoscaling web": {"aws:cloudformation:stack-id": stack},
            f"cloudformation {stack.rpartition(':')[2]}": {"Owner": "shop"},
        }
    )
    hands = AwsHands(door=estate, clock=clock)
    made = instance({"aws:autoscaling:groupName": "web"})

    found = hands.evidence(event(), made, {**OWNER, Origin.STACK: frozenset({"Owner"})})

    assert found[Origin.STACK] == Vouched(tags={"Owner": "shop"}, whose={"Owner": "stack shop"})


def test_a_hundred_instances_ask_their_group_once_until_something_is_written(clock: Clock) -> None:
    estate = Estate({"autoscaling web": {"Owner": "web"}})
    hands = AwsHands(door=estate, clock=clock)
    marks = {"aws:autoscaling:groupName": "web"}
    owner = Write(key="Owner", value="x", origin=Origin.TEAM)

    for number in range(100):
        hands.evidence(event(), instance(marks, f"i-{number}"), OWNER)
    before = estate.asked.count("autoscaling web")
    hands.write([(event(), instance(marks), (owner,))])
    hands.evidence(event(), instance(marks), OWNER)

    assert before == 1
    assert estate.asked.count("autoscaling web") == 2


def test_every_row_says_how_its_parent_is_read_and_has_a_source() -> None:
    for row in rows():
        assert row.source
        assert sum(map(bool, (row.arn, row.handle, row.find, row.read))) == 1


def test_a_parent_named_by_the_record_is_nearer_than_any_mark(clock: Clock) -> None:
    parent = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-9"
    estate = Estate({"ec2 i-9": {"Owner": "nine"}, "autoscaling web": {"Owner": "web"}})
    hands = AwsHands(door=estate, clock=clock)
    made = instance({"aws:autoscaling:groupName": "web"}, parent=parent)

    found = hands.evidence(event(), made, OWNER)[Origin.PARENT]

    assert found == Vouched(tags={"Owner": "nine"}, whose={"Owner": "instance i-9"})


# --- as AWS answers --------------------------------------------------------------------------


def test_groups_clusters_and_node_groups_answer_as_the_table_expects(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/eks"
    session.client("iam").create_role(RoleName="eks", AssumeRolePolicyDocument="{}")
    subnet = session.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    eks = session.client("eks")
    eks.create_cluster(
        name="shop", roleArn=role, resourcesVpcConfig={"subnetIds": [subnet]}, tags={"Owner": "o"}
    )
    eks.create_nodegroup(
        clusterName="shop", nodegroupName="blue", subnets=[subnet], nodeRole=role,
        tags={"CostCenter": "4711"},
    )  # fmt: skip
    hands = AwsHands(door=door, clock=clock)
    wanted = {Origin.PARENT: frozenset({"Owner", "CostCenter"})}

    found = hands.evidence(event(), instance(NODE), wanted)[Origin.PARENT]

    assert isinstance(found, Vouched)
    assert found.whose["CostCenter"] == "EKS node group shop/blue"
    assert found.tags["CostCenter"] == "4711"
    assert found.tags["Owner"] == "o"


def test_a_stack_answers_as_the_table_expects(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    template = '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'
    made = session.client("cloudformation").create_stack(
        StackName="shop", TemplateBody=template, Tags=[{"Key": "Owner", "Value": "shop"}]
    )
    marks = {"aws:cloudformation:stack-id": made["StackId"]}
    hands = AwsHands(door=door, clock=clock)

    found = hands.evidence(event(), instance(marks), {Origin.STACK: frozenset({"Owner"})})

    assert found[Origin.STACK] == Vouched(tags={"Owner": "shop"}, whose={"Owner": "stack shop"})


def test_an_emr_cluster_and_a_beanstalk_environment_answer_as_the_table_expects(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    owner = [{"Key": "Owner", "Value": "data"}]
    flow = session.client("emr").run_job_flow(
        Name="nightly", Instances={"MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
        Tags=owner,
    )["JobFlowId"]  # fmt: skip
    beanstalk = session.client("elasticbeanstalk")
    beanstalk.create_application(ApplicationName="app")
    made = beanstalk.create_environment(
        ApplicationName="app", EnvironmentName="blue", SolutionStackName="x", Tags=owner
    )
    hands = AwsHands(door=door, clock=clock)

    of_emr = hands.evidence(
        event(), instance({"aws:elasticmapreduce:job-flow-id": flow}), OWNER
    )[Origin.PARENT]  # fmt: skip
    marks = {"elasticbeanstalk:environment-name": made["EnvironmentName"]}
    of_beanstalk = hands.evidence(event(), instance(marks), OWNER)[Origin.PARENT]

    assert isinstance(of_emr, Vouched)
    assert of_emr.tags == {"Owner": "data"}
    assert isinstance(of_beanstalk, Vouched)
    assert of_beanstalk.tags["Owner"] == "data"


def test_marks_point_in_the_resources_own_account_and_region() -> None:
    (found,) = pointers({"aws:eks:cluster-name": "shop"}, instance({}), made_by_person=False)

    assert found.resource.ref == f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/shop"
