from datetime import timedelta

from awsteward.tags.apply.readiness import _facts, readiness
from awsteward.tags.catalogue import lookup


def test_every_kind_in_the_table_is_one_that_can_be_tagged() -> None:
    assert _facts().keys() - {"usual"} <= lookup.types()


def test_a_kind_that_takes_its_time_is_waited_for_longer_than_others() -> None:
    slow, usual = readiness("AWS::OpenSearchService::Domain"), readiness("AWS::S3::Bucket")

    assert slow.within > usual.within == readiness(None).within == timedelta(minutes=10)
    assert slow.pause > usual.pause
