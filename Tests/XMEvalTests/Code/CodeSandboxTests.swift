// Verdicts: what passes, what fails and how, what takes too long; with the sandbox and without it they are the same.
// EscapeTests.swift is about the walls.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import XMEval

@Suite(
    "CodeSandbox", .serialized,
    .enabled(if: TestSandbox.isThere && TestSandbox.canRunUnprotected, TestSandbox.report))
struct CodeSandboxTests {
    static func sandboxes() throws -> [CodeSandbox] {
        [try TestSandbox.found.get(), try CodeSandbox.unprotected().get()]
    }

    static let passing = [
        "", "x = 1", "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nassert f(15) == 610",
        "import math, re, collections, itertools, heapq, typing, functools, string, datetime, random, hashlib, json",
        "print('x' * 1_000_000)", "print('\\ud800')", "import sys; print('to errors', file=sys.stderr)",
        "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()",
        // A thread that goes on does not keep a program from its end.
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "assert __name__ != '__main__'", "s = 'é日本\\N{GRINNING FACE}'\nassert len(s) == 4",
        "open('notes.txt', 'w').write('mine')\nassert open('notes.txt').read() == 'mine'",
        "try:\n    input()\nexcept OSError:\n    pass\nelse:\n    1 / 0",
        // A set of strings has one order, in every run.
        "import sys; assert sys.flags.hash_randomization == 0",
    ]

