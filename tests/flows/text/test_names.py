"""What of a path or text may be shown: what may identify a person is replaced, the rest stays."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.text.names import is_withheld, may_tell, shown_path, shown_text, withheld

BLOB = "0123456789abcdef0123456789abcdef01234567"

DOUBTFUL = """
14-03-2020.png 14Mar2020.png 03.14.20.png 2020-03-14.png 20200314.png 14032020.png 03142020.png
14.3.2020.png 2020_3_14.png March-14-2020.png mar14_2020.png 2020Mar14.png 14th_March_2020.png
IMG_20200312123456.png x_20200314_101112.dcm 20-03-14.png 14_MAR_20.png 2020.14.03.png
2020/John_Smith.png JohnSmith.png john-smith.jpg DOE^JANE.dcm Smith_John_CXR.png maria.png
xray_of_maria_garcia.png MRN0012345.png MRN-48213.png pat_id_4711.png 0012345.png
PAT00123456.png 1.2.840.113564.172.2020.dcm 1_2_840_113564_172.png 123-45-6789.png a@b.org.png
Müller_Hans.png dob1950.png Иванов.png 王伟.png jane_doe/1.png patients/Smith-John/1.png
acc12345678.png Dr_Smith.png born_1950.png 140320.png x_031420.png 200314-2.png smith_john.png
johnsmith.png johnsmith1.png SMITHJOHN.png janedoe.png J_Smith.png patient_48213.png pat48213.png
MR12345.png ID_48213.png H123456.png AB123456C.png case-John.png o'brien_mary.png 14-March.png
14thMarch.png 14_of_March.png John_Kowalski_1.png
48213.png 48213/1.png CXR_48213.png 48213-PA.png 1048213.png March2020.png 2020_Mar.png
xray-2020-03.png 03-2020/1.png november_2019_2.png of_March_2020.png Kowalski.png garcia_1.png
SMITH_PA.png Schneider/2.png xray_Müller_followup.png
""".split()  # noqa: SIM905  a list of names reads better so
HARMLESS = """
NORMAL2-IM-0003-0001.jpeg person1_bacteria_1.jpeg IM-0001-0001.jpeg COVID-00003b.jpg 16660_1_1.png
Viral_Pneumonia/12.png Lung_Opacity-6.png COVID-19_Radiography_Dataset/COVID/images/COVID-1.png
kjr-21-e24-g001-l-a.jpg nejmoa2001191_f1-PA.jpeg covid-19-pneumonia-58-day-3.jpg
all14238-fig-0001-m-b.jpg 7-fatal-covid19.jpg F63AB6CE-1968-4154-A70F-913AF154F53D.jpeg
80446565-E090-4187-A031-9D3CEAA586C8.jpeg patient1/IM000001 paediatric/img_0001.png
patient00001/view1_frontal.png Case0012.png IM000001.png machines-1.png baseline.png patient12.png
train/images/subject_01/slice_012.png Chest_Xray_PA/12.png test/NORMAL/0001.png
00012.png 1234.png image_10001.png covid-12345-2.png day-2020.png house.png bell_1.png masks/1.png
maybe2020.png figure-2020-031.png 03-20.png Pages/7.png lung.1850-03.png cross/king.png
""".split()  # noqa: SIM905


@pytest.mark.parametrize("path", DOUBTFUL)
def test_a_name_that_may_tell_a_person_is_replaced_by_the_blob(path: str) -> None:
    shown = shown_path(f"images/{path}", BLOB)
    assert shown.startswith("withheld/0123456789abcdef")
    assert not may_tell(shown)
    assert is_withheld(shown)


@pytest.mark.parametrize("path", HARMLESS)
def test_ordinary_names_stay(path: str) -> None:
    assert shown_path(path, BLOB) == path


def test_a_source_may_declare_names_harmless() -> None:
    assert may_tell("images/00000013_005.png")
    assert not may_tell("images/00000013_005.png", [r"images/\d{8}_\d{3}\.png"])
    assert may_tell("images/00000013_005.png", [r"\d{8}_\d{3}\.png"])  # a whole path, or nothing


def test_nobody_gets_through_by_a_name_like_ours() -> None:
    assert may_tell("withheld/John_Smith.png")
    assert may_tell("withheld/20200314.png")


@given(st.from_regex(r"[0-9a-f]{40}", fullmatch=True), st.integers(0, 99))
def test_what_stands_for_a_name_is_never_doubtful(blob: str, number: int) -> None:
    assert not may_tell(withheld("x.png", blob, number=number))


TEXTS = [
    ("born 1950-03-14, tel 030 1234567, fever 38.5", "[date], [number], fever 38.5"),
    ("Patient John Smith (MRN 0012345)", "Patient [name] ([number])"),
    ("admitted 14 March 2020; mail j.doe@x.org", "admitted [date]; mail [address]"),
    ("Mr. Garcia, 1.2.840.113564.172.2020", "Mr. [name], [number]"),
    ("lives at 12 Baker Street", "lives at [address]"),
    ("'images/John_Smith_1.png' is not there", "'[name]' is not there"),
    ("call +49 30 1234 5678", "call [number]"),
    ("seen 140320, born March 1950", "seen [date], [date]"),
    ("on 14/03, and 14th of March", "[date], and [date]"),
    ("JohnSmith; patient johnsmith; patient: Smith", "[name]; patient [name]; patient: [name]"),
    ("john smith, 53; J. Smith; Smith J", "[name], 53; [name]; [name]"),
    ("Patient #4711, case no. 48213, AB 12 34 56 C", "[number], [number], [number]"),
    ("In November 2019 cough; again 03/2020", "In [date] cough; again [date]"),
    ("9434765919 or (030) 1234567", "[number] or [number]"),
]
HARMLESS_TEXTS = [
    "A 53-year-old woman, day 5, SpO2 92%, T 38.5, WBC 5.2-7.1.",
    "Credit to Dr. John Smith, Radiopaedia. https://radiopaedia.org/cases/2020/03/14",
    "Jordanian patients at baseline; WBC 12,0900; 0.140320; SpO2 92 on 3 l, day 14/21",
    "c19-0000000000000000 and withheld/0000000000000001-2.nii.gz are ours",
    "PMC7081155, doi 10.1016/j.jmii.2020.03.003",
    "Bilateral Ground Glass Opacities; COVID-19 pneumonia | ARDS",
    "finding is 'odd', which has no word in the vocabulary",
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_words_that_may_tell_a_person_are_taken_out(text: str, shown: str) -> None:
    assert shown_text(text) == shown
    assert shown_text(shown) == shown


@pytest.mark.parametrize("text", HARMLESS_TEXTS)
def test_other_words_and_credits_stay(text: str) -> None:
    assert shown_text(text) == text


DAYS = st.dates(dt.date(1920, 1, 1), dt.date(2026, 12, 31))
FORMS = [
    *("%Y%m%d", "%d%m%Y", "%m%d%Y", "%y%m%d", "%d%m%y", "%m%d%y", "%Y-%m-%d", "%d-%m-%Y"),
    *("%d.%m.%Y", "%d.%m.%y", "%m.%d.%y", "%m_%d_%Y", "%d%b%Y", "%d_%b_%y", "%Y%b%d", "%B-%d-%Y"),
    *("%d %B %Y", "%Y%m%d%H%M", "%Y.%d.%m", "%d-%B"),
]
BESIDE = st.sampled_from(["", "x_", "img-", "CXR ", "scan_"])
NAMES = st.tuples(
    st.sampled_from(["John", "Maria", "Hans", "Anna", "Peter", "Olga", "José", "Mary"]),
    st.sampled_from(["Smith", "Garcia", "Müller", "Kowalski", "Jones", "Schneider", "Rossi"]),
)


@given(DAYS, st.sampled_from(FORMS), BESIDE)
def test_no_day_is_shown_in_any_form(day: dt.date, form: str, beside: str) -> None:
    words = day.strftime(form)
    assert may_tell(f"images/{beside}{words}.png")
    assert words not in shown_text(f"seen {words}; better then")


@given(NAMES, st.sampled_from(["_", "-", " ", ".", "", ", ", "^"]), BESIDE, st.booleans())
def test_no_name_is_shown_however_it_is_written(
    name: tuple[str, str], sign: str, beside: str, turned: bool
) -> None:
    first, second = name[::-1] if turned else name
    for words in (f"{first}{sign}{second}", f"{first}{sign}{second}".lower()):
        assert may_tell(f"images/{beside}{words}_1.png")
    assert second not in shown_text(f"Patient {first}{sign}{second} had fever")


@given(
    st.sampled_from(
        ["MRN", "mrn ", "Patient ID: ", "record no. ", "pat_", "case #", "ID ", "NHS "]
    ),
    st.integers(10_000, 10**10),
)
def test_no_record_number_is_shown(word: str, number: int) -> None:
    assert str(number) not in shown_text(f"she is {word}{number}, febrile")
    assert may_tell(f"images/{word}{number}.png".replace("#", "").replace(":", ""))


@pytest.mark.parametrize(
    "words", ["a", "1-", "0.", "Mar ", "John Smith ", "tel 1", "x/", "+1", "é"]
)
def test_a_text_without_end_takes_no_time_without_end(words: str) -> None:
    began = time.process_time()
    shown_text((words * 100_000)[:100_000])
    may_tell((words * 100_000)[:100_000])
    assert time.process_time() - began < 10  # twice the length is twice the time, not four times


@given(st.text(st.sampled_from("0129 .-/_:@Mar JohnSmith^tel+"), max_size=40))
def test_taking_out_twice_takes_out_no_more(text: str) -> None:
    assert shown_text(shown_text(text)) == shown_text(text)
