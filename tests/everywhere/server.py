"""A Jupyter server as a browser sees it: its REST API, and kernels through its websocket."""

import asyncio
import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

PATIENCE_S = 60


@dataclass
class Server:
    """At `url`, which ends in a slash."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: dict | None = None) -> dict | list | None:
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def refuses(self, method: str, path: str, body: dict | None = None) -> int | None:
        """The status of a refusal."""
        try:
            self.ask(method, path, body)
        except urllib.error.HTTPError as error:
            return error.code
        return None

    def start_kernel(self, name: str) -> "RemoteKernel":
        return RemoteKernel(self, self.ask("POST", "api/kernels", {"name": name})["id"])


@dataclass
class RemoteKernel:
    server: Server
    id: str

    def ask(self, method: str, action: str = "") -> dict | list | None:
        return self.server.ask(method, f"api/kernels/{self.id}{action}")

    def run(self, *cells: str) -> list[list[dict]]:
        return asyncio.run(self.run_soon(*cells))

    async def run_soon(self, *cells: str, started: asyncio.Event | None = None) -> list[list[dict]]:
        """For each cell all messages from the websocket that belong to it, the reply last."""
        session = uuid.uuid4().hex
        url = f"{self.server.url}api/kernels/{self.id}/channels?session_id={session}".replace("http", "ws", 1)
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {self.server.token}"}))
        try:
            return [await asyncio.wait_for(_run(socket, session, code, started), PATIENCE_S) for code in cells]
        finally:
            socket.close()


async def _run(socket, session: str, code: str, started: asyncio.Event | None) -> list[dict]:
    header = {"msg_id": uuid.uuid4().hex, "session": session, "username": "", "msg_type": "execute_request",
              "version": "5.2", "date": datetime.now(UTC).isoformat()}
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
               "stop_on_error": True}
    await socket.write_message(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                                           "channel": "shell", "buffers": []}))
    found, reply, idle = [], None, False
    while not (reply and idle):
        message = json.loads(await socket.read_message())
        if message["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        if message["msg_type"] == "execute_reply":
            reply = message
        elif message["content"].get("execution_state") == "idle":
            idle = True
        elif message["msg_type"] != "status":
            if started is not None and message["msg_type"] == "stream":
                started.set()
            found.append(message)
    return [*found, reply]


def value(messages: list[dict]) -> str | None:
    """The plain text of the result."""
    shown = [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"]
    return shown[0] if shown else None
