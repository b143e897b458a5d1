"""The data card says of each split who is in it, and how its labels are known."""

from covid19_images.manifest.record import Record
from flows.publish.card.by_split import chapter


def row(path: str, split: str | None, **cells: object) -> Record:
    plain = {"source": "set", "path": path, "blob": "0" * 40, "split": split}
    return Record(**(plain | cells))  # type: ignore[arg-type]


ROWS = [
    row("1", "train", sex="F", age_min=17, age_max=17, patient_id="set/a", label_basis="expert"),
    row("2", "train", sex="F", age_min=40, age_max=49, patient_id="set/a", label_basis="expert"),
    row("3", "test", sex="M", age_min=50, age_max=None, patient_id="set/b", quality=("augmented",)),
    row("4", "test", age_min=90, age_max=90),
    row("5", None, age_min=None, age_max=17),
    row("6", "train", sex="M", duplicate_of="set/3", duplicate_kind="resized"),
]


def test_images_patients_sexes_ages_and_labels_are_counted_by_split_without_copies() -> None:
    text = chapter(ROWS)[-1]
    for line in (
        "| images | 2 | 0 | 2 | 1 | 5 |",
        "| patients that are named | 1 | 0 | 1 | 0 | 2 |",
        "| images of no named patient | 0 | 0 | 1 | 1 | 2 |",
        "| sex: F | 2 | 0 | 0 | 0 | 2 |",
        "| sex: M | 0 | 0 | 1 | 0 | 1 |",
        "| sex: not stated | 0 | 0 | 1 | 1 | 2 |",
        "| age: under 18 | 1 | 0 | 0 | 1 | 2 |",
        "| age: 40 to 59 | 1 | 0 | 0 | 0 | 1 |",
        "| age: 80 and over | 0 | 0 | 1 | 0 | 1 |",
        "| age: over several of these | 0 | 0 | 1 | 0 | 1 |",
        "| label basis: expert | 2 | 0 | 0 | 0 | 2 |",
        "| label basis: not stated | 0 | 0 | 2 | 1 | 3 |",
        "| augmented | 0 | 0 | 1 | 0 | 1 |",
    ):
        assert line in text.splitlines()


def test_the_groups_of_one_kind_add_up_to_all_images() -> None:
    lines = [line.strip("| ").split(" | ") for line in chapter(ROWS)[-1].splitlines()[2:]]
    images = [int(cell) for cell in lines[0][1:]]
    for kind in ("sex", "age", "label basis"):
        found = [[int(cell) for cell in cells] for name, *cells in lines if name.startswith(kind)]
        assert [sum(column) for column in zip(*found, strict=True)] == images
