"""Image files of every container, with words planted wherever one can hold any."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator

import nibabel as nib
import numpy as np
import pydicom
from PIL import Image, TiffImagePlugin

from tests.covid19_images.images.formats.files import dicom, nifti, slices
from tests.support.pictures import encoded, picture

WORDS = (b"DOE^JANE^1950", b"MRN0012345-x", b"born 1950-03-14")
"""Words of a person; the planted ones are looked for in all that leaves."""

Plant = Callable[[bytes], bytes]  # a word to a file that holds it


def planted() -> Iterator[tuple[str, bytes, bytes]]:
    """Make every file: its name, the word, the content."""
    for name, plant in {**_jpeg(), **_png(), **_others()}.items():
        for number, word in enumerate(WORDS):
            yield f"{name}-{number}", word, plant(word)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _before(content: bytes, marker: int, part: bytes, *, nth: int = 0) -> bytes:
    at = -1
    for _ in range(nth + 1):
        at = content.index(bytes([0xFF, marker]), at + 1)
    return content[:at] + part + content[at:]


_APPLICATIONS = {
    "exif": (0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x0e\0\2\0\0\0\x20\0\0\0\x1a\0\0\0\0%s"),
    "exif-broken": (0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff%s"),
    "xmp": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>%s</x>"),
    "xmp-extended": (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40 + b"%s"),
    "mpf": (0xE2, b"MPF\0II*\0\x08\0\0\0%s"),
    "icc": (0xE2, b"ICC_PROFILE\0\1\1%s"),
    "fpxr": (0xE2, b"FPXR\0%s"),
    "iptc": (0xED, b"Photoshop 3.0\0008BIM\4\4\0\0\0\0\0\x20\x1c\2\x50\0\x1a%s"),
    "jfxx": (0xE0, b"JFXX\0\x10%s"),
    "jfif-thumbnail": (0xE0, b"JFIF\0\1\1\0\0\1\0\1\5\1%s"),
    "ducky": (0xEC, b"Ducky\0\1%s"),
    "adobe-long": (0xEE, b"Adobe\0\x64\0\0\0\0\0%s"),
    "comment": (0xFE, b"%s"),
    "extension": (0xF0, b"%s"),
} | {f"app{n}": (0xE0 + n, b"%s") for n in range(16)}


def _jpeg() -> dict[str, Plant]:
    grey, colour = picture(1, size=(72, 56)), picture(1, size=(72, 56)).convert("RGB")
    plain = encoded(grey, "JPEG")
    progressive = encoded(colour, "JPEG", progressive=True)
    restarts = encoded(grey, "JPEG", restart_marker_blocks=2)
    end = b"\xff\xd9"

    def app(marker: int, form: bytes) -> Plant:
        return lambda word: _before(plain, 0xDB, _segment(marker, form % word))

    def quantities(word: bytes) -> bytes:
        return _before(plain, 0xDB, _segment(0xDB, b"\3" + (word * 64)[:64]))

    def codes(word: bytes) -> bytes:
        table = b"\x13" + bytes([0] * 7 + [len(word)] + [0] * 8) + word
        return _before(plain, 0xDA, _segment(0xC4, table))

    return {f"jpeg-{name}": app(*part) for name, part in _APPLICATIONS.items()} | {
        "jpeg-between-scans": lambda w: _before(progressive, 0xC4, _segment(0xFE, w), nth=3),
        "jpeg-app-between-scans": lambda w: _before(progressive, 0xC4, _segment(0xE7, w), nth=3),
        "jpeg-raw-between-scans": lambda w: _before(progressive, 0xC4, w, nth=3),
        "jpeg-scan-tail": lambda w: plain[:-2] + w + end,
        "jpeg-progressive-tail": lambda w: progressive[:-2] + w + end,
        "jpeg-restart-tail": lambda w: _before(restarts, 0xD1, w),
        "jpeg-behind-end": lambda w: plain + w,
        "jpeg-second": lambda w: plain + _before(plain, 0xDB, _segment(0xFE, w)),
        "jpeg-unused-quantities": quantities,
        "jpeg-unused-codes": codes,
        "jpeg-restart-interval": lambda w: _before(plain, 0xDA, _segment(0xDD, b"\0\0" + w)),
        "jpeg-lines": lambda w: plain[:-2] + _segment(0xDC, w) + end,
        "jpeg-fill": lambda w: _before(plain, 0xDB, b"\xff" * 9 + _segment(0xFE, w)),
    }


def chunk(kind: bytes, data: bytes) -> bytes:
    """Write one chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_KINDS = {
    "text": (b"tEXt", b"Comment\0%s"),
    "ztxt-name": (b"zTXt", b"%s\0\0" + zlib.compress(b"x")),
    "itxt": (b"iTXt", b"Author\0\0\0\0\0%s"),
    "time": (b"tIME", b"%s"),
    "exif": (b"eXIf", b"MM\0*%s"),
    "splt": (b"sPLT", b"%s\0\x08"),
    "pcal": (b"pCAL", b"%s\0\0\0\0\1\0\0\1\0\0"),
    "scal": (b"sCAL", b"\1%s\0001"),
    "iccp-name": (b"iCCP", b"%s\0\0" + zlib.compress(b"x" * 200)),
    "private": (b"prVt", b"%s"),
    "private-safe": (b"prVt".swapcase(), b"%s"),
    "gama": (b"gAMA", b"\0\0\xb1\x8f%s"),
    "srgb": (b"sRGB", b"\0%s"),
    "phys": (b"pHYs", b"%s"),
    "chrm": (b"cHRM", b"%s"),
    "bkgd": (b"bKGD", b"%s"),
    "hist": (b"hIST", b"%s"),
    "sbit": (b"sBIT", b"%s"),
    "offs": (b"oFFs", b"%s"),
    "gifx": (b"gIFx", b"%s"),
    "cicp": (b"cICP", b"%s"),
    "clli": (b"cLLI", b"%s"),
    "dsig": (b"dSIG", b"%s"),
    "suggested-palette": (b"PLTE", b"%s"),
}


