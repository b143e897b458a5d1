"""Run the bot: `python -m flows`."""

import os
import shutil
import subprocess
import sys

os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # GitPython, where there is no git
if shutil.which("git"):  # it cannot even be imported where git does not work
    tried = subprocess.run(["git", "version"], capture_output=True, text=True, check=False)
    if tried.returncode:
        words = " ".join(tried.stderr.split())
        sys.stderr.write(f"error: git does not work: {words}. Mend that, and run again.\n")
        sys.exit(2)

from flows.cli.app import main

main()
