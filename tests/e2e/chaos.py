"""Everything goes wrong at once, and nothing may be lost: `python -m tests.e2e.chaos`.

Developers create resources, some with an owner already; their events come twice and out of order.
Meanwhile the worker is killed again and again, AWS throttles, fails and denies, and Slack is
rude. At the end a table says what was lost or done twice. Exit code 1 where a line is not as it
should be. Afterwards it waits for what
failed last and for the lease of a killed teller: some minutes, however short it was.
"""

import argparse
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from awsteward.clients.aws.dynamo.items import UNSENT, WAITING
from awsteward.demo.receiver import Hang, HangUp, Mischief, Say
from tests.e2e.aws.live import Live, live, no_code, without_functions, worker
from tests.e2e.aws.ministack import Fault
from tests.e2e.aws.postman import Delivery

PRESET = "somebody-else"
POISON = 20
FAULTS = (
    Fault(match=r"^sqs/(ListQueueTags|TagQueue)$", throttle=0.10, unavailable=0.05, denied=0.03),
    Fault(match=r"^tag/", throttle=0.10, unavailable=0.05),
    Fault(match=r"^dynamodb/", throttle=0.01, unavailable=0.01),
)
RUDE: tuple[Mischief, ...] = (
    Say(429, "rate_limited", 1), Say(500, "internal_error"), HangUp(keep=True), HangUp(keep=False),
    Hang(keep=False), Say(503, "service_unavailable"),
)  # fmt: skip
ID = re.compile(r"\[([a-z2-7]{8}(?:-\d+)?)\]$")
DEADLINE_S = 1800.0
SETTLED_S = 5.0


@dataclass(frozen=True, slots=True)
class Sum:
    """One line of the table: what was seen, and what it has to be."""

    what: str
    seen: int
    most: int


def main() -> int:
    """Play it and print the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--creations", type=int, default=2000)
    asked.add_argument("--kills", type=int, default=30)
    options = asked.parse_args()
    began = time.monotonic()
    with live(no_code()) as on:
        without_functions(on)
        killed, rude = _play(on, options.creations, options.kills)
        sums = list(_sums(on, options.creations, killed, rude))
        counted = on.aws.injected()
    _print(sums, counted, killed, time.monotonic() - began)
    return int(any(each.seen > each.most for each in sums))


def _play(on: Live, creations: int, kills: int) -> tuple[int, int]:
    """Work until everything has come to rest; how often we killed, and how rude Slack was."""
    chance = random.Random(7)  # noqa: S311  reproducible
    on.slack.mischief += [chance.choice(RUDE) for _ in range(kills)]
    rude = sum(isinstance(each, Hang | HangUp) for each in on.slack.mischief)
    on.aws.inject(*FAULTS)
    makers = [threading.Thread(target=_make, args=(on, n, creations)) for n in range(2)]
    for maker in makers:
        maker.start()
    for number in range(POISON):
        _poison(on, number)
    killed = 0
    while killed < kills:
        with worker(on, subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(1.5, 6.0))
            killed += process.poll() is None
    with worker(on, subprocess.DEVNULL):
        for maker in makers:
            maker.join()
        on.aws.inject()
        _rest(on)
    return killed, rude


def _make(on: Live, maker: int, creations: int) -> None:
    """Half of all queues, every tenth with an owner; told of twice, late and out of order."""
    travel = Delivery(copies=2, delay=0.1, spread=5.0)
    sqs = on.aws.developer(("mina", "joon")[maker], travel).client("sqs")
    for number in range(maker, creations, 2):
        tags = {"Owner": PRESET} if number % 10 < 2 else {}
        sqs.create_queue(QueueName=_name(number), tags=tags)
        time.sleep(0.02)


def _name(number: int) -> str:
    return f"chaos-{number:05}"


def _poison(on: Live, number: int) -> None:
    forged = {"source": "my.app", "detail-type": "AWS API Call via CloudTrail", "account": "1"}
    body = json.dumps({**forged, "detail": {"n": number}}) if number % 2 else f"poison {number}"
    on.aws.client("sqs").send_message(QueueUrl=on.outputs["QueueUrl"], MessageBody=body)


def _rest(on: Live) -> None:
    """Until nothing is under way, in the queue, waiting to be told or unsent, for a while."""
    end, quiet = time.monotonic() + DEADLINE_S, 0.0
    while time.monotonic() < end and quiet < SETTLED_S:
        time.sleep(1.0)
        quiet = 0.0 if _busy(on) else quiet + 1.0


def _busy(on: Live) -> bool:
    names = [f"ApproximateNumberOfMessages{end}" for end in ("", "NotVisible", "Delayed")]
    told = on.aws.client("sqs").get_queue_attributes(
        QueueUrl=on.outputs["QueueUrl"], AttributeNames=names
    )["Attributes"]
    if on.aws.undelivered() or any(int(told[name]) for name in names):
        return True
    return any(item["pk"]["S"] in (WAITING, UNSENT) for item in on.table())


def _sums(on: Live, creations: int, killed: int, rude: int) -> Iterator[Sum]:
    tags = {_name(number): on.queue_tags(_name(number)) for number in range(creations)}
    bare = [name for name, found in tags.items() if not {"Owner", "CreatedBy"} <= found.keys()]
    yield Sum("resources untagged that should be tagged", len(bare), 0)
    yield Sum("values overwritten", sum(map(_overwritten, tags.items())), 0)
    kept = [item["pk"]["S"] for item in on.table()]
    yield Sum("facts kept but never put into a letter", kept.count(WAITING), 0)
    notices = sum(pk.startswith("notice#") for pk in kept)
    yield Sum("resources of which nothing was kept to be told", max(0, creations - notices), 0)
    letters = {pk.partition("#")[2] for pk in kept if pk.startswith("letter#")}
    heard = Counter(match[1] for m in on.slack.messages if (match := ID.search(m["text"])))
    yield Sum("letters that Slack never took", len(letters - heard.keys()), 0)
    yield Sum("letters that Slack has twice or more", heard.total() - len(heard), killed + rude)
    dead = list(_dead(on))
    yield Sum("poison that is no dead letter", POISON - sum(map(_is_poison, dead)), 0)
    yield Sum("dead letters that are no poison", sum(not _is_poison(each) for each in dead), 0)


def _overwritten(named: tuple[str, Mapping[str, str]]) -> bool:
    name, tags = named
    preset = int(name[-5:]) % 10 < 2
    return tags.get("Owner") != PRESET if preset else tags.get("Owner") == PRESET


def _dead(on: Live) -> Iterator[str]:
    sqs = on.aws.client("sqs")
    asked = {"QueueUrl": on.outputs["DeadLettersUrl"], "MaxNumberOfMessages": 10}
    while found := sqs.receive_message(**asked, VisibilityTimeout=600).get("Messages"):
        yield from (message["Body"] for message in found)


def _is_poison(body: str) -> bool:
    return body.startswith("poison") or '"my.app"' in body


def _print(
    sums: list[Sum], counted: Mapping[str, Mapping[str, int]], killed: int, seconds: float
) -> None:
    say = sys.stdout.write
    for each in sums:
        word = "ok" if each.seen <= each.most else "WRONG"
        say(f"{word:<7}{each.what:<52}{each.seen:>6}   at most {each.most}\n")
    fates = Counter[str]()
    for told in counted.values():
        fates.update(told)
    faults = ", ".join(f"{n} {fate}" for fate, n in sorted(fates.items()) if fate != "passed")
    say(f"{killed} kills; faults: {faults}; {seconds:.0f} s\n")


if __name__ == "__main__":
    sys.exit(main())
