from django.apps import AppConfig


class AdvisorConfig(AppConfig):
    name = "advisor"

    def ready(self) -> None:
        from advisor import checks  # noqa: F401 - registers the checks
