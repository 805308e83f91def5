from dataclasses import replace

import pytest

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root
from awsteward.tags.read.reconcilers import reconciler
from tests.tags.guard.estate import made

EVENT = made("logs").event
ROLES = "arn:aws:iam::111122223333:role"


def by(role: str) -> Machine:
    return Machine(name="1700000000000000000", arn=None, via=role, role=Arn(f"{ROLES}/{role}"))


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({"elbv2.k8s.aws/cluster": "c"}, "aws-load-balancer-controller"),
        ({"service.k8s.aws/stack": "shop/web", "Name": "x"}, "aws-load-balancer-controller"),
        ({"karpenter.sh/nodepool": "general"}, "karpenter"),
        ({"eks:kubernetes-node-class-name": "default"}, "eks-auto-mode"),
        ({"CSIVolumeName": "pvc-1"}, "ebs-csi-driver"),
        ({"kubernetes.io/created-for/pvc/name": "data-0"}, "ebs-csi-driver"),
        ({"efs.csi.aws.com/cluster": "true"}, "efs-csi-driver"),
        ({"services.k8s.aws/namespace": "shop"}, "ack"),
        ({"crossplane-kind": "bucket.s3.aws.upbound.io"}, "crossplane"),
        ({"application-networking.k8s.aws/ManagedBy": "1/c/vpc-1"}, "aws-gateway-api-controller"),
        ({"sigs.k8s.io/cluster-api-provider-aws/cluster/blue": "owned"}, "cluster-api"),
        ({"kubernetes.io/service-name": "shop/web"}, "cloud-provider-aws"),
        ({"karpenter.sh/discovery": "c", "kubernetes.io/cluster/c": "shared"}, None),
        ({"ELBV2.k8s.aws/cluster": "c"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_what_a_reconciler_made_is_known_by_its_tags(
    tags: dict[str, str] | None, owner: str | None
) -> None:
    assert reconciler(EVENT, tags) == owner


@pytest.mark.parametrize(
    "tool", ["karpenter", "aws-load-balancer-controller", "ack", "crossplane", "cluster-api"]
)
def test_a_reconciler_is_known_by_its_user_agent(tool: str) -> None:
    assert reconciler(replace(EVENT, tool=tool), None) == tool


@pytest.mark.parametrize("tool", [None, "terraform", "cloudformation"])
def test_a_tool_that_people_run_is_none(tool: str | None) -> None:
    assert reconciler(replace(EVENT, tool=tool), {}) is None


@pytest.mark.parametrize(
    ("creator", "owner"),
    [
        (by("AmazonEKS_EBS_CSI_DriverRole"), "ebs-csi-driver"),
        (by("blue-AmazonEKS_EBS_CSI_DriverRole"), "ebs-csi-driver"),
        (by("AmazonEKS_EFS_CSI_DriverRole_blue"), "efs-csi-driver"),
        (by("AmazonEKSLoadBalancerControllerRole"), "aws-load-balancer-controller"),
        (by("NoAmazonEKSLoadBalancerControllerRoleHere"), None),
        (Person(name="ana", arn=None, via=None), None),
        (Root(account="111122223333", arn=None), None),
        (Nobody("?"), None),
    ],
)
def test_a_reconciler_is_known_by_the_role_that_its_documentation_names(
    creator: Creator, owner: str | None
) -> None:
    assert reconciler(replace(EVENT, creator=creator), {}) == owner


def test_the_load_balancer_controller_comes_before_the_cloud_provider() -> None:
    tags = {"kubernetes.io/service-name": "shop/web", "elbv2.k8s.aws/cluster": "c"}

    assert reconciler(EVENT, tags) == "aws-load-balancer-controller"
