"""Which way a replay goes; each way's needs are imported when it is taken."""

import sys
from datetime import UTC, datetime

from awsteward.cli.place import place
from awsteward.cli.replay.options import Options
from awsteward.core.errors import ConfigError


def run(options: Options) -> int:
    """Replay; 0 when nothing is left to report, else the exit code that says who must act."""
    where = place(options.policy, options.ledger)
    for each in where.policy.expired(datetime.now(UTC)):
        print(f"the exception {each.reason!r} ended on {each.until}", file=sys.stderr)
    if options.slack_url and not (options.apply or options.notify):
        raise ConfigError("--slack-url is for --notify or --apply; without them nothing is posted")
    if options.apply or options.read or options.notify:
        from awsteward.cli.replay.live import live

        return live(options, where)
    if options.form == "json":
        from awsteward.cli.replay.lines import print_lines

        return print_lines(options, where.policy)
    from awsteward.cli.replay.people import tell

    return tell(options, where.policy)
