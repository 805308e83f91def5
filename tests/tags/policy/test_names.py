import pytest

from awsteward.tags.model.arn import Arn
from awsteward.tags.model.creator import Creator, Machine, Nobody, Person, Root
from awsteward.tags.policy.model import Pseudonyms
from awsteward.tags.policy.names import pseudonym, recast, teams_of
from awsteward.tags.policy.parse import parse

POLICY = parse(
    """
    tags:
      required: [Owner]
      machines: ["ci-*"]
      people: ["*@example.com", "ci-ana"]
      teams:
        pos: {people: [ana], tags: {}}
        web: {roles: ["*:role/web-*"]}
        ops: {accounts: ["111122223333"]}
        rest: {accounts: ["1111*"]}
    """,
    "f",
)
ROLE = Arn("arn:aws:iam::444455556666:role/web-deploy")
IAM = "arn:aws:iam::444455556666:"
STS = "arn:aws:sts::444455556666:assumed-role/"


@pytest.mark.parametrize(
    ("creator", "kind"),
    [
        pytest.param(Person(name="CI-tills", arn=None, via=None), Machine, id="listed-machine"),
        pytest.param(Person(name="ci-ana", arn=None, via=None), Machine, id="listed-twice"),
        pytest.param(Machine(name="ben@example.com", arn=None, via=None), Person, id="person"),
        pytest.param(Machine(name="other", arn=None, via=None), Machine, id="not-listed"),
        pytest.param(Root(account="1", arn=None), Root, id="root"),
        pytest.param(Nobody("why"), Nobody, id="nobody"),
    ],
)
def test_the_policys_lists_say_who_is_a_person(creator: Creator, kind: type[Creator]) -> None:
    assert isinstance(recast(creator, POLICY), kind)


def test_recasting_keeps_all_that_is_known() -> None:
    before = Machine(name="ben@example.com", arn="a", via="v", role=ROLE)

    assert recast(before, POLICY) == Person(name="ben@example.com", arn="a", via="v", role=ROLE)


@pytest.mark.parametrize(
    ("creator", "account", "teams"),
    [
        pytest.param(Person(name="Ana", arn=None, via=None, role=ROLE), "1", ["pos"], id="name"),
        pytest.param(Machine(name="ana", arn=None, via=None, role=ROLE), "1", ["web"], id="role"),
        pytest.param(Person(name="x", arn=str(ROLE), via=None), "1", ["web"], id="its-own-arn"),
        pytest.param(Nobody("?"), "111122223333", ["ops", "rest"], id="account-of-two"),
        pytest.param(Nobody("?"), "444455556666", [], id="none"),
    ],
)
def test_a_team_is_found_by_name_then_role_then_account(
    creator: Creator, account: str, teams: list[str]
) -> None:
    assert [team.name for team in teams_of(creator, account, POLICY)] == teams


def test_a_pseudonym_depends_on_name_and_secret_and_shows_neither() -> None:
    one = Pseudonyms(keys=frozenset({"Owner"}), variable="V", secret=b"first")
    two = Pseudonyms(keys=frozenset({"Owner"}), variable="V", secret=b"second")

    found = {pseudonym("ana", one), pseudonym("ana", two), pseudonym("ben", one)}

    assert len(found) == 3
    assert pseudonym("ana", one) == pseudonym("ana", one)
    assert "first" not in repr(one)


@pytest.mark.parametrize(
    ("arn", "role", "found"),
    [
        (f"{STS}Admin/payments-x", Arn(f"{IAM}role/Admin"), False),
        (f"{STS}Admin/payments-x", None, False),
        (f"{STS}Admin/a/payments-x", None, False),
        (f"{STS}payments-lead/ana", Arn(f"{IAM}role/payments-lead"), True),
        (f"{STS}payments-lead/ana", Arn(f"{IAM}role/teams/payments-lead"), True),
        (f"{STS}payments-lead/ana", None, True),
        (f"{IAM}role/payments-lead", None, True),
        (f"{IAM}user/payments-x", Arn(f"{IAM}user/payments-x"), False),
        (None, None, False),
    ],
)
@pytest.mark.parametrize("glob", ["*/payments-*", "payments-*"])
def test_a_teams_roles_match_a_role_by_arn_or_name_but_never_what_its_caller_chose(
    glob: str,
    arn: str | None,
    role: Arn | None,
    found: bool,  # noqa: FBT001 - a column of the table
) -> None:
    policy = parse(f"tags: {{required: [Owner], teams: {{pay: {{roles: ['{glob}']}}}}}}", "f")

    assert bool(teams_of(Person(name="x", arn=arn, via=None, role=role), "1", policy)) is found
