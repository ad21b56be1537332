"""The system calls that a program may make; all others fail with EPERM.

    code = compiled(inside=True)      # the judge: BPF code of the filter
    linux.filter_syscalls(code)       # the cell: for itself and all that it will fork, for good

An allow-list, as Python programs need it: files, memory, threads, children, pipes, timers. Missing
are all that open the network, run another program, trace, mount, make namespaces or keys, or reach
a process by a descriptor. Names are resolved by libseccomp for the machine's architecture.
"""

import tempfile
from functools import cache

ALLOWED = """
    access alarm arch_prctl brk chdir clock_getres clock_gettime clock_nanosleep close
    close_range copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
    epoll_pwait2 epoll_wait eventfd eventfd2 exit exit_group faccessat faccessat2 fadvise64
    fallocate fchdir fcntl fdatasync flock fork fstat fstatfs fsync ftruncate futex
    futex_waitv get_mempolicy get_robust_list getcpu getcwd getdents getdents64 getegid geteuid
    getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getrandom getresgid
    getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid ioctl
    link linkat lseek lstat madvise membarrier mincore mkdir mkdirat mmap mprotect mremap msync
    munmap nanosleep newfstatat open openat pause pipe pipe2 poll ppoll prctl pread64 preadv preadv2
    pselect6 pwrite64 pwritev pwritev2 read readlink readlinkat readv recvfrom recvmsg rename
    renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask
    rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getparam sched_getscheduler sched_yield select sendfile sendmsg sendto
    set_robust_list set_tid_address setitimer setrlimit setsockopt shutdown sigaltstack socketpair
    splice stat statfs statx symlink symlinkat sysinfo time times truncate umask uname unlink
    unlinkat vfork wait4 waitid write writev
"""
"""Names, apart by white space."""

INSIDE = """
    chmod fchmod fchmodat kill setpgid setsid tgkill tkill utime utimensat utimes
"""
"""Only in namespaces of its own: Landlock keeps no rights of files, and not all signals."""

NEW_NAMESPACES = 0x7E020080
"""Flags of `clone` that make namespaces: none of them may be set."""


@cache
def compiled(*, inside: bool) -> bytes:
    """The filter's code; raises ImportError or RuntimeError where libseccomp is missing."""
    from pyseccomp import (
        ALLOW,
        EQ,
        ERRNO,
        MASKED_EQ,
        Arg,
        SyscallFilter,
        resolve_syscall,
        system_arch,
    )

    rules = SyscallFilter(ERRNO(1))
    for name in f"{ALLOWED} {INSIDE}".split() if inside else ALLOWED.split():
        if resolve_syscall(system_arch(), name) >= 0:  # some exist on older architectures only
            rules.add_rule(ALLOW, name)
    rules.add_rule(ALLOW, "clone", Arg(0, MASKED_EQ, NEW_NAMESPACES, 0))
    rules.add_rule(ERRNO(38), "clone3")  # its flags cannot be read here; glibc falls back to clone
    rules.add_rule(ALLOW, "prlimit64", Arg(0, EQ, 0))  # its own limits, not another's
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()
