"""The environment variables that hold secrets, so that no child process inherits them."""

import re

# Upstream's git and the decoders need no secret; the forge's token stays out of their reach.
SECRET = re.compile(r"(^|_)(TOKEN|SECRET|PASSWORD|KEY)S?$", re.IGNORECASE)
