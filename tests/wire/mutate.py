"""Messages that no front end would send, made of those that front ends do.

An input is what can be kept in a corpus: a channel, frames behind the delimiter, and whether
they are signed by whoever sends them, since each kernel has a key of its own.
"""

import base64
import copy
import json
import random
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus.jsonl"

HEADER = {"msg_id": "m", "session": "s", "username": "u", "date": "2030-01-01T00:00:00Z", "version": "5.3"}
CELLS = ("1", "let x = 1;", ":vars", ":time\n1", "?Vec", "no_such_name", "x.", 'println!("a")', ":help", "")

# What front ends send, but for a shutdown, which is obeyed.
SEEDS = {
    "shell": {
        "execute_request": {"code": "1", "silent": False, "store_history": True, "user_expressions": {"a": "1"},
                            "allow_stdin": False, "stop_on_error": False},
        "complete_request": {"code": "Vec::ne", "cursor_pos": 7},
        "inspect_request": {"code": "Vec::new", "cursor_pos": 4, "detail_level": 0},
        "is_complete_request": {"code": "fn f() {"},
        "history_request": {"output": True, "raw": True, "hist_access_type": "range", "session": 0, "start": 0, "stop": 9,
                            "n": 3, "pattern": "*", "unique": False},
        "comm_info_request": {"target_name": "jupyter.widget"},
        "comm_open": {"comm_id": "c", "target_name": "jupyter.widget.control", "data": {"state": {"a": 1}, "buffer_paths": [["a"]]}},
        "comm_msg": {"comm_id": "c", "data": {"method": "request_states", "state": {"value": 1}, "buffer_paths": [["value"]]}},
        "comm_close": {"comm_id": "c", "data": {}},
        "kernel_info_request": {},
    },
    "control": {"interrupt_request": {}, "kernel_info_request": {}, "debug_request": {"seq": 1, "type": "request"},
                "create_subshell_request": {}, "comm_info_request": {}},
    "stdin": {"input_reply": {"value": "a", "status": "ok"}},
}

ODD = [None, True, False, 0, -1, 1, 2**31, 2**53 + 1, -(2**63), 2**64, 1e308, 0.5, "", "a", "\u0000", "🦀" * 3, "\ud800", "x" * 5000,
       [], {}, [[]], {"": ""}, [1, "a", None], {"method": "update"}, "IPY_MODEL_c", "jupyter.widget", "request_state", "update"]


@dataclass
class Input:
    channel: str
    frames: list[bytes]  # header, parent, metadata, content, and buffers
    signed: bool = True

    def line(self) -> str:
        frames = [base64.b64encode(frame).decode() for frame in self.frames]
        return json.dumps({"channel": self.channel, "signed": self.signed, "frames": frames})

    @classmethod
    def read(cls, line: str) -> "Input":
        kept = json.loads(line)
        return cls(kept["channel"], [base64.b64decode(frame) for frame in kept["frames"]], kept["signed"])


def corpus() -> list[Input]:
    return [Input.read(line) for line in CORPUS.read_text().splitlines()] if CORPUS.exists() else []


class Mutator:
    def __init__(self, seed: int, known: list[Input]):
        self.random = random.Random(seed)
        self.known = list(known)

    def next(self) -> Input:
        if self.known and self.random.random() < 0.5:
            made = copy.deepcopy(self.random.choice(self.known))
        else:
            made = self.sound()
        for _ in range(self.random.choice((0, 1, 1, 2, 4))):
            self.random.choice((self.value, self.value, self.value, self.bytes, self.frame))(made)
        if self.random.random() < 0.03:
            made.signed = not made.signed
        # Obeyed, and nothing would be left to be tried.
        if made.frames and b"shutdown" in made.frames[0]:
            return self.next()
        return made

    def sound(self) -> Input:
        channel = self.random.choice(("shell", "shell", "shell", "control", "stdin"))
        kind, content = self.random.choice(list(SEEDS[channel].items()))
        content = copy.deepcopy(content)
        if "code" in content:
            content["code"] = self.random.choice(CELLS)
        parts = (HEADER | {"msg_type": kind}, {}, {"cellId": "cell"}, content)
        return Input(channel, [json.dumps(part).encode() for part in parts])

    def value(self, made: Input) -> None:
        """Changes something within the JSON of a frame."""
        if not made.frames:
            return
        index = self.random.choice((0, 1, 2, 3, 3, 3, 3)) % len(made.frames)
        try:
            root = {"": json.loads(made.frames[index])}
        except (ValueError, RecursionError):
            return
        places = list(self.places(root))
        holder, key = self.random.choice(places)
        action = self.random.randrange(5)
        if action == 0 and holder is not root:
            del holder[key]
        elif action == 1:
            for _ in range(self.random.choice((1, 3, 70, 200))):
                holder[key] = self.random.choice(([holder[key]], {"a": holder[key]}))
        elif action == 2 and isinstance(holder[key], dict):
            holder[key][self.random.choice(("", "a", "value", "outputs", "msg_id", "code", "method"))] = self.random.choice(ODD)
        elif action == 3 and isinstance(holder[key], str):
            text = holder[key]
            cut = self.random.randrange(len(text) + 1)
            holder[key] = text[:cut] + self.random.choice(("", ":", "é", "\n", "{", '"', "\\", "🦀")) + text[cut:]
        else:
            holder[key] = copy.deepcopy(self.random.choice(ODD))
        made.frames[index] = json.dumps(root[""]).encode("utf-8", "surrogatepass")

    def places(self, holder):
        """Every (holder, key) below a value."""
        pairs = list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder))
        for key, value in pairs:
            yield holder, key
            if isinstance(value, (dict, list)):
                yield from self.places(value)

    def bytes(self, made: Input) -> None:
        if not made.frames:
            return
        index = self.random.randrange(len(made.frames))
        frame = bytearray(made.frames[index])
        at = self.random.randrange(len(frame) + 1)
        match self.random.randrange(4):
            case 0:
                del frame[at:]
            case 1:
                frame[at:at] = self.random.randbytes(self.random.choice((1, 3, 50)))
            case 2 if at < len(frame):
                frame[at] ^= 1 << self.random.randrange(8)
            case _:
                frame[at:at] = frame[:at]
        made.frames[index] = bytes(frame[:100_000])

    def frame(self, made: Input) -> None:
        match self.random.randrange(4):
            case 0 if made.frames:
                made.frames.pop(self.random.randrange(len(made.frames)))
            case 1 if made.frames:
                made.frames.append(self.random.choice(made.frames))
            case 2:
                self.random.shuffle(made.frames)
            case _:
                made.frames.append(self.random.randbytes(self.random.choice((0, 1, 4000))))
