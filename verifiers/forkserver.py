"""A small process that holds the verifiers ready and forks grading workers from itself.

    server = ForkServer(wall_s=2.0, memory_mb=4096)
    worker = server.fork()              # in milliseconds, once the server has loaded
    worker.pipe.send_bytes(...)         # what travels there is told in worker.py
    worker.stop()                       # the worker and all that it started are killed
    server.close()                      # and all other workers

A worker's life hangs on a socket between the parent and the server, its lifeline. Where the
parent's end closes, by `stop` or because the parent was killed, the server kills the worker's whole
process group. Where the worker ends by itself, the server kills what is left of its group and sends
the exit status. So nothing outlives the parent, whatever a verifier has started.
"""

import gc
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NoReturn

REAP_S = 5.0
"""Seconds the server may take to tell how a worker ended."""

STATUS = struct.Struct("i")

BOOT = """
import sys
sys.path[:] = sys.argv[4:]
from verifiers.forkserver import main
main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
"""


class Worker:
    """The parent's side of a worker: `pipe` carries messages."""

    def __init__(self, pipe: Connection, lifeline: socket.socket) -> None:
        self.pipe = pipe
        self._lifeline = lifeline

    def status(self) -> int | None:
        """How a worker that is gone ended: its exit status, or minus a signal; None: unknown."""
        self._lifeline.settimeout(REAP_S)
        try:
            (status,) = STATUS.unpack(self._lifeline.recv(STATUS.size))
        except (OSError, struct.error):
            return None
        return status

    def stop(self) -> None:
        """Have the worker and its children killed."""
        # Shut down, not only closed: a fork of the parent may hold the same socket.
        with self._lifeline, suppress(OSError):
            self._lifeline.shutdown(socket.SHUT_RDWR)
        self.pipe.close()


class ForkServer:
    """The parent's side of the server; it is started again where it is lost."""

    def __init__(self, *, wall_s: float, memory_mb: int) -> None:
        """The limits of a worker: seconds a task, MiB in all."""
        self._limits = (str(wall_s), str(memory_mb))
        self._lock = threading.Lock()
        self._server: tuple[subprocess.Popen[bytes], socket.socket] | None = None
        self._closed = False

    def fork(self) -> Worker:
        """Ask for a worker, which sends `ready`; raises OSError where none can be had."""
        pipe, worker_pipe = socket.socketpair()
        lifeline, server_lifeline = socket.socketpair()
        worker = Worker(Connection(pipe.detach()), lifeline)
        with worker_pipe, server_lifeline, self._lock:
            try:
                self._send([worker_pipe.fileno(), server_lifeline.fileno()])
            except OSError:
                worker.stop()
                raise
        return worker

    def close(self) -> None:
        """End the server and all its workers, and wait until they are gone."""
        with self._lock:
            self._closed = True
            self._end()

    def _send(self, fds: list[int]) -> None:
        if self._closed:
            raise BrokenPipeError("the fork server is closed")
        if self._server is not None:
            try:
                socket.send_fds(self._server[1], [b"f"], fds)
                return
            except OSError:  # it was lost
                self._end()
        self._server = self._start()
        socket.send_fds(self._server[1], [b"f"], fds)

    def _start(self) -> tuple[subprocess.Popen[bytes], socket.socket]:
        control, child = socket.socketpair()
        with child:
            process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(child.fileno()), *self._limits, *sys.path],
                pass_fds=[child.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__,  # standard output is for results
                process_group=0,  # an interrupt from the terminal is the parent's business
            )
        return process, control

    def _end(self) -> None:
        if self._server is not None:
            process, control = self._server
            with control, suppress(OSError):
                control.shutdown(socket.SHUT_RDWR)
            process.terminate()  # heeded only while it loads, when there is nobody to kill
            process.wait()
            self._server = None


def main(control_fd: int, wall_s: float, memory_mb: int) -> None:
    """Be the server, until the parent closes the control socket or is gone."""
    import verifiers.warm  # noqa: F401
    from verifiers.worker import serve

    gc.collect()
    gc.freeze()  # what is loaded stays shared between the workers
    with socket.socket(fileno=control_fd) as control:
        _Server(control, lambda pipe: serve(pipe, wall_s, memory_mb)).run()


class _Server:
    def __init__(self, control: socket.socket, serve: Callable[[Connection], None]) -> None:
        self._control = control
        self._serve = serve
        self._signals, self._signalled = socket.socketpair()
        self._signals.setblocking(False)
        self._signalled.setblocking(False)
        self._lifelines: dict[int, socket.socket] = {}
        self._selector = selectors.PollSelector()

    def run(self) -> None:
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on the socket says when to end
        self._selector.register(self._control, selectors.EVENT_READ, self._fork)
        self._selector.register(self._signals, selectors.EVENT_READ, self._reap)
        try:
            while True:
                for key, _ in self._selector.select():
                    key.data()
        except EOFError:
            pass
        finally:
            for pid in self._lifelines:
                _kill_group(pid)

    def _fork(self) -> None:
        message, fds = b"", []
        with suppress(ConnectionError):
            message, fds, _, _ = socket.recv_fds(self._control, 1, 2)
        if not message:
            raise EOFError
        pipe_fd, lifeline_fd = fds
        pid = os.fork()
        if pid == 0:
            os.close(lifeline_fd)
            self._become_worker(pipe_fd)
        os.close(pipe_fd)
        with suppress(OSError):  # whoever of the two comes first
            os.setpgid(pid, pid)
        lifeline = socket.socket(fileno=lifeline_fd)
        self._lifelines[pid] = lifeline
        self._selector.register(lifeline, selectors.EVENT_READ, lambda: self._cut(pid))

    def _become_worker(self, pipe_fd: int) -> NoReturn:
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for inherited in (self._control, self._signals, self._signalled):
                inherited.close()
            for lifeline in self._lifelines.values():
                lifeline.close()
            self._serve(Connection(pipe_fd))
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def _cut(self, pid: int) -> None:
        if pid in self._lifelines:  # it may have been reaped in the same round
            self._selector.unregister(self._lifelines[pid])
            _kill_group(pid)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._signals.recv(4096)
        for pid in list(self._lifelines):
            reaped, status = os.waitpid(pid, os.WNOHANG)
            if not reaped:
                continue
            _kill_group(pid)
            with self._lifelines.pop(pid) as lifeline:
                with suppress(KeyError):  # cut before
                    self._selector.unregister(lifeline)
                with suppress(OSError):
                    lifeline.send(STATUS.pack(os.waitstatus_to_exitcode(status)))


def _kill_group(pid: int) -> None:
    with suppress(OSError):  # nobody is left in it
        os.killpg(pid, signal.SIGKILL)
