"""The studio without script: a form that is sent and comes back with all that the draft shows."""

import pytest
from django.test import Client

from advisor import catalogue
from tests.support.html import Form, form, page
from tests.support.site import TOKENS, Editable
from tests.support.studio import OUTCOMES, STUDIO, TREE, edited, opened, press, problems, send

EXAMPLES = TOKENS.parent / "examples"


# The files


def test_it_opens_with_the_files_of_the_tree(client: Client, editable: Editable) -> None:
    filled = opened(client)
    texts = {name: text for name, text in filled.fields if name.startswith("file:")}
    assert texts == {
        f"file:{path.name}": path.read_text() for path in editable.folder.glob("*.yaml")
    }
    assert [*texts][:3] == [TREE, OUTCOMES, "file:caveats.yaml"]
    assert dict(filled.fields)["shown"] == "tree.yaml"


def test_it_says_that_a_good_tree_has_no_problems_and_changes_nothing(client: Client) -> None:
    response = client.get(STUDIO)
    assert response.status_code == 200
    assert problems(response).text == "No problems"
    assert page(response).one(id="changes").text == (
        "What it would change No advice changes: all 36 answer sets get the same advice as today."
    )


def test_every_text_and_every_file_has_a_label(client: Client) -> None:
    whole = page(client.get(STUDIO))
    for text in whole.all("textarea"):
        assert text["aria-label"] == f"Text of {text['name'].removeprefix('file:')}"
    tabs = {label["for"]: label.text for label in whole.all("label", class_="tab")}
    assert tabs == {field["id"]: field["value"] for field in whole.all("input", name="shown")}


def test_the_text_comes_back_as_it_was_sent(client: Client) -> None:
    text = '\n\n# <b>é🙂</b> & "q"\ttab\nformat: 1\n\n'
    filled = opened(client).set(TREE, text.replace("\n", "\r\n"))
    again = form(filled.post(client))
    assert dict(again.fields)[TREE] == text


def test_it_shows_the_file_that_was_shown(client: Client) -> None:
    filled = opened(client).set("shown", "cases.yaml")
    assert dict(form(filled.post(client)).fields)["shown"] == "cases.yaml"


# Problems


def test_it_lists_a_problem_with_its_place(client: Client) -> None:
    response = edited(client, "    short: Revocation", "    shrot: Revocation").post(client)
    listed = problems(response)
    assert listed.one("h2").text == "1 error"
    assert listed.one("button", class_="place").text == "tree.yaml:15:5"
    expected = "answers, ask, hint, short, sources or unsure"
    assert f"Found the key shrot; expected {expected}." in listed.text
    assert "15 | shrot: Revocation" in listed.text
    assert listed.one("p", class_="suggestion").text == "Did you mean short?"
    assert response.status_code == 200


def test_what_can_be_pasted_stands_as_it_is_pasted_and_a_sentence_as_a_sentence(
    client: Client,
) -> None:
    misspelt = problems(
        edited(client, "    short: Revocation", "    shrot: Revocation").post(client)
    )
    assert misspelt.one("p", class_="suggestion").text == "Did you mean short?"
    assert not misspelt.all("pre", class_="suggestion")

    without_reason = edited(client, "        one: ", "        many: ", OUTCOMES)
    missing = problems(without_reason.post(client))
    (reason,) = [
        item for item in missing.all("li", class_="problem") if "no reason why" in item.text
    ]
    lines = reason.one("pre", class_="suggestion").raw.splitlines()
    assert len(lines) > 1
    assert all(": " in line or line.endswith(":") for line in lines)
    assert not reason.all("p", class_="suggestion")


def test_it_says_which_files_were_edited(client: Client) -> None:
    listed = problems(edited(client, "format: 1", "format: 1 # one").post(client))
    assert [button.text for button in listed.all("button")] == ["tree.yaml"]


def test_the_place_of_a_problem_is_a_button_that_shows_its_file(client: Client) -> None:
    filled = edited(client, "name: Opaque session token", "nmae: Opaque session token", OUTCOMES)
    answer = filled.post(client)
    place = next(button for button in problems(answer).all("button") if ":" in button.text)
    again = form(press(form(answer), client, "show", place["value"]))
    assert dict(again.fields)["shown"] == "outcomes.yaml"


