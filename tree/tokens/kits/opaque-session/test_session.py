"""What the session of a token says."""

import samples
from sessions import App, Clock


def test_it_knows_who_a_fresh_token_belongs_to(app: App, clock: Clock) -> None:
    session = app.verify(app.issue("alice"))
    assert session == {"sub": "alice", "created": clock.time, "seen": clock.time}


def test_the_samples_bring_no_environment_of_their_own() -> None:
    assert samples.environment() == {}
