// Where generated code runs. Three walls: namespaces without files, network or other processes (bubblewrap), limits on
// memory, time and files (prlimit), and a filter of system calls (seccomp). As root, the whole runs as nobody, because
// root is exempt from limits (setpriv). docs/evaluation.md says what each wall holds back.
// SPDX-License-Identifier: Apache-2.0

import CXMSandbox
import Foundation

package struct CodeSandbox: Sendable {
    package enum Isolation: Sendable, Equatable {
        case bubblewrap(version: String)
        /// A plain process: time and output are limited, nothing else.
        case none
    }

    package let isolation: Isolation
    package let pythonVersion: String
    let programs: Programs

    /// The sandbox, after a trial; or why this machine has none. Takes about 0.1 s.
    package static func find() -> Result<CodeSandbox, SandboxError> {
        Result { () throws(SandboxError) in
            guard Self.filter.count > 0 else { throw .unsupportedProcessor }
            let programs = try Programs.find(isolated: true)
            let version = programs.version(of: programs.bubblewrap)
            // Before 0.8.0 there was neither --size, without which /tmp may fill all memory, nor --disable-userns.
            guard version.compare("0.8.0", options: .numeric) != .orderedAscending else {
                throw .oldBubblewrap(version)
            }
            let sandbox = CodeSandbox(
                isolation: .bubblewrap(version: version), pythonVersion: programs.version(of: programs.python),
                programs: programs)
            do throws(SandboxError) { try sandbox.tryOut(Self.trial) } catch .didNotStart(let said) {
                throw HostFacts.read().explain(said: said)
            }
            return sandbox
        }
    }

    /// No sandbox: for machines that cannot make one, by explicit wish only.
    package static func unprotected() -> Result<CodeSandbox, SandboxError> {
        Result { () throws(SandboxError) in
            let programs = try Programs.find(isolated: false)
            let sandbox = CodeSandbox(
                isolation: .none, pythonVersion: programs.version(of: programs.python), programs: programs)
            try sandbox.tryOut("pass")
            return sandbox
        }
    }

    /// One sentence about what this machine can do.
    package static func report() -> String {
        switch find() {
        case .success(let sandbox): sandbox.summary
        case .failure(let error): "no sandbox: \(error)"
        }
    }

    /// Where programs run, for reports.
    package var summary: String {
        switch isolation {
        case .bubblewrap(let version): "runs in a sandbox (bubblewrap \(version), seccomp, Python \(pythonVersion))"
        case .none: "runs UNPROTECTED, with this user's rights (Python \(pythonVersion))"
        }
    }

    // MARK: - Trial

    /// Looks at the walls from inside; an assertion's text is the reason of `notIsolated`.
    private static let trial = """
        import os
        status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
        assert status["Seccomp"].strip() == "2", "no filter of system calls"
        assert status["NoNewPrivs"].strip() == "1", "programs may gain privileges"
        assert int(status["CapEff"], 16) == 0, "the program has capabilities"
        assert len(list(open("/proc/net/route"))) <= 1, "there is a network"
        assert not os.path.exists("/etc/passwd"), "files of this machine are visible"
        """

    private func tryOut(_ program: String) throws(SandboxError) {
        let outcome: CodeOutcome
        do { outcome = try runBlocking(program, timeoutSeconds: 10, interruption: try Interruption()) } catch {
            throw error as? SandboxError ?? .didNotStart(said: "\(error)")
        }
        guard outcome == .passed else { throw .notIsolated(outcome.text) }
    }

    // MARK: - One program

    /// Runs one program on this thread, which must live until it ends.
    func runBlocking(_ program: String, timeoutSeconds: Double, interruption: Interruption) throws -> CodeOutcome {
        precondition(timeoutSeconds > 0, "a program needs time")
        let folder: URL?
        switch isolation {
        case .bubblewrap: folder = nil  // its /tmp goes with it
        case .none:
            let new = FileManager.default.temporaryDirectory.appending(path: "xmodel-code-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: new, withIntermediateDirectories: true)
            folder = new
        }
        defer { folder.map { try? FileManager.default.removeItem(at: $0) } }
        return try CodeProcess.run(
            program, by: launch(timeoutSeconds: timeoutSeconds, home: folder?.path ?? "/tmp"),
            timeoutSeconds: timeoutSeconds, interruption: interruption)
    }

    /// What starts the runner, with `home` for its files.
    func launch(timeoutSeconds: Double, home: String) throws(SandboxError) -> CodeProcess.Launch {
        var launch = CodeProcess.Launch(
            command: programs.unprotected(timeoutSeconds: timeoutSeconds),
            environment: Programs.environment(home: home))
        if isolation != .none {
            launch.command = programs.isolated(timeoutSeconds: timeoutSeconds, asRoot: geteuid() == 0)
            launch.filter = try Descriptor.holding(Self.filter)
        }
        return launch
    }

    /// The filter as bytes; none for a processor that it does not know.
    private static var filter: UnsafeRawBufferPointer {
        var count = 0
        let bytes = xm_sandbox_filter(&count)
        return UnsafeRawBufferPointer(start: bytes, count: count)
    }
}
