"""A rustc that counts, or does what a test says.

A rustup of ours, first on PATH, names a rustc that notes each compilation of a
cell before it runs the real one.
"""

import shutil
import subprocess
from pathlib import Path


class Compilations:
    def __init__(self, folder: Path):
        self.log = folder / "compilations"
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.real = {tool: self.which(tool) for tool in ("rustc", "cargo")}
        self.script("rustc", f'case "$*" in *"--crate-name ctx "*) echo x >>"{self.log}" ;; esac\nexec "{self.real["rustc"]}" "$@"')
        self.script("rustup", f'case "$1 $2" in "which rustc") echo "{self.bin}/rustc" ;; '
                              f'"which cargo") echo "{self.real["cargo"]}" ;; *) exit 1 ;; esac')

    def script(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    @staticmethod
    def which(tool: str) -> str:
        asked = subprocess.run(["rustup", "which", tool], capture_output=True, text=True, check=False)
        return asked.stdout.strip() if asked.returncode == 0 else shutil.which(tool)

    def count(self) -> int:
        return len(self.log.read_text()) // 2 if self.log.exists() else 0
