"""The files of a kit, as a page shows them and as a zip holds them."""

import ast
import io
import zipfile

from tests.support.html import Element


def shown_files(result: Element) -> dict[str, str]:
    """The files of the kit as the page shows them, their code without markup."""
    files = [*result.all("section", class_="file"), *result.all("details", class_="file")]
    return {file.one("h3").text: file.one("pre").raw for file in files}


def constants(source: str) -> dict[str, object]:
    """What each top-level name of a module is set to, where that is a plain literal."""
    return {
        node.targets[0].id: node.value.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def unpacked(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def tabs(result: Element) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is shown, for each way."""
    links = result.one("nav", **{"aria-label": "Frameworks"}).all("a")
    return [
        (link.text, link.attributes["href"], "aria-current" in link.attributes) for link in links
    ]
