"""Tags written by the services' own calls on moto, read back by the services themselves."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from awsteward.clients.aws.door import Boto
from awsteward.tags.apply.attempt import Clock, Target
from awsteward.tags.apply.current import Present, current
from awsteward.tags.apply.write import untag, write
from awsteward.tags.model.arn import Arn
from awsteward.tags.model.outcome import Written
from awsteward.tags.model.plan import Origin, Write
from awsteward.tags.model.reading import Resource

BORN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ACCOUNT, REGION = "123456789012", "eu-west-1"
OWNER = Write(key="Owner", value="platform", origin=Origin.TEAM)
COST = Write(key="CostCenter", value="4711", origin=Origin.TEAM)
POLICY = '{"Version":"2012-10-17","Statement":[]}'

Made = tuple[Resource, Callable[[], Mapping[str, str]]]


def thing(service: str, arn: str | None, **over: Any) -> Resource:
    base: dict[str, Any] = {"handle": None, "type": None, "tags": None, "partition": "aws"}
    base |= {"account": ACCOUNT, "region": REGION, "service": service}
    return Resource(arn=Arn(arn) if arn else None, **(base | over))


def pairs(tags: Any, key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {tag[key]: tag[value] for tag in tags}


def queue(s: boto3.Session) -> Made:
    sqs = s.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    return (
        thing("sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"),
        lambda: sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
    )


def topic(s: boto3.Session) -> Made:
    sns = s.client("sns")
    arn = sns.create_topic(Name="news")["TopicArn"]
    return thing("sns", arn), lambda: pairs(sns.list_tags_for_resource(ResourceArn=arn)["Tags"])


def instance(s: boto3.Session) -> Made:
    ec2 = s.client("ec2")
    image = "ami-12c6146b"  # one that moto knows
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{made}"
    return thing("ec2", arn), lambda: pairs(
        ec2.describe_instances(InstanceIds=[made])["Reservations"][0]["Instances"][0]["Tags"]
    )


def role(s: boto3.Session) -> Made:
    iam = s.client("iam")
    made = iam.create_role(RoleName="r", Path="/a/b/", AssumeRolePolicyDocument=POLICY)["Role"]
    return thing("iam", made["Arn"]), lambda: pairs(iam.list_role_tags(RoleName="r")["Tags"])


def user(s: boto3.Session) -> Made:
    iam = s.client("iam")
    made = iam.create_user(UserName="u")["User"]
    return thing("iam", made["Arn"]), lambda: pairs(iam.list_user_tags(UserName="u")["Tags"])


def managed_policy(s: boto3.Session) -> Made:
    iam = s.client("iam")
    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    )
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document)["Policy"]["Arn"]
    return thing("iam", arn), lambda: pairs(iam.list_policy_tags(PolicyArn=arn)["Tags"])


def identity_provider(s: boto3.Session) -> Made:
    iam = s.client("iam")
    arn = iam.create_open_id_connect_provider(Url="https://example.com", ThumbprintList=["a" * 40])[
        "OpenIDConnectProviderArn"
    ]
    return thing("iam", arn), lambda: pairs(
        iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"]
    )


def hosted_zone(s: boto3.Session) -> Made:
    route53 = s.client("route53")
    made = route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    zone = made.rsplit("/", 1)[-1]
    return thing("route53", f"arn:aws:route53:::hostedzone/{zone}"), lambda: pairs(
        route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)[
            "ResourceTagSet"
        ]["Tags"]
    )


def parameter(s: boto3.Session) -> Made:
    ssm = s.client("ssm")
    ssm.put_parameter(Name="/app/url", Value="x", Type="String")
    return thing("ssm", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/url"), lambda: pairs(
        ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/app/url")["TagList"]
    )


def key(s: boto3.Session) -> Made:
    kms = s.client("kms")
    made = kms.create_key()["KeyMetadata"]
    return thing("kms", made["Arn"]), lambda: pairs(
        kms.list_resource_tags(KeyId=made["KeyId"])["Tags"], "TagKey", "TagValue"
    )


def secret(s: boto3.Session) -> Made:
    client = s.client("secretsmanager")
    arn = client.create_secret(Name="db", SecretString="x")["ARN"]
    return thing("secretsmanager", arn), lambda: pairs(
        client.describe_secret(SecretId=arn).get("Tags", [])
    )


def table(s: boto3.Session) -> Made:
    dynamodb = s.client("dynamodb")
    arn = dynamodb.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    return thing("dynamodb", arn), lambda: pairs(
        dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    )


def database(s: boto3.Session) -> Made:
    rds = s.client("rds")
    arn = rds.create_db_instance(
        DBInstanceIdentifier="db",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="root",
        MasterUserPassword="password",
        AllocatedStorage=20,
    )["DBInstance"]["DBInstanceArn"]
    return thing("rds", arn), lambda: pairs(rds.list_tags_for_resource(ResourceName=arn)["TagList"])


def warehouse(s: boto3.Session) -> Made:
    redshift = s.client("redshift")
    redshift.create_cluster(
        ClusterIdentifier="dw",
        NodeType="ra3.large",
        MasterUsername="root",
        MasterUserPassword="Passw0rd",
    )
    arn = f"arn:aws:redshift:{REGION}:{ACCOUNT}:cluster:dw"
    return thing("redshift", arn), lambda: pairs(
        row["Tag"] for row in redshift.describe_tags(ResourceName=arn)["TaggedResources"]
    )


def cache(s: boto3.Session) -> Made:
    client = s.client("elasticache")
    arn = client.create_cache_cluster(
        CacheClusterId="c", Engine="redis", NumCacheNodes=1, CacheNodeType="cache.t3.micro"
    )["CacheCluster"]["ARN"]
    return thing("elasticache", arn), lambda: pairs(
        client.list_tags_for_resource(ResourceName=arn)["TagList"]
    )


def cluster(s: boto3.Session) -> Made:
    ecs = s.client("ecs")
    arn = ecs.create_cluster(clusterName="c")["cluster"]["clusterArn"]
    return thing("ecs", arn), lambda: pairs(
        ecs.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"
    )


def kubernetes(s: boto3.Session) -> Made:
    eks = s.client("eks")
    arn = eks.create_cluster(
        name="k", roleArn=f"arn:aws:iam::{ACCOUNT}:role/k", resourcesVpcConfig={}
    )["cluster"]["arn"]
    return thing("eks", arn), lambda: eks.list_tags_for_resource(resourceArn=arn)["tags"]


def repository(s: boto3.Session) -> Made:
    ecr = s.client("ecr")
    arn = ecr.create_repository(repositoryName="repo")["repository"]["repositoryArn"]
    return thing("ecr", arn), lambda: pairs(ecr.list_tags_for_resource(resourceArn=arn)["tags"])


def file_system(s: boto3.Session) -> Made:
    efs = s.client("efs")
    made = efs.create_file_system(CreationToken="1")
    return thing("efs", made["FileSystemArn"]), lambda: pairs(
        efs.list_tags_for_resource(ResourceId=made["FileSystemId"])["Tags"]
    )


def classic_balancer(s: boto3.Session) -> Made:
    elb = s.client("elb")
    listener = {"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}
    elb.create_load_balancer(
        LoadBalancerName="lb", Listeners=[listener], AvailabilityZones=[f"{REGION}a"]
    )
    arn = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/lb"
    return thing("elb", arn), lambda: pairs(
        elb.describe_tags(LoadBalancerNames=["lb"])["TagDescriptions"][0]["Tags"]
    )


def target_group(s: boto3.Session) -> Made:
    elbv2 = s.client("elbv2")
    vpc = s.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    arn = elbv2.create_target_group(Name="tg", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][
        0
    ]["TargetGroupArn"]
    return thing("elbv2", arn), lambda: pairs(
        elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
    )


def scaling_group(s: boto3.Session) -> Made:
    client = s.client("autoscaling")
    image = "ami-12c6146b"  # one that moto knows
    client.create_launch_configuration(
        LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName="web/blue",
        LaunchConfigurationName="lc",
        MinSize=0,
        MaxSize=0,
        AvailabilityZones=[f"{REGION}a"],
    )
    group = client.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    return thing("autoscaling", group["AutoScalingGroupARN"]), lambda: pairs(
        client.describe_tags()["Tags"]
    )


def delivery_stream(s: boto3.Session) -> Made:
    firehose = s.client("firehose")
    arn = firehose.create_delivery_stream(
        DeliveryStreamName="d",
        S3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/f",
            "BucketARN": "arn:aws:s3:::b",
        },
    )["DeliveryStreamARN"]
    return thing("firehose", arn), lambda: pairs(
        firehose.list_tags_for_delivery_stream(DeliveryStreamName="d")["Tags"]
    )


def stream(s: boto3.Session) -> Made:
    kinesis = s.client("kinesis")
    kinesis.create_stream(StreamName="k", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="k")["StreamDescription"]["StreamARN"]
    return thing("kinesis", arn), lambda: pairs(
        kinesis.list_tags_for_stream(StreamName="k")["Tags"]
    )


def log_group(s: boto3.Session) -> Made:
    logs = s.client("logs")
    logs.create_log_group(logGroupName="/app/x")
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app/x"
    return thing("logs", arn), lambda: logs.list_tags_for_resource(resourceArn=arn)["tags"]


def state_machine(s: boto3.Session) -> Made:
    client = s.client("stepfunctions")
    arn = client.create_state_machine(
        name="m",
        definition='{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/m",
    )["stateMachineArn"]
    return thing("stepfunctions", arn), lambda: pairs(
        client.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"
    )


def event_rule(s: boto3.Session) -> Made:
    events = s.client("events")
    arn = events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    return thing("events", arn), lambda: pairs(
        events.list_tags_for_resource(ResourceARN=arn)["Tags"]
    )


def certificate(s: boto3.Session) -> Made:
    acm = s.client("acm")
    arn = acm.request_certificate(DomainName="example.com")["CertificateArn"]
    return thing("acm", arn), lambda: pairs(
        acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    )


def http_api(s: boto3.Session) -> Made:
    client = s.client("apigatewayv2")
    made = client.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    arn = f"arn:aws:apigateway:{REGION}::/apis/{made}"
    return thing("apigatewayv2", arn), lambda: client.get_tags(ResourceArn=arn)["Tags"]


def distribution(s: boto3.Session) -> Made:
    cloudfront = s.client("cloudfront")
    origin = {
        "Id": "o",
        "DomainName": "example.com",
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
        },
    }
    arn = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
                "MinTTL": 0,
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            },
        }
    )["Distribution"]["ARN"]
    return thing("cloudfront", arn), lambda: pairs(
        cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    )


def alarm(s: boto3.Session) -> Made:
    cloudwatch = s.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Sum",
    )
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a"
    return thing("cloudwatch", arn), lambda: pairs(
        cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    )


def big_data(s: boto3.Session) -> Made:
    emr = s.client("emr")
    made = emr.run_job_flow(
        Name="e",
        JobFlowRole="r",
        ServiceRole="r",
        ReleaseLabel="emr-6.0.0",
        Instances={"MasterInstanceType": "m5.large", "SlaveInstanceType": "m5.large"},
    )["JobFlowId"]
    arn = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/{made}"
    return thing("emr", arn), lambda: pairs(
        emr.describe_cluster(ClusterId=made)["Cluster"].get("Tags", [])
    )


MADE = (
    *(queue, topic, instance, role, user, managed_policy, identity_provider),
    *(hosted_zone, parameter, key, secret, table, database, warehouse, cache, cluster),
    *(kubernetes, repository, file_system, classic_balancer, target_group, scaling_group),
    *(delivery_stream, stream, log_group, state_machine, event_rule, certificate),
    *(http_api, distribution, alarm, big_data),
)


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_the_service_itself_lists_what_was_written_and_no_more_after_it_is_taken_back(
    make: Callable[[boto3.Session], Made], session: boto3.Session, door: Boto, clock: Clock
) -> None:
    resource, listed = make(session)
    target = Target(resource=resource, born=BORN)

    written = write(target, [OWNER, COST], door, clock)

    assert written == Written((OWNER, COST))
    assert {"Owner": "platform", "CostCenter": "4711"}.items() <= listed().items()
    present = current(target, door, clock)
    assert isinstance(present, Present)
    assert present.tags == listed()

    taken_back = untag(target, {"Owner": "platform"}, door, clock)

    assert taken_back == Written(())
    assert "Owner" not in listed()
    assert listed()["CostCenter"] == "4711"


def test_a_resource_without_an_arn_is_tagged_by_its_handle(
    session: boto3.Session, door: Boto, clock: Clock
) -> None:
    _, listed = queue(session)
    url = session.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    target = Target(resource=replace(thing("sqs", None), handle=url), born=BORN)

    assert write(target, [OWNER], door, clock) == Written((OWNER,))
    assert listed() == {"Owner": "platform"}
