"""Where a token comes from, and that it is never shown."""

import pytest

from flows.forge.errors import NoTokenError
from flows.forge.github.token import Token, find_token
from flows.orchestration.secrets import stored_secret

WHERE = ("owner/name", "https://api.github.com")


@pytest.mark.parametrize("name", ["COVID19_IMAGES_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"])
def test_a_variable_holds_it(name):
    assert find_token(*WHERE, {name: " abc\n"}) == Token("abc", name)


def test_our_own_variable_comes_first():
    variables = {"GH_TOKEN": "c", "GITHUB_TOKEN": "b", "COVID19_IMAGES_TOKEN": "a"}
    assert find_token(*WHERE, variables).secret == "a"


def test_without_one_it_says_where_one_belongs_and_what_it_must_be_able_to_do():
    with pytest.raises(NoTokenError, match=r"COVID19_IMAGES_TOKEN.*github-token.*read and write"):
        find_token(*WHERE, {"GITHUB_TOKEN": " "})


def test_printing_it_shows_where_it_came_from_only():
    assert "abc" not in repr(Token("abc", "GH_TOKEN"))


def test_git_gets_it_through_the_environment_for_one_server_only():
    variables = Token("abc", "GH_TOKEN").for_git("https://github.com/")
    assert variables["GIT_CONFIG_KEY_0"] == "http.https://github.com/.extraHeader"
    assert variables["GIT_CONFIG_VALUE_0"] == "Authorization: Basic eC1hY2Nlc3MtdG9rZW46YWJj"


@pytest.mark.slow
def test_a_prefect_block_holds_it_where_prefect_has_a_server(monkeypatch, tmp_path):
    from prefect.blocks.system import Secret
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        from prefect.settings import PREFECT_API_URL

        monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value() or "")
        with pytest.raises(NoTokenError):
            find_token(*WHERE, {}, stored=stored_secret)
        Secret(value="from-the-block").save("github-token", _sync=True)
        found = find_token(*WHERE, {}, stored=stored_secret)
    assert found.secret == "from-the-block"
    assert found.origin == "the Prefect block secret/github-token"
