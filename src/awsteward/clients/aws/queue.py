"""A queue and its dead letters, as the guard on duty uses them; SQS through the one door.

What a message means and what is to become of it is decided elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Cause, Refusal, given
from awsteward.core.errors import RemoteError

MOST_AT_ONCE = 10
LONGEST_DELAY_S = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""
HELD_S = 120
_LONGEST_WHY = 1_000
_WHY = "why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in our hands: nobody else is given it until its time is over."""

    id: str
    receipt: str
    body: str
    receives: int
    """How often it was handed out, this time included."""
    why: str | None = None
    """Of a dead letter: what was wrong with it."""


class Mailbox(Protocol):
    """Where what cannot be done now is put."""

    def later(self, message: Message, delay_s: int) -> None:
        """Send the same again, to be handed out after *delay_s* seconds (900 at most)."""
        ...

    def back(self, message: Message, hidden_s: int) -> None:
        """Give it back, to be handed out again after so many seconds."""
        ...

    def bury(self, message: Message, why: str) -> None:
        """Put it among the dead letters, with the reason."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """An SQS queue and the one that takes its dead letters."""

    door: Aws
    region: str
    url: str
    dead_letters: str

    def receive(self, wait_s: int) -> tuple[Message, ...]:
        """Up to ten messages, waiting for the first one *wait_s* seconds at most (20).

        They are ours for two minutes: so long is what a killed worker held kept from others.
        """
        answer = self._call(
            "ReceiveMessage", self.url, MaxNumberOfMessages=MOST_AT_ONCE,
            WaitTimeSeconds=wait_s, VisibilityTimeout=HELD_S,
            MessageSystemAttributeNames=["ApproximateReceiveCount"], MessageAttributeNames=[_WHY],
        )  # fmt: skip
        return tuple(map(_message, answer.get("Messages", ())))

    def later(self, message: Message, delay_s: int) -> None:
        """See `Mailbox.later`."""
        self._call("SendMessage", self.url, MessageBody=message.body, DelaySeconds=delay_s)

    def back(self, message: Message, hidden_s: int) -> None:
        """See `Mailbox.back`; a message whose time ran out meanwhile is back already."""
        with_ = {"ReceiptHandle": message.receipt, "VisibilityTimeout": hidden_s}
        params = {"QueueUrl": self.url, **with_}
        answer = self.door.call("", self.region, "sqs", "ChangeMessageVisibility", params)
        if isinstance(answer, Refusal) and answer.cause in (Cause.DENIED, Cause.SETTINGS):
            given(answer)

    def bury(self, message: Message, why: str) -> None:
        """See `Mailbox.bury`."""
        reason = {"DataType": "String", "StringValue": _sendable(why)}
        self._call(
            "SendMessage", self.dead_letters, MessageBody=message.body,
            MessageAttributes={_WHY: reason},
        )  # fmt: skip

    def done(self, messages: Sequence[Message]) -> None:
        """Take them off the queue (ten at most); RemoteError where one of them stays."""
        entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(messages)]
        if not entries:
            return
        answer = self._call("DeleteMessageBatch", self.url, Entries=entries)
        for failed in answer.get("Failed") or ():
            raise RemoteError(f"sqs DeleteMessageBatch: {failed.get('Code')}")

    def all(self) -> Iterator[Message]:
        """Every message that is there now, once; each stays hidden from others for a while."""
        known = set[str]()
        while new := [each for each in self.receive(0) if each.id not in known]:
            known.update(each.id for each in new)
            yield from new

    def _call(self, operation: str, url: str, **params: Any) -> Mapping[str, Any]:  # noqa: ANN401  SDK parameters
        asked = {"QueueUrl": url, **params}
        return given(self.door.call("", self.region, "sqs", operation, asked))


def _message(told: Mapping[str, Any]) -> Message:
    why = told.get("MessageAttributes", {}).get(_WHY, {}).get("StringValue")
    receives = told.get("Attributes", {}).get("ApproximateReceiveCount", "1")
    return Message(
        id=told["MessageId"], receipt=told["ReceiptHandle"], body=told["Body"],
        receives=int(receives), why=why,
    )  # fmt: skip


def _sendable(text: str) -> str:
    """SQS refuses an empty text and the characters that XML refuses."""
    clean = "".join(c if c.isprintable() else " " for c in text[:_LONGEST_WHY])
    return clean.encode("utf-8", "replace").decode() or "?"
