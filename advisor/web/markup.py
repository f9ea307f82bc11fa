"""Turn text into safe HTML: Markdown for prose, Pygments for code."""

from functools import lru_cache

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound

# Without headings a text cannot imitate the page; without images a browser fetches nothing.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline"]
)
_BREAK = Token("softbreak", "br", 0)
_TAGS = {"p", "ul", "ol", "li", "code", "pre", "em", "strong", "a", "blockquote", "br", "hr"}
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(cssclass="highlight", wrapcode=True)


@lru_cache(maxsize=4096)
def markdown(text: str) -> SafeString:
    """Return Markdown as sanitised HTML, without headings, images and raw HTML.

    Links open without opener and referrer, and search engines do not follow them.
    """
    clean = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned on the line above


def text(source: str) -> str:
    """Return Markdown as plain text on one line, as a reader would read it."""
    inline = (token.children or () for token in _MARKDOWN.parse(source) if token.type == "inline")
    words = (child.content or " " for children in inline for child in (*children, _BREAK))
    return " ".join("".join(words).split())


@lru_cache(maxsize=512)
def code(name: str, text: str) -> SafeString:
    """Return the text of a file as HTML, highlighted with CSS classes by its file name.

    Pygments escapes the text. A file of an unknown type is not highlighted.
    """
    try:
        lexer = get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_for_filename("plain.txt", stripnl=False)
    return mark_safe(highlight(text, lexer, _FORMATTER))  # noqa: S308 - escaped by Pygments


def plain(text: str) -> SafeString:
    """Return the text of a file as escaped HTML in the same frame as `code`, not highlighted.

    Highlighting multiplies the size of a file; this keeps a page with many files small.
    """
    return format_html('<div class="highlight"><pre><code>{}</code></pre></div>', text)
