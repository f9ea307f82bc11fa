from django.apps import AppConfig
from django.db.models.signals import post_save


class AdvisorConfig(AppConfig):
    name = "advisor"

    def ready(self) -> None:
        from advisor.models import Entry
        from advisor.ops import checks  # noqa: F401 - registers the checks
        from advisor.register import search

        post_save.connect(search.index_saved_entry, sender=Entry)
