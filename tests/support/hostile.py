"""Files made to hurt a reader: each shape at a size of its own."""

import json
from collections.abc import Callable, Mapping
from random import Random

from tests.support.trees import LUNCH, document, outcome, question


def hostile(random: Random) -> dict[str, bytes]:
    """One shape, at some size up to what it is meant to be bad at."""
    shape = random.choice(SHAPES)
    # Most are small, some are as large as the shape goes.
    made = shape(max(2, int(10_000 * random.random() ** 3)), random)
    data = made if isinstance(made, bytes) else made.encode(errors="surrogatepass")
    if shape is many_rules:
        return {"tree.yaml": LUNCH.encode(), "policies/made.yaml": data}
    return {"tree.yaml": data}


def nested_brackets(n: int, random: Random) -> str:
    sign = random.choice(["[", "{", "- ", "? ", "{a: ", "[{"])
    return LUNCH + random.choice(["x: ", ""]) + sign * (6 * n)


def nested_blocks(n: int, _: Random) -> str:
    return "".join(f"{' ' * depth}a:\n" for depth in range(min(n, 600)))


def alias_bomb(n: int, random: Random) -> str:
    levels = [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, min(n, 200))]
    return "\n".join(["a0: &a0 [x]", *levels, *([LUNCH] if random.random() < 0.5 else [])])


def duplicate_keys(n: int, _: Random) -> str:
    return LUNCH + "caveats:\n" + "  same: x\n" * n


def duplicate_sections(n: int, _: Random) -> str:
    return LUNCH + "title: again\n" * n


def problem_on_every_line(n: int, random: Random) -> str:
    line = random.choice([
        "  k{0}: &a x\n", "  k{0}: !t x\n", "  k{0}: *a\n", "  K{0}: {{}}\n", "  k{0}: 1\n",
        "  k{0}: {{title: x}}\n", "  [k{0}]: x\n", "  k{0}: {{tittle: x, kind: x, sources: []}}\n",
    ])  # fmt: skip
    section = random.choice(["sources", "caveats", "outcomes", "questions", "branches", "words"])
    return LUNCH.replace(f"{section}:", "x:") + f"{section}:\n" + "".join(
        line.format(k) for k in range(n)
    )  # fmt: skip


def unknown_ids(n: int, random: Random) -> str:
    """As many ids that nothing has as ids that are near them."""
    n = min(n, 4000)
    near = "x" * random.choice([1, 8, 40])
    made = document(
        questions={"rain": question("yes", "no")},
        decide={"branch": "b0"},
        branches={f"b{k}": {"branch": f"{near}-{k}"} for k in range(n)},
        outcomes={f"{near}o{k}": outcome() for k in range(n)},
        cases=[{"answers": {"rian": "yes"}, "expect": f"{near}-{k}"} for k in range(n)],
    )
    return json.dumps(made, indent=1)


def circle(n: int, _: Random) -> str:
    branches = {f"b{k}": {"branch": f"b{(k + 1) % n}"} for k in range(n)}
    return _tree({"branch": "b0"}, branches, {"q": question("a", "b")})


def many_circles(n: int, random: Random) -> str:
    n = min(n, 3000)
    branches = {f"b{k}": {"branch": f"b{k ^ 1}"} for k in range(n & ~1)}
    first = random.choice([{"branch": "b0"}, {"q": {"a": {"branch": "b0"}, "b": {"branch": "b2"}}}])
    return _tree(first, branches, {"q": question("a", "b")})


def ladder(n: int, _: Random) -> str:
    """Each question leads to the next by both of its answers: 2 to the n paths, n nodes."""
    n = min(n, 3000)
    end = {"recommend": "end", "because": "x"}
    branches: dict[str, object] = {f"b{n}": end}
    for k in range(n):
        stop = {"recommend": "end", "because": f"{k}"}
        branches[f"b{k}"] = {f"q{k}": {"a": {"branch": f"b{k + 1}"}, "b, c": stop}}
    return _tree({"branch": "b0"}, branches, {f"q{k}": question("a", "b", "c") for k in range(n)})


def many_conditions(n: int, _: Random) -> str:
    """Caveats on every question of a ladder."""
    n = min(n, 400)
    made = json.loads(ladder(min(n, 190), Random(0)))
    questions = list(made["questions"])
    made["sources"] = {"s": {"title": "x", "kind": "guide"}}
    made["caveats"] = {
        f"c{k}": {
            "title": "x", "weight": "note", "text": "x", "sources": ["s"],
            "when": {"answers": {id: ["a"] for id in questions[k % len(questions) :][:40]}},
        }
        for k in range(n)
    }  # fmt: skip
    return json.dumps(made, indent=1)


