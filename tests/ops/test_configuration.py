"""Every setting is understood or refused, before anything starts."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as site

from advisor.engine.problems import quoted
from advisor.ops.configuration import (
    VARIABLES,
    Configuration,
    ConfigurationError,
    read_configuration,
)

SECRET = "s3cr3t"
# What a server sets, each by itself right.
SERVER = {
    "ADVISOR_SECRET_KEY": "a-key",
    "ADVISOR_HOSTS": "advisor.example",
    "ADVISOR_ACCESS": "open",
}
Configure = Callable[..., Configuration]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Configure:
    """Read the configuration in an environment with these variables of ours and no others."""

    def read(**variables: str) -> Configuration:
        for name in [name for name in os.environ if name.upper().startswith("ADVISOR_")]:
            monkeypatch.delenv(name)
        monkeypatch.delenv("DATABASE_URL", raising=False)
        for name, value in {"ADVISOR_VAR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        return read_configuration()

    return read


def refusals(configure: Configure, **variables: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as refused:
        configure(**SERVER | variables)
    return refused.value.problems


# Switches

SWITCHES = {
    "ADVISOR_BEHIND_PROXY": "behind_proxy",
    "ADVISOR_REGISTER": "lists_decisions",
    "ADVISOR_MODERATION": "moderation",
    "ADVISOR_STUDIO": "studio",
    "ADVISOR_DEBUG": "debug",
}
ON = ("1", "on", "true", "yes", "True", "ON", "Yes", "t", "y", " on ", "true\n")
OFF = ("0", "off", "false", "no", "False", "OFF", "No", "f", "n", " off", "\tfalse ")
UNCLEAR = ("2", "-1", "enabled", "none", "null", "of", "ture", "on off", "1.0", "01")


def test_these_are_all_switches() -> None:
    fields = Configuration.model_fields.values()
    assert {field.alias for field in fields if isinstance(field.default, bool)} == set(SWITCHES)


@pytest.mark.parametrize("spelling", ON)
@pytest.mark.parametrize("variable", SWITCHES)
def test_a_switch_is_on_in_every_spelling(
    configure: Configure, variable: str, spelling: str
) -> None:
    assert getattr(configure(**{variable: spelling}), SWITCHES[variable]) is True


@pytest.mark.parametrize("spelling", OFF)
@pytest.mark.parametrize("variable", SWITCHES)
def test_a_switch_is_off_in_every_spelling(
    configure: Configure, variable: str, spelling: str
) -> None:
    assert getattr(configure(**{variable: spelling}), SWITCHES[variable]) is False


@pytest.mark.parametrize("spelling", UNCLEAR)
@pytest.mark.parametrize("variable", SWITCHES)
def test_a_switch_that_is_neither_on_nor_off_is_refused(
    configure: Configure, variable: str, spelling: str
) -> None:
    assert refusals(configure, **{variable: spelling}) == (
        f"{variable} is `{spelling}`. Use on or off.",
    )


# Unknown names


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ADVISOR_REGISTRE", "ADVISOR_REGISTER"),
        ("ADVISOR_REGISTERS", "ADVISOR_REGISTER"),
        ("ADVISOR_REGSITER", "ADVISOR_REGISTER"),
        ("ADVISOR_HOST", "ADVISOR_HOSTS"),
        ("ADVISOR_SECRETKEY", "ADVISOR_SECRET_KEY"),
        ("ADVISOR_BEHIND_PROXI", "ADVISOR_BEHIND_PROXY"),
        ("ADVISOR_PROXY_ADRESSES", "ADVISOR_PROXY_ADDRESSES"),
        ("ADVISOR_PROXY_HEADERS", "ADVISOR_PROXY_HEADER"),
        ("ADVISOR_TREE", "ADVISOR_TREES"),
        ("ADVISOR_MODERATE", "ADVISOR_MODERATION"),
        ("ADVISOR_STUDO", "ADVISOR_STUDIO"),
        ("ADVISOR_DATABASE_URL", "DATABASE_URL"),
        ("advisor_register", "ADVISOR_REGISTER"),
        ("Advisor_Register", "ADVISOR_REGISTER"),
    ],
)
def test_an_unknown_name_is_refused_with_the_name_that_was_meant(
    configure: Configure, name: str, meant: str
) -> None:
    assert refusals(configure, **{name: SECRET}) == (
        f"{name} is not a setting. Did you mean {meant}?",
    )


@pytest.mark.parametrize("name", ["ADVISOR_FROBNICATE", "ADVISOR_", "ADVISOR__"])
def test_an_unknown_name_near_to_no_other_is_refused_without_a_guess(
    configure: Configure, name: str
) -> None:
    assert refusals(configure, **{name: SECRET}) == (f"{name} is not a setting. Remove it.",)


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_name_with_a_letter_too_few_is_refused(configure: Configure, variable: str) -> None:
    name = variable[:-1]
    if name.startswith("ADVISOR_"):
        assert refusals(configure, **{name: SECRET}) == (
            f"{name} is not a setting. Did you mean {variable}?",
        )


@pytest.mark.parametrize("name", ["ADVISOR", "MY_ADVISOR_NAME", "DATABASE_HOST", "ADVISORY_X"])
def test_a_name_of_another_program_is_left_alone(configure: Configure, name: str) -> None:
    configure(**{name: "anything"})


# Empty values


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
@pytest.mark.parametrize("variable", VARIABLES)
def test_an_empty_value_is_refused(configure: Configure, variable: str, blank: str) -> None:
    problem = f"{variable} is empty. Give it a value, or remove it."
    assert problem in refusals(configure, **{variable: blank})


@pytest.mark.parametrize("variable", ["ADVISOR_HOSTS", "ADVISOR_PROXY_ADDRESSES"])
def test_a_list_without_an_entry_is_refused(configure: Configure, variable: str) -> None:
    assert refusals(configure, **{variable: " , ,"}) == (
        f"{variable} is `, ,`, which has no entry. Give it a value, or remove it.",
    )


def test_trees_without_an_entry_are_refused(configure: Configure) -> None:
    assert refusals(configure, ADVISOR_TREES=os.pathsep) == (
        f"ADVISOR_TREES is `{os.pathsep}`, which has no entry. Give it a value, or remove it.",
    )


# Values


def test_without_any_variable_a_site_has_its_defaults(configure: Configure) -> None:
    configuration = configure()
    assert configuration.name == "Advisor"
    assert configuration.trees == (str(Path(site.BASE_DIR) / "tree" / "tokens"),)
    assert configuration.proxy_header == "X-Forwarded-User"
    assert configuration.database_url is None
    assert configuration.lists_decisions
    assert configuration.studio
    assert not configuration.moderation
    assert not configuration.behind_proxy
    assert not configuration.debug


def test_lists_are_split_and_blanks_around_entries_dropped(configure: Configure) -> None:
    configuration = configure(
        ADVISOR_HOSTS=" a.example, .b.example,,[2001:db8::1],10.0.0.1 ,*",
        ADVISOR_PROXY_ADDRESSES="10.0.0.5, 10.1.0.0/28 ,2001:db8::/64,unix",
        ADVISOR_TREES=os.pathsep.join(["one", " two words ", ""]),
    )
    assert configuration.hosts == ("a.example", ".b.example", "[2001:db8::1]", "10.0.0.1", "*")
    assert configuration.proxy_addresses == ("10.0.0.5", "10.1.0.0/28", "2001:db8::/64", "unix")
    assert configuration.trees == ("one", "two words")


@pytest.mark.parametrize(
    "host", ["https://a.example", "a.example:8000", "a.example/", "a example", "*.a.example", "."]
)
def test_a_host_that_no_request_could_name_is_refused(configure: Configure, host: str) -> None:
    assert refusals(configure, ADVISOR_HOSTS=f"good.example,{host}") == (
        (
            f"ADVISOR_HOSTS has the entry `{host}`, which is not a host name. "
            "Use names without scheme, port and path, such as advisor.example.com."
        ),
    )


@pytest.mark.parametrize("access", ["yes", "Open", "open,proxy", "OPEN", "closed"])
def test_access_that_means_nothing_is_refused(configure: Configure, access: str) -> None:
    assert refusals(configure, ADVISOR_ACCESS=access) == (
        (
            f"ADVISOR_ACCESS is `{access}`. Use open (everybody who reaches the site) or "
            "proxy (those whom your single sign-on names)."
        ),
    )


def test_behind_a_proxy_its_addresses_are_required(configure: Configure) -> None:
    (problem,) = refusals(configure, ADVISOR_ACCESS="proxy")
    assert problem == (
        "ADVISOR_PROXY_ADDRESSES is not set, so nobody could sign in. Use addresses and networks, "
        "separated by commas, or unix for a socket, such as 10.0.0.5,10.1.0.0/28."
    )
    configure(**SERVER, **{"ADVISOR_PROXY_ADDRESSES": "unix"} | {"ADVISOR_DEBUG": "on"})


@pytest.mark.parametrize(
    ("addresses", "reason"),
    [
        ("0.0.0.0/0", "'0.0.0.0/0' would trust everyone"),
        ("::/0", "'::/0' would trust everyone"),
        ("10.0.0.7,10.0.0.5/8", "10.0.0.5/8 has host bits set"),
        ("proxy.example", "'proxy.example' does not appear to be an IPv4 or IPv6 network"),
        ("UNIX", "'UNIX' does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_addresses_that_are_not_those_of_a_proxy_are_refused(
    configure: Configure, addresses: str, reason: str
) -> None:
    proxy = {"ADVISOR_ACCESS": "proxy", "ADVISOR_PROXY_ADDRESSES": addresses}
    assert refusals(configure, **proxy) == (
        (
            f"ADVISOR_PROXY_ADDRESSES cannot be used: {reason}. "
            "List the addresses of your proxy, such as 10.0.0.5,10.1.0.0/28 or unix."
        ),
    )


@pytest.mark.parametrize("header", ["X_Forwarded_User", "X-User: jane", "X-Usér", "-X"])
def test_a_header_that_another_could_pass_for_is_refused(configure: Configure, header: str) -> None:
    assert refusals(configure, ADVISOR_PROXY_HEADER=header) == (
        (
            f"ADVISOR_PROXY_HEADER is `{header}`, which is not the name of a header. "
            "Use letters, digits and hyphens, such as X-Forwarded-User."
        ),
    )


@pytest.mark.parametrize("variable", ["ADVISOR_NAME", "ADVISOR_TREES", "ADVISOR_SECRET_KEY"])
@pytest.mark.parametrize("character", ["\n", "\x1b", "\udcff", "\u202e"])
def test_a_character_that_cannot_be_printed_is_refused(
    configure: Configure, variable: str, character: str
) -> None:
    assert refusals(configure, **{variable: f"a{character}b"}) == (
        f"{variable} has a character that cannot be printed. Type it again.",
    )


def test_a_folder_that_cannot_be_created_is_refused(configure: Configure, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "var")
    (problem,) = refusals(configure, ADVISOR_VAR=folder)
    assert problem == (
        f"ADVISOR_VAR is {quoted(folder)}, where no folder can be created: Not a directory. "
        "Use a folder that the user of the site may write to."
    )


def test_a_folder_whose_path_is_not_valid_is_refused(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(Path, "mkdir", fail)
    (problem,) = refusals(configure, ADVISOR_VAR="/var")
    assert problem == (
        "ADVISOR_VAR is `/var`, where no folder can be created: the path is not valid. "
        "Use a folder that the user of the site may write to."
    )


# All at once


def test_all_problems_are_reported_at_once(configure: Configure) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configure(
            ADVISOR_REGISTRE="0",
            ADVISOR_BEHIND_PROXY="maybe",
            ADVISOR_ACCESS="proxy",
            ADVISOR_PROXY_HEADER="a_b",
            DATABASE_URL="mysql://",
            ADVISOR_SECRET_KEY="",
        )
    message = str(refused.value)
    assert message.startswith("7 settings are wrong:\n\n  ADVISOR_REGISTRE is not a setting.")
    assert message.endswith("\n\nREADME.md lists all settings.")
    assert [line.split()[0] for line in message.splitlines()[2:-2]] == [
        "ADVISOR_REGISTRE",
        "ADVISOR_SECRET_KEY",
        "ADVISOR_BEHIND_PROXY",
        "ADVISOR_PROXY_HEADER",
        "DATABASE_URL",
        "ADVISOR_PROXY_ADDRESSES",
        "ADVISOR_HOSTS",
    ]


def test_what_was_refused_is_not_also_said_to_be_missing(configure: Configure) -> None:
    assert len(refusals(configure, ADVISOR_ACCESS="yes", ADVISOR_HOSTS="a/b")) == 2


def test_nothing_is_said_to_be_missing_where_it_is_not_clear_whether_it_is_a_server(
    configure: Configure,
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configure(ADVISOR_DEBUG="perhaps")
    assert refused.value.problems == ("ADVISOR_DEBUG is `perhaps`. Use on or off.",)


def test_a_server_lacks_three_settings_and_a_developer_none(configure: Configure) -> None:
    assert [problem.split(" Use ")[0] for problem in configure().not_set()] == [
        "ADVISOR_SECRET_KEY is not set.",
        "ADVISOR_HOSTS is not set.",
        "ADVISOR_ACCESS is not set.",
    ]
    assert list(configure(**SERVER).not_set()) == []
    assert list(configure(ADVISOR_DEBUG="on").not_set()) == []


# Secrets


@pytest.mark.parametrize("variable", [*VARIABLES, "ADVISOR_SECRET"])
def test_no_message_repeats_a_secret(configure: Configure, variable: str) -> None:
    """Neither where it belongs nor under an unknown name, whatever else is wrong."""
    secrets = {
        "ADVISOR_SECRET_KEY": f"{SECRET}\x1b",
        "DATABASE_URL": f"postgresql://{SECRET}:{SECRET}@{SECRET}:port/{SECRET}?{SECRET}",
        "ADVISOR_SECRET": SECRET,
    }
    if variable in secrets:
        problems = refusals(configure, **{"ADVISOR_NAMES": SECRET, variable: secrets[variable]})
        assert len(problems) == 2
        assert SECRET not in "".join(problems)
    configuration = configure(ADVISOR_SECRET_KEY=SECRET, DATABASE_URL=f"postgres://{SECRET}/x")
    assert SECRET not in f"{configuration!r} {configuration}"


def test_a_single_problem_is_told_in_the_singular(configure: Configure) -> None:
    with pytest.raises(ConfigurationError) as refused:
        configure(ADVISOR_DEBUG="perhaps")
    assert str(refused.value) == (
        "One setting is wrong:\n\n  ADVISOR_DEBUG is `perhaps`. Use on or off.\n\n"
        "README.md lists all settings."
    )
