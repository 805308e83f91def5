"""What exists on the emulator, and the making of what must exist first, by the same mechanism.

A member such as ``RestApiId`` names a parent: its noun finds ``CreateRestApi`` in the same
service, or in the service that `recipes.toml` names; the parent is made once and remembered.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
from botocore.model import ServiceModel

from tools.round_trip.attempt import Broke, attempt
from tools.round_trip.params import Maker
from tools.round_trip.recipes import Recipes

REGION = "eu-west-1"
_SUFFIX = re.compile(r"(Identifier|Name|Arn|ARN|Id|ID)$", re.IGNORECASE)
_REFERENCE = re.compile(r"\{([\w-]+\.\w[\w.]*)\}")


class World:
    """One emulated account: clients by service, and what was made for others to stand on."""

    def __init__(
        self, session: boto3.Session, recipes: Recipes, hear: Callable[[Any], None]
    ) -> None:
        self._session = session
        self._recipes = recipes
        self._hear = hear
        self._clients: dict[str, Any] = {}
        self._made: dict[tuple[str, str], tuple[dict[str, Any], Any] | None] = {}
        self._serial = 0

    def client(self, service: str) -> Any:
        """Give the client of *service*; every call through it is overheard."""
        if service not in self._clients:
            make: Any = self._session.client  # the stubs want a literal name
            region = self._recipes.home_region.get(service, REGION)
            self._clients[service] = make(service, region_name=region)
            self._hear(self._clients[service])
        return self._clients[service]

    def params(self, service: str, operation: str) -> dict[str, Any]:
        """Give parameters for a call, making first whatever they must refer to."""
        self._serial += 1
        model = self.client(service).meta.service_model
        maker = Maker(
            find=lambda call, member: self._find(service, call, member),
            values=self._recipes.values(service),
            serial=str(self._serial),
        )
        recipe = self._recipes.params(service, operation)
        for first in recipe.get("after", ()):
            self._parent(*first.split("."))
        base = {} if recipe.get("only") else maker.params(model.operation_model(operation))
        given: dict[str, Any] = self._filled(service, recipe.get("with", {}))
        return base | given

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> Any:
        """Make the call."""
        client = self.client(service)
        return getattr(client, _method(client, operation))(**params)

    def _filled(self, service: str, value: Any) -> Any:
        """Replace ``{service.Operation.path}`` in a recipe by what that call gives."""
        match value:
            case dict():
                return {key: self._filled(service, each) for key, each in value.items()}
            case list():
                return [self._filled(service, each) for each in value]
            case str() if value == "{serial}":
                return f"trip-{self._serial}"
            case str() if (reference := _REFERENCE.fullmatch(value)) is not None:
                return self._reference(reference[1])
            case str():
                return value.replace("{serial}", str(self._serial))
            case _:
                return value

    def _reference(self, text: str) -> Any:
        where, operation, *path = text.split(".")
        made = self._parent(where, operation)
        if made is None:
            raise ValueError(f"{text} could not be made first")
        params, answer = made
        found = {**params, **answer}
        for step in path:
            found = found[int(step)] if step.isdigit() else found[step]
        return found

    # --- parents -------------------------------------------------------------------------------

    def _find(self, service: str, call: str, member: str) -> str | None:
        if (known := self._recipes.known(service, member)) is not None:
            return str(self._filled(service, known))
        noun = _SUFFIX.sub("", member)
        if not noun or noun == member or call.lower() in _own(noun):
            return None
        for where, operation in self._makers(service, call, noun):
            made = self._parent(where, operation)
            if made and (value := _pick(made, noun, member)) is not None:
                return value
        return None

    def _makers(self, service: str, call: str, noun: str) -> Iterator[tuple[str, str]]:
        model: ServiceModel = self.client(service).meta.service_model
        for operation in model.operation_names:
            if operation != call and operation.lower() in _own(noun):
                yield service, operation

    def _parent(self, service: str, operation: str) -> tuple[dict[str, Any], Any] | None:
        at = (service, operation)
        if at not in self._made:
            self._made[at] = None  # a parent that needs itself is not made
            self._made[at] = self._attempt(service, operation)
        return self._made[at]

    def _attempt(self, service: str, operation: str) -> tuple[dict[str, Any], Any] | None:
        def make() -> tuple[dict[str, Any], Any]:
            params = self.params(service, operation)
            return params, self.call(service, operation, params)

        made = attempt(make)
        return None if isinstance(made, Broke) else made


def _own(noun: str) -> frozenset[str]:
    """The lower-case names of operations that make a *noun*."""
    low = noun.lower()
    verbs = ("create", "put", "register", "import", "allocate", "request", "run", "start", "add")
    return frozenset(f"{verb}{low}{end}" for verb in verbs for end in ("", "s", "v2"))


def _method(client: Any, operation: str) -> str:
    methods: Mapping[str, str] = client.meta.method_to_api_mapping
    return next(name for name, mapped in methods.items() if mapped == operation)


def _pick(made: tuple[dict[str, Any], Any], noun: str, member: str) -> str | None:
    """Give what a parent's request and answer hold under the member's name, nearest first."""
    suffix = member[len(noun) :].lower()
    params, answer = made
    found = list(_leaves(answer)) + list(_leaves(params))
    wanted = [member.lower(), noun.lower() + suffix, suffix]
    if suffix in {"identifier", "id"}:
        wanted += [noun.lower() + "id", "id", noun.lower() + "identifier", "name", "arn"]
    for name in wanted:
        for key, value in found:
            if key.lower() == name:
                return value
    return None


def _leaves(value: Any) -> Iterator[tuple[str, str]]:
    """Give every text under its key, shallow before deep."""
    queue = [value]
    while queue:
        here = queue.pop(0)
        for key, each in here.items() if isinstance(here, dict) else ():
            if isinstance(each, str):
                yield key, each
            elif key != "ResponseMetadata":
                queue += each if isinstance(each, list) else [each]
