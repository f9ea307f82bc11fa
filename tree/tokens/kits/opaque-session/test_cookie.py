"""What the session of a token says, and the cookie that carries the token."""

import samples
import tokens as kit
from sessions import App, Clock


def test_it_knows_who_a_fresh_token_belongs_to(app: App, clock: Clock) -> None:
    session = app.verify(app.issue("alice"))
    assert session == {"sub": "alice", "created": clock.time, "seen": clock.time}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.COOKIE_NAME}=TOKEN"
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert kit.COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


def test_the_samples_bring_no_environment_of_their_own() -> None:
    assert samples.environment() == {}