def _png() -> dict[str, Plant]:
    plain = encoded(picture(1, size=(72, 56)).convert("RGB"))
    head, tail = plain[:33], plain[-12:]
    stream = plain[plain.index(b"IDAT") + 4 : -16]
    raw = zlib.decompress(stream)

    def put(kind: bytes, form: bytes) -> Plant:
        def plant(word: bytes) -> bytes:
            data = form % (word if kind != b"PLTE" else word[:12])
            return head + chunk(kind, data) + plain[33:]

        return plant

    def pixels(data: bytes) -> bytes:
        return head + chunk(b"IDAT", data) + tail

    found = {f"png-{name}": put(*part) for name, part in _KINDS.items()}
    return found | {
        "png-behind-end": lambda w: plain + w,
        "png-in-end": lambda w: plain[:-12] + chunk(b"IEND", w),
        "png-stream-tail": lambda w: pixels(stream + w),
        "png-rows-behind": lambda w: pixels(zlib.compress(raw + w, 0)),
        "png-second-stream": lambda w: pixels(stream + zlib.compress(w, 0)),
        "png-between-pixels": lambda w: b"".join(
            [
                head,
                chunk(b"IDAT", stream[:99]),
                chunk(b"prVt", w),
                chunk(b"IDAT", stream[99:]),
                tail,
            ]
        ),
        "png-behind-pixels": lambda w: plain[:-12] + chunk(b"tEXt", b"Title\0" + w) + tail,
        "png-palette": _palette,
        "png-second-palette": lambda w: _palette(b"x", chunk(b"PLTE", (w + b"..")[:12])),
        "png-palette-transparency": lambda w: _palette(b"x", chunk(b"tRNS", bytes(9) + w)),
        "png-animation": lambda w: (
            head
            + chunk(b"acTL", struct.pack(">II", 1, 0))
            + plain[33:-12]
            + chunk(b"fdAT", bytes(4) + w)
            + tail
        ),
    }


