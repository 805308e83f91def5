"""The command line's root: what there is to call, and how a call ends.

Each command's module is imported when it is called, so that none waits for another's needs.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from awsteward.core.errors import StewardError

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
tags = typer.Typer(
    help="Who made this, whose budget is it, and why does nobody know?", no_args_is_help=True
)
app.add_typer(tags, name="tags")
deploy = typer.Typer(help="Run the guard in an AWS account.", no_args_is_help=True)
app.add_typer(deploy, name="deploy")
rollout = typer.Typer(
    help="Nothing that was accepted is lost when a server stops.", no_args_is_help=True
)
app.add_typer(rollout, name="rollout")

Format = Annotated[
    Literal["text", "json"],
    typer.Option("--format", help="JSON goes to stdout alone, everything else to stderr."),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="The policy; else awsteward.yaml, searched upward from here."),
]
LedgerFile = Annotated[
    str | None,
    typer.Option("--ledger", help="A file, or dynamodb:TABLE; else .awsteward/ beside the policy."),
]
Role = Annotated[
    str | None, typer.Option("--role", help="Name of the role to assume in other accounts.")
]
SlackUrl = Annotated[
    str | None,
    typer.Option(
        "--slack-url",
        help="https URL, or file:, ssm: or secretsmanager: reference; else SLACK_URL.",
    ),
]
Slacks = Annotated[
    list[str] | None,
    typer.Option("--slack", help="A route's channel: NAME=file:PATH, ssm: or secretsmanager:."),
]
Notify = Annotated[bool, typer.Option("--notify", help="Post without writing tags.")]
Apply = Annotated[bool, typer.Option("--apply", help="Write to AWS; without it nothing is.")]


Services = Annotated[
    str | None,
    typer.Option(help="Event sources or SDK services, such as sqs,s3; else all that is known."),
]
Runtime = Annotated[str, typer.Option(help="Lambda's runtime.")]
Architecture = Annotated[Literal["arm64", "x86_64"], typer.Option(help="Lambda's processors.")]
OrganizationId = Annotated[
    str | None,
    typer.Option("--organization", help="An organisation's id: its central account is meant."),
]
Regions = Annotated[
    str | None,
    typer.Option(help="Where its accounts create things, such as us-east-1,eu-west-1."),
]
ConfigRule = Annotated[
    bool, typer.Option("--config-rule", help="With a rule of AWS Config that shows who is tagged.")
]
StackName = Annotated[str, typer.Option("--stack", help="The stack's name.")]


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Looks after a shared AWS estate: every resource has an owner."""
    if version:
        from importlib.metadata import version as installed

        print(f"awsteward {installed('awsteward')}")
        raise typer.Exit


@app.command()
def demo(form: Format = "text") -> None:
    """Watch people and machines at work on an embedded AWS; no account needed."""
    from awsteward.cli.demo import run

    raise typer.Exit(run(form))


@app.command()
def doctor(
    stack: Annotated[
        str | None, typer.Option(help="The stack's name; else awsteward, if it is there.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Else the one that AWS_REGION names.")] = None,
    policy: PolicyFile = None,
    slack_url: SlackUrl = None,
    say_hello: Annotated[
        bool, typer.Option("--say-hello", help="Really post a message to Slack.")
    ] = False,
    form: Format = "text",
) -> None:
    """Walk the chain from CloudTrail to Slack and the bill: what is wrong, and what mends it."""
    from awsteward.cli.doctor import Options, run

    options = Options(
        stack=stack, region=region, policy=policy,
        slack_url=slack_url, hello=say_hello, form=form,
    )  # fmt: skip
    raise typer.Exit(run(options))


@tags.command()
def replay(
    paths: Annotated[
        list[str],
        typer.Argument(help="CloudTrail files or folders, - for stdin, or s3://bucket/prefix."),
    ],
    form: Format = "text",
    policy: PolicyFile = None,
    every: Annotated[bool, typer.Option("--all", help="Print ignored events too.")] = False,
    read: Annotated[bool, typer.Option("--read", help="Look at the current tags.")] = False,
    notify: Notify = False,
    apply: Apply = False,
    slack_url: SlackUrl = None,
    slack: Slacks = None,
    ledger: LedgerFile = None,
    role: Role = None,
) -> None:
    """Go through CloudTrail records: what was created, what it lacks, what would be done."""
    from awsteward.cli.replay.options import Options
    from awsteward.cli.replay.run import run

    options = Options(
        paths=tuple(paths), form=form, policy=policy, every=every, read=read,
        notify=notify, apply=apply, slack_url=slack_url, slacks=tuple(slack or ()),
        ledger=ledger, role=role,
    )  # fmt: skip
    raise typer.Exit(run(options))


