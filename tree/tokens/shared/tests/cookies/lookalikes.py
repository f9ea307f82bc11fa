"""Names of cookies that a browser keeps apart from ours, and that a parser may not."""

# What parsers, browsers or people may take for nothing, as the bytes that arrive.
NOTHING = [
    *("\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f", "\x00", "\x7f", "\r", "\n", '"', "'", "`"),
    *("\x80", "\x85", "\xa0", "\xad", "\xff"),
    *(
        blank.encode().decode("latin-1")
        for blank in (
            *("\x85", "\xa0", "\u1680", "\u180e", "\u2000", "\u2003", "\u2009", "\u200a", "\u200b"),
            *("\u200d", "\u2028", "\u2029", "\u202e", "\u202f", "\u205f", "\u2060", "\u3000"),
            *("\ufe0f", "\ufeff", "\N{TAG SPACE}", "é"),
        )
    ),
]


def lookalikes(name: str) -> list[str]:
    """Return names that are nearly this one, with one character for each byte."""
    prefix, rest = name[:7], name[7:]
    return [
        *(f"{each}{name}" for each in [*NOTHING, "\t ", " \t", '" ', "\xa0\xa0"]),
        *(f"{name}{each}" for each in [*NOTHING, " ", "  ", '"\t']),
        *(f"{prefix}{each}{rest}" for each in [*NOTHING, " "]),
        *{name.lower(), name.upper(), name.title(), f"{prefix.upper()}{rest}"} - {name},
        *(f'"{name}"', f"'{name}'", f"\xa0{name.lower()}"),
    ]
