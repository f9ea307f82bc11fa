"""What a kit's own `confirm.py` reads: the promises of the tree as JSON, beside the program."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from advisor.engine.tree import model
from advisor.kits.kit import Kit, KitFile

PROGRAM, PROMISES = "confirm.py", "promises.json"


def with_promises(document: model.Document, kits: Mapping[str, Kit]) -> dict[str, Kit]:
    """Return the kits; those that have a `confirm.py` get the promises of all kits beside it."""
    text = json.dumps(_promises(document, kits), indent=1, ensure_ascii=False) + "\n"

    def complete(kit: Kit) -> Kit:
        frameworks = {id: _beside(files, text) for id, files in kit.frameworks.items()}
        return replace(kit, frameworks=frameworks, others=tuple(map(complete, kit.others)))

    return {outcome: complete(kit) for outcome, kit in kits.items()}


def _beside(files: tuple[KitFile, ...], text: str) -> tuple[KitFile, ...]:
    program = next((file for file in files if file.name == PROGRAM), None)
    if program is None:
        return files
    return (*files, KitFile(PROMISES, text, supporting=True, folder=program.folder))


def _promises(document: model.Document, kits: Mapping[str, Kit]) -> dict[str, Any]:
    settings = {}
    for id, parameter in document.parameters.items():
        if parameter.constant:
            promised = document.promises.settings.get(id, model.PromisedSetting())
            settings[id] = {
                "constant": parameter.constant,
                "type": parameter.type,
                "unit": parameter.unit or "",
                **promised.model_dump(mode="json"),
            }
    promises = {}
    for outcome, promise in document.promises.kits.items():
        if outcome in kits:
            variants = [set(variant.parameters) for variant in kits[outcome].variants]
            always = set.intersection(*variants)
            promises[outcome] = {
                "module": kits[outcome].module,
                "settings": [id for id in settings if id in always],
                # Those that depend on what is chosen, such as the address of one of two stores.
                "of_variants": [id for id in settings if id in set.union(*variants) - always],
                **promise.model_dump(mode="json"),
            }
    return {"settings": settings, "kits": promises}
