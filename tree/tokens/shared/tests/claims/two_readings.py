"""Texts of a JSON object that some parsers read, and others read otherwise or refuse."""

import json


def spoil(text: str) -> dict[str, bytes]:
    """Return other texts of a JSON object, each readable to some parser."""
    name = next(iter(json.loads(text)))
    encodings = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
    encoded = {encoding: text.encode(encoding) for encoding in encodings}
    spelled = {
        "a name twice": f'{text[:-1]}, "{name}": "x"}}',
        "a name twice, first": f'{{"{name}": "x", {text[1:]}',
        "a name twice, escaped": f'{text[:-1]}, "\\u{ord(name[0]):04x}{name[1:]}": "x"}}',
        "a name twice, deep inside": text[:-1] + ', "a": [{"b": 1, "b": 2}]}',
        "NaN": text[:-1] + ', "a": NaN}',
        "Infinity": text[:-1] + ', "a": [Infinity]}',
        "-Infinity": text[:-1] + ', "a": {"b": -Infinity}}',
        "a number too large": text[:-1] + ', "a": 1e400}',
        "half a character": text[:-1] + ', "a": "\\ud800"}',
        "half a character in a name": text[:-1] + ', "\\udfff": 1}',
        "deep": text[:-1] + ', "a": ' + "[" * 17 + "]" * 17 + "}",
        "two objects": text + "{}",
        "a comment": text[:-1] + "/**/}",
        "a comma at the end": text[:-1] + ",}",
        "single quotes": text.replace('"', "'"),
        "a line break in a name": text.replace(name, name + "\n"),
        "NUL behind": text + "\0",
    }
    raw = {
        "bytes that are no UTF-8": text[:-1].encode() + b', "a": "\xff"}',
        "half a character in bytes": text[:-1].encode() + b', "a": "\xed\xa0\x80"}',
        "an overlong letter": text[:-1].encode() + b', "a": "\xc1\xa1"}',
    }
    return encoded | {way: text.encode() for way, text in spelled.items()} | raw


WAYS = list(spoil('{"a": 1}'))
