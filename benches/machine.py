"""The machine that a benchmark ran on, as its report names it."""

import os
import platform
import re
import subprocess
from pathlib import Path


def machine() -> dict[str, str]:
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"cpu": model[1] if model else platform.machine(), "cores": str(os.cpu_count()), "system": platform.platform(),
            "rust": rustc, "load before": f"{os.getloadavg()[0]:.1f}"}
