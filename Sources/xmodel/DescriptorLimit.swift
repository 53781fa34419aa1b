// How many files the program may have open: training keeps the shards of its sources open, a large corpus has
// thousands of them, and the usual limit for a process is 1,024 until it asks for what the system allows.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum DescriptorLimit {
    static func raise() {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}
