"""Draw the guides' pictures: ``python -m tools.guides.draw``. They are kept beside the guides."""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

PICTURES = Path("docs/zero-downtime/images")
_INK, _SOFT, _LINE = "#1d2433", "#5b6577", "#d9dee7"
_BLUE, _GREEN, _RED, _AMBER, _GREY = "#2563a8", "#2f855a", "#c2332b", "#d08a1d", "#e8ecf2"
_FONT = "'Noto Sans KR','Noto Sans CJK KR','Malgun Gothic','Apple SD Gothic Neo',sans-serif"

STOP = {
    "en": {
        "name": "Two branches start at t0, and nothing makes one wait for the other",
        "without": "Without a hook",
        "with": "With a hook that waits (gate)",
        "node": "node",
        "traffic": "traffic",
        "requests": "requests",
        "sends": "the load balancer still sends (P)",
        "drains": "draining: what is in flight may end, up to D",
        "hook": "preStop: P, then until nothing is in flight",
        "shuts": "K",
        "over": "gone",
        "refused": "refused: 502 / 503",
        "deadline": "gate's deadline",
    },
    "ko": {
        "name": "두 흐름이 t0에 함께 시작되고, 서로를 기다리지 않는다",
        "without": "훅이 없을 때",
        "with": "기다리는 훅이 있을 때(gate)",
        "node": "노드",
        "traffic": "트래픽",
        "requests": "요청",
        "sends": "로드 밸런서가 아직 보낸다(P)",
        "drains": "드레이닝: 처리 중인 요청은 D까지 끝낼 수 있다",
        "hook": "preStop: P 경과 후, 처리 중인 요청이 0이 될 때까지",
        "shuts": "K",
        "over": "종료됨",
        "refused": "거부: 502 / 503",
        "deadline": "gate의 마감 시각",
    },
}
LEVELS = {
    "en": (
        ("DNS and provider", "resolvers keep the old answer", "TTL, weights, old side stays up"),
        ("Load balancer", "P seconds of sending on, D seconds of patience", "ip targets, D ≥ S"),
        ("Node", "no room for the new pod; Spot takes two minutes", "IPs, max-pods, budgets"),
        ("Deployment", "old pods leave before new ones serve", "maxUnavailable 0, readiness gate"),
        ("Pod", "TERM comes before the last request", "preStop, grace G ≥ P + S + K + m"),
        ("Main process", "the signal never arrives, or kills", "exec form, drains on TERM"),
        ("Database, cache, broker", "connections cut mid-transaction", "ids committed once, retry"),
    ),
    "ko": (
        ("DNS와 제공자", "리졸버가 옛 응답을 기억한다", "TTL, 가중치, 옛 쪽을 살려 둔다"),
        ("로드 밸런서", "P초 동안 더 보내고, D초 동안 기다린다", "ip 타깃, D ≥ S"),
        ("노드", "새 Pod의 자리가 없다. 스팟은 2분뿐이다", "IP, max-pods, 중단 예산"),
        ("Deployment", "새 Pod가 받기 전에 옛 Pod가 떠난다", "maxUnavailable 0, readiness gate"),
        ("Pod", "마지막 요청보다 TERM이 먼저 온다", "preStop, 유예 G ≥ P + S + K + m"),
        ("메인 프로세스", "시그널이 닿지 않거나, 닿자마자 죽는다", "exec 형식, TERM에 드레인"),
        ("DB·캐시·브로커", "트랜잭션 도중에 연결이 끊긴다", "ID당 한 번 커밋, 재시도"),
    ),
}
_HEADS = {
    "en": ("level", "how a request is lost there", "what keeps it"),
    "ko": ("계층", "여기서 요청을 잃는 방식", "지키는 방법"),
}


def main() -> None:
    """Write every picture."""
    for path, drawn in pictures().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
        print(f"{path}: {len(drawn):,} bytes")


def pictures() -> Mapping[Path, str]:
    """Give every picture by its path."""
    drawn = {}
    for language, words in STOP.items():
        end = "" if language == "en" else f".{language}"
        drawn[PICTURES / f"stop{end}.svg"] = stop(words)
        drawn[PICTURES / f"levels{end}.svg"] = levels(language)
    return drawn


def stop(words: Mapping[str, str]) -> str:
    """Draw one stop twice, on one time axis: t0 at 100, P at 330, the grace's end at 800."""
    parts = [_text(20, 26, words["name"], bold=True, size=15)]
    parts += _without(words, 62) + _with(words, 252)
    for at, said in ((100, "t0"), (330, "t0 + P"), (800, "t0 + G")):
        parts.append(_rule(at, 78, 410))
        parts.append(_text(at, 428, said, colour=_SOFT, middle=True))
    return _svg(860, 440, parts)


