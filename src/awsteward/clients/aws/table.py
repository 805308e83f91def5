"""The ledger of a guard on AWS: one DynamoDB table that every function and worker shares.

It keeps what `clients.ledger.SqliteLedger` keeps, by the same protocols, and decides as little.
All reads are consistent. Names are hashed into keys: an ARN may be longer than a key.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import chain, count
from typing import Any

import msgspec

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.refusals import Cause, Refusal, given
from awsteward.clients.ledger import Entry, State
from awsteward.core.errors import ConfigError, RemoteError

MOST_TOGETHER = 100
"""Operations in one transaction: DynamoDB API reference, TransactWriteItems."""
ROUNDS = 8
"""Tries of one transaction: each drops what somebody else did meanwhile."""
KEPT = timedelta(days=400)
"""A year after it was written, a tag can still be taken back."""
LETTERS_KEPT = timedelta(days=90)
SEEN_KEPT = timedelta(days=15)
"""A day longer than a message can lie in a queue."""

Item = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Key:
    """Where one item lies."""

    pk: str
    sk: str

    @property
    def item(self) -> dict[str, Mapping[str, str]]:
        """As DynamoDB writes it."""
        return {"pk": {"S": self.pk}, "sk": {"S": self.sk}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Operations that only make sense together, by the item each is about."""

    operations: Mapping[Key, Mapping[str, Any]]
    new: Key | None = None
    """It must not be there yet, or the step is not to be done."""
    there: Key | None = None
    """It must be there, or the step is not to be done."""


