"""A tree written out as one YAML text, with the place where each line comes from beside it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from advisor.engine.policies.effective import ALWAYS, rules, source_id
from advisor.engine.reader import Reading
from advisor.engine.reading import yaml_nodes
from advisor.engine.reading.linking import split_answers
from advisor.engine.tree import model
from advisor.engine.tree.graph import Ask, Leaf, Node, Tree, cited
from advisor.engine.tree.policy_model import Limit, Replace

WIDTH = 96


def source_listing(tree: Tree) -> str:
    """Return the tree as YAML.

    A part that is reached from several places stands among the branches.
    """
    return "".join(f"{line.text}\n" for line in _Writing(tree, None).lines)


def source_listing_with_origins(tree: Tree, reading: Reading, folder: str) -> str:
    """Return the tree as YAML, with a comment for each line that says where it comes from.

    That is a file and a line; for what policies add or change, the rule too. `folder` is left out
    of the names of files.
    """
    lines = _Writing(tree, _Origins(tree, reading, folder)).lines
    edge = max((len(line.text) for line in lines if len(line.text) <= WIDTH), default=0)
    return "".join(
        f"{line.text:<{edge}}  # {line.origin}\n" if line.origin else f"{line.text}\n"
        for line in lines
    )


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    origin: str


class _Origins:
    """Where things were written: places in the tree's files by path, and those of rules."""

    def __init__(self, tree: Tree, reading: Reading, folder: str) -> None:
        self.reading = reading
        self.folder = folder
        self.ruled: dict[yaml_nodes.Path, str] = {}
        for named in rules(tree.policies):
            if named.rule.when == ALWAYS:
                match named.rule:
                    case Replace(replace=name):
                        at = self.of_rule(*named.name, "with")
                        self.ruled[tuple(name.split("."))] = at
                    case Limit(limit=id) as limit:
                        for key in ("minimum", "maximum", "options"):
                            if getattr(limit, key) not in (None, ()):
                                at = self.of_rule(*named.name, key)
                                self.ruled["parameters", id, key] = at
                        for key in ("default", "help"):
                            changed = getattr(tree.document.parameters[id], key)
                            if changed != getattr(
                                tree.without_policies.document.parameters[id], key
                            ):
                                self.ruled["parameters", id, key] = self.of_rule(*named.name)
        for id, policy in tree.policies.items():
            self.ruled["sources", source_id(id)] = self.of_policy(id, ())
            for own in policy.sources:
                self.ruled["sources", own] = self.of_policy(id, ("sources", own))

    def of(self, path: yaml_nodes.Path) -> str:
        """Return the origin of what stands at a path of the effective tree, or an empty string."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.ruled:
                return self.ruled[path[:end]]
        section, id, *_ = (*path, "", "")
        if section == "policies":
            return self.of_policy(str(id), path[2:]) if id else ""
        if section == "caveats" and ":" in str(id):
            return self.of_rule(*str(id).split(":", 1))
        assert self.reading.root is not None  # noqa: S101 - a tree was read from it
        return self.place(self.reading.root, path)

    def of_rule(self, policy: str, rule: str, *keys: str) -> str:
        """Return the origin of a rule, or of one of its keys."""
        return f"{self.of_policy(policy, ('rules', rule, *keys))} {rule}"

    def of_policy(self, id: str, path: yaml_nodes.Path) -> str:
        """Return the place in a policy's file."""
        return self.place(self.reading.policies[id], path)

    def place(self, root: yaml_nodes.Mapping, path: yaml_nodes.Path) -> str:
        """Return the file and the line of what was written at a path."""
        node, key = yaml_nodes.find(root, path)
        place = yaml_nodes.place_of(key or node)
        return f"{place.file.removeprefix(f'{self.folder}/')}:{place.line}"


