"""A browser without script: reads pages as HTML, fills in forms, follows redirects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.test import Client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

# Elements that have no end tag.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"}
MAX_HOPS = 3


@dataclass(eq=False)
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __iter__(self) -> Iterator["Element"]:
        """This element and all below it, in the order of the page."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    @property
    def text(self) -> str:
        """What a reader reads, with single spaces."""
        return " ".join(self.raw.split())

    @property
    def raw(self) -> str:
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def all(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Every element below with the tag, and with these attributes or, for `class_`, class."""
        wanted = attributes.pop("class_", "")
        return [
            element
            for element in self
            if tag in ("", element.tag)
            and (not wanted or wanted in element.attributes.get("class", "").split())
            and all(element.attributes.get(name) == value for name, value in attributes.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> "Element":
        elements = self.all(tag, **attributes)
        assert len(elements) == 1, f"{len(elements)} of <{tag} {attributes}>"
        return elements[0]

    def has(self, tag: str = "", **attributes: str) -> bool:
        return bool(self.all(tag, **attributes))

    def link(self, text: str) -> str:
        """The address behind the first link with this text."""
        return next(link["href"] for link in self.all("a") if link.text == text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The page; an end tag that does not fit its start tag fails the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [element.tag for element in reader.open] == ["document"]
    return reader.root


def page(response: "Response") -> Element:
    return read(response.content.decode())


class Form:
    """A form as it stands on the page, with what a browser would send if it were sent now."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.fields: list[tuple[str, str]] = []
        for field_or_button in element:
            name = field_or_button.attributes.get("name")
            if field_or_button.tag == "textarea" and name:
                # A browser drops the first line break after the tag.
                self.fields.append((name, field_or_button.raw.removeprefix("\n")))
            elif field_or_button.tag == "input" and name:
                checked = "checked" in field_or_button.attributes
                if field_or_button.attributes.get("type") not in ("radio", "checkbox") or checked:
                    self.fields.append((name, field_or_button.attributes.get("value", "")))

    def fill(self, **values: str) -> "Form":
        """Type into fields and choose radios; `_` in a name may stand for `-`."""
        for name, value in values.items():
            self.set(name if self.element.has(name=name) else name.replace("_", "-"), value)
        return self

    def set(self, name: str, value: str) -> "Form":
        controls = self.element.all(name=name)
        assert controls, f"no field {name}"
        if controls[0].attributes.get("type") == "radio":
            assert value in [control["value"] for control in controls]
            # A radio is sent where it stands in the form.
            hidden = [pair for pair in self.fields if pair[0] != name]
            self.fields = [*hidden, (name, value)]
        else:
            self.fields = [(key, value if key == name else old) for key, old in self.fields]
        return self

    @property
    def address(self) -> str:
        """Where a GET of the form leads: its fields take the place of the action's query."""
        assert self.element["method"] == "get"
        return f"{urlsplit(self.element['action']).path}?{urlencode(self.fields)}"

    def post(self, client: Client, headers: Mapping[str, str] | None = None) -> "Response":
        assert self.element["method"] == "post"
        body = urlencode(self.fields)
        return client.post(
            self.element["action"],
            body,
            content_type="application/x-www-form-urlencoded",
            headers=dict(headers or {}),
        )


def form(response: "Response") -> Form:
    """The only form of the page."""
    return Form(page(response).one("form"))


def get(client: Client, address: str) -> "Response":
    """Open an address as a browser does, over at most three redirects."""
    for _ in range(MAX_HOPS + 1):
        response = client.get(address)
        if response.status_code not in (301, 302, 303, 307, 308):
            return response
        address = urljoin(address, response["Location"])
    raise AssertionError(f"more than {MAX_HOPS} redirects, the last to {address}")


def pairs(address: str) -> list[tuple[str, str]]:
    """The query of an address, in its order."""
    return parse_qsl(urlsplit(address).query, keep_blank_values=True)
