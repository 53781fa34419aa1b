// One writer per folder: an advisory lock that the system releases when the program ends, however it ends. Processes
// that split one preparation share the folder, and each holds the lock of its own part.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package final class FolderLock {
    private var descriptors: [Int32] = []
    /// Those of lock files that name this program as the holder.
    private var named: [Int32] = []

    /// - Parameter part: this program's part of the work while others do the rest; nil takes the whole folder.
    /// - Throws: `FolderLockError.held`, without waiting, when another program holds the lock.
    package init(_ folder: URL, part: String? = nil) throws {
        let whole = folder.appending(path: ".lock")
        try take(whole, part == nil ? LOCK_EX : LOCK_SH, folder: folder)
        if let part { try take(folder.appending(path: ".lock-\(part)"), LOCK_EX, folder: folder) }
    }

    /// Waits until no other program holds `file`. Returns without the lock when `interrupt` is raised.
    package init(waitingFor file: URL, interrupt: InterruptFlag) throws {
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.notWritten(file.path, String(cString: strerror(errno))) }
        descriptors.append(descriptor)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, !interrupt.isRaised { usleep(200_000) }
    }

    private func take(_ file: URL, _ kind: Int32, folder: URL) throws {
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileError.notWritten(file.path, String(cString: strerror(errno))) }
        descriptors.append(descriptor)
        guard flock(descriptor, kind | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 64)
            let count = pread(descriptor, &text, text.count, 0)
            let holder = String(decoding: text.prefix(max(0, count)), as: UTF8.self)
            throw FolderLockError.held(folder: folder.path, holder: holder.isEmpty ? "another program" : holder)
        }
        if kind == LOCK_EX {
            let holder = Array("process \(getpid())".utf8)
            ftruncate(descriptor, 0)
            pwrite(descriptor, holder, holder.count, 0)
            named.append(descriptor)
        }
    }

    deinit {
        for descriptor in named { ftruncate(descriptor, 0) }
        for descriptor in descriptors {
            // Closing is not enough: a child process that is just being started holds a copy of the descriptor.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }
}

package enum FolderLockError: Error, CustomStringConvertible, Equatable {
    case held(folder: String, holder: String)

    package var description: String {
        switch self {
        case .held(let folder, let holder):
            "\(folder): \(holder) is writing into this folder; wait until it ends or choose another folder"
        }
    }
}