def test_it_names_the_kits_that_no_longer_fit(client: Client) -> None:
    filled = edited(client, "default: 15", "default: 14", "file:parameters.yaml")
    listed = problems(filled.post(client))
    assert "tokens/kits/" in listed.text
    assert "expected the default 14" in listed.text
    # Kits are not edited here, so nothing leads there.
    assert not [button for button in listed.all("button") if "kits/" in button.text]


def test_it_lists_the_first_hundred_problems_and_counts_the_others(client: Client) -> None:
    extra = "".join(f"extra-{n}: 1\n" for n in range(130))
    listed = problems(edited(client, "format: 1\n", f"format: 1\n{extra}").post(client))
    assert listed.one("h2").text == "130 errors"
    assert len(listed.all("li", class_="problem")) == 100
    assert "And 30 more." in listed.text


def test_with_errors_it_says_what_is_shown_once_there_are_none(client: Client) -> None:
    whole = page(edited(client, "format: 1", "format: 2").post(client))
    assert "hidden" in whole.one(id="walk").attributes
    assert "hidden" in whole.one(id="drawn").attributes
    assert "hidden" in whole.one(id="changes").attributes
    assert "When all errors are fixed" in whole.one(id="problems").text


CASE = "{revocation: now, services: one, confidential: no, team: small}\n    expect: opaque-session"


@pytest.mark.parametrize(
    ("field", "old", "new", "problem"),
    [
        ("file:cases.yaml", CASE, CASE.replace("session", "introspection"), "but the tree rec"),
        (OUTCOMES, "one: One service would", "many: One service would", "no reason why services"),
        ("file:parameters.yaml", "default: 15", "default: 14", "expected the default 14"),
    ],
    ids=["case", "reason", "kit"],
)
def test_a_draft_that_can_be_walked_is_shown_whatever_its_errors(
    client: Client, field: str, old: str, new: str, problem: str
) -> None:
    filled = form(client.get(STUDIO))
    text = dict(filled.fields)[field]
    whole = page(filled.set(field, text.replace(old, new, 1)).post(client))
    assert problem in whole.one(id="problems").text
    assert "no site can serve it until its errors are fixed" in whole.one(id="problems").text
    assert "When all errors are fixed" not in whole.one(id="problems").text
    assert whole.one(id="walk").one("legend").text
    assert whole.one(id="drawn").one("h2").text == "The draft as a tree"
    assert "answer sets" in whole.one(id="changes").text


def test_what_is_typed_stays_text(client: Client) -> None:
    hostile = "title: <img src=x onerror=alert(1)>"
    response = edited(client, "title: Which token should this system use?", hostile).post(client)
    hostile_key = edited(client, "format: 1", "<script>x</script>: 1").post(client)
    assert not page(response).all("img", src="x")
    assert not problems(hostile_key).all("script")
    assert "<script>x</script>" in problems(hostile_key).text


# The walk and the picture


def test_it_walks_the_draft_to_its_recommendation(client: Client) -> None:
    filled = edited(client, "name: Opaque session token", "name: Plain session", OUTCOMES)
    answer = filled.post(client)
    for choice in ("revocation=now", "services=one", "confidential=no", "team=small"):
        buttons = page(answer).one(id="walk").all("button", class_="walk-on")
        wanted = next(button["value"] for button in buttons if button["value"].endswith(choice))
        answer = press(form(answer), client, "walk", wanted)
    walk = page(answer).one(id="walk")
    assert walk.one("div", class_="verdict").one("h3").text == "Plain session"
    for part in ("why", "alternatives", "caveats"):
        assert walk.has(id=part)
    assert [term.text for term in walk.one("dl", class_="answers").all("dt")] == [
        "Revocation", "Services", "Confidential", "Team",
    ]  # fmt: skip
    assert page(answer).one(id="drawn").one("strong").text == "Plain session"


