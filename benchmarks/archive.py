"""A CloudTrail archive as large as asked for, the same one every time.

The shapes follow real records (who calls, how long the parts are, how often something is
created); the contents are invented. What is measured lies in `replay_speed.py`.
"""

import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
REGIONS = ("ap-northeast-2", "us-east-1", "eu-west-1")
RECORDS_PER_FILE = 4_000
SHARE_OF_CREATIONS = 0.08
START = datetime(2026, 3, 1, tzinfo=UTC)
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call as a template; ``@id``, ``@name`` and ``@region`` are filled per record."""

    source: str
    name: str
    request: Json | None
    response: Json | None = None
    tags: Json | None = None
    """Request members that carry tags, given by every third caller."""


def archive(records: int, *, seed: int = 7) -> Path:
    """Return the folder that holds the archive of *records* records, made once per machine."""
    folder = Path(tempfile.gettempdir()) / f"awsteward-bench-{records}-{seed}"
    if (folder.with_suffix(".complete")).exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    made = _records(records, random.Random(seed))  # noqa: S311  it picks shapes, not secrets
    for number in range(-(-records // RECORDS_PER_FILE)):
        batch = [next(made) for _ in range(min(RECORDS_PER_FILE, records))]
        name = f"{ACCOUNT}_CloudTrail_{REGIONS[number % 3]}_{number:06}.json.gz"
        body = '{"Records":[' + ",".join(batch) + "]}"
        (folder / name).write_bytes(gzip.compress(body.encode(), 6, mtime=0))
        records -= len(batch)
    folder.with_suffix(".complete").touch()
    return folder


def _records(count: int, rng: random.Random) -> Iterator[str]:
    creations = [_template(call) for call in CREATIONS]
    tagged = [_template(call, tagged=True) for call in CREATIONS]
    others = [_template(call) for call in OTHERS]
    for number in range(count):
        kind = others
        if rng.random() < SHARE_OF_CREATIONS:
            kind = tagged if rng.random() < 1 / 3 else creations
        yield _filled(rng.choice(kind), number, rng)


def _filled(template: str, number: int, rng: random.Random) -> str:
    unique = f"{rng.getrandbits(128):032x}"
    uuid = "-".join((unique[:8], unique[8:12], unique[12:16], unique[16:20], unique[20:]))
    agent = rng.choice(AGENTS)
    at = (START + timedelta(seconds=number // 3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        template.replace("@who", rng.choice(_IDENTITIES))
        .replace("@uuid", uuid)
        .replace("@request", f"{uuid[:8]}-{rng.getrandbits(96):024x}")
        .replace("@id", unique[:17])
        .replace("@name", f"orders-{unique[:6]}")
        .replace("@region", rng.choice(REGIONS))
        .replace("@account", ACCOUNT)
        .replace("@at", at)
        .replace("@agent", agent)
        .replace("@ip", f"203.0.113.{rng.randrange(256)}")
    )


def _template(call: Call, *, tagged: bool = False) -> str:
    request = call.request
    if tagged and call.tags is not None:
        request = {**(request or {}), **call.tags}
    record = {
        "eventVersion": "1.09",
        "userIdentity": "@who",
        "eventTime": "@at",
        "eventSource": call.source,
        "eventName": call.name,
        "awsRegion": "@region",
        "sourceIPAddress": "@ip",
        "userAgent": "@agent",
        "requestParameters": request,
        "responseElements": call.response,
        "requestID": "@request",
        "eventID": "@uuid",
        "readOnly": call not in CREATIONS,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": call.source.replace(".", ".@region.", 1),
        },
    }
    return json.dumps(record, separators=(",", ":")).replace('"@who"', "@who")


def _assumed(role: str, session: str, **context: Json | str) -> Json:
    principal = "AROA" + role.upper().replace("-", "").replace("_", "")[:8].ljust(17, "Q")
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": principal,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
                "accountId": ACCOUNT,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-03-01T08:00:00Z", "mfaAuthenticated": "false"},
            **context,
        },
    }


def _identities() -> Iterator[Json]:
    people = ("ana", "ben", "chloe", "dmitri", "eun-ji", "farid", "grace", "hugo")
    for name in people:
        yield _assumed("AWSReservedSSO_Developer_0a1b2c3d4e5f6789", f"{name}@example.com")
        yield {
            "type": "IAMUser",
            "principalId": f"AIDA{name.upper().replace('-', '').ljust(17, 'X')}",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": name,
        }
    for number in range(60):
        yield _assumed("web-node", f"i-0{number:016x}", ec2RoleDelivery="2.0")
    for number in range(40):
        yield _assumed("orders-function", f"orders-{number}")
        yield _assumed("deploy", f"botocore-session-17{number:08}")
    yield _assumed("github-deploy", "GitHubActions")
    yield _assumed("AWSServiceRoleForAutoScaling", "AutoScaling")
    yield {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}


AGENTS = (
    "aws-cli/2.17.9 md/awscrt#0.20.11 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.9",
    "Boto3/1.34.144 md/Botocore#1.34.144 ua/2.0 os/linux#5.10 lang/python#3.12.4 Botocore/1.34",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.2 terraform-provider-aws/5.58.0 aws-sdk-go-v2/1.30.1",
    "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux api/ec2#1.165.0 kubelet/1.30",
    "cloudformation.amazonaws.com",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/126.0 Safari",
)
TAGS = {"Owner": "payments", "CostCenter": "cc-1042"}
_UPPER = [{"Key": key, "Value": value} for key, value in TAGS.items()]
_LOWER = [{"key": key, "value": value} for key, value in TAGS.items()]
ARN = "arn:aws:%s:@region:@account:%s"


def _ec2(kind: str) -> Json:
    return {"tagSpecificationSet": {"items": [{"resourceType": kind, "tags": _LOWER}]}}


def _instance() -> Json:
    return {
        "instanceId": "i-@id",
        "imageId": "ami-0123456789abcdef0",
        "instanceState": {"code": 0, "name": "pending"},
        "privateDnsName": "ip-10-0-1-9.@region.compute.internal",
        "instanceType": "m7g.large",
        "subnetId": "subnet-0a1b2c3d4e5f60718",
        "vpcId": "vpc-0a1b2c3d4e5f60718",
        "privateIpAddress": "10.0.1.9",
        "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/web-node"},
    }


CREATIONS: Sequence[Call] = (
    Call(
        source="ec2.amazonaws.com",
        name="RunInstances",
        request={
            "instancesSet": {"items": [{"imageId": "ami-0123456789abcdef0", "minCount": 1}]},
            "instanceType": "m7g.large",
            "clientToken": "@uuid",
            "subnetId": "subnet-0a1b2c3d4e5f60718",
            "monitoring": {"enabled": False},
        },
        response={
            "requestId": "@uuid",
            "reservationId": "r-@id",
            "ownerId": ACCOUNT,
            "groupSet": {},
            "instancesSet": {"items": [_instance()]},
        },
        tags=_ec2("instance"),
    ),
    Call(
        source="ec2.amazonaws.com",
        name="CreateVolume",
        request={"size": "100", "zone": "@regiona", "volumeType": "gp3", "encrypted": True},
        response={"volumeId": "vol-@id", "size": "100", "status": "creating", "iops": 3000},
        tags=_ec2("volume"),
    ),
    Call(
        source="ec2.amazonaws.com",
        name="CreateSecurityGroup",
        request={"groupName": "@name", "groupDescription": "web", "vpcId": "vpc-0a1b2c3d"},
        response={"requestId": "@uuid", "_return": True, "groupId": "sg-@id"},
        tags=_ec2("security-group"),
    ),
    Call(
        source="s3.amazonaws.com",
        name="CreateBucket",
        request={
            "bucketName": "@name-@id",
            "Host": "@name-@id.s3.@region.amazonaws.com",
            "CreateBucketConfiguration": {"LocationConstraint": "@region"},
        },
    ),
    Call(
        source="lambda.amazonaws.com",
        name="CreateFunction20150331",
        request={
            "functionName": "@name",
            "runtime": "python3.13",
            "role": f"arn:aws:iam::{ACCOUNT}:role/orders-function",
            "handler": "app.handler",
            "memorySize": 256,
        },
        response={
            "functionName": "@name",
            "functionArn": ARN % ("lambda", "function:@name"),
            "runtime": "python3.13",
            "codeSize": 1_204_000,
            "state": "Pending",
            "tracingConfig": {"mode": "PassThrough"},
            "revisionId": "@uuid",
        },
        tags={"tags": TAGS},
    ),
    Call(
        source="rds.amazonaws.com",
        name="CreateDBInstance",
        request={
            "dBInstanceIdentifier": "@name",
            "allocatedStorage": 100,
            "dBInstanceClass": "db.m7g.large",
            "engine": "postgres",
            "masterUserPassword": "****",
        },
        response={
            "dBInstanceIdentifier": "@name",
            "dBInstanceClass": "db.m7g.large",
            "dBInstanceStatus": "creating",
            "dBInstanceArn": ARN % ("rds", "db:@name"),
            "dbiResourceId": "db-@id",
            "backupRetentionPeriod": 7,
        },
        tags={"tags": _LOWER},
    ),
    Call(
        source="dynamodb.amazonaws.com",
        name="CreateTable",
        request={
            "tableName": "@name",
            "attributeDefinitions": [{"attributeName": "id", "attributeType": "S"}],
            "keySchema": [{"attributeName": "id", "keyType": "HASH"}],
            "billingMode": "PAY_PER_REQUEST",
        },
        response={
            "tableDescription": {
                "tableName": "@name",
                "tableArn": ARN % ("dynamodb", "table/@name"),
                "tableId": "@uuid",
                "tableStatus": "CREATING",
            }
        },
        tags={"tags": _LOWER},
    ),
    Call(
        source="sqs.amazonaws.com",
        name="CreateQueue",
        request={"queueName": "@name", "attributes": {"VisibilityTimeout": "120"}},
        response={"queueUrl": "https://sqs.@region.amazonaws.com/@account/@name"},
        tags={"tags": TAGS},
    ),
    Call(
        source="sns.amazonaws.com",
        name="CreateTopic",
        request={"name": "@name"},
        response={"topicArn": ARN % ("sns", "@name")},
        tags={"tags": _LOWER},
    ),
    Call(
        source="iam.amazonaws.com",
        name="CreateRole",
        request={"roleName": "@name", "assumeRolePolicyDocument": '{"Statement":[]}'},
        response={
            "role": {
                "path": "/",
                "roleName": "@name",
                "roleId": "AROA@id",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/@name",
                "createDate": "Mar 1, 2026 8:00:00 AM",
            }
        },
        tags={"tags": _LOWER},
    ),
    Call(
        source="logs.amazonaws.com",
        name="CreateLogGroup",
        request={"logGroupName": "/aws/orders/@name"},
        tags={"tags": TAGS},
    ),
    Call(
        source="kms.amazonaws.com",
        name="CreateKey",
        request={"keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"},
        response={
            "keyMetadata": {
                "aWSAccountId": ACCOUNT,
                "keyId": "@uuid",
                "arn": ARN % ("kms", "key/@uuid"),
                "enabled": True,
            }
        },
        tags={"tags": [{"tagKey": key, "tagValue": value} for key, value in TAGS.items()]},
    ),
    Call(
        source="ecr.amazonaws.com",
        name="CreateRepository",
        request={"repositoryName": "@name", "imageTagMutability": "IMMUTABLE"},
        response={
            "repository": {
                "repositoryArn": ARN % ("ecr", "repository/@name"),
                "registryId": ACCOUNT,
                "repositoryName": "@name",
            }
        },
        tags={"tags": _LOWER},
    ),
    Call(
        source="secretsmanager.amazonaws.com",
        name="CreateSecret",
        request={"name": "@name", "clientRequestToken": "@uuid"},
        response={"arn": ARN % ("secretsmanager", "secret:@name-AbCdEf")},
    ),
    Call(
        source="elasticloadbalancing.amazonaws.com",
        name="CreateLoadBalancer",
        request={"name": "@name", "type": "application", "subnets": ["subnet-0a1b2c3d"]},
        response={
            "loadBalancers": [
                {
                    "loadBalancerArn": ARN
                    % ("elasticloadbalancing", "loadbalancer/app/@name/50dc6c495c0c9188"),
                    "scheme": "internal",
                    "dNSName": "@name.elb.amazonaws.com",
                    "loadBalancerName": "@name",
                    "state": {"code": "provisioning"},
                }
            ]
        },
        tags={"tags": _LOWER},
    ),
    Call(
        source="ecs.amazonaws.com",
        name="CreateService",
        request={"cluster": "shop", "serviceName": "@name", "desiredCount": 2},
        response={
            "service": {
                "serviceArn": ARN % ("ecs", "service/shop/@name"),
                "serviceName": "@name",
                "clusterArn": ARN % ("ecs", "cluster/shop"),
                "status": "ACTIVE",
            }
        },
        tags={"tags": _LOWER},
    ),
)

_WIDE = {"filterSet": {"items": [{"name": "vpc-id", "valueSet": {"items": [{"value": "@id"}]}}]}}
_LONG = {"maxResults": 100, "nextToken": "@uuid@uuid", "roleArn": ARN % ("iam", "role/@name")}
OTHERS: Sequence[Call] = (
    Call(source="ec2.amazonaws.com", name="DescribeInstances", request=_WIDE),
    Call(source="ec2.amazonaws.com", name="DescribeVolumes", request=_WIDE),
    Call(source="ec2.amazonaws.com", name="DescribeNetworkInterfaces", request=_WIDE),
    Call(
        source="sts.amazonaws.com",
        name="AssumeRole",
        request={
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/web-node",
            "roleSessionName": "i-@id",
            "durationSeconds": 3600,
        },
        response={
            "credentials": {
                "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                "sessionToken": "@uuid@uuid@uuid@uuid@uuid@uuid@uuid@uuid",
                "expiration": "Mar 1, 2026, 9:00:00 AM",
            },
            "assumedRoleUser": {
                "assumedRoleId": "AROAWEBNODEQQQQQQQQQQ:i-@id",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web-node/i-@id",
            },
        },
    ),
    Call(source="s3.amazonaws.com", name="GetBucketAcl", request={"bucketName": "@name"}),
    Call(source="s3.amazonaws.com", name="ListBuckets", request=None),
    Call(source="iam.amazonaws.com", name="ListRoles", request=_LONG),
    Call(source="iam.amazonaws.com", name="GetRole", request={"roleName": "@name"}),
    Call(source="kms.amazonaws.com", name="Decrypt", request={"encryptionContext": _LONG}),
    Call(source="kms.amazonaws.com", name="DescribeKey", request={"keyId": "@uuid"}),
    Call(source="logs.amazonaws.com", name="DescribeLogGroups", request=_LONG),
    Call(source="rds.amazonaws.com", name="DescribeDBInstances", request=_LONG),
    Call(source="lambda.amazonaws.com", name="ListFunctions20150331", request=_LONG),
    Call(source="ecs.amazonaws.com", name="DescribeServices", request=_LONG),
    Call(source="eks.amazonaws.com", name="DescribeCluster", request={"name": "@name"}),
    Call(source="autoscaling.amazonaws.com", name="DescribeAutoScalingGroups", request=_LONG),
    Call(source="ssm.amazonaws.com", name="GetParameter", request={"name": "/shop/@name"}),
    Call(source="monitoring.amazonaws.com", name="DescribeAlarms", request=_LONG),
)
_IDENTITIES = [json.dumps(identity, separators=(",", ":")) for identity in _identities()]
