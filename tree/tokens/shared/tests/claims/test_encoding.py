"""Attacks on the text of a token: it has one spelling, and no part of it can be changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import forging
from by_hand import Verify, b64, other_spellings, refuse, unb64
from forging import forge, good_claims

# What becomes of a good token.
SPOILED: dict[str, Callable[[str], Any]] = {
    "empty": lambda _: "",
    "none": lambda _: None,
    "bytes": lambda token: token.encode(),
    "a number": lambda _: 7,
    "a list": lambda token: [token],
    "an object": lambda token: {"payload": token},
    "JSON": lambda token: json.dumps({"payload": token}),
    "a line break behind": lambda token: token + "\n",
    "a line break within": lambda token: token[:30] + "\n" + token[30:],
    "a blank before": lambda token: " " + token,
    "with the scheme": lambda token: "Bearer " + token,
    "cut by 1": lambda token: token[:-1],
    "cut by 2": lambda token: token[:-2],
    "cut by 40": lambda token: token[:-40],
    "cut by 43": lambda token: token[:-43],
    "cut by 85": lambda token: token[:-85],
    "cut by 86": lambda token: token[:-86],
    "padded": lambda token: token + "=",
    "padded twice": lambda token: token + "==",
    "padded in front": lambda token: token.replace(".", "=.", 1),
    "padded within": lambda token: token[:30] + "=" + token[30:],
    "junk behind": lambda token: token + "!",
    "junk within": lambda token: token[:30] + "!" + token[30:],
    "junk in front of a dot": lambda token: token.replace(".", "!.", 1),
    "é behind": lambda token: token + "é",
    "é in front": lambda token: "é" + token[1:],
    "a wide e": lambda token: token.replace("e", "\uff45", 1),
    "half a character": lambda token: token[:30] + "\ud800" + token[31:],
    "half a character in front": lambda token: "\ud800" + token[1:],
    "a zero byte": lambda token: token + "\x00",
    "an empty last part": lambda token: token.rpartition(".")[0] + ".",
    "no first part": lambda token: token.partition(".")[2],
    "the last part alone": lambda token: token.rpartition(".")[2],
    "the last part twice": lambda token: token + "." + token.rpartition(".")[2],
    "a dot behind": lambda token: token + ".",
    "two dots behind": lambda token: token + "..",
    "a dot in front": lambda token: "." + token,
    "dots doubled": lambda token: token.replace(".", ".."),
    "twice": lambda token: token + token,
    "twice with a dot": lambda token: token + "." + token,
    "two dots": lambda _: "..",
    "dots alone": lambda _: "." * 3000,
    "short parts": lambda _: "a.b.c\n",
    "long": lambda _: "A" * 1_000_000,
    "longer": lambda token: token + "A" * forging.MAX_LENGTH,
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_it_refuses_a_token_of_another_shape(verify: Verify, spoiled: str) -> None:
    refuse(SPOILED[spoiled](forge()), verify)


def test_it_refuses_a_token_that_is_not_ascii(verify: Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: Verify) -> None:
    # Of three lengths in a row, one may leave no bit unused.
    forged = [forge(payload=good_claims() | {"pad": "x" * length}) for length in range(3)]
    pairs = [(token, other) for token in forged for other in other_spellings(token)]
    assert len(pairs) >= 9
    for token, spelling in pairs:
        assert unb64(spelling.rpartition(".")[2]) == unb64(token.rpartition(".")[2])
        refuse(spelling, verify, "canonical")


def test_it_refuses_a_change_of_any_one_byte(verify: Verify) -> None:
    parts = [unb64(part) for part in forge().removeprefix(forging.PREFIX).split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            others = [*parts[:which], changed, *parts[which + 1 :]]
            refuse(forging.PREFIX + ".".join(map(b64, others)), verify)
