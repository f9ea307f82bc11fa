"""The cookie that carries a token is out of reach of scripts and of other hosts."""

import tokens as kit


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.COOKIE_NAME}=TOKEN"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert kit.COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


def test_the_cookie_is_read_by_exactly_this_name() -> None:
    assert kit.get_cookie(f"a=1; {kit.COOKIE_NAME}=TOKEN") == "TOKEN"
    assert kit.get_cookie(f"x{kit.COOKIE_NAME}=TOKEN".encode()) is None
