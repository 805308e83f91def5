"""Whether a request comes from Slack, by the signature it carries. Pure.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import re
from datetime import datetime, timedelta

GOOD_FOR = timedelta(minutes=5)
"""An older request may be one that somebody kept."""
_FORM = re.compile(r"v0=[0-9a-f]{64}")


def objection(
    body: bytes, moment: str, signature: str, secret: str, now: datetime
) -> str | None:  # fmt: skip
    """Why it does not come from Slack, or None where it does; *moment* is of the epoch."""
    if not re.fullmatch(r"[0-9]{1,12}", moment) or not _FORM.fullmatch(signature):
        return "it carries no time, or no signature"
    if abs(now.timestamp() - int(moment)) > GOOD_FOR.total_seconds():
        return "it is not of the last five minutes"
    if not hmac.compare_digest(signed(body, moment, secret), signature):
        return "its signature is not Slack's"
    return None


def signed(body: bytes, moment: str, secret: str) -> str:
    """What Slack writes into ``X-Slack-Signature``."""
    told = b":".join((b"v0", moment.encode(), body))
    return f"v0={hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()}"
