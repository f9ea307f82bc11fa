"""What becomes of text that editors and visitors write: the HTML, whole."""

import pytest

from advisor.web.markup import code, markdown, plain

PROSE = {
    "*two* **three** `four`": "<p><em>two</em> <strong>three</strong> <code>four</code></p>\n",
    "One\ntwo\\\nthree": "<p>One\ntwo<br>\nthree</p>\n",
    "One\n\ntwo": "<p>One</p>\n<p>two</p>\n",
    "* one\n* two": "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n",
    "3. one\n4. two": '<ol start="3">\n<li>one</li>\n<li>two</li>\n</ol>\n',
    "> one": "<blockquote>\n<p>one</p>\n</blockquote>\n",
    "    one": "<pre><code>one\n</code></pre>\n",
    "one\n\n---\n\ntwo": "<p>one</p>\n<hr>\n<p>two</p>\n",
    # A text may imitate no heading, hold no HTML, and fetch nothing.
    "# One": "<p># One</p>\n",
    "One\n===": "<p>One\n===</p>\n",
    "<b>one</b>": "<p>&lt;b&gt;one&lt;/b&gt;</p>\n",
    "<div>\none\n</div>": "<p>&lt;div&gt;\none\n&lt;/div&gt;</p>\n",
    "https://a.example": "<p>https://a.example</p>\n",
}


@pytest.mark.parametrize("text", PROSE)
def test_prose_becomes_few_kinds_of_elements(text: str) -> None:
    assert markdown(text) == PROSE[text]


@pytest.mark.parametrize("address", ["https://a.example", "http://a.example", "mailto:a@b.example"])
def test_a_link_opens_without_opener_and_referrer(address: str) -> None:
    assert markdown(f"[one]({address})") == (
        f'<p><a href="{address}" rel="nofollow noopener noreferrer">one</a></p>\n'
    )


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://a.example", "data:text/html,a"])
def test_a_link_to_another_kind_of_address_is_none(address: str) -> None:
    assert "href" not in markdown(f"[one]({address})")


def test_a_picture_is_not_fetched() -> None:
    assert "<img" not in markdown("![one](https://a.example/a.png)")


def test_code_is_highlighted_by_the_name_of_its_file() -> None:
    assert code("a.py", "if a < 1:\n") == (
        '<div class="highlight"><pre><span></span><code>'
        '<span class="k">if</span> <span class="n">a</span> <span class="o">&lt;</span> '
        '<span class="mi">1</span><span class="p">:</span>\n</code></pre></div>\n'
    )


@pytest.mark.parametrize("name", ["a.unknown", "a"])
def test_a_file_of_another_kind_is_only_escaped(name: str) -> None:
    assert code(name, "\n\nif a < 1:\n") == (
        '<div class="highlight"><pre><span></span><code>\n\nif a &lt; 1:\n</code></pre></div>\n'
    )


def test_a_long_page_shows_files_plainly() -> None:
    assert plain("if a < 1:") == (
        '<div class="highlight"><pre><code>if a &lt; 1:</code></pre></div>'
    )