def test_an_answer_can_be_changed_and_the_others_stay(client: Client) -> None:
    fields = [*opened(client).fields, ("walk", "revocation=now&services=one&confidential=no")]
    walk = form(send(client, fields))
    changed = press(walk, client, "walk", "revocation=now&confidential=no")
    whole = page(changed).one(id="walk")
    assert whole.one("legend").text == "How many services must verify the token?"
    assert whole.all("button", class_="walk-on")[0]["value"] == (
        "revocation=now&confidential=no&services=one"
    )


def test_a_walk_offers_not_sure_and_shows_what_is_assumed(client: Client) -> None:
    fields = opened(client).fields
    first = send(client, [*fields, ("walk", "")])
    *_, last = page(first).one(id="walk").all("button", class_="walk-on")
    assert last["value"] == "revocation=unsure"

    walked = "revocation=unsure&services=one&confidential=no&team=small"
    walk = page(send(client, [*fields, ("walk", walked)])).one(id="walk")
    assert walk.one("section", class_="assumptions").one("h2").text == "Open points"
    assert walk.one("dl", class_="answers").all("button")[0]["value"] == (
        "services=one&confidential=no&team=small"
    )


def test_a_walk_goes_on_after_an_edit_and_loses_only_what_the_draft_lost(client: Client) -> None:
    walked = "revocation=now&services=perhaps&wine=red"
    fields = [(name, walked if name == "walked" else text) for name, text in opened(client).fields]
    walk = page(send(client, fields)).one(id="walk")
    assert [term.text for term in walk.one("dl", class_="answers").all("dt")] == ["Revocation"]
    assert walk.one("input", name="walked")["value"] == "revocation=now"


def test_the_picture_shows_the_draft_and_its_nodes_walk_it(client: Client) -> None:
    filled = edited(client, "short: Services", "short: Number of services")
    answer = filled.post(client)
    drawn = page(answer).one(id="drawn")
    assert "Number of services" in drawn.text
    assert not drawn.all("a")
    node = next(button for button in drawn.all("button") if button.text == "Number of services")
    walk = page(press(form(answer), client, "walk", node["value"])).one(id="walk")
    assert walk.one("legend").text == "How many services must verify the token?"


def test_the_root_of_the_picture_starts_the_walk_again(client: Client) -> None:
    fields = [*opened(client).fields, ("walk", "revocation=now")]
    again = press(form(send(client, fields)), client, "walk", "")
    assert page(again).one(id="walk").one("legend").text.startswith("Must a token stop")


# Changes


def test_it_lists_what_the_draft_would_change(client: Client) -> None:
    filled = edited(client, "name: Opaque session token", "name: Plain session", OUTCOMES)
    answer = filled.post(client)
    changes = page(answer).one(id="changes")
    assert "The name of what is recommended was “Opaque session token”" in changes.text
    assert "11 answer sets" in changes.text
    spot = changes.all("button")[-1]
    walked = page(press(form(answer), client, "walk", spot["value"]))
    assert walked.one(id="walk").one("dl", class_="answers").all("dt")


@pytest.mark.usefixtures("messaging")
def test_it_says_which_answers_lead_elsewhere(client: Client) -> None:
    filled = form(client.get("/messaging/studio"))
    before, _, after = dict(filled.fields)[TREE].rpartition("recommend: queue")
    swapped = f"{before}recommend: log{after.replace('or: {log:', 'or: {queue:', 1)}"
    answer = filled.set(TREE, swapped).post(client)
    changes = page(answer).one(id="changes").text
    assert "Of 4 answer sets, 1 leads to another style and 3 stay the same." in changes
    assert "Message queue → becomes Event log 1 answer set" in changes
    assert "Waiting: No, it goes on; Readers: Several" in changes


# Policies


def test_a_new_policy_starts_from_a_template(client: Client) -> None:
    fields = [*opened(client).set("policy", "team-rules").fields]
    answer = send(client, fields, f"{STUDIO}/policy")
    filled = dict(form(answer).fields)
    assert filled["shown"] == "policies/team-rules.yaml"
    assert "rules:" in filled["file:policies/team-rules.yaml"]
    assert filled[TREE] == dict(fields)[TREE]