def _palette(word: bytes, extra: bytes = b"") -> bytes:
    """Write a palette image of three colours whose palette holds a word behind them."""
    rows = np.random.default_rng(1).integers(0, 3, (56, 72), np.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    colours = bytes(range(10, 19)) + (word + b"\0\0")[: (len(word) + 2) // 3 * 3]
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 72, 56, 8, 3, 0, 0, 0))
    parts = [head, chunk(b"PLTE", colours), extra, chunk(b"IDAT", zlib.compress(raw))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def _gif_extension(label: int, word: bytes) -> bytes:
    content = encoded(picture(1, size=(72, 56)), "GIF")
    at = content.index(b",", 13)
    return content[:at] + bytes([0x21, label, len(word)]) + word + b"\0" + content[at:]


def _webp(kind: bytes, word: bytes) -> bytes:
    options = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc_profile"}
    return encoded(picture(1, size=(72, 56)), "WEBP", lossless=True, **{options[kind]: word})


def _webp_unknown(word: bytes) -> bytes:
    content = _webp(b"EXIF", b"x")
    part = b"UNKN" + struct.pack("<I", len(word)) + word + b"\0" * (len(word) % 2)
    return content[:4] + struct.pack("<I", len(content) - 8 + len(part)) + content[8:] + part


_TIFF_TAGS = {"description": 270, "make": 271, "software": 305, "date": 306, "artist": 315}
_TIFF_TAGS |= {"host": 316, "copyright": 33432, "xmp": 700, "iptc": 33723, "private": 65001}


def _tiff(tag: int) -> Plant:
    def plant(word: bytes) -> bytes:
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[tag] = word if tag in (700, 33723, 65001) else word.decode()
        return encoded(picture(1, size=(72, 56)), "TIFF", tiffinfo=tags)

    return plant


_ELEMENTS = ("PatientName", "PatientID", "InstitutionName", "StudyDescription", "ImageComments")
_ELEMENTS += ("AccessionNumber", "ProtocolName", "StationName", "OperatorsName", "StudyID")


def _dicom(keyword: str) -> Plant:
    def plant(word: bytes) -> bytes:
        dataset = pydicom.dcmread(io.BytesIO(dicom(slices()[0])))
        setattr(dataset, keyword, word.decode())
        return _saved(dataset)

    return plant


def _dicom_private(word: bytes) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom(slices()[0])))
    dataset.private_block(0x0099, "SOMEBODY", create=True).add_new(1, "LO", word.decode())
    return _saved(dataset)


def _dicom_preamble(word: bytes) -> bytes:
    content = _saved(pydicom.dcmread(io.BytesIO(dicom(slices()[0]))))
    return word + content[len(word) :] if content[128:132] == b"DICM" else word.ljust(128) + content


def _saved(dataset: pydicom.Dataset) -> bytes:
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


def _nifti(field: str) -> Plant:
    def plant(word: bytes) -> bytes:
        image = nib.Nifti1Image.from_bytes(nifti(np.moveaxis(slices(frames=2), 0, -1)))
        image.header[field] = word[:15]
        return bytes(image.to_bytes())

    return plant


def _nifti_extension(word: bytes) -> bytes:
    image = nib.Nifti1Image.from_bytes(nifti(np.moveaxis(slices(frames=2), 0, -1)))
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", word))
    return bytes(image.to_bytes())


def _others() -> dict[str, Plant]:
    gif = encoded(picture(1, size=(72, 56)), "GIF")
    webp = _webp(b"EXIF", b"x")
    found: dict[str, Plant] = {
        "gif-comment": lambda w: _gif_extension(0xFE, w),
        "gif-application": lambda w: _gif_extension(0xFF, w),
        "gif-behind-end": lambda w: gif + w,
        "webp-exif": lambda w: _webp(b"EXIF", w),
        "webp-xmp": lambda w: _webp(b"XMP ", w),
        "webp-icc": lambda w: _webp(b"ICCP", w),
        "webp-unknown": _webp_unknown,
        "webp-behind-end": lambda w: webp + w,
        "dicom-private": _dicom_private,
        "dicom-preamble": _dicom_preamble,
        "nifti-extension": _nifti_extension,
    }
    found |= {f"tiff-{name}": _tiff(tag) for name, tag in _TIFF_TAGS.items()}
    found |= {f"dicom-{keyword}": _dicom(keyword) for keyword in _ELEMENTS}
    return found | {f"nifti-{field}": _nifti(field) for field in ("descrip", "aux_file", "db_name")}


def opened(content: bytes) -> Image.Image:
    """Decode a file with Pillow."""
    return Image.open(io.BytesIO(content))