@tags.command()
def watch(
    region: Annotated[
        list[str] | None, typer.Option(help="A region to watch; else the one of AWS_REGION.")
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--global", help="Watch IAM, CloudFront and their like, too.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(help="Where the first run begins (2h, 2030-01-31T09:00Z); else an hour ago."),
    ] = None,
    every: Annotated[int, typer.Option(min=1, help="Seconds between two looks.")] = 60,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    form: Format = "text",
    policy: PolicyFile = None,
    notify: Notify = False,
    apply: Apply = False,
    slack_url: SlackUrl = None,
    slack: Slacks = None,
    ledger: LedgerFile = None,
) -> None:
    """Do what the guard on AWS does, without any infrastructure: ask CloudTrail again and again."""
    from awsteward.cli.watch import Options, run

    options = Options(
        regions=tuple(region or ()), everywhere=everywhere, since=since, every_s=every, once=once,
        form=form, policy=policy, notify=notify, apply=apply, slack_url=slack_url,
        slacks=tuple(slack or ()), ledger=ledger,
    )  # fmt: skip
    raise typer.Exit(run(options))


@tags.command()
def explain(
    path: Annotated[str, typer.Argument(help="A CloudTrail file, or - for stdin.")],
    form: Format = "text",
    policy: PolicyFile = None,
) -> None:
    """Say of each record what it created, who did it, and how each tag would be decided."""
    from awsteward.cli.explain import run

    raise typer.Exit(run(path, form, policy))


@tags.command()
def policy(
    file: Annotated[Path | None, typer.Argument(help="A policy to check.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print a commented policy.")] = False,
    tag_policy: Annotated[
        Path | None,
        typer.Option(help="Turn an AWS Organizations tag policy (JSON) into a policy."),
    ] = None,
    required_tags: Annotated[
        Path | None,
        typer.Option(help="Turn the answer of ListRequiredTags (JSON) into a policy."),
    ] = None,
) -> None:
    """Check, explain or import the policy: what every resource must carry."""
    from awsteward.cli.policy import run

    raise typer.Exit(run(file, example=example, tag_policy=tag_policy, required=required_tags))


@tags.command()
def answer(
    question: Annotated[str, typer.Argument(help="The question's id, as the message shows it.")],
    values: Annotated[list[str], typer.Argument(help="Key=value, one or more.")],
    apply: Apply = False,
    policy: PolicyFile = None,
    ledger: LedgerFile = None,
    role: Role = None,
    form: Format = "text",
) -> None:
    """Settle an open question: write what a person says, where nothing else stands."""
    from awsteward.cli.answer import run

    raise typer.Exit(
        run(question, values, apply=apply, policy=policy, ledger=ledger, role=role, form=form)
    )


@tags.command()
def snooze(
    question: Annotated[str, typer.Argument(help="The question's id, as the message shows it.")],
    until: Annotated[str, typer.Option(help="A day (2030-01-31), a time, or how long (3d, 12h).")],
    by: Annotated[str | None, typer.Option(help="Who says so; else the user of this machine.")] = (
        None
    ),
    policy: PolicyFile = None,
    ledger: LedgerFile = None,
) -> None:
    """Let an open question rest until a day: nobody is reminded of it before."""
    from awsteward.cli.snooze import run

    raise typer.Exit(run(question, until, by, policy=policy, ledger=ledger))


@tags.command()
def undo(
    since: Annotated[str, typer.Option(help="A time (2030-01-31T09:00Z) or an age (2h, 7d).")],
    apply: Apply = False,
    policy: PolicyFile = None,
    ledger: LedgerFile = None,
    role: Role = None,
    form: Format = "text",
) -> None:
    """Take back exactly the tags we wrote and nobody changed since."""
    from awsteward.cli.undo import run

    raise typer.Exit(run(since, apply=apply, policy=policy, ledger=ledger, role=role, form=form))