@pytest.mark.parametrize("id", ["", "Team Rules", "../tree", "a" * 65])
def test_a_policy_needs_an_id(client: Client, id: str) -> None:
    answer = send(client, opened(client).set("policy", id).fields, f"{STUDIO}/policy")
    assert answer.status_code == 422
    assert page(answer).one(id="policy")["aria-invalid"] == "true"
    assert "Enter lower-case letters" in page(answer).one(id="policy-error").text
    assert page(answer).one("title").text.startswith("Error: ")


def test_a_policy_is_not_added_twice(client: Client) -> None:
    first = send(client, opened(client).set("policy", "rules").fields, f"{STUDIO}/policy")
    again = send(client, form(first).set("policy", "rules").fields, f"{STUDIO}/policy")
    message = "Error: A policy with the id rules already exists."
    assert page(again).one(id="policy-error").text == message


def with_policy(client: Client, text: str) -> Form:
    added = send(client, opened(client).set("policy", "rules").fields, f"{STUDIO}/policy")
    return form(added).set("file:policies/rules.yaml", text)


def test_the_template_of_a_policy_is_a_good_one(client: Client) -> None:
    answer = send(client, opened(client).set("policy", "rules").fields, f"{STUDIO}/policy")
    assert problems(answer).one("h2").text == "No problems"
    assert "36 get different advice" in page(answer).one(id="changes").text


def test_a_policy_shows_what_it_would_change(client: Client) -> None:
    bank = (EXAMPLES / "policies" / "bank.yaml").read_text()
    filled = with_policy(client, bank)
    walked = "revocation=no&services=one&confidential=no&team=runs-jwt"
    answer = page(send(client, [*filled.fields, ("walk", walked)]))
    assert "Of 36 answer sets, 3 lead to another token" in answer.one(id="changes").text
    walk = answer.one(id="walk").text
    assert "Without policies, the tree would recommend JWT signed with a shared secret" in walk
    assert "Token policy of the retail bank, rule no-hs256" in walk


def test_a_policy_whose_case_fails_shows_what_it_would_change(client: Client) -> None:
    bank = (EXAMPLES / "policies" / "bank.yaml").read_text()
    wrong = bank.replace("expect: jwt-asymmetric}", "expect: jwe-nested}", 1)
    assert wrong != bank
    answer = with_policy(client, wrong).post(client)
    assert "1 error" in problems(answer).one("h2").text
    assert "3 lead to another token" in page(answer).one(id="changes").text


def test_a_policy_in_force_is_part_of_what_an_edit_is_compared_with(
    client: Client, editable: Editable
) -> None:
    bank = (EXAMPLES / "policies" / "bank.yaml").read_text()
    (editable.folder / "policies").mkdir(exist_ok=True)
    (editable.folder / "policies" / "bank.yaml").write_text(bank)
    answer = opened(client).post(client)
    assert "all 36 answer sets get the same advice" in page(answer).one(id="changes").text


def test_a_problem_of_a_policy_stands_in_its_file(client: Client) -> None:
    bank = (EXAMPLES / "policies" / "bank.yaml").read_text()
    wrong = bank.replace("forbid: jwt-hs256", "forbid: jwt-hs265", 1)
    assert wrong != bank
    listed = problems(with_policy(client, wrong).post(client))
    place = listed.all("button", class_="place")[0]
    line = wrong[: wrong.index("jwt-hs265")].count("\n") + 1
    assert place.text.startswith(f"policies/rules.yaml:{line}:")


def test_a_policy_without_text_counts_as_deleted(client: Client) -> None:
    answer = with_policy(client, " \n").post(client)
    assert problems(answer).one("h2").text == "No problems"
    assert "all 36 answer sets get the same advice" in page(answer).one(id="changes").text


def test_a_draft_that_nobody_edited_changes_nothing_under_policies_either(
    client: Client, editable: Editable
) -> None:
    (editable.folder / "policies").mkdir(exist_ok=True)
    for example in (EXAMPLES / "policies").glob("bank.yaml"):
        (editable.folder / "policies" / example.name).write_text(example.read_text())
    catalogue.reload()

    answer = page(client.get(STUDIO))

    assert "all 36 answer sets get the same advice" in answer.one(id="changes").text