def _without(words: Mapping[str, str], top: int) -> list[str]:
    return [
        _text(20, top - 11, words["without"], bold=True),
        *_lanes(words, top),
        _mark(118, top + 18, 24, "TERM", _AMBER),
        _bar(118, top + 18, 50, _AMBER, words["shuts"]),
        _text(176, top + 33, words["over"], colour=_SOFT),
        _bar(100, top + 58, 230, _RED, words["sends"]),
        _bar(330, top + 58, 470, _GREY, words["drains"], dark=True),
        *_flights(top + 102, ((70, 130, _GREEN), (104, 160, _GREEN))),
        *(_cross(at, top + 122) for at in (186, 212, 238, 264, 290, 316)),
        _text(345, top + 127, words["refused"], colour=_RED),
    ]


def _with(words: Mapping[str, str], top: int) -> list[str]:
    return [
        _text(20, top - 11, words["with"], bold=True),
        *_lanes(words, top),
        _bar(100, top + 18, 420, _BLUE, words["hook"]),
        _mark(520, top + 18, 28, "TERM", _AMBER),
        _bar(520, top + 18, 50, _AMBER, words["shuts"]),
        _text(578, top + 33, words["over"], colour=_SOFT),
        _mark(740, top + 18, 28, words["deadline"], _SOFT),
        _mark(800, top + 18, 28, "KILL", _RED),
        _bar(100, top + 58, 230, _RED, words["sends"]),
        _bar(330, top + 58, 470, _GREY, words["drains"], dark=True),
        *_flights(
            top + 96,
            (
                (70, 130, _GREEN), (150, 210, _GREEN), (190, 250, _GREEN), (240, 300, _GREEN),
                (280, 340, _GREEN), (324, 512, _GREEN),
            ),
        ),
        _text(418, top + 138, "S", colour=_GREEN, middle=True, bold=True),
    ]  # fmt: skip


def _lanes(words: Mapping[str, str], top: int) -> Iterator[str]:
    for down, name in ((33, "node"), (77, "traffic"), (121, "requests")):
        yield _text(88, top + down, words[name], colour=_SOFT, end=True)


def _flights(top: int, spans: tuple[tuple[int, int, str], ...]) -> Iterator[str]:
    for row, (start, end, colour) in enumerate(spans):
        y = top + row * 9
        yield f'<path d="M{start} {y}H{end}" stroke="{colour}" stroke-width="3"/>'
        yield f'<circle cx="{end}" cy="{y}" r="4" fill="{colour}"/>'


def levels(language: str) -> str:
    """Draw the levels one under the other, each with its loss and its remedy."""
    parts = [
        _text(x, 24, said, colour=_SOFT, bold=True)
        for x, said in zip((36, 230, 560), _HEADS[language], strict=True)
    ]
    for row, (name, loss, remedy) in enumerate(LEVELS[language]):
        y = 38 + row * 50
        parts.append(f'<rect x="20" y="{y}" width="180" height="38" rx="5" fill="{_BLUE}"/>')
        parts.append(_text(36, y + 24, name, colour="#fff", bold=True))
        parts.append(_text(230, y + 24, loss, colour=_RED))
        parts.append(_text(560, y + 24, remedy, colour=_GREEN))
        if row < len(LEVELS[language]) - 1:
            parts.append(f'<path d="M110 {y + 38}v12" stroke="{_SOFT}" stroke-width="2"/>')
            parts.append(f'<path d="M220 {y + 44}H845" stroke="{_LINE}"/>')
    return _svg(860, 38 + len(LEVELS[language]) * 50, parts)


def _bar(x: int, y: int, width: int, colour: str, said: str, *, dark: bool = False) -> str:
    words = _text(x + width // 2, y + 19, said, colour=_INK if dark else "#fff", middle=True)
    return f'<rect x="{x}" y="{y}" width="{width}" height="28" rx="4" fill="{colour}"/>{words}'


def _mark(x: int, y: int, height: int, said: str, colour: str) -> str:
    line = f'<path d="M{x} {y - 4}v{height + 8}" stroke="{colour}" stroke-width="3"/>'
    return line + _text(x, y - 8, said, colour=colour, middle=True, bold=True, size=11)


def _cross(x: int, y: int) -> str:
    return f'<path d="M{x - 5} {y - 5}l10 10m0-10l-10 10" stroke="{_RED}" stroke-width="2.5"/>'


def _rule(x: int, top: int, bottom: int) -> str:
    return f'<path d="M{x} {top}V{bottom}" stroke="{_SOFT}" stroke-dasharray="3 4"/>'


def _text(
    x: int, y: int, said: str, *, colour: str = _INK, bold: bool = False, middle: bool = False,
    end: bool = False, size: int = 12,
) -> str:  # fmt: skip
    anchor = ' text-anchor="middle"' if middle else ' text-anchor="end"' if end else ""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}"{anchor}{weight}>'
        f"{escape(said)}</text>"
    )


def _svg(width: int, height: int, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="{_FONT}" fill="none">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


if __name__ == "__main__":
    main()
