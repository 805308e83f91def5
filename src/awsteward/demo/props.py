"""What stands on the stage before the curtain: roles, a network, a load balancer's subnets.

Made by plain SDK calls that nobody records, because in a real account it all was there before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from awsteward.demo.stage import Stage

IMAGE = "ami-12c6146b"
"""An image that moto brings along."""

FLEET = "settlement-workers"
"""An Auto Scaling group: what it starts belongs to whom it belongs to."""

_TRUST = '{"Version":"2012-10-17","Statement":[]}'
_ROLES: Mapping[str, Mapping[str, str]] = {
    "deploy-kiosk": {"Owner": "team-kiosk", "CostCenter": "KI-2100"},
    "kiosk-register": {"Owner": "team-kiosk", "CostCenter": "KI-2150"},
    "nightly-report-role": {},
    "terraform": {},
    "Operations": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Props:
    """The names of what was there before."""

    subnets: tuple[str, str]
    role: str


def furnish(on: Stage) -> Props:
    """Put everything in its place."""
    ec2 = on.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{at}.0/24", AvailabilityZone=zone)["Subnet"]
        for at, zone in enumerate(("eu-west-1a", "eu-west-1b"))
    )
    _fleet(on)
    return Props(subnets=(first["SubnetId"], second["SubnetId"]), role=_roles(on))


def _fleet(on: Stage) -> None:
    scaling = on.client("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName=FLEET, ImageId=IMAGE, InstanceType="t3.micro"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=FLEET,
        LaunchConfigurationName=FLEET,
        AvailabilityZones=["eu-west-1a"],
        MinSize=0,
        MaxSize=3,
        Tags=[
            {"Key": key, "Value": value, "PropagateAtLaunch": False}
            for key, value in {"Owner": "team-settlement", "CostCenter": "ST-3310"}.items()
        ],
    )


def _roles(on: Stage) -> str:
    iam = on.client("iam")
    arns = {
        name: iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_TRUST,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["Role"]["Arn"]
        for name, tags in _ROLES.items()
    }
    return str(arns["nightly-report-role"])
