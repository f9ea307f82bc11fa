"""Django's entry point to the program: connect signals and register the start-up checks."""

from django.apps import AppConfig
from django.db.models.signals import post_save


class AdvisorConfig(AppConfig):
    """The program as Django's only app of its own."""

    name = "advisor"

    def ready(self) -> None:
        """Register the checks, and index every entry of the register when it is saved."""
        from advisor.models import Entry
        from advisor.ops import checks  # noqa: F401 - registers the checks
        from advisor.register import index

        post_save.connect(index.index_saved_entry, sender=Entry)
