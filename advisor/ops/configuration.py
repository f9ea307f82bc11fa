"""Read the environment variables of the program, typed and checked.

A wrong setting must not start the site with a default: a register that somebody meant to switch off
would be public. So every value is either understood or refused, an unknown name that begins with
ADVISOR_ is refused too, and all problems are reported at once.

No message repeats ADVISOR_SECRET_KEY, any part of DATABASE_URL, or the value of an unknown name.
"""

import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from advisor.engine.problems import nearest, printable, quoted
from advisor.ops import database

BASE_DIR = Path(__file__).resolve().parents[2]
PREFIX = "ADVISOR_"
# Means a proxy that connects through a socket file, which has no address.
UNIX = "unix"
# No underscores: servers pass on `X_Y` and `X-Y` under the same name.
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
# Any host, a name, all names below one (a leading dot), or an address.
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")


class ConfigurationError(Exception):
    """An environment that cannot be used. The message lists all problems, one per line."""

    def __init__(self, problems: Collection[str]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} settings are" if len(problems) > 1 else "One setting is"
        lines = "".join(f"  {problem}\n" for problem in problems)
        super().__init__(f"{count} wrong:\n\n{lines}\nREADME.md lists all settings.")


@dataclass(frozen=True, slots=True)
class Values:
    """What a variable may hold, as words that follow "Use". `required` means outside debugging."""

    words: str
    required: bool = False


