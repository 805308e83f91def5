"""Listens to an SDK client and hands on a record of each of its calls. Changes no call."""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from botocore.model import OperationModel

from awsteward.demo.recorder.principal import Principal
from awsteward.demo.recorder.record import Call, Stamp, record
from awsteward.demo.recorder.values import Json

_PARAMS = "awsteward_params"


class Client(Protocol):
    """The part of an SDK client that can be listened to."""

    @property
    def meta(self) -> Any: ...  # noqa: ANN401, D102 (the SDK's own untyped namespace)


def overhear(
    client: Client,
    who: Principal,
    account: str,
    stamps: Iterator[Stamp],
    write: Callable[[dict[str, Json]], None],
) -> None:
    """From now on, *write* receives the record of every call this client finishes."""
    region = client.meta.region_name

    def remember(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context[_PARAMS] = {key: _copied(value) for key, value in params.items()}

    def finished(
        parsed: Mapping[str, Any],
        model: OperationModel,
        context: Mapping[str, Any],
        **_: object,
    ) -> None:
        error = parsed.get("Error", {}) if _refused(parsed) else {}
        call = Call(
            operation=model,
            params=context.get(_PARAMS, {}),
            answer=copy.deepcopy({} if error else _without_streams(parsed)),
            error_code=error.get("Code"),
            error_message=error.get("Message"),
            region=region,
        )
        write(record(call, who, account, next(stamps)))

    client.meta.events.register_last("before-parameter-build", remember)
    client.meta.events.register_first("after-call", finished)


def _refused(parsed: Mapping[str, Any]) -> bool:
    status: int = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
    return status >= 300  # noqa: PLR2004 (HTTP: anything above is no success)


def _copied(value: Any) -> Any:  # noqa: ANN401 (an SDK value; open files cannot be copied)
    return value if hasattr(value, "read") else copy.deepcopy(value)


def _without_streams(parsed: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parsed.items() if not hasattr(value, "read")}
