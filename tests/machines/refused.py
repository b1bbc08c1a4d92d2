"""A filter that makes one system call fail with "not permitted" (seccomp(2))."""

import ctypes
import errno
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, FAIL = 0x7FFF0000, 0x00050000
# Classic BPF: load a word, jump if equal, return.
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
SCHED_SETAFFINITY = {"x86_64": 203, "aarch64": 122}


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def no_pinning():
    """For `preexec_fn`: from now on sched_setaffinity fails with EPERM."""
    refuse(SCHED_SETAFFINITY[platform.machine()])


def refuse(number: int):
    instructions = [
        (LOAD, 0, 0, 0),  # the number of the call
        (JUMP_IF_EQUAL, 0, 1, number),
        (RETURN, 0, 0, FAIL | errno.EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    code = b"".join(struct.pack("HBBI", *one) for one in instructions)
    held = ctypes.create_string_buffer(code, len(code))
    program = Program(len(instructions), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    call(libc, PR_SET_NO_NEW_PRIVS, 1)
    call(libc, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program))


def call(libc, *arguments: int):
    padded = [ctypes.c_ulong(value) for value in (*arguments[1:], 0, 0, 0, 0)[:4]]
    if libc.prctl(ctypes.c_int(arguments[0]), *padded) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
