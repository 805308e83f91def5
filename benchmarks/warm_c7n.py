"""c7n's own handler, warm, for `warm_event.py`; for an environment of its own."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from c7n import handler
from warm import ACCOUNT, measure

POLICY = {
    "execution-options": {"account_id": ACCOUNT},
    "policies": [
        {
            "name": "owner",
            "resource": "aws.ebs",
            "mode": {"type": "cloudtrail", "role": f"arn:aws:iam::{ACCOUNT}:role/c7n",
                     "events": ["CreateVolume"]},
            "filters": [{"tag:Owner": "absent"}],
            "actions": [{"type": "auto-tag-user", "tag": "Owner"}],
        }
    ],
}  # fmt: skip


def main() -> None:
    """One event at a time, as EventBridge hands it over."""
    os.environ |= {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "config.json").write_text(json.dumps(POLICY), "utf-8")
        os.chdir(folder)
        measure(_take, _answer)


def _take(event: dict[str, Any]) -> None:
    if not handler.dispatch_event(event, None):
        raise SystemExit("the event was not taken")


def _answer(operation: str, params: Any) -> Any:  # noqa: ANN401 - AWS's answers
    if operation == "DescribeVolumes":
        ids = params.get("VolumeIds", [])
        return {"Volumes": [{"VolumeId": each, "State": "available", "Tags": []} for each in ids]}
    return {}


if __name__ == "__main__":
    main()
