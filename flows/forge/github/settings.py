"""Settings of a repository that nights need, where they are found, and what they are called there.

A fresh repository lets no workflow open a pull request, a fork comes with Issues and Actions off,
and GitHub says so only when the first night has done all its work.
"""

import re

PULLS_REFUSED = re.compile(r"GitHub Actions is not permitted to create or approve pull requests")
ALLOW_PULLS = (
    "Tick *Allow GitHub Actions to create and approve pull requests* under Settings → Actions → "
    "General → Workflow permissions, or give the workflow a token of its own in the secret "
    "COVID19_IMAGES_TOKEN. What was computed stays on its branch; the next night opens the pull "
    "request."
)
ALLOW_ISSUES = (
    "Tick *Issues* under Settings → General → Features; the status issue says there what needs a "
    "person. The proposal is not affected."
)
ALLOW_ACTIONS = (
    "Allow actions under Settings → Actions → General; in a fork, press the button on the page "
    "*Actions* too."
)
ENABLE_WORKFLOW = "Press *Enable workflow* on its page under Actions."
SHOW_PAGE = (
    "After the first proposal choose *Deploy from a branch*, {branch} and / (root), under "
    "Settings → Pages; the workflow's token needs `pages: read`."
)
