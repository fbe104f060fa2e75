"""Foreign text inside Markdown shows as text."""

import pytest

from organotropism.present.markdown import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("default", "default"),
        ("my_model *v2*", r"my\_model \*v2\*"),
        ("[click](http://x)", r"\[click\](http://x)"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a | b", r"a \| b"),
        ("# title", r"\# title"),
        ("> quote", r"\&gt; quote"),
        ("1. item", r"\1. item"),
        ("two\n\n# lines", "two # lines"),
        ("`code`", r"\`code\`"),
        ("\x1b[31m", r"\\x1b\[31m"),
        ("HR+/HER2-, 1977-2005 & more", "HR+/HER2-, 1977-2005 &amp; more"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert plain(text) == shown
