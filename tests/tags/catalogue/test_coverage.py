from awsteward.tags.catalogue import lookup
from awsteward.tags.catalogue.coverage import coverage

# Raise these when coverage grows; a new botocore must never lower them unnoticed.
RESOLVED_SHARE = 0.955
TYPES_RESOLVED = 1_210


def test_the_share_of_creations_that_can_be_followed_does_not_fall() -> None:
    found = coverage()

    assert found.tagging_create_calls > 1_700
    assert found.resolved / found.tagging_create_calls >= RESOLVED_SHARE
    assert found.cfn_types_resolved >= TYPES_RESOLVED


def test_every_call_is_resolved_or_says_why_not() -> None:
    found = coverage()
    untold = [gap for gap in found.residue if not gap.reason]

    assert untold == []
    assert len({gap.call for gap in found.residue}) == len(found.residue)
    assert found.create_calls - len(found.residue) >= found.resolved


def test_counts_hold_together() -> None:
    found = coverage()

    assert found.resolved <= found.tag_call_known <= found.tagging_create_calls
    assert found.tagging_create_calls <= found.create_calls
    assert found.cfn_types_resolved <= found.cfn_types == len(lookup.types())
    assert found.round_trip_services <= found.round_trip_calls or found.round_trip_calls == 0
