// Starts a program with exactly the descriptors, the environment and the signals that it is given. Foundation's Process
// passes no descriptors beyond the first three, and none of it is wanted here.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A child that leads a process group of its own, so that Ctrl-C does not reach it past us.
struct ChildProcess {
    private let identifier: pid_t

    /// - Parameters:
    ///   - command: an absolute path and its arguments.
    ///   - descriptors: what the child finds as 0, 1, 2, …; all other descriptors are closed there.
    init(_ command: [String], environment: [String], descriptors: [Descriptor]) throws(SandboxError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor.number, Int32(target))
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var child: pid_t = 0
        // An initializer owns its arguments and may release them early, which would close the descriptors.
        let code = withExtendedLifetime(descriptors) {
            posix_spawn(&child, command[0], &actions, &attributes, arguments, variables)
        }
        guard code == 0 else { throw .systemCall("starting \(command[0])", code: code) }
        identifier = child
    }

    /// Ends the child and what is left of its group, and takes note of its death. Harmless to one that has ended.
    /// - Returns: how it ended.
    func end() -> Ending {
        kill(-identifier, SIGKILL)
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .status((status >> 8) & 0xFF) : .signal(signal)
    }

    enum Ending: Equatable, CustomStringConvertible {
        case status(Int32)
        case signal(Int32)

        var description: String {
            switch self {
            case .status(let number): "status \(number)"
            case .signal(let number): "signal \(number)"
            }
        }
    }
}
