"""`obsdeploy status`: what is there, without proving anything."""

import json
import sys

from obsdeploy.cli import arguments
from obsdeploy.cli.options import Common


def status(common: Common, *, output: arguments.Output = "text") -> int:
    """Show what is there, without proving it."""
    arguments.checked_format(output)
    from obsdeploy.cli.running import finish
    from obsdeploy.cli.status_text import as_data, as_text
    from obsdeploy.pipeline.equipment import equip
    from obsdeploy.pipeline.status import status as look

    settings = common.settings()
    found = finish(look(settings, equip(settings)))
    sys.stdout.write(json.dumps(as_data(found), indent=2) + "\n" if output == "json" else as_text(found))
    return 0
