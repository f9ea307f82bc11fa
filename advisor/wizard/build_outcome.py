"""Build the page of one outcome."""

from advisor.engine.walking import evaluate as engine
from advisor.engine.walking.outcome_details import Lead, Role, outcome_details
from advisor.kits.bundle import frameworks_of
from advisor.kits.download import Provenance, with_provenance
from advisor.web.addresses import CHOOSE, Query, address, outcome_address
from advisor.web.markup import markdown
from advisor.web.pages import SocialCard
from advisor.wizard import pages
from advisor.wizard.build_parts import citations, ruled_out, tree_link, vocabulary
from advisor.wizard.build_result import caveat, kit_files, measured
from advisor.wizard.result_parts import KitPart, TabPart


def outcome_page(query: Query, outcome: str, url: str) -> pages.OutcomePage:
    """Build the page of an outcome of the tree. `url` is its absolute address."""
    loaded = query.loaded
    details = outcome_details(loaded.tree, outcome)
    taken_out = engine.taken_out_by_policies(loaded.tree)
    excluded = next((entry for entry in taken_out if entry.outcome == outcome), None)
    return pages.OutcomePage(
        title=details.name,
        tree=tree_link(loaded),
        words=vocabulary(loaded.tree.document.words),
        verdict=details.verdict,
        gives=details.gives,
        costs=details.costs,
        sources=citations(details.sources),
        caveats=tuple(map(caveat, details.caveats)),
        measured=measured(details.measured),
        recommended_for=_leads(details.leads, "recommended"),
        alternative_for=_leads(details.leads, "alternative"),
        more=details.more,
        excluded=ruled_out(excluded) if excluded else None,
        choose="" if excluded else address("ask", loaded.slug, {CHOOSE: outcome}),
        compare=address("compare", loaded.slug, {}),
        kit=_kit(query, outcome, url),
        card=SocialCard("website", details.name, details.verdict, url),
    )


def _leads(leads: tuple[Lead, ...], role: Role) -> tuple[pages.LeadPart, ...]:
    """Build the answers that lead to an outcome in one role."""
    return tuple(
        pages.LeadPart(
            tuple((step.short, " or ".join(step.labels)) for step in lead.steps),
            markdown(lead.because),
        )
        for lead in leads
        if lead.role == role
    )


def _kit(query: Query, outcome: str, url: str) -> KitPart | None:
    """Build the code as it is before anybody sets a value; None without a kit."""
    loaded = query.loaded
    kit = loaded.kits.get(outcome)
    if kit is None:
        return None
    document = loaded.tree.document
    frameworks = {files.id: files for files in frameworks_of(kit, document, {})}
    first = next(iter(frameworks))
    shown = query.framework if query.framework in frameworks else first
    tabs = tuple(
        TabPart(
            document.frameworks[id].label if id else "",
            f"{outcome_address(loaded.slug, outcome, '' if id == first else id)}#kit",
            id == shown,
        )
        for id in frameworks
    )
    files = with_provenance(frameworks[shown].laid_out(), Provenance(url, loaded.version))
    return KitPart(tabs if len(tabs) > 1 else (), kit_files(files), "")
