// What a program puts right before it does anything else, however it was started: signals that a parent left blocked,
// the signal of a file-size limit, and standard streams that are closed.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum ProcessStart {
    package static func prepare() {
        openStandardStreams()
        // Whoever started the program may have had signals blocked, and a child inherits that.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_UNBLOCK, &all, nil)
        // A write beyond the limit of file sizes (ulimit -f) is an error like any other, EFBIG, and no sudden end.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// A stream that is closed (`<&-`) would be the first file that is opened: a model would be read as text, an error
    /// written into a result. /dev/null takes its place, open the wrong way round, so that using it is an error still;
    /// what is said on standard error may be lost.
    private static func openStandardStreams() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
        where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // The lowest free descriptor, which is this one.
            _ = open("/dev/null", mode)
        }
    }
}
