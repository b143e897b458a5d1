"""Whose releases a copy takes: the keys of the first signed one, or those that a person named.

On first use the key that signed the release is believed, whoever has it; from then on no release
is taken that it, or a key it named to follow it, did not sign. `--key` names the key beforehand.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from covid19_images.download.errors import ProofError, RequestError
from covid19_images.manifest import whole
from covid19_images.release import envelope as envelopes
from covid19_images.release import proof
from covid19_images.release.envelope import EnvelopeError
from covid19_images.release.index import PROOF, SUMS
from covid19_images.release.proof import Statement

FILE = "trusted.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom a copy trusts.

    Attributes:
        keys: Names of keys; none where no signed release was seen.
        pinned: Whether a person named them.
        version: The release that was downloaded last.
    """

    keys: tuple[str, ...] = ()
    pinned: bool = False
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a release proves.

    Attributes:
        statement: What it consists of, and what it was made from.
        signers: The keys that signed it; none for a release that nobody signed.
    """

    statement: Statement
    signers: tuple[str, ...]


def read(folder: Path, key: str | None = None) -> Trust:
    """Read whom a copy trusts.

    Args:
        folder: The copy.
        key: The name of a key that is trusted alone, whatever the copy says.

    Raises:
        RequestError: That is no name of a key.
        ProofError: The copy's file cannot be read; to take any key then would be no trust.
    """
    if key is not None and not envelopes.is_key(key):
        raise RequestError(f"{key!r} is no key; one is `ed25519:` and 43 letters.")
    here = _read(folder / FILE)
    return here if key is None else Trust(keys=(key,), pinned=True, version=here.version)


def _read(file: Path) -> Trust:
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))
        keys = tuple(cells["keys"])
        found = Trust(keys=keys, pinned=cells["pinned"] is True, version=str(cells["version"]))
    except FileNotFoundError:
        return Trust()
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise _unreadable(file) from None
    if not all(isinstance(key, str) and envelopes.is_key(key) for key in keys):
        raise _unreadable(file)
    return found


def _unreadable(file: Path) -> ProofError:
    return ProofError(
        f"{file} does not say whose releases this copy takes. Nothing was changed. Delete it "
        "to believe the next release's key, or name the key you know with --key."
    )


def write(folder: Path, trust: Trust, proved: Proof, version: str) -> None:
    """Remember whom a copy trusts, after a release was taken.

    Args:
        folder: The copy.
        trust: Whom it trusted before.
        proved: What the release proved; the keys it names may sign the next one.
        version: Of the release.
    """
    keys = sorted(proved.statement.internal.signers) if proved.signers else trust.keys
    if trust.pinned:  # a person's word is not overridden by a release
        keys = trust.keys
    after = Trust(keys=tuple(keys), pinned=trust.pinned, version=version)
    whole.write(folder / FILE, (json.dumps(asdict(after), indent=1) + "\n").encode())


def prove(envelope: bytes | None, sums: str, version: str, trust: Trust) -> Proof | None:
    """Return what a release proves, if it may be taken.

    Args:
        envelope: Its statement, signed or not; `None` where it has none.
        sums: Its `SHA256SUMS`.
        version: The release that is meant.
        trust: Whose releases may be taken.

    Returns:
        What it proves; `None` where it proves nothing, and nobody expects that it does.

    Raises:
        ProofError: It may not be taken.
    """
    if envelope is None and f"  {PROOF}\n" in sums:
        raise ProofError(f"{PROOF} of release {version} is missing. Download it again.")
    if envelope is None:
        _need(trust, frozenset(), version)
        return None
    try:
        sealed = envelopes.loads(envelope)
        found = envelopes.signers(sealed)
        statement = proof.loads(sealed.content)
    except EnvelopeError as error:
        raise ProofError(f"{PROOF} of release {version} proves nothing: {error}.") from None
    _need(trust, found, version)
    believed = found & frozenset(trust.keys or statement.internal.signers)
    if found and not believed:
        raise ProofError(f"{PROOF} of release {version} is signed by a key that it does not name.")
    if statement.version != version:
        raise ProofError(f"{PROOF} of release {version} speaks of release {statement.version}.")
    if sums != proof.sums(statement, envelope):
        raise ProofError(
            f"Release {version} is not what {PROOF} says: its checksums differ. Nothing was "
            "changed. That place is not to be trusted: open an issue."
        )
    return Proof(statement, tuple(sorted(believed)))


def proved_here(folder: Path, version: str, key: str | None = None) -> Proof | None:
    """Return what a copy proves; `None` where it proves nothing, and nobody expects that it does.

    Args:
        folder: The copy.
        version: The release it says it is of.
        key: The name of a key that is trusted alone, whatever the copy says.

    Raises:
        ProofError: It is not what was signed, or another release than the one downloaded last.
    """
    trust = read(folder, key)
    envelope, sums = (_bytes(folder / name) for name in (PROOF, SUMS))
    proved = prove(envelope, (sums or b"").decode("ascii", "replace"), version, trust)
    if trust.version not in (None, version):
        raise ProofError(f"Release {trust.version} was downloaded last, and {version} is here.")
    return proved


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _need(trust: Trust, found: frozenset[str], version: str) -> None:
    """Refuse a release that no trusted key signed."""
    if not trust.keys or found & set(trust.keys):
        return
    by = f"signed by {', '.join(sorted(found))}" if found else "not signed"
    who = "you named" if trust.pinned else "its copy here was signed by"
    raise ProofError(
        f"Release {version} is {by}, and not by the key that {who}: {', '.join(trust.keys)}. "
        "Nothing was changed. Where the maintainers say that they have another key, name it: "
        f"--key ed25519:… To take it all the same, delete {FILE} in the copy."
    )
