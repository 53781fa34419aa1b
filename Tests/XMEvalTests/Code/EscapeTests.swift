// Programs that try to leave the sandbox or to exhaust the machine. Each ends with `assert escaped, "held"`: it passes
// if it got out, and "held" is the only failure that counts, so that a mistake in a program is not taken for a wall.
// They go past the functions that the runner takes away (posix, ctypes), since those are no wall. Where it harms
// nothing, the same program is run without a sandbox too and must get out there.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMEval

@Suite(
    "Escapes", .serialized, .enabled(if: TestSandbox.isThere && TestSandbox.canRunUnprotected, TestSandbox.report))
struct EscapeTests {
    /// What every program begins with.
    static let prologue = """
        import ctypes, os, posix, socket, threading, time
        libc = ctypes.CDLL(None, use_errno=True)

        def attempt(action):
            "The value of the action, or None where the system refuses it."
            try:
                return action()
            except (OSError, MemoryError, RuntimeError):
                return None

        def fill(folder):
            "Bytes written to files in a folder, up to 1 GiB."
            total, block = 0, bytes(1 << 20)
            for number in range(1 << 10):
                try:
                    with open(f"{folder}/MARK-{number}", "wb", buffering=0) as file:
                        total += file.write(block)
                except OSError:
                    break
            return total

        """

    struct Escape: Sendable, CustomTestStringConvertible {
        let name: String
        let program: String
        /// Whether it may run, and must get out, without a sandbox.
        var isHarmless = false
        var testDescription: String { name }
    }