@dataclass(slots=True)
class _Writing:
    """Writes line by line.

    A node of the graph is written with its twin in the tree without policies, which is the one that
    somebody wrote.
    """

    tree: Tree
    origins: _Origins | None
    lines: list[_Line] = field(default_factory=list)
    steps: dict[int, tuple[yaml_nodes.Path, model.Step]] = field(default_factory=dict)
    branches: dict[int, tuple[str, Node, Node]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.steps = _steps(self.tree.without_policies)
        self.branches = self.named()
        document = self.tree.document.model_dump(
            by_alias=True, exclude_defaults=True, exclude={"decide", "branches"}
        )
        for section, value in document.items():
            self.value(section, value, (section,), 0)
            if section == "questions":
                self.decision()
        if self.tree.policies:
            policies = {
                id: policy.model_dump(mode="json", by_alias=True, exclude_defaults=True)
                for id, policy in self.tree.policies.items()
            }
            self.value("policies", policies, ("policies",), 0)

    # The decision

    def decision(self) -> None:
        """Write the questions and recommendations, then the branches."""
        self.add(0, "decide:", ("decide",))
        self.node(self.tree.root, self.tree.without_policies.root, 1)
        if self.branches:
            self.add(0, "branches:", ("branches",))
        for name, node, twin in self.branches.values():
            path, _ = self.steps[id(twin)]
            self.add(1, f"{name}:", path)
            self.node(node, twin, 2)

    def named(self) -> dict[int, tuple[str, Node, Node]]:
        """Return the nodes that stand among the branches: they did, or they are shared."""
        seen: dict[int, tuple[Node, Node]] = {}
        uses: Counter[int] = Counter()
        waiting = [(self.tree.root, self.tree.without_policies.root)]
        while waiting:
            node, twin = waiting.pop()
            uses[id(node)] += 1
            if id(node) not in seen:
                seen[id(node)] = node, twin
                if isinstance(node, Ask) and isinstance(twin, Ask):
                    groups = reversed(node.branches())
                    waiting += [(child, twin.next[answers[0]]) for answers, child in groups]
        branches: dict[int, tuple[str, Node, Node]] = {}
        # A branch keeps its name; whatever else stands among the branches gets another.
        kept = set(self.tree.without_policies.document.branches)
        taken = set(kept)
        numbers: Counter[str] = Counter()
        for node, twin in seen.values():
            path, _ = self.steps[id(twin)]
            was = path[0] == "branches" and len(path) == 2
            if node is not self.tree.root and (was or uses[id(node)] > 1):
                name = base = str(path[1]) if was else _name(node)
                if was and name in kept:
                    kept.remove(name)
                else:
                    while name in taken:
                        numbers[base] += 1
                        name = f"{base}-{numbers[base] + 1}"
                    taken.add(name)
                branches[id(node)] = name, node, twin
        return branches

    def node(self, node: Node, twin: Node, depth: int) -> None:
        """Write a node and what follows it; a branch is named only."""
        path, step = self.steps[id(twin)]
        if isinstance(node, Leaf):
            self.leaf(node, path, depth)
        elif isinstance(twin, Ask) and isinstance(step, model.Placed):
            written = step.root[node.question]
            self.add(depth, f"{node.question}:", (*path, node.question))
            for answers, child in node.branches():
                at = next(key for key in written if answers[0] in split_answers(key))
                key, place = ", ".join(answers), (*path, node.question, at)
                if id(child) in self.branches:
                    name = self.branches[id(child)][0]
                    self.add(depth + 1, f"{key}: {{branch: {name}}}", place)
                else:
                    self.add(depth + 1, f"{key}:", place)
                    self.node(child, twin.next[answers[0]], depth + 2)

    def leaf(self, leaf: Leaf, path: yaml_nodes.Path, depth: int) -> None:
        """Write a leaf.

        One that policies made cites their rules, and the rest of it is as it was written.
        """
        made = [citation for citation in leaf.advice.sources if ":" in cited(citation)[0]]
        advice = leaf.advice.model_dump(by_alias=True, exclude_defaults=True, exclude_none=True)
        for key, value in advice.items():
            start = len(self.lines)
            self.value(key, value, (*path, key), depth)
            if made and key != "or" and self.origins:
                policy, _, rule = made[0].removeprefix("policy:").partition(" rule ")
                origin = self.origins.of_rule(policy, rule, *_AS_WRITTEN.get(key, ()))
                self.lines[start:] = [
                    _Line(line.text, origin if line.origin else "") for line in self.lines[start:]
                ]

    # Everything else

    def value(self, key: str, value: object, path: yaml_nodes.Path, depth: int) -> None:
        """Write a key and its value, whatever that is."""
        match value:
            case Mapping() if value:
                self.add(depth, f"{_plain(key)}:", path)
                for inner, below in value.items():
                    self.value(str(inner), below, (*path, inner), depth + 1)
            case list() | tuple() if value:
                self.add(depth, f"{_plain(key)}:", path)
                for index, item in enumerate(value):
                    self.item(item, (*path, index), depth + 1)
            case _:
                self.scalar(f"{_plain(key)}: ", value, path, depth)

    def item(self, item: object, path: yaml_nodes.Path, depth: int) -> None:
        """Write an item of a list; the dash of a mapping stands before its first key."""
        if not isinstance(item, Mapping):
            self.scalar("- ", item, path, depth)
            return
        start = len(self.lines)
        for key, value in item.items():
            self.value(str(key), value, (*path, key), depth + 1)
        first = self.lines[start]
        lead = "  " * depth
        self.lines[start] = _Line(f"{lead}- {first.text.removeprefix(f'{lead}  ')}", first.origin)

    def scalar(self, lead: str, value: object, path: yaml_nodes.Path, depth: int) -> None:
        """Write a text on one line, or in a block where it is long or has several lines."""
        if isinstance(value, Mapping | list | tuple):
            self.add(depth, f"{lead}{{}}" if isinstance(value, Mapping) else f"{lead}[]", path)
            return
        text = str(value)
        room = WIDTH - 2 * depth
        if len(lead) + len(text) <= room:
            self.add(depth, f"{lead}{_plain(text)}", path)
        elif text.isprintable() and "  " not in text and text == text.strip():
            self.add(depth, f"{lead}>-", path)
            self.lines += (_Line("  " * (depth + 1) + line, "") for line in _folded(text, room - 2))
        elif re.fullmatch(r"(\S[^\n]*\S|\S)(\n+(\S[^\n]*\S|\S))*", text):
            self.add(depth, f"{lead}|-", path)
            indent = "  " * (depth + 1)
            self.lines += (_Line(f"{indent}{line}".rstrip(), "") for line in text.split("\n"))
        else:
            self.add(depth, f"{lead}{_quoted(text)}", path)

    def add(self, depth: int, text: str, path: yaml_nodes.Path) -> None:
        """Add a line, indented by twice its depth, with the origin of its path."""
        origin = self.origins.of(path) if self.origins else ""
        self.lines.append(_Line("  " * depth + text, origin))


# What a rule that forbids calls the split_answers of a leaf.
_AS_WRITTEN = {"recommend": ("use",), "because": ("because",)}


def _steps(tree: Tree) -> dict[int, tuple[yaml_nodes.Path, model.Step]]:
    """Return where each node of a tree without policies was written, and how."""
    document = tree.document
    written: dict[int, tuple[yaml_nodes.Path, model.Step]] = {}
    start: tuple[model.Step, yaml_nodes.Path, Node] = (document.decide, ("decide",), tree.root)
    waiting = [start]
    while waiting:
        step, path, node = waiting.pop()
        if isinstance(step, model.Jump):
            waiting.append((document.branches[step.branch], ("branches", step.branch), node))
            continue
        if id(node) in written:
            continue
        written[id(node)] = path, step
        if isinstance(step, model.Placed) and isinstance(node, Ask):
            for key, below in reversed(step.root[node.question].items()):
                child = node.next[split_answers(key)[0]]
                waiting.append((below, (*path, node.question, key), child))
    return written


def _name(node: Node) -> str:
    return node.question if isinstance(node, Ask) else node.advice.recommend


def _folded(text: str, width: int) -> Iterator[str]:
    """Yield the text in lines that YAML folds back into one."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _plain(text: str) -> str:
    """Return a scalar on one line, without quotes where YAML needs none."""
    if (
        re.fullmatch(r"[A-Za-z0-9]([^:#]|:(?=\S))*", text)
        and text.isprintable()
        and text == text.strip()
    ):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    signs = (
        f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08x}"
        for char in text
    )
    return f'"{"".join(signs)}"'
