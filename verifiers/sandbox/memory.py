"""How much memory the programs below a server take together.

    together_mb(server_pid)      # MiB of memory of their own, of all processes below it

Limits hold for a process each, so that many processes could take many times as much. Where Linux
does not list a process's children nothing is counted.
"""

OWN_MB = 28
"""What a process that was just forked seems to have for itself, and shares with its parent."""


def together_mb(pid: int) -> float:
    """MiB of anonymous and shared memory of the processes below `pid`, beyond OWN_MB of each."""
    total, waiting = 0.0, _children(pid)
    while waiting:
        child = waiting.pop()
        total += max(0.0, _own_mb(child) - OWN_MB)
        waiting += _children(child)
    return total


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return [int(child) for child in children.read().split()]
    except OSError:  # it has ended, or this is no Linux
        return []


def _own_mb(pid: int) -> float:
    kib = 0
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith(("RssAnon:", "RssShmem:")):
                    kib += int(line.split()[1])
    except OSError:
        return 0.0
    return kib / 1024
