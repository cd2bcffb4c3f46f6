"""Tools that are judges here."""

from tests.unit.rules.conftest import promtool as promtool
