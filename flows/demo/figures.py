"""The journal's figures: one table row each, and the file that each is drawn as."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from flows.demo import copies
from flows.demo.canvas import Finding
from flows.demo.ct import ct_volume
from flows.demo.radiograph import View, radiograph

_HEADER = (
    "patientid",
    "offset",
    "sex",
    "age",
    "finding",
    "survival",
    "view",
    "modality",
    "date",
    "location",
    "filename",
    "doi",
    "url",
    "license",
    "clinical_notes",
    "other_notes",
    "",
)
DRAWN: Mapping[str, Finding] = {
    "COVID-19": "opacity",
    "SARS": "opacity",
    "Streptococcus": "consolidation",
    "ARDS": "interstitial",
    "Pneumocystis": "interstitial",
    "BacterialPneumonia": "consolidation",
    "ViralPneumonia": "interstitial",
}
_VIEWS: Mapping[str, View] = {"PA": "PA", "AP": "AP", "AP Supine": "AP", "L": "LATERAL"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the journal's table; `form` is how its file is written, or `kind<original`."""

    day: str
    filename: str
    patientid: str
    offset: str
    sex: str
    age: str
    finding: str
    survival: str
    view: str
    modality: str
    date: str
    location: str
    license: str
    form: str
    clinical_notes: str


FIGURES = tuple(
    Figure(*line.split("|"))
    for line in """\
1|synj.2020.0002.fig1a.jpeg|2|0|M|65|COVID-19|Y|PA|X-ray|January 22, 2020|Wuhan, China|CC BY-NC-SA|jpeg|Fever and cough.
1|synj.2020.0002.fig1b.jpeg|2|3|M|65|COVID-19|Y|PA|X-ray|January 25, 2020|Wuhan, China|CC BY-NC-SA|jpeg|Worse on day 3.
1|synj.2020.0002.fig1c.jpeg|2|6|M|65|COVID-19|Y|AP|X-ray|January 28, 2020|Wuhan, China|CC BY-NC-SA|progressive|
1|synj.2020.0003.fig2-PA.jpeg|3||F|52|COVID-19||PA|X-ray|2020|Taiwan|CC BY 4.0|jpeg|No travel.
1|synj.2020.0003.fig2-L.jpeg|3||F|52|COVID-19||L|X-ray|2020|Taiwan|CC BY 4.0|jpeg|
1|synm2001-f1.png|4|4|F|35|COVID-19|Y|PA|X-ray|Jan 19 2020|Snohomish County, Washington, USA||rgba|
1|synm2001-f2.png|4|7|F|35|COVID-19|Y|PA|X-ray|Jan 22 2020|Snohomish County, Washington, USA||png|
1|case-05-day00.jpeg|5|0|M|44|Pneumocystis||PA|X-ray|2019|Lyon, France|CC BY 4.0|jpeg|
1|case-05-day02.jpeg|5|2|M|44|Pneumocystis||AP|X-ray|2019|Lyon, France|CC BY 4.0|jpeg|
1|case-06.jpeg|6||F|70|COVID-19|N|AP Supine|X-ray|March 2020|Bergamo, Italy|CC BY-NC-SA|progressive|Portable film.
1|case-07-a.jpeg|7|1|M|58|COVID-19||PA|X-ray|2020|Hannover, Germany||jpeg|
1|case-07-b.jpeg|7|5|M|58|COVID-19||AP Supine|X-ray|2020|Hannover, Germany||jpeg|
1|case-08.png|8|10|F|29|COVID-19||PA|X-ray|2020|Madrid, Spain|CC BY 4.0|16-bit|Sixteen bits a pixel.
1|case-09.jpeg|9|3|F|81|COVID-19|N|AP|X-ray|2020|Madrid, Spain|CC BY 4.0|jpeg|
1|case-10.jpeg|10||M|47|COVID-19||PA|X-ray|2020|Wuhan, China||jpeg|
1|sars-2004-f1.jpeg|11|9|M|40|SARS||PA|X-ray|2004|Hong Kong|CC BY-NC-SA|jpeg|
1|sars-2004-f2.jpeg|12||F|33|SARS||PA|X-ray|2004|Hong Kong|CC BY-NC-SA|jpeg|
1|ards-f4.png|13||M|60|ARDS|N|AP|X-ray|2012|Toronto, Canada|CC BY 4.0|rgba|
1|strep-f2.jpeg|14||M|38|Streptococcus||PA|X-ray|2015|Melbourne, Australia||jpeg|
1|normal-f1.jpeg|15||F|31|No Finding||PA|X-ray|2014|Melbourne, Australia||jpeg|
1|normal-f1-L.jpeg|15||F|31|No Finding||L|X-ray|2014|Melbourne, Australia||jpeg|
1|synct-16-axial-1.jpg|16|2|M|55|COVID-19||Axial|CT|2020|Wuhan, China|CC BY 4.0|jpeg|Ground glass, both lungs.
1|synct-16-axial-2.jpg|16|2|M|55|COVID-19||Axial|CT|2020|Wuhan, China|CC BY 4.0|jpeg|
1|synct-17-axial.jpg|17||F|62|COVID-19||Axial|CT|2020|Taiwan||jpeg|
2|case-18-PA.jpeg|18|0|F|49|COVID-19||PA|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|jpeg|New in April.
2|case-18-L.jpeg|18|0|F|49|COVID-19||L|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|jpeg|
2|case-19.png|19||M|27|No Finding||PA|X-ray|April 2020|Lisbon, Portugal|CC BY 4.0|png|
2|upload-20.jpeg|20||M|58|COVID-19||PA|X-ray|2020|Hannover, Germany||bytes<case-07-a.jpeg|
2|preprint-21.jpeg|21||M|65|COVID-19||PA|X-ray|2020|Wuhan, China||resized<synj.2020.0002.fig1b.jpeg|
2|case-22-broken.jpeg|22||M|71|COVID-19||AP|X-ray|April 2020|Lisbon, Portugal||truncated|Upload broke off.
""".splitlines()
)
# Seeds from here on give pictures that are far apart for a perceptual hash; a test keeps it so.
_FIRST_BODY = 120


