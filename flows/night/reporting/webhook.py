"""Post to a chat about proposals and failures: one JSON object, as Slack and its likes take it.

The address is a secret: whoever has it can write into the chat. It comes from the environment and
is never shown, not even in an error.
"""

import os
from collections.abc import Mapping

import requests

VARIABLE = "COVID19_IMAGES_WEBHOOK"
_TIMEOUT_S = 15
_SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def send(words: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Send a line of text, if there is somewhere to send it.

    Args:
        words: The text; nothing in it is a link or a mention to the chat.
        environment: Variables; those of this process by default.

    Returns:
        Why it could not be sent, as a sentence.
    """
    variables = os.environ if environment is None else environment
    url = variables.get(VARIABLE, "").strip()
    if not url:
        return None
    plain = "".join(_SPECIAL.get(character, character) for character in words[:3_000])
    try:
        answer = requests.post(url, json={"text": plain}, timeout=_TIMEOUT_S, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        return f"Could not post to the webhook ({type(error).__name__}); check {VARIABLE}."
    if not answer.ok or answer.is_redirect:
        return f"The webhook rejected the message ({answer.status_code}); check {VARIABLE}."
    return None
