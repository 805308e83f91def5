"""Whether a request comes from Slack, by the signature it carries. Pure.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

GOOD_FOR = timedelta(minutes=5)
"""An older request may be one that somebody kept."""


def objection(
    body: bytes, moment: str, signature: str, secret: str, now: datetime
) -> str | None:  # fmt: skip
    """Why it does not come from Slack, or None where it does; *moment* is of the epoch."""
    if not re.fullmatch(r"[0-9]{1,12}", moment):
        return "it says no time"
    if abs(now - datetime.fromtimestamp(int(moment), UTC)) > GOOD_FOR:
        return "it is not of the last five minutes"
    if not hmac.compare_digest(signed(body, moment, secret).encode(), signature.encode()):
        return "its signature is not Slack's"
    return None


def signed(body: bytes, moment: str, secret: str) -> str:
    """What Slack writes into ``X-Slack-Signature``."""
    told = b":".join((b"v0", moment.encode(), body))
    return f"v0={hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()}"
