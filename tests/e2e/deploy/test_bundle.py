import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

import awsteward
from awsteward.deploy.bundle import LEFT_OUT, Target, bundle
from tests.deploy.wheels import installed

ROOT = Path(__file__).parents[3]
SOURCES = Path(awsteward.__file__).parent
HERE = Target(f"{sys.version_info.major}.{sys.version_info.minor}", "x86_64")
ELSEWHERE = Target("3.99", "x86_64")
COMPILES = sys.version_info < (3, 14)
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
ALLOWED = re.compile(r"awsteward|msgspec|yaml|_yaml|(msgspec|pyyaml)-[0-9.]+\.dist-info")
LARGEST = 10 << 20

IMPORT_ALL = """
import ast, importlib, importlib.util, pathlib, sys
task = pathlib.Path(sys.argv[1])
sys.path[:0] = sys.argv[1:]
for file in sorted(task.joinpath("awsteward").rglob("*.py")):
    module = ".".join(file.relative_to(task).with_suffix("").parts).removesuffix(".__init__")
    importlib.import_module(module)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if importlib.util.find_spec(name) is None:
                sys.exit(f"{module} imports {name}, which is not there")
print(len(sys.modules))
"""
READ_ONE = """
import json, sys
sys.path[:0] = sys.argv[1:]
from awsteward.clients.aws.door import Boto
from awsteward.tags.guard import live, post
from awsteward.tags.policy.default import example
from awsteward.tags.policy.parse import parse
from awsteward.tags.read.reading import creations
from awsteward.tags.read.records import records
record = {
    "eventVersion": "1.08", "eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue",
    "eventTime": "2030-01-01T12:00:00Z", "awsRegion": "eu-west-1", "eventID": "e-1",
    "recipientAccountId": "111122223333", "requestParameters": {"queueName": "q-1"},
    "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": "111122223333"},
}
parse(example(), "example")
read = [one for batch in records("event", [json.dumps(record).encode()]) for one in batch]
print([each.ref for made in creations(read) for each in made.resources])
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="module")
def packed(wheels: Path) -> bytes:
    return bundle(HERE, partial(installed, folder=wheels))


@pytest.fixture
def task(packed: bytes, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        opened.extractall(tmp_path / "task")
    return tmp_path / "task"


@pytest.fixture(scope="module")
def boto3_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's runtime brings, and nothing else of what is installed here."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in BOTO3:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        origin = origin.parent if origin.name == "__init__.py" else origin
        (folder / origin.name).symlink_to(origin)
    return folder


def clean(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run *code* where nothing can be imported but what lies at *paths* and Python's own."""
    command = [sys.executable, "-I", "-S", "-B", "-c", code, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own text


def test_every_module_of_the_package_finds_all_it_imports(task: Path, boto3_alone: Path) -> None:
    done = clean(IMPORT_ALL, task, boto3_alone)

    assert done.returncode == 0, done.stderr


def test_a_module_that_needs_more_would_be_found_out(task: Path, boto3_alone: Path) -> None:
    (task / "awsteward/tags/late.py").write_text("def later():\n    import rich.text\n")

    done = clean(IMPORT_ALL, task, boto3_alone)

    assert done.returncode != 0
    assert "rich" in done.stderr


def test_a_record_and_a_policy_are_read_with_the_package_alone(task: Path) -> None:
    done = clean(READ_ONE, task)

    assert done.stdout == "['arn:aws:sqs:eu-west-1:111122223333:q-1']\n", done.stderr


@pytest.mark.skipif(not COMPILES, reason="this Python's bytecode is not the same every time")
def test_the_bytecode_is_what_python_runs(task: Path) -> None:
    for source in (task / "awsteward").rglob("*.py"):
        source.write_text("raise SystemExit('compiled anew')")

    done = clean(READ_ONE, task)

    assert done.returncode == 0, done.stderr


def test_the_same_sources_give_the_same_bytes(packed: bytes, wheels: Path) -> None:
    assert bundle(HERE, partial(installed, folder=wheels)) == packed


def test_every_entry_tells_the_same_time_and_mode_and_stands_in_order(packed: bytes) -> None:
    entries = zipfile.ZipFile(io.BytesIO(packed)).infolist()

    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


def test_path_umask_locale_and_hash_seed_change_nothing(packed: bytes, tmp_path: Path) -> None:
    copy = tmp_path / "a copy/src"
    shutil.copytree(SOURCES, copy / "awsteward")
    out = tmp_path / "out.zip"
    code = (
        "import os, sys; from functools import partial; from pathlib import Path; os.umask(0o077);"
        "import awsteward.deploy.bundle as b; from tests.deploy.wheels import installed;"
        f"assert b.__file__.startswith({str(copy)!r}), b.__file__;"
        f"fetch = partial(installed, folder=Path({str(tmp_path)!r}));"
        f"packed = b.bundle(b.Target({HERE.python!r}, 'x86_64'), fetch);"
        f"Path({str(out)!r}).write_bytes(packed)"
    )
    settings = {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    for file in (copy / "awsteward").rglob("*"):
        os.utime(file, (1, 1))
        file.chmod(0o700)

    subprocess.run([sys.executable, "-B", "-c", code], env=settings, cwd=tmp_path, check=True)  # noqa: S603  our own text

    assert out.read_bytes() == packed


def test_nothing_but_the_guard_and_its_needs_is_inside(packed: bytes) -> None:
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    ours = [name.split("/")[1] for name in names if name.startswith("awsteward/")]

    assert [name for name in names if not ALLOWED.fullmatch(name.partition("/")[0])] == []
    assert set(ours) <= {"__init__.py", "__pycache__", "core", "clients", "tags"}
    assert not {f"awsteward/{path}" for path in LEFT_OUT} & set(names)


def test_every_data_file_of_the_guard_is_inside(packed: bytes) -> None:
    names = set(zipfile.ZipFile(io.BytesIO(packed)).namelist())
    data = {
        f"awsteward/{file.relative_to(SOURCES).as_posix()}"
        for package in ("core", "clients", "tags")
        for kind in ("toml", "json", "yaml")
        for file in (SOURCES / package).rglob(f"*.{kind}")
    }

    assert data <= names
    assert len(data) > 100


def test_what_is_left_out_is_there_to_be_left_out() -> None:
    assert all((SOURCES / path).is_file() for path in LEFT_OUT)


def test_another_python_gets_no_bytecode(wheels: Path) -> None:
    packed = bundle(ELSEWHERE, partial(installed, folder=wheels))

    assert not [
        name for name in zipfile.ZipFile(io.BytesIO(packed)).namelist() if name.endswith(".pyc")
    ]


def test_the_package_is_small(packed: bytes) -> None:
    print(f"\n{len(packed):,} bytes")  # noqa: T201  a figure

    assert len(packed) < LARGEST
