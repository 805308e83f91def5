"""The ledger that Lambdas and workers share: `clients.ledger.Ledger` in one DynamoDB table.

Keys `pk` and `sk`, no index, every read consistent (docs/decisions/0013). It decides nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from awsteward.clients.aws.door import Aws
from awsteward.clients.aws.dynamo import items
from awsteward.clients.aws.dynamo.block import Change, Delete, Op, Put, add, hundreds, key
from awsteward.clients.aws.dynamo.calls import Table
from awsteward.clients.aws.dynamo.items import Attributes, Key, content, expires, text
from awsteward.clients.ledger import Entry, Removal, State, Unanswered, stamp


class DynamoLedger:
    """One process's way to the shared ledger; one thread uses it at a time."""

    def __init__(self, door: Aws, table: str, region: str, now: Callable[[], datetime]) -> None:
        """Nothing is called before the first read or write; *region* is the table's."""
        self._table = Table(door=door, name=table, region=region)
        self._now = now
        self._kept = count()
        self._block: dict[Key, Op] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Record all that is recorded inside, or nothing; it is written when the block ends.

        Until then reads show what was there before, but `notice` and `put` know of the block, too.
        Where another process keeps the same notice, letter or question first, its own stands and
        only ours is left out.

        More than 100 changes (4 MB) go in several transactions, in the order they were recorded.
        A kill between two loses nothing as long as letters are kept before their notices are told:
        the notices wait still, and the same ones make a letter of the same id, which is known. A
        letter is repeated, once, only where others have joined its notices by then.
        """
        if self._block is not None:
            raise RuntimeError("a block inside a block: the outer one could not be undone")
        self._block = {}
        try:
            yield
            ops = self._block.values()
        finally:
            self._block = None
        self._commit(ops)

    def intend(self, entries: Iterable[Entry]) -> None:
        """See `Writes.intend`."""
        until = {"expires": expires(self._now() + items.RECORDS_STAY)}
        written = tuple(entries)
        self._record(
            Put(
                key=items.write(entry),
                attributes={**items.attributes(entry, State.INTENDED), **until},
            )
            for entry in written
        )
        leading = {key: to for entry in written for key, to in items.pointers(entry)}
        self._record(Put(key=key, attributes={**to, **until}) for key, to in leading.items())

    def intents(self, event_id: str, ref: str) -> tuple[Entry, ...]:
        """See `Writes.intents`."""
        found = self._entries(event_id, ref)
        return tuple(entry for entry in found if entry.state is State.INTENDED)

    def settle(self, entries: Iterable[Entry], state: State) -> None:
        """See `Writes.settle`."""
        attributes = {"state": text(state)}
        self._record(Change(key=items.write(entry), attributes=attributes) for entry in entries)

    def undone(self, event_id: str, ref: str) -> Mapping[str, str]:
        """See `Writes.undone`."""
        found = self._entries(event_id, ref)
        return {entry.key: entry.value for entry in found if entry.state is State.UNDONE}

    def written_since(self, moment: datetime) -> tuple[Entry, ...]:
        """See `Writes.written_since`; this reads the whole table, for it is asked only to undo."""
        found = self._table.scan(
            "begins_with(#pk, :writes) AND #at >= :moment AND #state IN (:written, :intended)",
            {"#pk": "pk", "#at": "at", "#state": "state"},
            {
                ":writes": text(items.WRITES),
                ":moment": text(stamp(moment)),
                ":written": text(State.WRITTEN),
                ":intended": text(State.INTENDED),
            },
        )
        return tuple(sorted(map(items.entry, found), key=lambda e: (e.at, e.ref, e.key)))

    def notice(self, event_id: str, ref: str, body: str) -> bool:
        """See `Notices.notice`."""
        mark = items.notice(event_id, ref)
        until = self._now() + items.RECORDS_STAY
        row = {"event_id": text(event_id), "ref": text(ref), "body": items.body(body)}
        return self._first(
            Put(key=mark, attributes={"expires": expires(until)}, fresh=True),
            Put(
                key=items.waiting(event_id, ref),
                attributes={**row, "kept": text(self._moment())},
                beside=mark,
            ),
        )

    def untold(self) -> tuple[tuple[str, str, str], ...]:
        """See `Notices.untold`; the longest kept first."""
        found = sorted(self._table.query(items.WAITING), key=lambda item: content(item["kept"]))
        return tuple(
            (content(item["event_id"]), content(item["ref"]), content(item["body"]))
            for item in found
        )

    def told(self, notices: Iterable[tuple[str, str]], at: datetime) -> None:  # noqa: ARG002  they leave the waiting; when is in the letter
        """See `Notices.told`."""
        self._record(Delete(key=items.waiting(event_id, ref)) for event_id, ref in notices)

    def put(self, letter_id: str, payload: str, at: datetime) -> bool:
        """See `Outbox.put`."""
        mark = items.letter(letter_id)
        row = {"id": text(letter_id), "payload": items.body(payload)}
        return self._first(
            Put(key=mark, attributes={"at": text(stamp(at))}, fresh=True),
            Put(
                key=items.unsent(letter_id),
                attributes={**row, "kept": text(self._moment())},
                beside=mark,
            ),
        )

    def unsent(self) -> tuple[tuple[str, str], ...]:
        """See `Outbox.unsent`."""
        found = sorted(self._table.query(items.UNSENT), key=lambda item: content(item["kept"]))
        return tuple((content(item["id"]), content(item["payload"])) for item in found)

    def sent(self, letter_id: str, at: datetime) -> None:
        """See `Outbox.sent`."""
        until = expires(at + items.SENT_LETTERS_STAY)
        mark = {"sent": text(stamp(at)), "expires": until}
        self._record(
            [
                Change(key=items.letter(letter_id), attributes=mark),
                Delete(key=items.unsent(letter_id)),
            ]
        )

    def ask(self, question_id: str, body: str, at: datetime, whom: str = "") -> None:
        """See `Questions.ask`."""
        mark, held = items.question(question_id), items.body(body)
        row = {"id": text(question_id), "body": held, "at": text(stamp(at)), "whom": text(whom)}
        self._first(
            Put(key=mark, attributes={"body": held}, fresh=True),
            Put(
                key=items.open_question(question_id),
                attributes={**row, "reminded": text("0")},
                beside=mark,
            ),
        )

    def question(self, question_id: str) -> str | None:
        """See `Questions.question`."""
        item = self._table.get(items.question(question_id))
        return content(item["body"]) if item else None

    def answer(self, question_id: str, answer: str, at: datetime) -> None:
        """See `Questions.answer`."""
        attributes = {"answer": items.body(answer), "answered": text(stamp(at))}
        self._record(
            [
                Change(key=items.question(question_id), attributes=attributes),
                Delete(key=items.open_question(question_id)),
            ]
        )

    def waiting(self) -> tuple[Unanswered, ...]:
        """See `Questions.waiting`; what an older awsteward asked is not among them."""
        found = map(items.unanswered, self._table.query(items.OPEN))
        return tuple(sorted(found, key=lambda each: (each.at, each.id)))

    def remind(self, question_id: str, number: int) -> None:
        """See `Questions.remind`."""
        self._change_open(question_id, {"reminded": text(str(number))})

    def snooze(self, question_id: str, until: datetime, by: str) -> None:
        """See `Questions.snooze`."""
        self._change_open(question_id, {"snoozed": text(stamp(until)), "snoozed_by": text(by)})

    def _change_open(self, question_id: str, attributes: Attributes) -> None:
        self._record([Change(key=items.open_question(question_id), attributes=attributes)])

    def chalk(self, kind: str, name: str, body: str, until: datetime) -> None:
        """See `Slate.chalk`."""
        row = {"name": items.body(name), "body": items.body(body), "expires": expires(until)}
        self._record([Put(key=items.slate(kind, name), attributes=row)])

    def slate(self, kind: str) -> Mapping[str, str]:
        """See `Slate.slate`."""
        found = self._table.query(items.slate(kind, "")[0])
        return {content(item["name"]): content(item["body"]) for item in found}

    def wipe(self, kind: str, name: str) -> None:
        """See `Slate.wipe`."""
        self._record([Delete(key=items.slate(kind, name))])

    def unsent_since(self) -> datetime | None:
        """See `Waiting.unsent_since`."""
        kept = [content(item["kept"]) for item in self._table.query(items.UNSENT)]
        return datetime.fromisoformat(min(kept).partition("#")[0]) if kept else None

    def ours(self, account: str, name: str) -> tuple[Entry, ...]:
        """See `Removals.ours`; what leads there may lead to what no longer stands."""
        leading = self._table.query(items.ours(account, name))
        led = {(content(each["event_id"]), content(each["ref"])) for each in leading}
        found = (entry for event_id, ref in sorted(led) for entry in self._entries(event_id, ref))
        return tuple(entry for entry in found if entry.state is State.WRITTEN)

    def remove(self, removal: Removal) -> bool:
        """See `Removals.remove`."""
        until = expires(self._now() + items.RECORDS_STAY)
        attributes = {**items.of_removal(removal), "expires": until}
        leading = {"account": text(removal.account), "kind": text(removal.kind), "expires": until}
        return self._first(
            Put(key=items.removal(removal), attributes=attributes, fresh=True),
            Put(key=items.removed(removal), attributes=leading),
        )

    def removals(self, account: str, kind: str) -> tuple[Removal, ...]:
        """See `Removals.removals`."""
        found = map(items.as_removal, self._table.query(items.removals(account, kind)))
        return tuple(sorted(found, key=lambda each: (each.at, each.event_id, each.ref, each.key)))

    def all_removals(self) -> tuple[Removal, ...]:
        """See `Removals.all_removals`; what leads there may lead to none that still counts."""
        leading = self._table.query(items.REMOVED)
        kinds = sorted((content(each["account"]), content(each["kind"])) for each in leading)
        return tuple(one for account, kind in kinds for one in self.removals(account, kind))

    def forget(self, removals: Iterable[Removal]) -> None:
        """See `Removals.forget`."""
        self._record(Delete(key=items.removal(one)) for one in removals)

    def seen(self, account: str, event_id: str) -> bool:
        """See `Seen.seen`."""
        return self._table.get(items.seen(account, event_id)) is not None

    def see(self, account: str, event_id: str) -> None:
        """See `Seen.see`."""
        until = expires(self._now() + items.SEEN_STAYS)
        item = {**key(items.seen(account, event_id)), "expires": until}
        self._table.alone("PutItem", {"Item": item})

    def hold(self, name: str, holder: str, until: datetime) -> bool:
        """See `Lease.hold`."""
        row = {"holder": text(holder), "until": text(stamp(until))}
        free = "attribute_not_exists(pk) OR #holder = :us OR #until <= :now"
        return self._table.alone(
            "PutItem",
            {
                "Item": {**key(items.lease(name)), **row},
                "ConditionExpression": free,
                "ExpressionAttributeNames": {"#holder": "holder", "#until": "until"},
                "ExpressionAttributeValues": {
                    ":us": text(holder),
                    ":now": text(stamp(self._now())),
                },
            },
        )

    def release(self, name: str, holder: str) -> None:
        """See `Lease.release`."""
        self._table.alone(
            "DeleteItem",
            {
                "Key": key(items.lease(name)),
                "ConditionExpression": "#holder = :us",
                "ExpressionAttributeNames": {"#holder": "holder"},
                "ExpressionAttributeValues": {":us": text(holder)},
            },
        )

    def _first(self, mark: Put, *others: Put) -> bool:
        """Record what must not be there yet; False when it is."""
        if self._block is not None and self._is_there(mark.key, self._block):
            return False
        return mark.key not in self._record([mark, *others])

    def _is_there(self, mark: Key, block: Mapping[Key, Op]) -> bool:
        return isinstance(block.get(mark), Put) or self._table.get(mark) is not None

    def _record(self, ops: Iterable[Op]) -> frozenset[Key]:
        """Keep *ops* for the end of the block, or write them; the keys that were there before."""
        block = {} if self._block is None else self._block
        for op in ops:
            add(block, op)
        return self._commit(block.values()) if self._block is None else frozenset()

    def _commit(self, ops: Iterable[Op]) -> frozenset[Key]:
        lost: frozenset[Key] = frozenset()
        return lost.union(*map(self._table.commit, hundreds(ops)))

    def _entries(self, event_id: str, ref: str) -> list[Entry]:
        found = self._table.query(items.writes(event_id), items.beginning(ref))
        return sorted(map(items.entry, found), key=lambda entry: entry.key)

    def _moment(self) -> str:
        """The time, and a number for those of the same time."""
        return f"{stamp(self._now())}#{next(self._kept):09d}"