    @Test("programs that run to their end pass")
    func pass() async throws {
        for sandbox in try Self.sandboxes() {
            let outcomes = try await sandbox.run(Self.passing, timeoutSeconds: 20, workers: 2)
            for (program, outcome) in zip(Self.passing, outcomes) { #expect(outcome == .passed, "\(program)") }
        }
    }

    static let failing = [
        ("assert 1 == 2", "AssertionError: "), ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "), ("raise KeyError('x')", "KeyError: 'x'"), ("f()", "NameError: "),
        // Ways to end early, and words that look like a verdict.
        ("exit(0)", "TypeError: "), ("quit()", "TypeError: "), ("raise SystemExit", "SystemExit: "),
        ("import sys; sys.exit(0)", "SystemExit: 0"), ("import sys; sys.exit()", "SystemExit: "),
        ("import os; os._exit(0)", "it ended without a verdict: status 0"),
        ("print('passed'); print('P' + 'n' * 32); import os; os._exit(0)", "it ended without a verdict: "),
        ("import os; os.write(3, b'P' + b'n' * 32)", "it ended without a verdict: "),
        ("import os; os.write(3, b'passed'); os._exit(0)", "it ended without a verdict: "),
        ("import os; os.closerange(0, 100)", "it ended without a verdict: "),
        ("import os; os.execv('/usr/bin/true', ['true'])", "it ended without a verdict: status 0"),
        ("import os; os.abort()", "it ended without a verdict: "),
        (
            "import builtins, os\nos._exit = builtins.exec = os.read = lambda *a: b'P' * 33\nassert False",
            "AssertionError"
        ),
        ("import atexit, os\natexit.register(os._exit, 0)\n1 / 0", "ZeroDivisionError: "),
        (
            "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
            "it ended without a verdict: "
        ),
        // As in the reference: no input, no processes, no changes of files through os.
        ("input()", "UnsupportedOperation: "), ("import sys; sys.stdin.read()", "UnsupportedOperation: "),
        ("import subprocess; subprocess.run(['true'])", "TypeError: "), ("import os; os.system('true')", "TypeError: "),
        ("import os; os.fork()", "TypeError: "), ("import os; os.getcwd()", "TypeError: "),
        ("import resource", "ModuleNotFoundError: "), ("import tkinter", "ModuleNotFoundError: "),
        ("import ctypes; ctypes.string_at(0)", "it ended without a verdict: "),
    ]

    @Test("wrong programs fail with their reason, and early ends do not pass")
    func fail() async throws {
        for sandbox in try Self.sandboxes() {
            let outcomes = try await sandbox.run(Self.failing.map(\.0), timeoutSeconds: 20, workers: 2)
            for ((program, reason), outcome) in zip(Self.failing, outcomes) {
                let text = "failed: " + reason
                #expect(outcome.text.utf8.starts(with: text.utf8), "\(program): \(outcome)")
            }
        }
    }

    static let endless = [
        "while True: pass", "import time; time.sleep(600)",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import signal\nsignal.pthread_sigmask(signal.SIG_SETMASK, range(1, 65))\nwhile True: pass",
        "import signal\nfor n in (1, 2, 14, 15): signal.signal(n, signal.SIG_IGN)\nsignal.pause()",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "while True: print('flood' * 1000)",
    ]

    @Test("what does not end is ended, by the timer or by the kill a second later")
    func timeOut() async throws {
        for sandbox in try Self.sandboxes() {
            let mark = Mark(about: 0.5)
            let start = ContinuousClock.now
            let outcomes = try await sandbox.run(
                Self.endless, timeoutSeconds: mark.seconds, workers: Self.endless.count)
            for (program, outcome) in zip(Self.endless, outcomes) { #expect(outcome == .timedOut, "\(program)") }
            #expect(ContinuousClock.now - start < .seconds(20))
            #expect(mark.processes.isEmpty)
        }
    }

    @Test("outcomes are in the order of the programs, and each is told once")
    func order() async throws {
        let sandbox = try TestSandbox.found.get()
        let programs = (0..<17).map { "import time; time.sleep(\($0 % 3) / 50); assert \($0) % 2 == 0" }
        let told = Mutex<[Int: CodeOutcome]>([:])
        let outcomes = try await sandbox.run(programs, timeoutSeconds: 20, workers: 3) { index, outcome in
            let earlier = told.withLock { $0.updateValue(outcome, forKey: index) }
            #expect(earlier == nil)
        }
        #expect(outcomes.indices.map { outcomes[$0] == .passed } == (0..<17).map { $0 % 2 == 0 })
        #expect(told.withLock { told in outcomes.indices.map { told[$0] } } == outcomes)
        #expect(try await sandbox.run([], timeoutSeconds: 1, workers: 4).isEmpty)
    }

    @Test("cancelling kills what runs, starts nothing more, and leaves no process")
    func cancel() async throws {
        for sandbox in try Self.sandboxes() {
            let mark = Mark(about: 500)
            let task = Task {
                try await sandbox.run(
                    Array(repeating: "while True: pass", count: 20), timeoutSeconds: mark.seconds, workers: 3)
            }
            #expect(await mark.settles(isRunning: true))
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(mark.processes.isEmpty)
        }
    }

    @Test("a program as long as 1 MB arrives whole")
    func longProgram() async throws {
        let sandbox = try TestSandbox.found.get()
        let program = "text = '\(String(repeating: "é", count: 500_000))'\nassert len(text) == 500_000"
        #expect(try await sandbox.run(program, timeoutSeconds: 20) == .passed)
    }

    @Test("the report names what was found")
    func report() throws {
        #expect(CodeSandbox.report().hasPrefix("runs in a sandbox (bubblewrap "))
        #expect(try CodeSandbox.unprotected().get().summary.contains("UNPROTECTED"))
    }
}

@Suite("SandboxError")
struct SandboxErrorTests {
    @Test("what ends before the runner is there is an error of the machine, with its last words")
    func didNotStart() throws {
        let script = "echo first; echo bwrap: setting up uid map: Permission denied >&2; exit 1"
        for (command, said) in [
            (["/bin/sh", "-c", script], "bwrap: setting up uid map: Permission denied"),
            (["/bin/sh", "-c", "exit 3"], "it ended with status 3"),
            (["/bin/sh", "-c", "kill -9 $$"], "it ended with signal 9"),
        ] {
            #expect(throws: SandboxError.didNotStart(said: said)) {
                try CodeProcess.run(
                    "pass", by: CodeProcess.Launch(command: command, environment: []), timeoutSeconds: 1,
                    interruption: Interruption())
            }
        }
        #expect(throws: SandboxError.systemCall("starting /no/such/program", "No such file or directory")) {
            try CodeProcess.run(
                "pass", by: CodeProcess.Launch(command: ["/no/such/program"], environment: []), timeoutSeconds: 1,
                interruption: Interruption())
        }
    }

    @Test("a refusal is explained by what the machine says about itself")
    func explanations() {
        let said = "bwrap: setting up uid map: Permission denied"
        #expect(HostFacts().explain(said: said) == .didNotStart(said: said))
        #expect(HostFacts(isRestrictedByAppArmor: true).explain(said: said) == .namespacesRefusedByAppArmor(said: said))
        #expect(
            HostFacts(isRestrictedByAppArmor: true, isContainer: true).explain(said: said)
                == .insideContainer(said: said)
        )
        let setting = "kernel.unprivileged_userns_clone = 0"
        #expect(
            HostFacts(setting: setting, isContainer: true).explain(said: said)
                == .namespacesOff(setting: setting, said: said))
    }

    @Test("each is one sentence with a cause and a remedy")
    func sentences() {
        let errors: [SandboxError] = [
            .missing(program: "bwrap", package: "bubblewrap"), .oldBubblewrap("0.6.1"), .unsupportedProcessor,
            .namespacesOff(setting: "user.max_user_namespaces = 0", said: "x"), .namespacesRefusedByAppArmor(said: "x"),
            .insideContainer(said: "x"), .didNotStart(said: "x"), .notIsolated("x"), .systemCall("pipe2", "x"),
        ]
        for error in errors { #expect(!"\(error)".contains(". ") && !"\(error)".contains("\n")) }
    }
}
