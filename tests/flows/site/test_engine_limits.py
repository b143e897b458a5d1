"""The browser decides with the limits of Python: each stands in both, and they may not drift."""

import json
import re
from collections.abc import Mapping

import pytest

from covid19_images.duplicates import (
    codes,
    features,
    hamming,
    keypoints,
    kinds,
    registration,
    search,
    slices,
    texture,
    transforms,
    verdict,
)
from covid19_images.images import colour_maps, fingerprint
from flows.site import seen
from flows.site.render import HERE

_CONSTANT = re.compile(r"^const ([A-Z][A-Z_]*) = ([\d.e]+|\[[\d., ]+\]);", re.MULTILINE)

LIMITS: Mapping[str, Mapping[str, object]] = {
    "decide.js": {
        "LEAST_BLOCKS": transforms.LEAST_BLOCKS,
        "SURE_MEDIAN": verdict._SURE_MEDIAN,
        "DOUBTFUL_MEDIAN": verdict._DOUBTFUL_MEDIAN,
        "SURE_QUARTILE": verdict._SURE_QUARTILE,
        "LEAST_TEXTURED": verdict._LEAST_TEXTURED,
        "MOST_ASTRAY": verdict._MAX_ASTRAY,
        "FEW_BLOCKS": verdict._FEW_BLOCKS,
        "SURE_MEDIAN_OF_FEW": verdict._SURE_MEDIAN_OF_FEW,
        "MOST_OF_A_PART": kinds.MOST_OF_A_PART,
        "WHOLE": kinds._WHOLE,
        "SLICE_RIM": slices._RIM,
        "SAME_LEVEL": slices._SAME_LEVEL,
        "FLAT_SHARE": slices._FLAT_SHARE,
    },
    "registration.js": {
        "RATIO": registration._RATIO,
        "LEAST_INLIERS": registration.LEAST_INLIERS,
        "REACH": registration._REACH_PX,
        "MOST_TRIALS": registration._MOST_TRIALS,
        "SURE": registration._SURE,
        "MOST_STRETCH": registration._MAX_STRETCH,
        "MOST_SCALE": registration._MAX_SCALE,
    },
    "texture.js": {
        "BLOCK": texture.BLOCK_PX,
        "LEAST_TEXTURE": texture._LEAST_TEXTURE,
        "FINE": texture._FINE_PX,
        "COARSE": texture._COARSE_PX,
        "CONTRAST": texture._CONTRAST_PX,
    },
    "colours.js": {
        "LOOKED_AT": colour_maps._LOOKED_AT,
        "NEUTRAL": colour_maps._NEUTRAL,
        "LEAST_COLOURED": colour_maps._LEAST_COLOURED,
        "NEAR": colour_maps._NEAR,
        "LEAST_NEAR": colour_maps._LEAST_NEAR,
        "LEAST_PLACES": colour_maps._LEAST_PLACES,
        "ORDERED": colour_maps._ORDERED,
    },
    "features.js": {
        "FRAME": features.FRAME_PX,
        "MOST_POINTS": features.MAX_POINTS,
        "LEAST_SIDE": keypoints.LEAST_SIDE,
        "CONTRASTS": list(keypoints.CONTRASTS),
        "STEPS_PER_PIXEL": keypoints.STEPS_PER_PX,
        "CODE": codes.CODE_BYTES,
        "GROUP": codes.GROUP_BITS // 8,
        "INVERTED": codes.INVERTED,
        "MIRRORED": codes.MIRRORED,
        "QUALITIES": [quality / 100 for quality in features._JPEG_QUALITIES],
        "MOST_BYTES": features._JPEG_BYTES,
    },
    "candidates.js": {
        "LEAST_SHARED": search.LEAST_SHARED,
        "HALF": codes._WORD_BITS // 8,
    },
    "phash.js": {"SIDE": hamming.SIDE},
    "lookup.js": {"KEY": seen._KEY // 2, "HASH": hamming.SIDE**2 // 8, "FLAT": fingerprint.FLAT},
}
OWN = {
    "candidates.js": {"MOST_CANDIDATES", "MOST_APART", "WORTH"},  # Python looks at all pairs
    "phash.js": {"SMALL", "PRECISION", "LOBES"},  # of Pillow and imagehash
    "lookup.js": {"NEAREST", "MOST_PIXELS", "SMALL_SIDE", "LEAST_HINT"},  # of what a page shows
}
"""Constants that only the browser has."""


@pytest.mark.parametrize("name", LIMITS)
def test_the_constants_of_the_browser_are_those_of_python(name: str) -> None:
    script = (HERE / name).read_text(encoding="utf-8")
    stated = {word: json.loads(value) for word, value in _CONSTANT.findall(script)}
    own = OWN.get(name, set())
    assert stated.keys() >= own
    assert {word: value for word, value in stated.items() if word not in own} == LIMITS[name]
