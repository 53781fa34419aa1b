// Why generated code cannot be run safely on this machine, or was not run: one sentence each, with what to do.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum SandboxError: Error, CustomStringConvertible, Equatable {
    /// A program, and the Debian package that has it.
    case missing(program: String, package: String)
    /// The version that was found.
    case oldBubblewrap(String)
    case unsupportedProcessor
    /// A setting of the kernel, such as "kernel.unprivileged_userns_clone = 0", and what bwrap said.
    case namespacesOff(setting: String, said: String)
    case namespacesRefusedByAppArmor(said: String)
    case insideContainer(said: String)
    /// bwrap or Python ended before our first line ran.
    case didNotStart(said: String)
    /// A program ran, but not behind the walls that were asked for.
    case notIsolated(String)
    /// The call and the system's reason.
    case systemCall(String, String)

    package var description: String {
        switch self {
        case .missing(let program, let package):
            "\(program) is missing, which runs generated code: run script/setup, or install the package \(package)"
        case .oldBubblewrap(let version):
            "bubblewrap \(version) is too old to limit a sandbox's memory: install 0.8.0 or newer"
        case .unsupportedProcessor:
            "the filter of system calls knows x86-64 and ARM64 only, and this is another processor"
        case .namespacesOff(let setting, let said):
            "the kernel refuses user namespaces, which the sandbox is made of (\(said)): an administrator has to "
                + "change \(setting)"
        case .namespacesRefusedByAppArmor(let said):
            "AppArmor refuses user namespaces, which the sandbox is made of (\(said)): an administrator has to give "
                + "bwrap a profile that allows them, or set kernel.apparmor_restrict_unprivileged_userns = 0"
        case .insideContainer(let said):
            "this container may not make namespaces, which the sandbox is made of (\(said)): start it with "
                + "--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
                + "--security-opt systempaths=unconfined"
        case .didNotStart(let said):
            "the sandbox for generated code did not start (\(said)): run this as a user, or on a machine, that "
                + "may make user namespaces"
        case .notIsolated(let reason): "the sandbox for generated code does not hold (\(reason)): do not rely on it"
        case .systemCall(let call, let reason):
            "generated code was not run: \(call) failed (\(reason)); close programs or raise the limits that ulimit -a "
                + "shows"
        }
    }

    static func systemCall(_ call: String, code: Int32) -> SandboxError {
        .systemCall(call, String(cString: strerror(code)))
    }
}

/// What about this machine explains a refusal of bwrap.
struct HostFacts: Equatable {
    /// Ubuntu 23.10 and newer.
    var isRestrictedByAppArmor = false
    /// A setting that switches user namespaces off.
    var setting: String?
    var isContainer = false

    static func read() -> HostFacts {
        func value(_ key: String) -> String? {
            let path = "/proc/sys/" + key.split(separator: ".").joined(separator: "/")
            return (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let off = ["kernel.unprivileged_userns_clone", "user.max_user_namespaces"].first { value($0) == "0" }
        return HostFacts(
            isRestrictedByAppArmor: value("kernel.apparmor_restrict_unprivileged_userns") == "1",
            setting: off.map { "\($0) = 0" },
            isContainer: ["/.dockerenv", "/run/.containerenv"].contains { FileManager.default.fileExists(atPath: $0) })
    }

    /// The error for a sandbox that did not start. A setting that forbids explains it before one that may.
    func explain(said: String) -> SandboxError {
        if let setting { return .namespacesOff(setting: setting, said: said) }
        if isContainer { return .insideContainer(said: said) }
        if isRestrictedByAppArmor { return .namespacesRefusedByAppArmor(said: said) }
        return .didNotStart(said: said)
    }
}
