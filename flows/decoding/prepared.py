"""Do once, in the server that workers are forks of, what each of them would do anew.

A night of few images starts a handful of workers, and this took each longer than its images did.
The server imports it after all else.
"""

import gc

import scipy.fftpack  # noqa: F401  imagehash puts it off until it hashes its first picture
from PIL import Image

from flows.sandbox import processes
from flows.upstream import git

Image.init()  # all of Pillow's formats; it imports only the commonest before
git.environment()  # where git keeps its parts, which is asked of git
processes.use_one_thread()
gc.freeze()  # a worker that looks for garbage need not look at, and so copy, what all share
