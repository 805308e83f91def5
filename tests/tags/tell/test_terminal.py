import io

from rich.console import Console

from awsteward.core import slack
from awsteward.tags.tell.terminal import drawn, plain

PAYLOAD = {
    "text": "x",
    "blocks": [
        slack.header("Ana made a bucket"),
        slack.context([slack.bold("Who:") + " " + slack.code("[red]ana")]),
        slack.divider(),
        slack.section([slack.link("https://console/x", "open"), slack.preformatted("do it")]),
        slack.section(["second"]),
    ],
}


def test_a_pipe_gets_plain_lines() -> None:
    assert plain(PAYLOAD).split("\n") == [
        "== Ana made a bucket ==",
        "Who: [red]ana",
        "",
        "open: https://console/x",
        "    do it",
        "",
        "second",
        "",
    ]


def test_a_terminal_gets_a_frame_and_names_are_no_markup_there() -> None:
    out = io.StringIO()

    Console(file=out, width=60).print(drawn(PAYLOAD))

    assert "Ana made a bucket" in out.getvalue()
    assert "Who: [red]ana" in out.getvalue()
