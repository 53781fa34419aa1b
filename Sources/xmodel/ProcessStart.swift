// Repairs what the program may have inherited from its parent, before anything else: blocked signals, the signal of a
// file-size limit, and closed standard streams.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum ProcessStart {
    static func prepare() {
        openStandardStreams()
        // A child process inherits its parent's blocked signals.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, nil)
        // A write beyond the file-size limit (ulimit -f) becomes an ordinary error, EFBIG, instead of a sudden end.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Opens /dev/null in place of a closed stream (`<&-`). Otherwise the next opened file would get its number: a
    /// model would be read as standard input, or a message written into a result. It is opened in the wrong direction,
    /// so that using the stream is still an error; only messages to standard error are lost.
    private static func openStandardStreams() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The system takes the lowest free descriptor, which is this one.
            _ = open("/dev/null", mode)
        }
    }
}
