"""Text to safe HTML: Markdown for prose, Pygments for code."""

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

# No headings, so that a text cannot pose as the page; no images, so that nothing is fetched.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(
    ["heading", "lheading", "image", "html_block", "html_inline"]
)
_BREAK = Token("softbreak", "br", 0)
_TAGS = {"p", "ul", "ol", "li", "code", "pre", "em", "strong", "a", "blockquote", "br", "hr"}
_FORMATTER: HtmlFormatter[str] = HtmlFormatter(cssclass="highlight", wrapcode=True)


@lru_cache(maxsize=4096)
def markdown(text: str) -> SafeString:
    """Markdown, sanitised; links leave with no opener and no referrer, and are not followed."""
    clean = nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - cleaned on the line above


def text(source: str) -> str:
    """Markdown as a reader reads it, in one line."""
    inline = (token.children or () for token in _MARKDOWN.parse(source) if token.type == "inline")
    words = (child.content or " " for children in inline for child in (*children, _BREAK))
    return " ".join("".join(words).split())


@lru_cache(maxsize=512)
def code(name: str, text: str) -> SafeString:
    """A file's text, highlighted by classes as its name asks; Pygments escapes what it prints."""
    try:
        lexer = get_lexer_for_filename(name, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_for_filename("plain.txt", stripnl=False)
    return mark_safe(highlight(text, lexer, _FORMATTER))  # noqa: S308 - escaped by Pygments


def plain(text: str) -> SafeString:
    """A file's text in the same frame, for files that need not weigh the page down."""
    return format_html('<div class="highlight"><pre><code>{}</code></pre></div>', text)
