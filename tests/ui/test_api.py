"""The named endpoints, through gradio_client as a user's script would call them."""

import re
import subprocess
import sys

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from lookalike import photos, search
from lookalike.encoders import registry
from tests.ui.driving import methods
from tests.ui.serving import REPOSITORY

pytestmark = pytest.mark.browser  # needs the server

FIRST = methods()[0]


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url, verbose=False)


@pytest.fixture
def found(client, boot):
    return client.predict(handle_file(boot), k=3, methods=[FIRST], api_name="/search")


def test_only_the_named_endpoints_are_public(client):
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {
        "/search",
        "/vote",
        "/galleries",
        "/methods",
    }


def test_search_answers_with_every_method_unless_told(client, boot):
    found = client.predict(handle_file(boot), api_name="/search")
    assert [answer["method"] for answer in found["methods"]] == methods()
    assert found["gallery"] == "things"
    assert all(len(answer["results"]) == 10 for answer in found["methods"])


def test_search_takes_a_subject_and_a_number(client, boot):
    found = client.predict(
        handle_file(boot), subject="2,2,20,20", k=4, methods=[FIRST], api_name="/search"
    )
    assert found["subject"]["box"] == [2, 2, 20, 20]
    assert [row["rank"] for row in found["methods"][0]["results"]] == [1, 2, 3, 4]


def _lists(found):
    return {one["method"]: [row["id"] for row in one["results"]] for one in found["methods"]}


def test_words_are_searched_alone_and_together_with_a_photo(client, boot):
    said = {"words": "a red shoe", "words_weight": 0.7}
    alone = client.predict(**said, api_name="/search")
    assert alone["subject"] is None and list(_lists(alone)) == ["clip"]
    assert _lists(alone) == _lists(search.search(words="a red shoe").as_dict())
    both = client.predict(handle_file(boot), methods=[FIRST, "clip"], **said, api_name="/search")
    expected = search.search(
        photos.load(boot), methods=[FIRST, "clip"], words="a red shoe", words_weight=0.7
    ).as_dict()
    assert (_lists(both), both["query_sha256"]) == (_lists(expected), expected["query_sha256"])
    assert [answer["read_words"] for answer in both["methods"]] == [False, True]
    answer = alone["methods"][0]
    vote = {"token": answer["token"], "item_id": answer["results"][0]["id"]}
    up = client.predict(**vote, vote=1, api_name="/vote")["votes"]
    assert client.predict(**vote, vote=0, api_name="/vote")["votes"] == up - 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "nothing to search with"),
        ({"words": "   "}, "no words to search for"),
        ({"words": "x" * 5000}, "longer than 200 characters"),
        ({"words": "red", "methods": ["resnet"]}, "ResNet does not read words"),
        ({"words": "red", "subject": "whole"}, "Words have no subject"),
        ({"words": "red", "words_weight": 2}, "not a share of the words"),
    ],
)
def test_words_that_cannot_be_used_are_explained(client, asked, said):
    with pytest.raises(AppError, match=said):
        client.predict(**asked, api_name="/search")


def test_galleries_and_methods_are_listed(client):
    assert client.predict(api_name="/galleries")[0]["name"] == "things"
    listed = client.predict(api_name="/methods")
    assert [method["name"] for method in listed] == registry.names()


def test_a_result_can_be_voted_on_and_the_vote_taken_back(client, found):
    answer = found["methods"][0]
    vote = {"token": answer["token"], "item_id": answer["results"][0]["id"]}
    up = client.predict(**vote, vote=1, api_name="/vote")["votes"]
    assert client.predict(**vote, vote=0, api_name="/vote")["votes"] == up - 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"token": "made-up"}, "no longer known here"),
        ({"item_id": 99_999_999}, "not shown"),
        ({"item_id": "<img src=x onerror=alert(1)>"}, "not shown"),
        ({"vote": 5}, "1, 0 or -1"),
        ({"vote": True}, "1, 0 or -1"),
        ({"token": {"a": 1}}, "no longer known here"),
    ],
)
def test_a_forged_vote_is_refused(client, found, change, said):
    answer = found["methods"][0]
    vote = {"token": answer["token"], "item_id": answer["results"][0]["id"], "vote": 1}
    with pytest.raises(AppError, match=said):
        client.predict(**{**vote, **change}, api_name="/vote")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gallery": "../etc"}, "no gallery called .* Use things"),
        ({"methods": ["nope"]}, "no method called 'nope'"),
        ({"methods": "resnet"}, "not a list of names"),
        ({"k": 0}, "not a number of results"),
        ({"k": 2.5}, "not a number of results"),
        ({"subject": "5,5,2,2"}, "holds nothing of the photo"),
        ({"weights": "best"}, "called 'best'"),
    ],
)
def test_a_wrong_argument_is_explained(client, boot, change, said):
    with pytest.raises(AppError, match=said):
        client.predict(handle_file(boot), **change, api_name="/search")


def test_a_file_that_is_no_photo_is_explained(client, tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("some words")
    with pytest.raises(AppError, match=r"not an image that can be read\. Choose a JPEG"):
        client.predict(handle_file(path), api_name="/search")


@pytest.mark.parametrize("meta", [{"meta": {"_type": "gradio.FileData"}}, {}])
def test_only_uploaded_files_are_read(server, boot, meta):
    """A client that says that it has uploaded what lies elsewhere on the server."""
    call = f"{server.url}/gradio_api/call/search"
    data = [{"path": str(boot), **meta}, None, None, None, "auto", None, None, 0.5]
    event = httpx.post(call, json={"data": data}, timeout=60).json()["event_id"]
    answer = httpx.get(f"{call}/{event}", timeout=60).text
    assert "event: error" in answer
    assert "methods" not in answer


def test_the_readmes_snippet_runs(server, boot, tmp_path):
    """As it stands there, but for the address and the photo."""
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    snippet = next(block for block in blocks if "gradio_client" in block)
    assert "http://127.0.0.1:7860" in snippet
    script = tmp_path / "snippet.py"
    script.write_text(snippet.replace("http://127.0.0.1:7860", server.url))
    (tmp_path / "photo.png").write_bytes(boot.read_bytes())
    run = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    for method in methods():
        assert method in run.stdout
    assert "votes" in run.stdout