@dataclass(slots=True)
class DynamoLedger:
    """`Ledger`, `Seen` and `Lease` in the table of that name; see those for what each does."""

    door: Aws
    table: str
    region: str
    now: Callable[[], datetime]
    _block: list[Step] | None = field(default=None, init=False)
    _number: Iterator[int] = field(default_factory=count, init=False)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that is recorded inside is recorded, or nothing is, up to a hundred operations.

        More are recorded hundred by hundred, in their order: a kill in between loses nothing, and
        repeats one message at most, for a letter is kept before its notices are marked.
        """
        self._block = []
        try:
            yield
            steps = self._block
        finally:
            self._block = None
        for part in _parts(steps):
            self._commit(part)

    # --- what was written --------------------------------------------------------------------

    def intend(self, entries: Iterable[Entry]) -> None:
        """See `Writes.intend`."""
        steps = [_put(_of(e), _kept(e) | self._until(KEPT)) for e in entries]
        self._all(steps)

    def intents(self, event_id: str, ref: str) -> tuple[Entry, ...]:
        """See `Writes.intents`."""
        return tuple(e for e in self._writes(event_id, ref) if e.state is State.INTENDED)

    def settle(self, entries: Iterable[Entry], state: State) -> None:
        """See `Writes.settle`."""
        self._all([_changed(_of(entry), "state", state) for entry in entries])

    def undone(self, event_id: str, ref: str) -> Mapping[str, str]:
        """See `Writes.undone`."""
        writes = self._writes(event_id, ref)
        return {e.key: e.value for e in writes if e.state is State.UNDONE}

    def written_since(self, moment: datetime) -> tuple[Entry, ...]:
        """See `Writes.written_since`; reads the whole table, for taking back is rare."""
        told = self._pages("Scan", FilterExpression="begins_with(pk, :p)", **_values(p="write#"))
        standing = (State.WRITTEN, State.INTENDED)
        found = [e for e in map(_entry, told) if e.at >= moment and e.state in standing]
        return tuple(sorted(found, key=lambda e: (e.at, e.ref, e.key, e.event_id)))

    def _writes(self, event_id: str, ref: str) -> list[Entry]:
        found = map(_entry, self._under(f"write#{_hash(event_id)}"))
        return [entry for entry in found if (entry.event_id, entry.ref) == (event_id, ref)]

    # --- what is to be told ------------------------------------------------------------------

    def notice(self, event_id: str, ref: str, body: str) -> bool:
        """See `Notices.notice`."""
        mark, waiting = _notice(event_id, ref)
        if self._there(mark):
            return False
        kept = {"event_id": event_id, "ref": ref, "body": body, "order": self._order()}
        step = _merged(_put(mark, self._until(KEPT), new=True), _put(waiting, _texts(kept)))
        return self._one(step)

    def untold(self) -> tuple[tuple[str, str, str], ...]:
        """See `Notices.untold`."""
        told = sorted((_plain(item) for item in self._under("waiting")), key=lambda it: it["order"])
        return tuple((each["event_id"], each["ref"], each["body"]) for each in told)

    def told(self, notices: Iterable[tuple[str, str]], at: datetime) -> None:  # noqa: ARG002  its marker says it
        """See `Notices.told`."""
        self._all([_removed(_notice(*each)[1]) for each in notices])

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        """See `Outbox.put`."""
        mark, unsent = _letter(letter_id)
        if self._there(mark):
            return False
        kept = _texts(
            {"id": letter_id, "payload": payload, "at": _stamp(at), "order": self._order()}
        )
        return self._one(
            _merged(_put(mark, self._until(LETTERS_KEPT), new=True), _put(unsent, kept))
        )

    def unsent(self) -> tuple[tuple[str, str], ...]:
        """See `Outbox.unsent`."""
        told = sorted((_plain(item) for item in self._under("unsent")), key=lambda it: it["order"])
        return tuple((each["id"], each["payload"]) for each in told)

    def sent(self, letter_id: str, at: datetime) -> None:  # noqa: ARG002  it is no longer among the unsent
        """See `Outbox.sent`."""
        self._all([_removed(_letter(letter_id)[1])])

    def ask(self, question_id: str, body: str) -> None:
        """See `Questions.ask`."""
        key = Key(f"question#{question_id}", "question")
        if not self._there(key):
            self._one(_put(key, _texts({"body": body}) | self._until(KEPT), new=True))

    def question(self, question_id: str) -> str | None:
        """See `Questions.question`."""
        found = self._get(Key(f"question#{question_id}", "question"))
        return _plain(found)["body"] if found else None

    def answer(self, question_id: str, answer: str, at: datetime) -> None:
        """See `Questions.answer`."""
        said = msgspec.json.encode({"answer": answer, "at": _stamp(at)}).decode()
        self._all([_changed(Key(f"question#{question_id}", "question"), "answer", said)])

    # --- what several share ------------------------------------------------------------------

    def seen(self, account: str, event_id: str) -> bool:
        """See `Seen.seen`."""
        return self._there(_seen(account, event_id))

    def see(self, account: str, event_id: str) -> None:
        """See `Seen.see`."""
        self._all([_put(_seen(account, event_id), self._until(SEEN_KEPT))])

    def hold(self, name: str, holder: str, until: datetime) -> bool:
        """See `Lease.hold`."""
        kept = _texts({"holder": holder, "until": _stamp(until)})
        answer = self._call(
            "PutItem", Item=Key(f"lease#{name}", "lease").item | kept,
            ConditionExpression="attribute_not_exists(pk) OR #u < :now OR holder = :me",
            ExpressionAttributeNames={"#u": "until"}, **_values(now=_stamp(self.now()), me=holder),
        )  # fmt: skip
        return self._happened(answer)

    def release(self, name: str, holder: str) -> None:
        """See `Lease.release`."""
        answer = self._call(
            "DeleteItem", Key=Key(f"lease#{name}", "lease").item,
            ConditionExpression="holder = :me", **_values(me=holder),
        )  # fmt: skip
        self._happened(answer)

    # --- the table ---------------------------------------------------------------------------

    def _one(self, step: Step) -> bool:
        """Do it now, or with the block; True unless somebody was quicker."""
        if self._block is None:
            return step in self._commit([step])
        self._block.append(step)
        return True

    def _all(self, steps: Sequence[Step]) -> None:
        if self._block is not None:
            self._block += steps
            return
        for part in _parts(steps):
            self._commit(part)

    def _commit(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Do *steps* in one transaction, without those that have become pointless; the rest."""
        for _ in range(ROUNDS):
            operations = dict(chain.from_iterable(step.operations.items() for step in steps))
            if not operations:
                return steps
            answer = self._call("TransactWriteItems", TransactItems=list(operations.values()))
            if not _lost_a_race(answer):
                self._given(answer)
                return steps
            steps = [step for step in steps if self._sensible(step)]
        raise RemoteError(f"the table {self.table} is too busy for a transaction")

    def _sensible(self, step: Step) -> bool:
        if step.new is not None:
            return self._get(step.new) is None
        return step.there is None or self._get(step.there) is not None

    def _there(self, key: Key) -> bool:
        """Among what the block will write, or in the table."""
        coming = any(key in step.operations for step in self._block or ())
        return coming or self._get(key) is not None

    def _get(self, key: Key) -> Item | None:
        answer = self._given(self._call("GetItem", Key=key.item, ConsistentRead=True))
        found: Item | None = answer.get("Item")
        return found

    def _under(self, pk: str) -> Iterator[Item]:
        return self._pages("Query", KeyConditionExpression="pk = :p", **_values(p=pk))

    def _pages(self, operation: str, **asked: Any) -> Iterator[Item]:  # noqa: ANN401  SDK parameters
        more: dict[str, Any] = {}
        while True:
            answer = self._given(self._call(operation, ConsistentRead=True, **asked, **more))
            yield from answer.get("Items", ())
            if not (last := answer.get("LastEvaluatedKey")):
                return
            more["ExclusiveStartKey"] = last

    def _call(self, operation: str, **params: Any) -> Mapping[str, Any] | Refusal:  # noqa: ANN401  SDK parameters
        named = {} if operation == "TransactWriteItems" else {"TableName": self.table}
        if operation == "TransactWriteItems":
            params["TransactItems"] = [self._in_table(each) for each in params["TransactItems"]]
        return self.door.call("", self.region, "dynamodb", operation, {**named, **params})

    def _in_table(self, operation: Mapping[str, Any]) -> Mapping[str, Any]:
        return {kind: {"TableName": self.table, **asked} for kind, asked in operation.items()}

    def _happened(self, answer: Mapping[str, Any] | Refusal) -> bool:
        if isinstance(answer, Refusal) and answer.code == "ConditionalCheckFailedException":
            return False
        self._given(answer)
        return True

    def _given(self, answer: Mapping[str, Any] | Refusal) -> Mapping[str, Any]:
        if isinstance(answer, Refusal) and answer.cause is Cause.ABSENT:
            raise ConfigError(f"there is no table {self.table} in {self.region}: {answer.message}")
        return given(answer)

    def _order(self) -> str:
        """Sorts as what is kept came: by time, and within one moment by number."""
        return f"{_stamp(self.now())} {next(self._number):09}"

    def _until(self, kept: timedelta) -> dict[str, Mapping[str, str]]:
        return {"expires": {"N": str(int((self.now() + kept).timestamp()))}}


