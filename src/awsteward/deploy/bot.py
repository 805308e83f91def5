"""What a bot needs, where the policy has one: its secrets, and a URL for what people press."""

from collections.abc import Mapping, Sequence

from awsteward.deploy import functions, watch
from awsteward.deploy.cloudformation import Resources, Value, attribute, ref
from awsteward.deploy.functions import INTERACT
from awsteward.deploy.machine import SECRETS, Machine

TOKEN, SECRET = SECRETS
_URL = "InteractUrl"


def parameters(form: str) -> Mapping[str, Value]:
    """Where its secrets are kept; *form* is what a reference to a parameter looks like."""
    kept = {TOKEN: "the bot's token (xoxb-...)", SECRET: "what Slack signs its requests with"}
    return {
        name: {
            "Type": "String",
            "Description": f"Parameter that holds {what}, as ssm:/NAME",
            "AllowedPattern": form,
        }
        for name, what in kept.items()
    }


def hears(machine: Machine, rights: Sequence[Value]) -> Resources:
    """The function, and its URL, which anybody may call: it listens to what Slack signed alone.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html (auth type NONE)
    """
    return {
        **functions.interact(machine, rights, (TOKEN, SECRET)),
        _URL: {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": attribute(INTERACT, "Arn")},
        },
        "AnybodyMayCallUrl": _permission(
            "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}
        ),
        "AnybodyMayCallByUrl": _permission(
            "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}
        ),
        **watch.failing(INTERACT),
    }


def outputs() -> Mapping[str, Value]:
    """The URL that goes into the app's settings."""
    return {"RequestUrl": attribute(_URL, "FunctionUrl")}


def _permission(action: str, only: Mapping[str, Value]) -> Mapping[str, Value]:
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {"Action": action, "FunctionName": ref(INTERACT), "Principal": "*", **only},
    }
