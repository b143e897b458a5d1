"""The class folders: pictures of their own, and copies of the journal's."""

from flows.demo import copies
from flows.demo.figures import DRAWN, content
from flows.demo.radiograph import radiograph

_FIRST_BODY = 400
COPIED = {
    "train/COVID-19/0.jpeg": ("reencoded", "synj.2020.0002.fig1a.jpeg"),
    "train/COVID-19/1.jpeg": ("resized", "synj.2020.0003.fig2-L.jpeg"),
    "train/COVID-19/2.jpeg": ("cropped", "synj.2020.0002.fig1c.jpeg"),
    "train/COVID-19/3.jpeg": ("flipped", "synj.2020.0003.fig2-PA.jpeg"),
    "train/COVID-19/4.jpeg": ("annotated", "synm2001-f1.png"),
    "train/COVID-19/5.jpeg": ("adjusted", "synm2001-f2.png"),
    "train/COVID-19/6.jpeg": ("rotated", "case-06.jpeg"),
    "train/COVID-19/7.jpeg": ("pixels", "case-07-b.jpeg"),
    "val/COVID-19/0.jpeg": ("augmented", "case-09.jpeg"),
    "train/COVID-19/8.jpeg": ("cropped", "case-18-PA.jpeg"),
}
LEAKED = ("val/Normal/1.jpeg", "resized", "train/Normal/2.jpeg")
OWN = (
    "val/COVID-19/1.jpeg",
    *(f"train/Normal/{n}.jpeg" for n in range(4)),
    "val/Normal/0.jpeg",
    *(
        f"{split}/{label}/{n}.jpeg"
        for label in ("BacterialPneumonia", "ViralPneumonia")
        for split, n in (("train", 0), ("train", 1), ("train", 2), ("val", 0))
    ),
    "train/Normal/4.jpeg",
)
ADDED_LATER = ("train/COVID-19/8.jpeg", "train/Normal/4.jpeg")


def own(path: str) -> bytes:
    """Draw a picture that only the class folders have."""
    label = path.split("/")[1]
    seed = _FIRST_BODY + OWN.index(path)
    return copies.encode(radiograph(seed, size=(480, 440), finding=DRAWN.get(label)), quality=88)


def copied(path: str) -> bytes:
    """Copy a picture of the journal, or one of our own, as the folders have it."""
    if path == LEAKED[0]:
        return copies.copy(own(LEAKED[2]), LEAKED[1])
    kind, original = COPIED[path]
    return copies.copy(content(original), kind)
