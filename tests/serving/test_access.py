"""Who may ask a server for what."""

import httpx
import openai
import pytest

from tests.serving.server_process import ServerProcess, asked


def test_head_is_get_without_a_body(server):
    for path in ("/health", "/live", "/", "/v1/models", "/metrics"):
        found, wanted = httpx.head(server.root + path), httpx.get(server.root + path)
        assert (found.status_code, found.content) == (200, b"")
        assert found.headers["content-type"] == wanted.headers["content-type"]
    assert httpx.head(f"{server.url}/completions").status_code == 405
    assert httpx.head(f"{server.root}/nowhere").status_code == 404


def test_only_own_names_and_pages(server):
    for headers in ({"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}):
        for path in ("/v1/models", "/health", "/openapi.json"):
            answer = httpx.get(server.root + path, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden_host")
        assert httpx.post(f"{server.url}/completions", json=asked(), headers=headers).status_code == 403
    answer = httpx.get(f"{server.url}/models", headers={"origin": "http://localhost:3000"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert (
        "--allow-host evil.example"
        in httpx.get(server.root, headers={"host": "evil.example"}).json()["error"]["message"]
    )


def test_no_page_that_loads_scripts_from_elsewhere(server):
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert httpx.get(server.root + path).status_code == 404


def test_keys_and_ports(run, tmp_path):
    page, name = "http://page.example", "stories.example"
    more = ["--cors", page, "--allow-host", name]
    server = ServerProcess(run, "--api-key", "secret", "--name", "storyteller", *more)
    assert server.client("secret").completions.create(**asked(model="storyteller")).choices
    with pytest.raises(openai.AuthenticationError):
        server.client("Secret").completions.create(**asked(model="storyteller"))
    for path in ("/health", "/live"):
        assert httpx.get(server.root + path).status_code == 200
    for path in (
        "/",
        "/metrics",
        "/openapi.json",
        "/v1/models",
        "/docs",
        "/nowhere",
        "/health/",
        "//health",
        "/live/../v1/models",
    ):
        assert httpx.get(server.root + path, follow_redirects=True).status_code == 401, path
        assert httpx.get(server.root + path, headers={"authorization": "Bearer secret"}).status_code != 401
    assert httpx.get(f"{server.root}/health", headers={"host": name}).status_code == 200
    asks = {
        "origin": page,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    allowed = httpx.options(f"{server.url}/completions", headers=asks)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == page
    assert httpx.options(f"{server.url}/completions", headers=asks | {"origin": "http://x.example"}).status_code == 400
    for headers in ({"origin": page}, {"origin": page, "authorization": "Bearer secret"}):
        answer = httpx.get(f"{server.url}/models", headers=headers)
        assert answer.status_code == (200 if len(headers) == 2 else 401)
        assert answer.headers["access-control-allow-origin"] == page
    with pytest.raises(AssertionError, match=r"port [0-9]+ of 127.0.0.1 cannot be used"):
        ServerProcess(run, "--port", server.root.rsplit(":", 1)[1])
    assert server.stop() == 0
