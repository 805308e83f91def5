"""The story: who makes what, by real SDK calls. It says what must be true at the end, not how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from awsteward.demo.props import FLEET, IMAGE, Props
from awsteward.demo.stage import ACCOUNT, REGION

Client = Callable[[str], Any]
Cue = Callable[[Client, Props], str]
"""Makes the call through the caller's own clients; gives the name the service knows it by."""

NO_TAGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One resource, who makes it how, and the tags it must carry when the story ends."""

    who: str
    what: str
    service: str
    make: Cue
    ends_with: Mapping[str, str]
    """Exactly these of the required keys; a key that is not here must not be there."""
    given: str = ""
    """What its maker tagged it with, in words."""
    seconds_ago: int = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A call that must lead to nothing: it fails, or only reads."""

    who: str
    what: str
    make: Callable[[Client, Props], object]


def story() -> tuple[Scene | Aside, ...]:
    """Give the scenes in the order they happen."""
    return (*_people(), *_asides(), *_machines())


def _people() -> tuple[Scene, ...]:
    mina = {"Owner": "team-kiosk", "CostCenter": "KI-2100", "CreatedBy": "mina@shop.example"}
    joon = {"Owner": "team-settlement", "CostCenter": "ST-3300", "CreatedBy": "joon"}
    dana = {"Owner": "dana.lee", "CreatedBy": "dana.lee"}
    return (
        Scene(
            who="mina", what="S3 bucket kiosk-receipts", service="s3",
            make=lambda to, _: _bucket(to, "kiosk-receipts"), ends_with=mina,
        ),
        Scene(
            who="mina", what="DynamoDB table carts", service="dynamodb",
            make=lambda to, _: _table(to, "carts", {"Owner": "team-checkout"}),
            ends_with=mina | {"Owner": "team-checkout"}, given="Owner",
        ),
        Scene(
            who="mina", what="Lambda function refund", service="lambda",
            make=lambda to, props: _function(to, "refund", props.role), ends_with=mina,
        ),
        Scene(
            who="mina", what="ElastiCache cluster sessions", service="elasticache",
            make=lambda to, _: _cache(to, "sessions"), ends_with=mina,
        ),
        Scene(
            who="joon", what="SQS queue settlement-retry", service="sqs",
            make=lambda to, _: str(
                to("sqs").create_queue(QueueName="settlement-retry", tags={"owner": "joon"})[
                    "QueueUrl"
                ]
            ),
            ends_with={"CostCenter": "ST-3300", "CreatedBy": "joon"},
            given="owner, a near miss",
        ),
        Scene(
            who="joon", what="SNS topic settlement-alerts", service="sns",
            make=lambda to, _: _topic(to, "settlement-alerts", joon), ends_with=joon,
            given="everything",
        ),
        Scene(
            who="joon", what="EventBridge rule nightly", service="events",
            make=lambda to, _: str(
                to("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
            ),
            ends_with=joon,
        ),
        Scene(
            who="dana", what="RDS instance orders", service="rds",
            make=lambda to, _: _database(to, "orders"), ends_with=dana,
        ),
        Scene(
            who="dana", what="secret orders-password", service="secretsmanager",
            make=lambda to, _: _secret(to, "orders-password", {"Owner": "team-data"}),
            ends_with=dana | {"Owner": "team-data"}, given="Owner, which no record shows",
        ),
        Scene(
            who="dana", what="load balancer front", service="elbv2",
            make=lambda to, props: _balancer(to, "front", props), ends_with=dana,
        ),
        Scene(
            who="root", what="KMS key", service="kms",
            make=lambda to, _: str(to("kms").create_key()["KeyMetadata"]["Arn"]),
            ends_with={"CreatedBy": f"root/{ACCOUNT}"},
        ),
    )  # fmt: skip


def _asides() -> tuple[Aside, ...]:
    return (
        Aside(
            who="joon", what="tries to take the same bucket name, and is refused",
            make=lambda to, _: _bucket(to, "kiosk-receipts"),
        ),
        Aside(
            who="dana", what="only looks at the instances",
            make=lambda to, _: to("ec2").describe_instances(),
        ),
    )  # fmt: skip


def _machines() -> tuple[Scene, ...]:
    role = {"Owner": "team-kiosk", "CostCenter": "KI-2100"}
    pipeline = role | {"CreatedBy": "deploy-kiosk"}
    register = role | {"CostCenter": "KI-2150", "CreatedBy": "i-0a1b2c3d4e5f60718"}
    fleet = {
        "Owner": "team-settlement",
        "CostCenter": "ST-3310",
        "CreatedBy": "autoscaling.amazonaws.com",
    }
    report = {"Owner": "team-settlement", "CostCenter": "ST-3300", "CreatedBy": "nightly-report"}
    return (
        Scene(
            who="pipeline", what="ECR repository kiosk/api", service="ecr",
            make=lambda to, _: str(
                to("ecr").create_repository(repositoryName="kiosk/api")["repository"][
                    "repositoryArn"
                ]
            ),
            ends_with=pipeline,
        ),
        Scene(
            who="pipeline", what="ECS cluster kiosk", service="ecs",
            make=lambda to, _: str(
                to("ecs").create_cluster(clusterName="kiosk")["cluster"]["clusterArn"]
            ),
            ends_with=pipeline,
        ),
        Scene(
            who="pipeline", what="state machine checkout", service="stepfunctions",
            make=lambda to, props: _machine(to, "checkout", props.role), ends_with=pipeline,
        ),
        Scene(
            who="report", what="Kinesis stream report-rows", service="kinesis",
            make=lambda to, _: _stream(to, "report-rows"), ends_with=report,
        ),
        Scene(
            who="report", what="log group /report", service="logs",
            make=lambda to, _: _log_group(to, "/report"), ends_with=report,
        ),
        Scene(
            who="register", what="EFS file system journal", service="efs",
            make=lambda to, _: str(
                to("efs").create_file_system(CreationToken="journal")["FileSystemId"]
            ),
            ends_with=register,
        ),
        Scene(
            who="autoscaling", what="EC2 instance", service="ec2",
            make=lambda to, _: _instance(to), ends_with=fleet,
        ),
        Scene(
            who="terraform", what="S3 bucket ledger-archive", service="s3",
            make=lambda to, _: _bucket(to, "ledger-archive"), ends_with=NO_TAGS, seconds_ago=20,
        ),
    )  # fmt: skip


# --- the calls ---------------------------------------------------------------------------------


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _bucket(to: Client, name: str) -> str:
    to("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def _table(to: Client, name: str, tags: Mapping[str, str]) -> str:
    made = to("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=_listed(tags),
    )
    return str(made["TableDescription"]["TableArn"])


def _function(to: Client, name: str, role: str) -> str:
    made = to("lambda").create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": b"none"},
    )
    return str(made["FunctionArn"])


def _cache(to: Client, name: str) -> str:
    made = to("elasticache").create_cache_cluster(
        CacheClusterId=name, Engine="redis", CacheNodeType="cache.t4g.micro", NumCacheNodes=1
    )
    return str(made["CacheCluster"]["ARN"])


def _topic(to: Client, name: str, tags: Mapping[str, str]) -> str:
    return str(to("sns").create_topic(Name=name, Tags=_listed(tags))["TopicArn"])


def _database(to: Client, name: str) -> str:
    made = to("rds").create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="steward",
        MasterUserPassword="not-a-secret",
    )
    return str(made["DBInstance"]["DBInstanceArn"])


def _secret(to: Client, name: str, tags: Mapping[str, str]) -> str:
    made = to("secretsmanager").create_secret(Name=name, SecretString="x", Tags=_listed(tags))
    return str(made["ARN"])


def _balancer(to: Client, name: str, props: Props) -> str:
    made = to("elbv2").create_load_balancer(Name=name, Subnets=list(props.subnets))
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def _machine(to: Client, name: str, role: str) -> str:
    steps = '{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}'
    made = to("stepfunctions").create_state_machine(name=name, definition=steps, roleArn=role)
    return str(made["stateMachineArn"])


def _stream(to: Client, name: str) -> str:
    to("kinesis").create_stream(StreamName=name, ShardCount=1)
    return name


def _log_group(to: Client, name: str) -> str:
    to("logs").create_log_group(logGroupName=name)
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"


def _instance(to: Client) -> str:
    made = to("ec2").run_instances(
        ImageId=IMAGE,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": "aws:autoscaling:groupName", "Value": FLEET}],
            }
        ],
    )
    return str(made["Instances"][0]["InstanceId"])
