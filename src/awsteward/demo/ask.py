"""Asks each service itself which tags a resource has, by the service's own list call.

The proof of the demo: written apart from the tag guard, by hand, and sharing nothing with it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from awsteward.demo.stage import Stage

Tags = dict[str, str]
Ask = Callable[[Any, str], Tags]


def tags_now(on: Stage, service: str, name: str) -> Tags:
    """Give the tags that *service* itself shows on the resource it knows as *name*."""
    return ASK[service](on.client(service), name)


def _pairs(found: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> Tags:
    return {each[key]: each[value] for each in found}


def _of_bucket(s3: Any, bucket: str) -> Tags:  # noqa: ANN401 (an SDK client)
    try:
        return _pairs(s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _of_ec2(ec2: Any, name: str) -> Tags:  # noqa: ANN401 (an SDK client)
    only = [{"Name": "resource-id", "Values": [name]}]
    return _pairs(ec2.describe_tags(Filters=only)["Tags"])


def _of_elb(elbv2: Any, name: str) -> Tags:  # noqa: ANN401 (an SDK client)
    return _pairs(elbv2.describe_tags(ResourceArns=[name])["TagDescriptions"][0]["Tags"])


ASK: Mapping[str, Ask] = {
    "dynamodb": lambda to, name: _pairs(to.list_tags_of_resource(ResourceArn=name)["Tags"]),
    "ec2": _of_ec2,
    "ecr": lambda to, name: _pairs(to.list_tags_for_resource(resourceArn=name)["tags"]),
    "ecs": lambda to, name: _pairs(
        to.list_tags_for_resource(resourceArn=name).get("tags", []), "key", "value"
    ),
    "efs": lambda to, name: _pairs(to.list_tags_for_resource(ResourceId=name)["Tags"]),
    "elasticache": lambda to, name: _pairs(to.list_tags_for_resource(ResourceName=name)["TagList"]),
    "elbv2": _of_elb,
    "events": lambda to, name: _pairs(to.list_tags_for_resource(ResourceARN=name)["Tags"]),
    "kinesis": lambda to, name: _pairs(to.list_tags_for_stream(StreamName=name)["Tags"]),
    "kms": lambda to, name: _pairs(to.list_resource_tags(KeyId=name)["Tags"], "TagKey", "TagValue"),
    "lambda": lambda to, name: dict(to.list_tags(Resource=name)["Tags"]),
    "logs": lambda to, name: dict(to.list_tags_for_resource(resourceArn=name)["tags"]),
    "rds": lambda to, name: _pairs(to.list_tags_for_resource(ResourceName=name)["TagList"]),
    "s3": _of_bucket,
    "secretsmanager": lambda to, name: _pairs(to.describe_secret(SecretId=name).get("Tags", [])),
    "sns": lambda to, name: _pairs(to.list_tags_for_resource(ResourceArn=name)["Tags"]),
    "sqs": lambda to, name: dict(to.list_queue_tags(QueueUrl=name).get("Tags", {})),
    "stepfunctions": lambda to, name: _pairs(
        to.list_tags_for_resource(resourceArn=name).get("tags", []), "key", "value"
    ),
}