    /// MARK is a name that no other run has, SECRET a file that everybody may read, PORT a port somebody listens on.
    static let escapes = [
        Escape(
            name: "reads files outside",
            program: """
                paths = ["SECRET", "/etc/passwd", "/proc/1/root/etc/passwd", "/proc/1/cwd/../etc/passwd"]
                escaped = any(attempt(lambda: open(path).read()) for path in paths)
                """, isHarmless: true),
        Escape(
            name: "writes files outside",
            program: """
                folders = ["/", "/usr", "/usr/lib", "/etc", "/dev", "/var/tmp", "/run", "/proc", "/sys"]
                folders.append(os.path.dirname("SECRET"))
                escaped = any(attempt(lambda: open(folder + "/MARK", "w").write("x")) for folder in folders)
                """),
        Escape(
            name: "reaches the network",
            program: """
                def connect():
                    return socket.create_connection(("127.0.0.1", PORT), timeout=2)
                def send():
                    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
                escaped = attempt(connect) or attempt(send)
                """, isHarmless: true),
        Escape(
            name: "talks to the host of a virtual machine, to the kernel's cryptography, to netlink",
            program: """
                escaped = any(attempt(lambda: socket.socket(family, socket.SOCK_DGRAM)) for family in (40, 16, 17, 38))
                """, isHarmless: true),
        Escape(
            name: "reads the environment of the parent",
            program: """
                ours = {b"PATH", b"HOME", b"TMPDIR", b"PYTHONHASHSEED", b"OMP_NUM_THREADS", b"PWD", b"LC_CTYPE"}
                found = set()
                for entry in os.listdir("/proc"):
                    text = entry.isdigit() and attempt(lambda: open(f"/proc/{entry}/environ", "rb").read())
                    found |= {line.split(b"=")[0] for line in (text or b"").split(b"\\0") if line}
                escaped = found - ours
                """, isHarmless: true),
        Escape(
            name: "sees or signals other processes",
            program: """
                escaped = [number for number in os.listdir("/proc") if number.isdigit() and number != str(os.getpid())]
                """, isHarmless: true),
        Escape(
            name: "forks without end",
            program: """
                escaped = 0
                for _ in range(2000):
                    child = attempt(posix.fork)
                    if child is None:
                        break
                    if child == 0:
                        time.sleep(60)
                    escaped += 1
                escaped += attempt(lambda: posix.posix_spawn("/usr/bin/sleep", ["sleep", "60"], {})) is not None
                """),
        Escape(
            name: "starts threads without end",
            program: """
                threading.stack_size(1 << 16)
                def start():
                    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
                    return True
                escaped = sum(bool(attempt(start)) for _ in range(500)) > 100
                """),
        Escape(
            name: "takes memory",
            program: """
                escaped = attempt(lambda: b"x" * (2 << 30))
                """),
        Escape(
            name: "takes memory that belongs to no process: segments, files without a name",
            program: """
                def segment():
                    number = libc.shmget(0, 1 << 24, 0o1600)
                    return number if number >= 0 else None
                escaped = attempt(segment) is not None or attempt(lambda: os.memfd_create("MARK"))
                """),
        Escape(name: "fills the disk", program: "escaped = fill('/tmp') > 80 << 20 or fill('/') or fill('/dev')"),
        Escape(
            name: "writes one large file",
            program: """
                def grow():
                    return open("/tmp/MARK", "wb", buffering=0).truncate(32 << 20)
                escaped = attempt(grow)
                """),
        Escape(name: "fills /dev/shm", program: "escaped = fill('/dev/shm') > 2 << 20"),
        Escape(
            name: "makes namespaces and mounts",
            program: """
                # CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET; a mount; chroot
                calls = [libc.unshare(0x10000000), libc.unshare(0x20000), libc.unshare(0x40000000),
                    libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), libc.chroot(b"/tmp"), libc.umount2(b"/tmp", 2)]
                escaped = 0 in calls
                """),
        Escape(
            name: "traces its parent and reads its memory",
            program: """
                class Piece(ctypes.Structure):
                    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
                buffer = ctypes.create_string_buffer(8)
                ours = Piece(ctypes.addressof(buffer), 8)
                def read(number):
                    "A page that the number's memory map names."
                    line = next(line for line in open("/proc/self/maps") if "r" in line.split()[1])
                    theirs = Piece(int(line.split("-")[0], 16), 8)
                    return libc.process_vm_readv(number, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) > 0
                # PTRACE_SEIZE stops nobody.
                numbers = {1, os.getpid(), os.getppid()} - {0}
                escaped = any(libc.ptrace(0x4206, number, 0, 0) == 0 for number in numbers - {os.getpid()})
                escaped = escaped or any(read(number) for number in numbers)
                """),
        Escape(
            name: "asks the kernel for what programs have no use for",
            program: """
                import platform
                # x86-64: bpf perf_event_open userfaultfd keyctl; ARM64 likewise. io_uring_setup and clone3 everywhere.
                special = [321, 298, 323, 250] if platform.machine() == "x86_64" else [280, 241, 282, 219]
                numbers = special + [425, 435, 428, 430]
                buffer = ctypes.create_string_buffer(256)
                def refused(number):
                    ctypes.set_errno(0)
                    # 1 EPERM, 38 ENOSYS: other errors mean that the kernel looked at the arguments.
                    return libc.syscall(number, buffer, 88, -1, -1, 0) < 0 and ctypes.get_errno() in (1, 38)
                escaped = not all(refused(number) for number in numbers)
                """),
        Escape(
            name: "lives on without its parent",
            program: """
                # PR_SET_PDEATHSIG
                escaped = libc.prctl(1, 0) == 0
                """, isHarmless: true),
        Escape(
            name: "leaves a daemon",
            program: """
                def daemon():
                    child = posix.fork()
                    if child == 0:
                        posix.setsid()
                        if posix.fork() == 0:
                            time.sleep(600)
                        os._exit(0)
                    return child
                escaped = attempt(daemon)
                """),
    ]

    @Test("a program is held", arguments: escapes)
    func held(escape: Escape) async throws {
        let host = try Host()
        let mark = Mark(about: 20)
        let program = host.program(escape)
        let outcome = try await TestSandbox.found.get().run(program, timeoutSeconds: mark.seconds)
        #expect(outcome == .failed("AssertionError: held"))
        #expect(mark.processes.isEmpty)
        #expect(host.remains.isEmpty)
    }

    @Test("the same program gets out where there is no sandbox", arguments: escapes.filter(\.isHarmless))
    func control(escape: Escape) async throws {
        let host = try Host()
        let outcome = try await CodeSandbox.unprotected().get().run(host.program(escape), timeoutSeconds: 20)
        #expect(outcome == .passed)
    }

