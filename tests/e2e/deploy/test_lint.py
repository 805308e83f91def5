"""AWS's own linter has nothing to say about any template, not even for information."""

import subprocess
import sys
from pathlib import Path

from awsteward.deploy.template import Form, text
from tests.deploy.stacks import FEW, central, joined, stack, with_bot, with_rule

LINT = Path(sys.executable).parent / "cfn-lint"
FORMS: tuple[Form, ...] = ("json", "yaml")


def test_cfn_lint_says_nothing(tmp_path: Path) -> None:
    built = {"rule.json": text(with_rule(), "json"), "bot.json": text(with_bot(), "json")}
    for sources, form in zip((None, FEW), FORMS, strict=True):  # both forms hold the same
        for each in (stack, central, joined):
            built[f"{each.__name__}.{form}"] = text(each(sources), form)
    for name, body in built.items():
        (tmp_path / name).write_text(body, "utf-8")

    done = subprocess.run(  # noqa: S603  our own environment's command
        [LINT, "--include-checks", "I", "--", *tmp_path.iterdir()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not [name for name, body in built.items() if "cfn-lint" in body]
