"""What may go wrong on the way to a copy of a release.

ReleaseTroubleError          anything below; its sentence says what to do
├── OriginError              there is no such release, or no such place
│   ├── RollbackError        … or it is older than the one that is here
│   └── ProofError           … or it is not signed by who is trusted, or not what was signed
├── TransferError            a file could not be fetched; its first part is kept
│   ├── MismatchError        … or is not what the index says
│   ├── RefusedAddressError  … or is where nobody else may send us
│   └── DiskFullError        … or did not fit
└── RequestError             nothing in the release is what was asked for
"""


class ReleaseTroubleError(Exception):
    """Raised for a download that failed: what went wrong, with what, and what to do."""


class OriginError(ReleaseTroubleError):
    """There is no such release, or no such place."""


class TransferError(ReleaseTroubleError):
    """A file could not be fetched; its first part is kept for the next run."""


class MismatchError(TransferError):
    """A file is not what the index says; it was thrown away."""


class RefusedAddressError(TransferError):
    """A release, or a server, leads to an address that must not be asked."""


class RollbackError(OriginError):
    """The newest release of a place is older than the copy."""


class ProofError(OriginError):
    """A release is not signed by a key that is trusted, or is not what was signed."""


class DiskFullError(TransferError):
    """There is no room for a file."""


class RequestError(ReleaseTroubleError):
    """Nothing in the release is what was asked for."""
