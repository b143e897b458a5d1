"""Send notifications: status issue, step summary, webhook."""

from flows.forge import Applied, Forge
from flows.forge.errors import ForgeError
from flows.forge.health import Health
from flows.night.reporting import actions, webhook

_SILENT = ("dry_run", "planned")


def notify(forge: Forge, health: Health, applied: Applied) -> list[str]:
    """Update the status issue, write the step summary, post to the webhook.

    Args:
        forge: Where the status issue is.
        health: How the sources are.
        applied: What became of the proposal.

    Returns:
        What else there is to say to whoever runs this, line by line.
    """
    messages = []
    status = None
    health = health.failing(applied.message if applied.action == "failed" else None)
    if applied.action not in _SILENT:
        try:
            status = forge.update_status(health)
        except ForgeError as error:
            messages.append(f"The status issue could not be kept: {error}")
    if status:
        messages.append(f"Something needs a person: {status}")
    if applied.action != "planned":
        actions.write(health, applied, status)
    if applied.action in ("proposed", "failed"):
        where = f" {applied.where}" if applied.where else ""
        messages += filter(None, [webhook.send(f"covid19-images: {applied.message}{where}")])
    return messages
