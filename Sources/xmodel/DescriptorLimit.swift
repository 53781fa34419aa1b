// Raises the limit on open files. Training keeps the shards of its sources open, of which a large corpus has thousands,
// while a process may open 1,024 files by default until it asks for its hard limit.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum DescriptorLimit {
    /// Soft limit = hard limit. Failure is ignored: few runs need it, and those get an error that names the file.
    static func raise() {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}
