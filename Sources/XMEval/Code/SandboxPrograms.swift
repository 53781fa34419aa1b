// The programs that a sandbox is made of: where they are, and the command that puts them together.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension CodeSandbox {
    /// Absolute paths.
    struct Programs: Sendable {
        var bubblewrap = ""
        var prlimit = ""
        var setpriv: String
        var python: String

        static func find(isolated: Bool) throws(SandboxError) -> Programs {
            var programs = Programs(
                setpriv: try path(of: "setpriv", package: "util-linux"),
                python: try path(of: "python3", package: "python3"))
            if isolated {
                programs.bubblewrap = try path(of: "bwrap", package: "bubblewrap")
                programs.prlimit = try path(of: "prlimit", package: "util-linux")
            }
            return programs
        }

        /// Below /usr alone, the one folder that the sandbox shows: not a Python of somebody's home folder.
        private static func path(of program: String, package: String) throws(SandboxError) -> String {
            let paths = ["/usr/bin", "/usr/local/bin"].map { "\($0)/\(program)" }
            guard let found = paths.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
                throw .missing(program: program, package: package)
            }
            return found
        }

        /// The last word of what the program answers to `--version`: "bubblewrap 0.8.0", "Python 3.11.2".
        func version(of path: String) -> String {
            let process = Process()
            process.executableURL = URL(filePath: path)
            process.arguments = ["--version"]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil, let bytes = try? output.fileHandleForReading.readToEnd() else {
                return "unknown"
            }
            process.waitUntilExit()
            return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).last.map(String.init)
                ?? "unknown"
        }

        /// All that a program finds in its environment. Sets of strings are in the same order in every run.
        static func environment(home: String) -> [String] {
            ["PATH=/usr/bin:/bin", "HOME=\(home)", "TMPDIR=\(home)", "PYTHONHASHSEED=0", "OMP_NUM_THREADS=1"]
        }

        /// Without site-packages: what is installed there differs between machines.
        private func runner(timeoutSeconds: Double) -> [String] {
            [python, "-S", "-s", "-B", "-c", ProgramRunner.python, "\(timeoutSeconds)"]
        }

        func unprotected(timeoutSeconds: Double) -> [String] {
            [setpriv, "--pdeathsig", "KILL", "--"] + runner(timeoutSeconds: timeoutSeconds)
        }

        func isolated(timeoutSeconds: Double, asRoot: Bool) -> [String] {
            // Inside, where only what runs in the sandbox counts as a process. There are no processes but threads.
            let limits = [
                prlimit, "--as=\(1 << 30)", "--cpu=\(Int(timeoutSeconds.rounded(.up)) + 5)", "--nproc=64",
                "--nofile=128", "--fsize=\(16 << 20)", "--core=0", "--",
            ]
            // Root is exempt from the limit of processes, and files that belong to root would be ours.
            let nobody = [
                setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--inh-caps=-all", "--",
            ]
            return (asRoot ? nobody : []) + namespaces + limits + runner(timeoutSeconds: timeoutSeconds)
        }

        private var namespaces: [String] {
            [
                bubblewrap, "--unshare-all", "--unshare-user", "--disable-userns",
                // Without --as-pid-1, bwrap keeps a process inside, in the program's reach, which init has to bury.
                "--as-pid-1", "--die-with-parent",
                "--new-session", "--hostname", "sandbox",
                "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
                "--symlink", "usr/lib64", "/lib64", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
                "--proc", "/proc", "--dev", "/dev",
                "--size", "\(1 << 20)", "--tmpfs", "/dev/shm", "--size", "\(64 << 20)", "--tmpfs", "/tmp",
                // Both are file systems in memory without a limit, and would be writable.
                "--remount-ro", "/dev", "--remount-ro", "/",
                "--seccomp", "4", "--",
            ]
        }
    }
}