    @Test("a long sleep, with every signal blocked, and a flood of output are ended and leave nothing")
    func time() async throws {
        let mark = Mark(about: 0.5)
        let programs = [
            "import signal, time\nsignal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65))\ntime.sleep(600)",
            "import os\nwhile True: os.write(1, b'x' * 65536)",
        ]
        let outcomes = try await TestSandbox.found.get().run(programs, timeoutSeconds: mark.seconds, workers: 2)
        #expect(outcomes == [.timedOut, .timedOut])
        #expect(mark.processes.isEmpty)
    }

    @Test("another instruction set's system calls end the program", .enabled(if: Self.isX86, "x86-64 only"))
    func foreignCalls() async throws {
        // mov eax, 20 (getpid of i386); int 0x80; ret
        let program = """
            import ctypes, mmap
            code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            code.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
            ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
            """
        let outcome = try await TestSandbox.found.get().run(program, timeoutSeconds: 20)
        // 128 + SIGSYS
        #expect(outcome.text.utf8.starts(with: "failed: it ended without a verdict: status 159".utf8))
    }

    #if arch(x86_64)
    static let isX86 = true
    #else
    static let isX86 = false
    #endif

    @Test("when the parent is killed, its programs end with it", arguments: [true, false])
    func parentDies(isIsolated: Bool) async throws {
        let sandbox = try isIsolated ? TestSandbox.found.get() : CodeSandbox.unprotected().get()
        let mark = Mark(about: 500)
        let launch = try sandbox.launch(timeoutSeconds: mark.seconds, home: "/tmp")
        // A parent that does what CodeProcess does, up to the program, and waits.
        let filter = launch.filter?.read(limit: 65536) ?? []
        let parent = """
            import json, os, socket, sys
            command, environment, rules = json.loads(sys.argv[1])
            ours, theirs = socket.socketpair()
            if os.fork() == 0:
                reader, writer = os.pipe()
                os.write(writer, bytes(rules))
                os.close(writer)
                os.dup2(theirs.fileno(), 30)
                os.dup2(reader, 4)
                os.dup2(30, 3)
                os.execve(command[0], command, dict(line.split("=", 1) for line in environment))
            theirs.close()
            ours.recv(1)
            text = b"while True: pass"
            ours.sendall(len(text).to_bytes(8, "little") + text + bytes(32))
            print("running", flush=True)
            ours.recv(1)
            """
        let arguments = try JSONEncoder().encode(ParentArguments(launch, filter: filter))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", parent, String(decoding: arguments, as: UTF8.self)]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        #expect(output.fileHandleForReading.availableData.starts(with: "running".utf8))
        #expect(await mark.settles(isRunning: true))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(await mark.settles(isRunning: false))
    }

    private struct ParentArguments: Encodable {
        let launch: CodeProcess.Launch
        let filter: [UInt8]

        init(_ launch: CodeProcess.Launch, filter: [UInt8]) { (self.launch, self.filter) = (launch, filter) }

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(launch.command)
            try list.encode(launch.environment)
            try list.encode(filter)
        }
    }

    /// What a program may try to reach, and what may be left of it.
    private final class Host {
        let folder: TemporaryFolder
        let mark = "xmodel-escape-\(UUID().uuidString)"
        private let secret: URL
        private let listener: Int32
        private let port: UInt16

        init() throws {
            folder = try TemporaryFolder()
            secret = try folder.file("secret.txt", "secret")
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            self.listener = listener
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let code = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                    bind(listener, general, length) | listen(listener, 4) | getsockname(listener, general, &length)
                }
            }
            port = UInt16(bigEndian: address.sin_port)
            try #require(code == 0)
        }

        deinit { close(listener) }

        func program(_ escape: Escape) -> String {
            var text = EscapeTests.prologue + escape.program + "\nassert escaped, 'held'\n"
            for (word, value) in [("MARK", mark), ("SECRET", secret.path), ("PORT", "\(port)")] {
                text = text.split(separator: word, omittingEmptySubsequences: false).joined(separator: value)
            }
            return text
        }

        /// Files with the mark in their name.
        var remains: [String] {
            ["/", "/usr", "/usr/lib", "/etc", "/dev", "/dev/shm", "/tmp", "/var/tmp", "/run", folder.url.path].flatMap {
                ((try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []).filter { $0.contains(mark) }
            }
        }
    }
}