def table(figures: Sequence[Figure]) -> bytes:
    """Write the journal's table."""
    file = io.StringIO()
    rows = csv.DictWriter(file, _HEADER, restval="", extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for figure in figures:
        cells = {name: getattr(figure, name) for name in Figure.__slots__}
        page = f"https://example.org/synthetic/{figure.patientid}"
        rows.writerow(cells | {"doi": f"10.0000/synthetic.{figure.patientid}", "url": page})
    return file.getvalue().encode()


@cache
def content(filename: str) -> bytes:
    """Draw one of the journal's figures and write it in its form."""
    figure = next(f for f in FIGURES if f.filename == filename)
    form, _, original = figure.form.partition("<")
    if original:
        return copies.copy(content(original), form)
    picture = _axial(figure) if figure.modality == "CT" else _film(figure)
    if form == "truncated":
        return copies.truncated(copies.encode(picture))
    return copies.encode(picture, form)  # type: ignore[arg-type]


def _exposure(figure: Figure) -> int:
    return [f for f in FIGURES if f.patientid == figure.patientid].index(figure)


def _film(figure: Figure) -> copies.Picture:
    patient = int(figure.patientid)
    size = ((512, 512), (560, 480), (480, 540))[patient % 3]
    drawn = DRAWN.get(figure.finding)
    view = _VIEWS[figure.view]
    return radiograph(
        patient + _FIRST_BODY, size=size, view=view, finding=drawn, exposure=_exposure(figure)
    )


def _axial(figure: Figure) -> copies.Picture:
    hounsfield = ct_volume(int(figure.patientid), slices=7, size=384)[2 + 2 * _exposure(figure)]
    picture: copies.Picture = np.clip((hounsfield + 1250.0) / 1500 * 255, 0, 255).astype(np.uint8)
    return picture
