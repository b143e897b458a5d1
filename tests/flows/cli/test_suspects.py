"""The list of rows whose label may be wrong is CSV, and changes nothing."""

from typer.testing import CliRunner

from flows.cli.app import app
from tests.support.collection import SIMPLE, Collection
from tests.support.upstream import Upstream


def test_a_collection_in_which_nothing_is_odd_has_an_empty_list(
    collection: Collection, upstream: Upstream
) -> None:
    collection.source("set", SIMPLE.format(url=upstream.url))
    done = CliRunner().invoke(app, ["suspects", "--checkout", str(collection.folder)])
    assert (done.exit_code, done.stdout) == (0, "row,weight,why\n"), done.output
