"""``awsteward tags catalogue``: what AWS calls create, and how much of that is known."""

import msgspec
from rich.table import Table

from awsteward.cli.text import console
from awsteward.core.errors import ConfigError
from awsteward.tags.catalogue import lookup
from awsteward.tags.catalogue.coverage import Coverage, coverage

_GAPS_SHOWN = 20


def run(call: str | None, *, coverage_wanted: bool, form: str) -> int:
    """Look up one call, or count what is covered."""
    if coverage_wanted:
        _print_coverage(coverage(), form)
        return 0
    if call is None or ":" not in call:
        raise ConfigError("name a call, such as s3:CreateBucket, or ask for --coverage")
    return _print_call(call, form)


def _print_coverage(counted: Coverage, form: str) -> None:
    if form == "json":
        print(msgspec.json.format(msgspec.json.encode(counted)).decode())
        return
    table = Table(box=None, show_header=False)
    of = counted.tagging_create_calls
    for words, count, share in (
        ("calls that create something taggable", counted.create_calls, None),
        ("of them accept tags in the request", of, None),
        ("  resource told from the record, and its tag call known", counted.resolved, of),
        ("  tag call known", counted.tag_call_known, of),
        ("CloudFormation types that can be tagged", counted.cfn_types, None),
        ("  resolved the same way", counted.cfn_types_resolved, counted.cfn_types),
        ("calls proven on an emulator, creation to tag read back", counted.round_trip_calls, None),
        ("  of so many services", counted.round_trip_services, None),
    ):  # fmt: skip
        table.add_row(words, f"{count:,}", f"{count / share:.1%}" if share else "")
    out = console()
    out.print(table)
    out.print(
        f"\n{len(counted.residue)} calls that create something are not resolved, with or without "
        f"tags in their request. The first {_GAPS_SHOWN}; all of them with --format json:"
    )
    for gap in counted.residue[:_GAPS_SHOWN]:
        out.print(f"  {gap.call}: {gap.reason}")


def _print_call(call: str, form: str) -> int:
    source, _, name = call.partition(":")
    source = source if "." in source else f"{source}.amazonaws.com"
    found = lookup.find(source, name)
    if found is None:
        print(f"{source} {name} creates nothing that can be tagged, as far as is known")
        return 1
    if form == "json":
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
        return 0
    out = console()
    for row in found.rows:
        out.print(f"{source} {name} creates {row.type or 'a resource without CloudFormation type'}")
        for field, value in msgspec.structs.asdict(row).items():
            if value and field != "type":
                out.print(f"  {field}: {value}")
    return 0
