// The Python that runs first in every sandbox: it says that it is ready, takes a program, runs it under a timer and
// says how it ended. It is the only Python of this package, because a timer that raises inside the program and the
// exception that left it exist in Python alone. CodeProcess.swift is at the other end.
// SPDX-License-Identifier: Apache-2.0

/// Descriptor 3 is a socket to the parent. On it:
///
///     runner → R
///     parent → length of the program (8 bytes, little-endian), the program (UTF-8), a nonce (32 random bytes)
///     runner → P nonce | F message | T
///
/// The nonce stays in the socket, out of the process, until the program has run to its end: an early exit, whatever its
/// status, and printed words cannot pass. A program that was written against this file could read it from the socket;
/// code that runs in the interpreter that judges it could always do so.
///
/// Verdicts are those of the reference (human-eval, `execution.py`): the same timer, whose exception a program may
/// catch; an empty namespace, so `__name__` is not "__main__"; no input; and the same functions are gone. That list is
/// no wall, it makes programs that use them fail here as there.
enum ProgramRunner {
    /// Its argument is the timer's seconds.
    static let python = """
        def main():
            import _posixsubprocess, builtins, io, os, signal, sys
            control, seconds = 3, float(sys.argv[1])
            # Kept here, so that a program which replaces them changes nothing.
            read, write, leave, set_timer, run = os.read, os.write, os._exit, signal.setitimer, exec
            os.set_inheritable(control, False)
            os.chdir(os.environ["HOME"])

            def receive(count):
                data = b""
                while len(data) < count:
                    part = read(control, count - len(data))
                    if not part:
                        leave(1)
                    data += part
                return data

            class TimeoutException(Exception):
                pass

            def expire(signum, frame):
                raise TimeoutException("Timed out!")

            signal.signal(signal.SIGALRM, expire)
            sys.path = [path for path in sys.path if path]
            sys.argv = [""]
            sys.stdin = io.TextIOBase()
            sys.stdout.reconfigure(errors="replace")
            _posixsubprocess.fork_exec = None
            for name in "exit", "quit", "help":
                setattr(builtins, name, None)
            for name in (
                "kill system putenv remove removedirs rmdir fchdir setuid fork forkpty killpg rename renames truncate "
                "replace unlink fchmod fchown chmod chown chroot lchflags lchmod lchown getcwd chdir"
            ).split():
                setattr(os, name, None)
            for name in "ipdb", "joblib", "resource", "psutil", "tkinter":
                sys.modules[name] = None

            write(control, b"R")
            program = receive(int.from_bytes(receive(8), "little")).decode()
            try:
                set_timer(signal.ITIMER_REAL, seconds)
                run(program, {})
                set_timer(signal.ITIMER_REAL, 0)
                verdict = b"P" + receive(32)
            except TimeoutException:
                verdict = b"T"
            except BaseException as error:
                verdict = f"F{type(error).__name__}: {error}"[:1000].encode(errors="replace")
            write(control, verdict)
            leave(0)

        main()
        """
}