def _given(value: object) -> object:
    """Return the value without surrounding blanks. Raise ValueError if it is not printable text."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text:
        raise ValueError("is empty. Give it a value, or remove it.")
    if not text.isprintable():
        raise ValueError("has a character that cannot be printed. Type it again.")
    return text


def _listed(separator: str) -> Callable[[object], object]:
    """Return a function that splits a text into its entries."""

    def split(value: object) -> object:
        text = _given(value)
        if not isinstance(text, str):
            return text
        entries = tuple(part.strip() for part in text.split(separator) if part.strip())
        if not entries:
            raise ValueError(
                f"is {quoted(text)}, which has no entry. Give it a value, or remove it."
            )
        return entries

    return split


def _host(name: str) -> str:
    if not HOST.fullmatch(name):
        raise ValueError(
            f"has the entry {quoted(name)}, which is not a host name. "
            "Use names without scheme, port and path, such as advisor.example.com."
        )
    return name


def proxy_network(text: str) -> IPv4Network | IPv6Network:
    """Return the network that an entry of ADVISOR_PROXY_ADDRESSES means.

    Raise ValueError where it is not an address, or would trust everyone.
    """
    network = ip_network(text)
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} would trust everyone")
    return network


def _proxy_address(entry: str) -> str:
    try:
        _ = None if entry == UNIX else proxy_network(entry)
    except ValueError as error:
        raise ValueError(
            f"cannot be used: {printable(str(error))}. "
            "List the addresses of your proxy, such as 10.0.0.5,10.1.0.0/28 or unix."
        ) from None
    return entry


def _header(name: str) -> str:
    if not HEADER.fullmatch(name):
        raise ValueError(
            f"is {quoted(name)}, which is not the name of a header. "
            "Use letters, digits and hyphens, such as X-Forwarded-User."
        )
    return name


def _postgresql(url: SecretStr) -> SecretStr:
    try:
        database.configured(url.get_secret_value(), file=Path())
    except database.BadURL as error:
        raise ValueError(
            f"{error}. Use postgresql://user:password@host:5432/name; in the password, "
            "percent-encode every character but letters and digits. Remove it to use SQLite."
        ) from None
    return url


Text = Annotated[str, BeforeValidator(_given)]
Secret = Annotated[SecretStr, BeforeValidator(_given)]
Switch = Annotated[bool, BeforeValidator(_given), Values("on or off")]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(_host)], ...], NoDecode, BeforeValidator(_listed(","))
]
ProxyAddresses = Annotated[
    tuple[Annotated[str, AfterValidator(_proxy_address)], ...],
    NoDecode,
    BeforeValidator(_listed(",")),
]
Folders = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed(os.pathsep))]


class Configuration(BaseSettings):
    """The environment variables of the program, in the order of README's table."""

    model_config = SettingsConfigDict(
        case_sensitive=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    secret_key: Annotated[Secret | None, Values("a long random text", required=True)] = Field(
        None, alias="ADVISOR_SECRET_KEY", description="Django's secret key."
    )
    hosts: Annotated[Hosts, Values("names, separated by commas", required=True)] = Field(
        (), alias="ADVISOR_HOSTS", description="The host names that the site answers to."
    )
    behind_proxy: Switch = Field(
        False,
        alias="ADVISOR_BEHIND_PROXY",
        description="Trust `X-Forwarded-Proto`. Switch it on only behind a proxy that sets this "
        "header itself.",
    )
    access: Annotated[
        Literal["open", "proxy"] | None,
        BeforeValidator(_given),
        Values(
            "open (everybody who reaches the site) or proxy (those whom your single sign-on names)",
            required=True,
        ),
    ] = Field(None, alias="ADVISOR_ACCESS", description="Who may read and save.")
    proxy_addresses: Annotated[
        ProxyAddresses, Values("addresses and networks, separated by commas, or unix for a socket")
    ] = Field(
        (),
        alias="ADVISOR_PROXY_ADDRESSES",
        description="Where your single sign-on proxy connects from. Required with "
        "`ADVISOR_ACCESS=proxy`.",
    )
    proxy_header: Annotated[Text, AfterValidator(_header), Values("the name of a header")] = Field(
        "X-Forwarded-User",
        alias="ADVISOR_PROXY_HEADER",
        description="The header in which that proxy names the user.",
    )
    database_url: Annotated[
        Annotated[Secret, AfterValidator(_postgresql)] | None,
        Values("postgresql://user:password@host:5432/name"),
    ] = Field(
        None,
        alias="DATABASE_URL",
        description="A PostgreSQL database. Without it, an SQLite file in `ADVISOR_VAR`.",
    )
    trees: Annotated[Folders, Values(f"folders, separated by {os.pathsep}")] = Field(
        (str(BASE_DIR / "tree" / "tokens"),),
        alias="ADVISOR_TREES",
        description="The trees to serve.",
    )
    lists_decisions: Switch = Field(
        True,
        alias="ADVISOR_REGISTER",
        description="List saved decisions under `/r/`. Without the list, each is found by its "
        "link alone.",
    )
    moderation: Switch = Field(
        False,
        alias="ADVISOR_MODERATION",
        description="Let moderators withdraw decisions under `/admin/`.",
    )
    name: Annotated[Text, Values("a name")] = Field(
        "Advisor", alias="ADVISOR_NAME", description="What the site is called."
    )
    studio: Switch = Field(
        True,
        alias="ADVISOR_STUDIO",
        description="Let visitors try out changes to a tree in the browser.",
    )
    var: Annotated[Path, BeforeValidator(_given), Values("a folder")] = Field(
        BASE_DIR / "var",
        alias="ADVISOR_VAR",
        description="Where the SQLite database and the collected static files are.",
    )
    debug: Switch = Field(
        False,
        alias="ADVISOR_DEBUG",
        description="Show errors to the visitor, as under `make run`. Never on a server.",
    )

    @property
    def static_root(self) -> Path:
        """Return the folder of the collected static files."""
        return self.var / "static"

    def not_set(self) -> Iterator[str]:
        """Yield a message for each required variable that is not set, unless debugging."""
        for name, field in Configuration.model_fields.items():
            values = values_of(field)
            if values.required and not self.debug and not getattr(self, name):
                yield f"{field.alias} is not set. Use {values.words}."


VARIABLES = {field.alias or "": field for field in Configuration.model_fields.values()}


def values_of(field: FieldInfo) -> Values:
    """Return what the variable of this field may hold."""
    return next(part for part in field.metadata if isinstance(part, Values))


def read_configuration() -> Configuration:
    """Read the environment, and create the folder that ADVISOR_VAR names.

    Raise ConfigurationError with all problems. Variables that are required but not set raise
    nothing by themselves: `checks` stops a site without them, but commands such as `tree check`
    need none.
    """
    problems = list(_unknown_names())
    try:
        configuration, refused = Configuration(), set[str]()
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        refused = {str(detail["loc"][0]) for detail in errors}
        problems += map(_problem, errors)
        # Check the other settings too, with defaults in place of the refused ones.
        defaults: dict[str, Any] = {name: VARIABLES[name].default for name in refused}
        configuration = Configuration(**defaults)
    problems += _combined(configuration, refused)
    problems += _folder(configuration)
    if problems:
        raise ConfigurationError([*problems, *_certainly_not_set(configuration, refused)])
    return configuration


def _unknown_names() -> Iterator[str]:
    """Yield a message for each name that begins like a variable of the program but is none."""
    suffixes = {name.removeprefix(PREFIX): name for name in VARIABLES}
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name not in VARIABLES:
            near = suffixes.get(nearest(name[len(PREFIX) :].upper(), suffixes))
            advice = f"Did you mean {near}?" if near else "Remove it."
            yield f"{printable(name)} is not a setting. {advice}"


def _problem(error: ErrorDetails) -> str:
    """Return an error of pydantic in plain words."""
    variable = str(error["loc"][0])
    # Messages of our validators are sentences. Other messages are about types without secrets.
    if error["type"] == "value_error":
        return f"{variable} {error['msg'].removeprefix('Value error, ')}"
    words = values_of(VARIABLES[variable]).words
    return f"{variable} is {quoted(error['input'])}. Use {words}."


def _combined(configuration: Configuration, refused: Collection[str]) -> Iterator[str]:
    """Yield problems of settings that are valid only by themselves."""
    no_addresses = not configuration.proxy_addresses
    if (
        configuration.access == "proxy"
        and no_addresses
        and "ADVISOR_PROXY_ADDRESSES" not in refused
    ):
        words = values_of(VARIABLES["ADVISOR_PROXY_ADDRESSES"]).words
        yield (
            "ADVISOR_PROXY_ADDRESSES is not set, so nobody could sign in. "
            f"Use {words}, such as 10.0.0.5,10.1.0.0/28."
        )


def _folder(configuration: Configuration) -> Iterator[str]:
    # A fresh clone has no var/, and neither SQLite nor WhiteNoise creates its folder.
    try:
        configuration.static_root.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        yield (
            f"ADVISOR_VAR is {quoted(configuration.var)}, where no folder can be created: "
            f"{reason}. Use a folder that the user of the site may write to."
        )


def _certainly_not_set(configuration: Configuration, refused: Collection[str]) -> Iterator[str]:
    """Yield what is not set, without variables that were set and refused."""
    if "ADVISOR_DEBUG" not in refused:
        for problem in configuration.not_set():
            if problem.split()[0] not in refused:
                yield problem
