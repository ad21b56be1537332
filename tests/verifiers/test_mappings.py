"""What makes forks cheap: fewer mappings of libraries, and code that a fork has mapped already."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

MEASURED = """
import ctypes, json, os, sqlite3, sys
from resource import RUSAGE_SELF, getrusage
from verifiers.sandbox.mappings import join_data, share_code
from verifiers.sandbox.program import rehearse

def n_mappings():
    with open("/proc/self/maps") as maps:
        return len(maps.readlines())

def code():
    with open("/proc/self/maps") as maps:
        lines = [line.split() for line in maps]
    for place, rights, _, _, inode, *name in lines:
        assert not ("w" in rights and "x" in rights), place
        if inode != "0" and rights == "r-xp":
            first, end = (int(address, 16) for address in place.split("-"))
            yield ctypes.string_at(first, end - first)

def faults_of_a_fork():
    reading, writing = os.pipe()
    if os.fork() == 0:
        before = getrusage(RUSAGE_SELF).ru_minflt
        rehearse()
        os.write(writing, b"%d" % (getrusage(RUSAGE_SELF).ru_minflt - before))
        os._exit(0)
    os.close(writing)  # or nothing would ever come where the fork has failed
    told = os.read(reading, 20)
    os.close(reading)
    os.wait()
    return int(told)

rehearse()
before = n_mappings(), faults_of_a_fork(), [*code()]
join_data()
joined = n_mappings()
share_code()
rehearse()
after = faults_of_a_fork()
print(json.dumps([before[0], joined, before[1], after, before[2] == [*code()]]))
"""


def test_data_is_joined_and_code_is_mapped_in_forks_and_stays_what_it_was() -> None:
    told = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, cwd=os.getcwd()
    )
    assert told.returncode == 0, told.stderr
    mappings, joined, faults, fewer, same = json.loads(told.stdout)
    assert joined <= mappings - 5
    assert fewer <= faults - 15
    assert same
