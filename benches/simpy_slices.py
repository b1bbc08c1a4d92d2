"""Time slices in SimPy: two tasks take turns on one Resource.

    python simpy_slices.py SLICES ROUNDS

prints the seconds that each round took, as a JSON list. Run by simulators.py.
"""

import json
import sys
import time

import simpy


def worker(env: simpy.Environment, barista: simpy.Resource, slices: int):
    for _ in range(slices):
        with barista.request() as turn:
            yield turn
            yield env.timeout(1)


def seconds(slices: int) -> float:
    env = simpy.Environment()
    barista = simpy.Resource(env, capacity=1)
    for _ in range(2):
        env.process(worker(env, barista, slices // 2))
    started = time.perf_counter()
    env.run()
    took = time.perf_counter() - started
    if env.now != slices:
        sys.exit(f"{slices} slices ended at {env.now}")
    return took


if __name__ == "__main__":
    print(json.dumps([seconds(int(sys.argv[1])) for _ in range(int(sys.argv[2]))]))
