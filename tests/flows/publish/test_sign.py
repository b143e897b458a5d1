"""Who signs releases: keys from the environment or a Prefect Secret block."""

import pytest

from flows.cli.checks import signing
from flows.publish import ReleaseError
from flows.publish.sign import BLOCK, VARIABLE, find_signer
from flows.sandbox.secrets import SECRET
from tests.support.signing import pem, signer


def test_a_key_is_found_in_the_environment_or_in_a_block_and_never_shown() -> None:
    stored = {BLOCK: pem(1)}.get
    assert find_signer({VARIABLE: ""}, stored=stored).names == signer(1).names
    assert find_signer({VARIABLE: pem(2)}, stored=stored).names == signer(2).names
    assert find_signer({}).names == ()
    assert "ed25519" not in repr(signer(1))


def test_no_child_process_inherits_it() -> None:
    assert SECRET.search(VARIABLE)


@pytest.mark.parametrize("text", ["secret", pem(1).replace("MC4", "MC5"), "-----BEGIN A-----"])
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ReleaseError, match="openssl genpkey -algorithm ed25519") as error:
        find_signer({VARIABLE: text})
    assert text not in str(error.value)


def test_doctor_names_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert "not signed" in signing().says
    monkeypatch.setenv(VARIABLE, pem(1))
    assert signing().says == f"releases are signed by {signer(1).names[0]}"
    monkeypatch.setenv(VARIABLE, "x")
    assert signing().state == "bad"
