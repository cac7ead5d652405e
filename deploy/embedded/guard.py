"""Started before a child's own program: ties its life to its parent's, lays down root, becomes the program.

Runs as a file with `python -I -S`, so it imports the standard library only.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def main(arguments: list[str]) -> None:
    """Parent's pid, signal at its death, user or -1, group or -1, 1 to reach closed folders; program."""
    parent, death_signal, user, group, reach = (int(each) for each in arguments[:5])
    if user >= 0:
        become(user, group, reach_closed_folders=bool(reach))
    die_with(parent, death_signal)
    program = arguments[5:]
    os.execv(program[0], program)  # noqa: S606


def become(user: int, group: int, *, reach_closed_folders: bool) -> None:
    """Gives up root; if asked, keeps the right to pass through folders that only root may enter."""
    libc = ctypes.CDLL(None, use_errno=True)
    if reach_closed_folders:
        check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if reach_closed_folders:
        keep_capability(libc, CAP_DAC_OVERRIDE)


def keep_capability(libc: ctypes.CDLL, capability: int) -> None:
    """Makes one capability survive the coming exec."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    check(libc.capset(ctypes.byref(header), ctypes.byref(data)))
    check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0))


def die_with(parent: int, death_signal: int) -> None:
    """Must follow any change of user, which clears it. Elsewhere than on Linux the next start clears up."""
    if sys.platform != "linux":
        return
    check(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0))
    if os.getppid() != parent:
        sys.exit("The parent ended before this child began.")


def check(result: int) -> None:
    """OSError if the system call failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
