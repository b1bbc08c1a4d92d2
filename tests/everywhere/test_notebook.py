"""Jupyter Notebook 7: what its pages do, through its server, whose way to the kernel is encrypted."""

import asyncio
import json
import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from everywhere.conftest import free_port, serving
from everywhere.front_ends import VENV
from everywhere.server import Server, value


@pytest.fixture(scope="module")
def server(tmp_path_factory, token: str):
    port = free_port()
    found = Server(f"http://127.0.0.1:{port}/", token)

    def is_ready() -> bool:
        try:
            return found.ask("GET", "api/status") is not None
        except (urllib.error.URLError, ConnectionError):
            return False

    folder = tmp_path_factory.mktemp("notebook")
    command = [VENV / "bin/jupyter-notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
               "--KernelManager.transport_encryption=required", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    with serving(command, folder / "notebook.log", is_ready):
        yield found


def test_the_kernel_is_offered(server: Server, kernel_name: str):
    spec = server.ask("GET", "api/kernelspecs")["kernelspecs"][kernel_name]
    assert (spec["spec"]["language"], spec["spec"]["display_name"]) == ("rust", "Rust (twoaxes)")
    with urllib.request.urlopen(server.url.rstrip("/") + spec["resources"]["logo-svg"] + f"?token={server.token}") as logo:
        assert b"<svg" in logo.read()


def test_cells_run_over_the_websocket(server: Server, kernel_name: str):
    kernel = server.start_kernel(kernel_name)
    connection = json.loads((Path(os.environ["JUPYTER_RUNTIME_DIR"]) / f"kernel-{kernel.id}.json").read_text())
    assert {"curve_publickey", "curve_secretkey"} <= set(connection)
    defined, shown, failed = kernel.run("let n = 41;", 'println!("seen"); n + 1', 'panic!("on purpose")')
    assert defined[-1]["content"]["status"] == "ok"
    assert [m["content"]["text"] for m in shown if m["msg_type"] == "stream"] == ["seen\n"]
    assert value(shown) == "42"
    assert failed[-1]["content"]["ename"] == "Panic"
    assert [m["msg_type"] for m in failed].count("error") == 1
    kernel.ask("DELETE")
    assert server.ask("GET", "api/kernels") == []


def test_interrupt_and_restart(server: Server, kernel_name: str):
    kernel = server.start_kernel(kernel_name)

    async def stopped() -> list[dict]:
        started = asyncio.Event()
        endless = asyncio.create_task(kernel.run_soon('println!("started"); loop {}', started=started))
        await asyncio.wait_for(started.wait(), 60)
        await asyncio.to_thread(kernel.ask, "POST", "/interrupt")
        return (await endless)[0]

    assert "nterrupt" in asyncio.run(stopped())[-1]["content"]["ename"]
    kernel.run("let kept = 1;")
    kernel.ask("POST", "/restart")
    [forgotten] = kernel.run("kept")
    assert forgotten[-1]["content"]["status"] == "error"
    assert value(kernel.run("6 * 7")[0]) == "42"
    kernel.ask("DELETE")