def _lost_a_race(answer: Mapping[str, Any] | Refusal) -> bool:
    return isinstance(answer, Refusal) and answer.code in (
        "TransactionCanceledException", "TransactionConflictException",
    )  # fmt: skip


def _parts(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """*steps* in order, in parts of at most as many operations as a transaction takes."""
    part: list[Step] = []
    size = 0
    for step in steps:
        if size + len(step.operations) > MOST_TOGETHER:
            yield part
            part, size = [], 0
        part.append(step)
        size += len(step.operations)
    if part:
        yield part


# --- steps -----------------------------------------------------------------------------------


def _put(key: Key, what: Item, *, new: bool = False) -> Step:
    asked: dict[str, Any] = {"Item": key.item | dict(what)}
    if new:
        asked["ConditionExpression"] = "attribute_not_exists(pk)"
    return Step(operations={key: {"Put": asked}}, new=key if new else None)


def _changed(key: Key, name: str, value: str) -> Step:
    """One attribute of what is there; where nothing is, nothing is changed."""
    asked = {
        "Key": key.item,
        "UpdateExpression": "SET #n = :v",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": {"#n": name},
        **_values(v=value),
    }
    return Step(operations={key: {"Update": asked}}, there=key)


def _removed(key: Key) -> Step:
    return Step(operations={key: {"Delete": {"Key": key.item}}})


def _merged(first: Step, second: Step) -> Step:
    return Step(operations={**first.operations, **second.operations}, new=first.new)


# --- keys and values -------------------------------------------------------------------------


def _of(entry: Entry) -> Key:
    return Key(f"write#{_hash(entry.event_id)}", _hash(entry.ref, entry.key))


def _notice(event_id: str, ref: str) -> tuple[Key, Key]:
    """That it was kept once, and itself while it waits to be told."""
    name = _hash(event_id, ref)
    return Key(f"notice#{name}", "notice"), Key("waiting", name)


def _letter(letter_id: str) -> tuple[Key, Key]:
    """That it was kept once, and itself until it is sent."""
    return Key(f"letter#{letter_id}", "letter"), Key("unsent", letter_id)


def _seen(account: str, event_id: str) -> Key:
    return Key(f"seen#{_hash(account, event_id)}", "seen")


def _hash(*parts: str) -> str:
    """The same for the same parts, and short, whatever the parts are."""
    return blake2b(msgspec.json.encode(parts), digest_size=20).hexdigest()


def _kept(entry: Entry) -> dict[str, Mapping[str, str]]:
    """An intent as an item; what is None is left out."""
    plain = msgspec.to_builtins(entry) | {"at": _stamp(entry.at), "state": State.INTENDED.value}
    return {name: _value(value) for name, value in plain.items() if value is not None}


def _value(value: object) -> Mapping[str, Any]:
    return {"BOOL": value} if isinstance(value, bool) else {"S": str(value)}


def _entry(item: Item) -> Entry:
    plain = _plain(item)
    blank = dict.fromkeys(Entry.__dataclass_fields__)
    return msgspec.convert({name: plain.get(name) for name in blank}, Entry, strict=False)


def _plain(item: Item) -> dict[str, Any]:
    return {name: next(iter(value.values())) for name, value in item.items()}


def _texts(texts: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {name: {"S": value} for name, value in texts.items()}


def _values(**values: str) -> dict[str, Any]:
    return {"ExpressionAttributeValues": {f":{name}": {"S": v} for name, v in values.items()}}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
