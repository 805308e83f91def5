import asyncio

from awsteward.rollout.rehearse.queue_server import Queue


class Asked:
    """Remembers the answers."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self.answers: list[tuple[int, str]] = []

    def ask(self, target: str) -> None:
        self._queue.handle(target, self.answer)

    def answer(self, status: int, body: bytes) -> None:
        self.answers.append((status, body.decode().strip()))


async def _talk(*targets: str, hands_over: bool, visibility_s: float = 30.0) -> list[str]:
    asked = Asked(Queue(visibility_s, hands_over=hands_over))
    for target in targets:
        asked.ask(target)
        await asyncio.sleep(0)
    return [body for _, body in asked.answers]


def test_a_message_is_counted_until_it_is_deleted() -> None:
    talk = _talk(
        "/work/q1?s=0.1", "/receive", "/depth", "/done/1", "/depth", hands_over=False
    )  # fmt: skip

    assert asyncio.run(talk) == ["ok", "1 q1 0.1", "1", "ok", "0"]


def test_a_message_that_was_not_deleted_comes_back() -> None:
    async def talk() -> list[str]:
        asked = Asked(Queue(0.0, hands_over=False))
        for target in ("/work/q1?s=0.1", "/receive", "/receive"):
            asked.ask(target)
        await asyncio.sleep(0.01)
        return [body for _, body in asked.answers]

    assert asyncio.run(talk()) == ["ok", "1 q1 0.1", "2 q1 0.1"]


def test_what_was_handed_over_is_the_takers_alone() -> None:
    talk = _talk("/work/q1?s=0.1", "/receive", "/depth", hands_over=True)

    assert asyncio.run(talk) == ["ok", "1 q1 0.1", "0"]
