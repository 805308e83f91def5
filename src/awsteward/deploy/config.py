"""AWS Config as a second source, where somebody asks for it: its rule, and its way to the queue."""

from collections.abc import Mapping
from typing import Any

from awsteward.deploy import functions, watch
from awsteward.deploy.cloudformation import Resources, arn, ref
from awsteward.deploy.functions import EVALUATE
from awsteward.deploy.machine import Machine
from awsteward.tags.duty.envelope import CONFIG, ITEM_CHANGE

_MAY_CALL = "ConfigMayCall"
_TYPES = (
    "ConfigurationItemChangeNotification",
    "OversizedConfigurationItemChangeNotification",
)
PATTERN: Mapping[str, Any] = {
    "source": [CONFIG],
    "detail-type": [ITEM_CHANGE],
    "detail": {
        "messageType": list(_TYPES),
        "$or": [
            {"configurationItem": {"configurationItemStatus": ["ResourceDiscovered"]}},
            {"configurationItemDiff": {"changeType": ["CREATE"]}},
            {"configurationItemSummary": {"changeType": ["CREATE"]}},
        ],
    },
}
"""First items only: what changes later is the rule's business, not the queue's."""


def rule(machine: Machine) -> Resources:
    """The function, the rule that asks it, and what tells people that it fails.

    The rule has no scope, so that it asks about all that is recorded: the types that a policy can
    judge are more than the hundred that a scope may name.
    """
    return {
        **functions.evaluate(machine),
        _MAY_CALL: {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": ref(EVALUATE),
                "Principal": "config.amazonaws.com",
                # Not the rule's ARN: Config makes no rule that may not call its function yet.
                "SourceAccount": ref("AWS::AccountId"),
            },
        },
        "Tagged": {
            "Type": "AWS::Config::ConfigRule",
            "DependsOn": [_MAY_CALL],
            "Properties": {
                "Description": "Has the tags that awsteward's policy requires",
                "Source": {
                    "Owner": "CUSTOM_LAMBDA",
                    "SourceIdentifier": arn(EVALUATE),
                    "SourceDetails": [
                        {"EventSource": CONFIG, "MessageType": each} for each in _TYPES
                    ],
                },
            },
        },
        **watch.failing(EVALUATE),
    }