def wide(n: int, random: Random) -> str:
    answers = [f"a{k}" for k in range(min(n, 2000))]
    leaf = {"recommend": "end", "because": "x"}
    together = {", ".join(answers[:50]): leaf} if random.random() < 0.3 else {}
    return _tree({"q": dict.fromkeys(answers, leaf) | together}, {}, {"q": question(*answers)})


def long_word(n: int, random: Random) -> str:
    word = random.choice(["a", "é", "😀", "\t", " ", "'", "a, ", "a-", "%", "\x00"]) * (100 * n)
    return random.choice([
        f"{word}: x\n{LUNCH}", LUNCH.replace("Where to eat", word), f'{LUNCH}"{word}": x\n',
        LUNCH.replace("inside:", f"{word}:"), LUNCH.replace("rain: {no", f"rain: {{{word}"),
        f"# {word}\n{LUNCH}", f"{LUNCH}cases: [{{answers: {{rain: {word}}}, expect: x}}]\n",
        f"{LUNCH}&{word} a: b\n", f"{LUNCH}!{word} a: b\n", f"{LUNCH}*{word} : b\n",
    ])  # fmt: skip


def long_lists(n: int, random: Random) -> str:
    item = random.choice(["x", "[]", "{}", "same", "'a b'", "{answers: {}, expect: x}"])
    section = random.choice(["cases", "title", "caveats", "x"])
    return f"{LUNCH}{section}: [{', '.join([item] * n)}]\n"


def folded_lines(n: int, random: Random) -> str:
    line = random.choice(
        [
            "      note: >\n",
            "      note: x\n",
            "      text\n",
            "\n",
            "      - x\n",
            "   \n",
            "# x\n",
        ]
    )
    return LUNCH.replace("Indoors or outdoors.\n", f">\n{line * n}\n")


def breaks(n: int, random: Random) -> str:
    sign = random.choice(["\r", "\r\n", "\x85", "\u2028", "\n\r", "---\n", "...\n", "\ufeff", "\0"])
    return random.choice([sign * n + LUNCH, LUNCH + sign * n, sign.join([LUNCH] * (1 + n // 100))])


def odd_layout(n: int, random: Random) -> str:
    return LUNCH + "".join(
        f"{' ' * random.randrange(8)}k{k}:{random.choice(['', ' x', ' >', ' [a'])}\n"
        for k in range(n)
    )


def many_rules(n: int, random: Random) -> str:
    """A policy, whose rules are all of one kind or of several."""
    whens: list[dict[str, object]] = [
        {}, {"answers": {"rain": ["yes"]}}, {"answers": {"rain": ["no"]}}, {"outcomes": ["inside"]},
        {"answers": {"rain": ["no"]}, "outcomes": ["inside"]},
    ]  # fmt: skip
    effects: list[Callable[[int], dict[str, object]]] = [
        lambda _: {"forbid": "outside", "use": "inside"},
        lambda k: {"forbid": "outside", "use": ["inside", "outside"][k % 2]},
        lambda k: {"forbid": f"k{k}", "use": f"k{k + 1}"},
        lambda k: {"replace": "outcomes.inside.verdict", "with": f"x{k}"},
        lambda k: {"replace": f"outcomes.insid.k{k}", "with": "x"},
        lambda k: {"caveat": {"title": f"x{k}", "weight": "note", "text": "x"}},
        lambda k: {"require": f"x{k}"},
        lambda k: {"limit": f"k{k}", "maximum": k},
    ]
    several = random.random() < 0.3
    effect, condition = random.choice(effects), random.choice(whens)
    rules = {
        f"r{k}": {"because": "x", "when": random.choice(whens) if several else condition}
        | (random.choice(effects) if several else effect)(k)
        for k in range(min(n, 5000))
    }
    about = {"format": "1", "title": "x", "owner": "x", "reason": "x", "review-by": "2027-06-30"}
    return json.dumps(about | {"rules": rules}, indent=1)


def not_text(n: int, random: Random) -> bytes:
    return random.randbytes(10 * n)


SHAPES: list[Callable[[int, Random], str | bytes]] = [
    nested_brackets, nested_blocks, alias_bomb, duplicate_keys, duplicate_sections,
    problem_on_every_line, unknown_ids, circle, many_circles, ladder, many_conditions, wide,
    long_word, long_lists, folded_lines, breaks, odd_layout, many_rules, not_text,
]  # fmt: skip


def _tree(decide: object, branches: Mapping[str, object], questions: Mapping[str, object]) -> str:
    made = document(
        questions=questions, decide=decide, branches=branches, outcomes={"end": outcome()}
    )
    return json.dumps(made, indent=1)
