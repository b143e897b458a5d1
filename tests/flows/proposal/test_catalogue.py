"""The catalogue counts what each source has, and says on what it rests."""

from covid19_images.manifest.record import Record
from flows.config import load
from flows.proposal.catalogue import catalogue
from tests.support.collection import ROOT

SOURCES = [
    source
    for source in load.load(ROOT / "config").sources
    if source.name in ("COVID-CXNet", "figure1-covid-chestxray-dataset", "medseg_ct_dataset")
]


def _row(source: str, number: int, **values: object) -> Record:
    plain = {"finding": ("COVID-19",), "label_basis": "rt_pcr", "licence": "NOASSERTION"}
    return Record(source=source, path=f"{number}.png", blob="0" * 40, **(plain | values))  # type: ignore[arg-type]


def test_pictures_copies_patients_and_their_bases_are_counted() -> None:
    name, other = "COVID-CXNet", "figure1-covid-chestxray-dataset"
    rows = [
        _row(name, 0, patient_id=f"{name}/1"),
        _row(name, 1, patient_id=f"{name}/1", finding=("COVID-19", "ARDS")),
        _row(name, 2, patient_id=f"{name}/2", finding=(), label_basis=None),
        _row(name, 3, duplicate_of=f"{other}/0.png", duplicate_kind="resized"),
        _row(name, 4, status="withdrawn", status_reason="no longer taken: configuration"),
    ]
    text = catalogue(SOURCES, {name: rows, other: [_row(other, 0, licence="CC-BY-4.0")]})
    assert "3 sources, 4 different pictures among 5 images." in text
    [line] = [line for line in text.splitlines() if line.startswith(f"| `{name}`")]
    assert line == (
        f"| `{name}` | 4 | 25% | 2 | 1 | COVID-19 3, ARDS 1, not stated 1 | "
        "rt\\_pcr 3, not stated 1 | NOASSERTION; CC-BY-4.0 is claimed by the collector |"
    )
    assert "| `medseg_ct_dataset` | not imported yet |" in text
