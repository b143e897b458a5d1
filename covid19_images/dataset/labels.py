"""Turn what the manifest says of an image into targets: unknown stays unknown, it is never zero.

Every word and why it means what it means here stands in docs/labels.md.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from covid19_images.dataset.arguments import SelectionError
from covid19_images.manifest.record import Record

LabelName = Literal["covid", "findings", "coarse2", "coarse3", "coarse4", "raw"]
UNKNOWN = -1
"""The class of an image whose class is not known."""

NO_FINDING = "No finding"
COVID = "COVID-19"

# Collected before December 2019: whatever their pictures show, it is not COVID-19.
_BEFORE_COVID = frozenset({"NIH-chestxray-dataset-sample", "zhanglab-chest-xrays"})

# The names of torchxrayvision, first its 18 default pathologies.
_RADIOLOGICAL = (
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
    "Lung Lesion",
    "Fracture",
    "Lung Opacity",
    "Enlarged Cardiomediastinum",
)
_CAUSES = (
    "ARDS",
    "Bacterial",
    "COVID-19",
    "Chlamydophila",
    "E.Coli",
    "Fungal",
    "Influenza",
    "Klebsiella",
    "Legionella",
    "Lipoid",
    "MERS-CoV",
    "Mycoplasma",
    "Pneumocystis",
    "SARS",
    "Streptococcus",
    "Tuberculosis",
    "Varicella",
    "Viral",
)
FINDINGS: tuple[str, ...] = (*_RADIOLOGICAL, *_CAUSES)
_NIH = frozenset(_RADIOLOGICAL[:14])

_BACTERIAL = ("Bacterial", "Pneumonia")
_VIRAL = ("Viral", "Pneumonia")
_FUNGAL = ("Fungal", "Pneumonia")

MEANS: dict[str, tuple[str, ...]] = {
    # A COVID-19 patient's picture need not show pneumonia, so that stays unknown.
    "COVID-19": ("COVID-19", "Viral"),
    "SARS": ("SARS", *_VIRAL),
    "MERS": ("MERS-CoV", *_VIRAL),
    "ARDS": ("ARDS",),
    "Pneumonia": ("Pneumonia",),
    "Bacterial pneumonia": _BACTERIAL,
    "Streptococcus": ("Streptococcus", *_BACTERIAL),
    "Klebsiella": ("Klebsiella", *_BACTERIAL),
    "Legionella": ("Legionella", *_BACTERIAL),
    "Mycoplasma": ("Mycoplasma", *_BACTERIAL),
    "Chlamydophila": ("Chlamydophila", *_BACTERIAL),
    "E. coli": ("E.Coli", *_BACTERIAL),
    "Viral pneumonia": _VIRAL,
    "Varicella": ("Varicella", *_VIRAL),
    "Influenza": ("Influenza", *_VIRAL),
    "Pneumocystis": ("Pneumocystis", *_FUNGAL),
    "Fungal pneumonia": _FUNGAL,
    "Lipoid pneumonia": ("Lipoid", "Pneumonia"),
    "Tuberculosis": ("Tuberculosis",),
    "Pleural Thickening": ("Pleural_Thickening",),
    **{
        word: (word,)
        for word in _RADIOLOGICAL[:14]
        if word not in ("Pneumonia", "Pleural_Thickening")
    },
}
"""What each word of the manifest says for certain, in the names of `FINDINGS`."""

# A picture with one of these has a cause that is named and is not COVID-19.
_OTHER_CAUSES = frozenset(MEANS) - {COVID, "ARDS", "Pneumonia", "Viral pneumonia"} - _NIH
_OTHER_CAUSES -= {"Pleural Thickening"}

COARSE: dict[str, tuple[str, ...]] = {
    "coarse2": ("negative", "positive"),
    "coarse3": ("normal", "pneumonia", "COVID-19"),
    "coarse4": ("normal", "bacterial", "viral", "COVID-19"),
}


def covid(record: Record) -> bool | None:
    """Return whether an image is of a COVID-19 patient; `None` where nobody can say.

    Negative are `No finding`, another named cause, and everything collected before the pandemic.
    A pneumonia without a cause is unknown.
    """
    words = set(record.finding)
    if COVID in words:
        return True
    if record.source in _BEFORE_COVID or NO_FINDING in words or words & _OTHER_CAUSES:
        return False
    return None


def findings(record: Record) -> NDArray[np.float32]:
    """Return one number for each of `FINDINGS`: 1 there, 0 not there, NaN not known.

    Zeros come from `No finding`, from a set whose owner looked for all of a fixed list (NIH), and
    from `covid` being negative. Nothing else is ever zero.
    """
    values = np.full(len(FINDINGS), np.nan, np.float32)
    findings = set(record.finding)
    if NO_FINDING in findings:
        values[:] = 0
    elif findings and record.source == "NIH-chestxray-dataset-sample":
        values[[name in _NIH for name in FINDINGS]] = 0
    if covid(record) is False:
        values[FINDINGS.index(COVID)] = 0
    for word in record.finding:
        values[[FINDINGS.index(name) for name in MEANS.get(word, ())]] = 1
    return values


def coarse(record: Record, classes: int) -> str | None:
    """Return the class of an image among 2, 3 or 4, much as COVIDx does.

    Args:
        record: The image.
        classes: 2: negative, positive. 3: normal, pneumonia, COVID-19. 4: pneumonia is parted into
            bacterial and viral.
    """
    sure = covid(record)
    if sure:
        return "positive" if classes == 2 else COVID
    if classes == 2:
        return None if sure is None else "negative"
    if sure is None:
        return None
    if NO_FINDING in record.finding:
        return "normal"
    means = {name for word in record.finding for name in MEANS.get(word, ())}
    if classes == 3:
        return "pneumonia" if "Pneumonia" in means else None
    kinds = means & {"Bacterial", "Viral"}
    return kinds.pop().lower() if len(kinds) == 1 else None


@dataclass(frozen=True, slots=True)
class Label:
    """One way to label images.

    Attributes:
        name: What it is called.
        classes: Names of the classes, or of the columns of `findings`; empty for `raw`.
        finding: The one of `FINDINGS` that is the label, where it is a single one.
    """

    name: str
    classes: tuple[str, ...]
    finding: str | None = None

    def target(self, record: Record) -> Any:  # noqa: ANN401  a number, a vector, or a text
        """Return the target of one image; -1, NaN or an empty text where it is not known."""
        if self.several:
            return findings(record)[[FINDINGS.index(name) for name in self.classes]]
        if self.finding:
            value = findings(record)[FINDINGS.index(self.finding)]
            return UNKNOWN if np.isnan(value) else int(value)
        if self.name == "raw":
            return record.finding_raw or ""
        found = coarse(record, 2 if self.name == "covid" else int(self.name[-1]))
        return UNKNOWN if found is None else self.classes.index(found)

    def known(self, record: Record) -> bool:
        """Return whether there is anything to learn from an image."""
        target = self.target(record)
        if self.name == "raw":
            return bool(target)
        return bool((~np.isnan(target)).any() if self.several else target != UNKNOWN)

    @property
    def several(self) -> bool:
        """Return whether an image can have several of the classes."""
        return self.name == "findings"

    def targets(self, records: Iterable[Record]) -> NDArray[Any]:
        """Return the targets of images.

        Returns:
            int64, shape (n,), -1 where not known; for `findings` float32, shape (n, columns), NaN
            where not known; for `raw` texts, shape (n,).
        """
        found = [self.target(record) for record in records]
        if self.name == "raw":
            return np.array(found, dtype=np.str_)
        if self.several:
            return np.stack(found) if found else np.zeros((0, len(self.classes)), np.float32)
        return np.array(found, dtype=np.int64)

    def words(self, record: Record) -> list[str]:
        """Return the classes an image has; empty where nothing is known."""
        target = self.target(record)
        if self.name == "raw":
            return [target] if target else []
        if self.several:
            return [name for name, value in zip(self.classes, target, strict=True) if value == 1]
        return [] if target == UNKNOWN else [self.classes[target]]

    def counts(self, records: Iterable[Record]) -> Counter[str]:
        """Count images by class; those of which nothing is known as `unknown`."""
        return Counter(word for r in records for word in self.words(r) or [_nothing(self, r)])


def _nothing(label: Label, record: Record) -> str:
    return "none of them" if label.known(record) else "unknown"


class LabelError(SelectionError):
    """Raised for a label that does not exist: which ones do."""


def label(name: LabelName | str | Sequence[str]) -> Label:
    """Find a label by its name; `coarse` is `coarse3`.

    Args:
        name: One of `LabelName`, one finding, or a list of findings, each one of `FINDINGS`.

    Raises:
        LabelError: There is no such label.

    >>> label("covid").classes, label("Pneumonia").classes
    (('negative', 'positive'), ('no Pneumonia', 'Pneumonia'))
    """
    if isinstance(name, list | tuple) and name:
        return Label("findings", tuple(dict.fromkeys(_finding(one) for one in name)))
    classes = {"covid": COARSE["coarse2"], "findings": FINDINGS, "raw": (), **COARSE}
    asked = "coarse3" if name == "coarse" else name
    if isinstance(asked, str) and asked in classes:
        return Label(asked, classes[asked])
    finding = _finding(asked)
    return Label(finding, (f"no {finding}", finding), finding)


def _finding(name: object) -> str:
    known = {finding.lower(): finding for finding in FINDINGS}
    if isinstance(name, str) and name.lower() in known:
        return known[name.lower()]
    names = get_args(LabelName)
    near = difflib.get_close_matches(str(name).lower(), [*names, *known], 1)
    meant = f" Did you mean {known.get(near[0], near[0])!r}?" if near else ""
    raise LabelError(
        f"There is no label {name!r}; there are {', '.join(names)}, coarse for coarse3, and single "
        f"findings or lists of them: {', '.join(FINDINGS)}.{meant}"
    )