@tags.command()
def promote(
    account: Annotated[str | None, typer.Option(help="Of this account alone; * is any.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Of this CloudFormation type alone; * is any.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Of this tag key alone; * is any.")] = None,
    accept: Annotated[
        str | None, typer.Option(help="The digest of the writes that you accept.")
    ] = None,
    demote: Annotated[bool, typer.Option("--demote", help="Take promotions back.")] = False,
    ledger: LedgerFile = None,
    form: Format = "text",
) -> None:
    """Show what the guard would have written, cell by cell; let it write what you accept."""
    from awsteward.cli.reins import Cells, promote

    cells = Cells(account=account, type=type_, key=key)
    raise typer.Exit(promote(cells, accept, ledger, form, demote=demote))


@tags.command()
def stop(
    why: Annotated[str, typer.Option(help="Said to everybody who finds nothing written.")],
    ledger: LedgerFile = None,
) -> None:
    """Pull the kill switch: whatever shares the ledger writes no tag from its next batch on."""
    from awsteward.cli.reins import stop

    raise typer.Exit(stop(why, ledger))


@tags.command()
def resume(
    account: Annotated[str | None, typer.Option(help="Of this account alone; * is any.")] = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Of this CloudFormation type alone; * is any.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Of this tag key alone; * is any.")] = None,
    look: Annotated[
        bool, typer.Option("--list", help="Show what is stopped, and change nothing.")
    ] = False,
    ledger: LedgerFile = None,
) -> None:
    """Let go of the kill switch and every breaker; or have keys written again that were removed."""
    from awsteward.cli.reins import Cells, resume

    raise typer.Exit(resume(Cells(account=account, type=type_, key=key), ledger, look=look))


@tags.command()
def worker(
    tell_every: Annotated[
        int, typer.Option(min=1, help="Seconds between two looks for letters that are due.")
    ] = 60,
) -> None:
    """Work at the queue of a guard on AWS until told to stop; the environment has its settings."""
    from awsteward.cli.worker import run

    raise typer.Exit(run(tell_every))


@tags.command()
def canary() -> None:
    """See whether the guard saw the last canary, and make the next; once an hour is enough."""
    from awsteward.cli.canary import run

    raise typer.Exit(run())


@tags.command()
def guarded(
    account: Annotated[
        list[str] | None, typer.Option(help="An account to read; else the one we are in.")
    ] = None,
    policy: PolicyFile = None,
    ledger: LedgerFile = None,
    role: Role = None,
    form: Format = "text",
) -> None:
    """Find the tag keys that policies make access depend on; the guard then only asks for them."""
    from awsteward.cli.guarded import run

    raise typer.Exit(run(tuple(account or ()), policy=policy, ledger=ledger, role=role, form=form))


@tags.command()
def catalogue(
    call: Annotated[
        str | None, typer.Argument(help="A call to look up, such as s3:CreateBucket.")
    ] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="Count what is known.")] = False,
    form: Format = "text",
) -> None:
    """What AWS calls create, and how each of those things is tagged."""
    from awsteward.cli.catalogue import run

    raise typer.Exit(run(call, coverage_wanted=coverage, form=form))


@rollout.command()
def gate(
    wanted: Annotated[bool, typer.Option("--print", help="Print the file.")] = False,
    form: Annotated[
        Literal["gate.py", "status.sh"],
        typer.Option(help="status.sh is for images that have a shell but no Python."),
    ] = "gate.py",
) -> None:
    """Print the gate: the one file that lets a server stop when nothing is in flight."""
    from awsteward.cli.rollout import gate

    raise typer.Exit(gate(form, wanted=wanted))


@rollout.command()
def rehearse(
    scenario: Annotated[
        str | None, typer.Argument(help="A file, or the name of a scenario that is shipped.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the shipped scenarios.")] = False,
    seed: Annotated[str, typer.Option(help="Of the load: which request is of which kind.")] = "1",
    html: Annotated[Path | None, typer.Option(help="Write the timeline as a page, too.")] = None,
    form: Format = "text",
) -> None:
    """Stop real servers behind a real load balancer, under load; count what was lost."""
    from awsteward.cli.rehearse import names, run

    if listed or scenario is None:
        raise typer.Exit(names())
    raise typer.Exit(run(scenario, seed=seed, form=form, html=html))


