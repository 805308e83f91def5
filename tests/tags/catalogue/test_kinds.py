import pytest

from awsteward.tags.catalogue import kinds


@pytest.mark.parametrize(
    ("kind", "name", "service"),
    [
        ("AWS::S3::Bucket", "AWS::S3::Bucket", "s3"),
        ("AWS::ACM::Certificate", "AWS::CertificateManager::Certificate", "acm"),
        ("AWS::OpenSearch::Domain", "AWS::OpenSearchService::Domain", "opensearch"),
        ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "iam"),
        ("AWS::RDS::DBClusterSnapshot", "AWS::RDS::DBClusterSnapshot", "rds"),
        ("AWS::Redshift::ClusterSnapshot", "AWS::Redshift::ClusterSnapshot", "redshift"),
    ],
)
def test_what_config_calls_a_type_leads_to_the_service_that_tags_it(
    kind: str, name: str, service: str
) -> None:
    assert kinds.named(kind) == name
    assert kinds.taggable(name)
    assert kinds.service(name, "") == service


def test_of_an_old_and_a_new_api_the_one_that_the_type_is_called_after_is_taken() -> None:
    assert kinds.service("AWS::KinesisAnalyticsV2::Application", "kinesisanalytics") == (
        "kinesisanalyticsv2"
    )
    assert kinds.service("AWS::Lex::Bot", "lex") == "lexv2-models"


def test_what_cannot_be_tagged_has_no_service() -> None:
    assert not kinds.taggable("AWS::KMS::Alias")
    assert kinds.service("AWS::KMS::Alias", "kms") is None