@deploy.command()
def template(
    services: Services = None,
    policy: PolicyFile = None,
    form: Annotated[
        Literal["yaml", "json"], typer.Option("--format", help="JSON is the smaller one.")
    ] = "yaml",
    runtime: Runtime = "python3.13",
    architecture: Architecture = "arm64",
    organization: OrganizationId = None,
    regions: Regions = None,
    member: Annotated[
        bool, typer.Option("--member", help="The template of its member accounts instead.")
    ] = False,
    config_rule: ConfigRule = False,
) -> None:
    """Print the CloudFormation template of one account and region, or of an organisation."""
    from awsteward.cli.deploy.template import choose, organized, run

    choice = choose(services, policy, runtime, architecture, config_rule=config_rule)
    raise typer.Exit(run(choice, organized(organization, regions), form, members=member))


@deploy.command()
def up(
    code_bucket: Annotated[
        str, typer.Option(help="A bucket of this account and region to keep the package in.")
    ],
    stack: StackName = "awsteward",
    services: Services = None,
    policy: PolicyFile = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter, such as Mode=notify; others stay as they are."),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag for everything in the stack: Owner=platform.")
    ] = None,
    runtime: Runtime = "python3.13",
    architecture: Architecture = "arm64",
    organization: OrganizationId = None,
    regions: Regions = None,
    config_rule: ConfigRule = False,
    apply: Apply = False,
    form: Format = "text",
) -> None:
    """Make the stack that runs the guard, or change it; show what would change first."""
    from awsteward.cli.deploy.template import choose, organized
    from awsteward.cli.deploy.up import Up, run

    asked = Up(
        stack=stack, bucket=code_bucket,
        choice=choose(services, policy, runtime, architecture, config_rule=config_rule),
        organization=organized(organization, regions),
        given=tuple(settings or ()), tags=tuple(tag or ()),
    )  # fmt: skip
    raise typer.Exit(run(asked, form, apply=apply))


@deploy.command()
def status(stack: StackName = "awsteward", form: Format = "text") -> None:
    """Say whether every part of the stack is there, at work and keeping up."""
    from awsteward.cli.deploy.status import run

    raise typer.Exit(run(stack, form))


@deploy.command()
def redrive(stack: StackName = "awsteward", apply: Apply = False, form: Format = "text") -> None:
    """Show the dead letters with their reasons; put them back into the queue with --apply."""
    from awsteward.cli.deploy.redrive import run

    raise typer.Exit(run(stack, form, apply=apply))


@deploy.command()
def package(
    out: Annotated[Path, typer.Option("--out", help="The zip file to write.")],
    python: Annotated[str, typer.Option("--python", help="Of the Lambda runtime.")] = "3.13",
    architecture: Annotated[
        Literal["arm64", "x86_64"], typer.Option("--architecture", help="Of the function.")
    ] = "arm64",
    form: Format = "text",
) -> None:
    """Pack the Lambda function as a zip, byte for byte the same every time."""
    from awsteward.cli.deploy.package import run
    from awsteward.deploy.bundle import Target

    raise typer.Exit(run(out, Target(python=python, architecture=architecture), form))


def main() -> None:
    """Run the command line; every failure that is ours ends in one line and its exit code."""
    _hide_secret(sys.argv[1:])
    _ended(app)


def _hide_secret(words: list[str]) -> None:
    """A URL among the arguments is seen in process lists: start over with it in the environment."""
    for at, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option != "--slack-url":
            continue
        url = (value if equals else "".join(words[at + 1 : at + 2])).strip()
        if url.lower().startswith(("https:", "http:")):
            rest = words[:at] + words[at + (1 if equals else 2) :]
            command = [sys.executable, "-m", "awsteward", *rest]
            os.execve(sys.executable, command, {**os.environ, "SLACK_URL": url})  # noqa: S606  no shell is wanted


def _ended(run: Callable[[], object]) -> None:
    try:
        try:
            run()
        finally:
            sys.stdout.flush()
    except StewardError as error:
        print(f"awsteward: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _give_up_stdout()
        sys.exit(1)
    except OSError as error:
        _give_up_stdout()
        print(
            f"awsteward: {error.strerror or error}: {error.filename or 'the output'}",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _give_up_stdout() -> None:
    """What is still to be flushed at exit goes nowhere, and without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
