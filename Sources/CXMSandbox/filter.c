// What a Python program that computes something never asks of the kernel is refused: other processes, namespaces,
// mounts, and the parts of the kernel where most of its holes were found. Memory that RLIMIT_AS does not count is
// refused too. The filter is a deny list over system calls up to Linux 5.17; all newer ones "do not exist". It is the
// second wall: namespaces and dropped capabilities (bubblewrap) are the first.
// SPDX-License-Identifier: Apache-2.0

#include "CXMSandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#ifdef NATIVE

// From 424 on, numbers are the same on every processor, so calls that the build machine's headers lack have a number.
enum {
    IO_URING_SETUP = 425, IO_URING_ENTER = 426, IO_URING_REGISTER = 427, OPEN_TREE = 428, MOVE_MOUNT = 429,
    FSOPEN = 430, FSCONFIG = 431, FSMOUNT = 432, FSPICK = 433, CLONE3 = 435, PIDFD_GETFD = 438, PROCESS_MADVISE = 440,
    MOUNT_SETATTR = 442, QUOTACTL_FD = 443, MEMFD_SECRET = 447, PROCESS_MRELEASE = 448,
    NEWEST = 450,  // set_mempolicy_home_node, Linux 5.17
};

#define FIELD(name) ((unsigned)offsetof(struct seccomp_data, name))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define FAIL(error) RETURN(SECCOMP_RET_ERRNO | (error))
// Runs the next `n` instructions when the loaded value is equal to `value`, else skips them.
#define WHEN(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define DENY(number) WHEN(number, 1), FAIL(EPERM)

static const struct sock_filter program[] = {
    // Another instruction set numbers its calls differently, and this list would mean something else there.
    LOAD(FIELD(arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),

    LOAD(FIELD(nr)),
    // Newer calls, and those of x32, whose numbers begin at 2^30.
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1),
    FAIL(ENOSYS),

    // Threads yes, processes no: then one address-space limit bounds all memory. The flags of clone3 lie in memory, out
    // of a filter's sight; the C library falls back to clone when it is missing.
    WHEN(CLONE3, 1), FAIL(ENOSYS),
    WHEN(__NR_clone, 4),
    LOAD(FIELD(args[0])),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
    RETURN(SECCOMP_RET_ALLOW),
    FAIL(EPERM),
#ifdef __NR_fork
    DENY(__NR_fork), DENY(__NR_vfork),
#endif

    // The network namespace holds back IP and abstract Unix names, but not AF_VSOCK, through which a virtual machine
    // talks with its host. Other families are rarely used code in the kernel.
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 1, 0),
    WHEN(__NR_socketpair, 6),
    LOAD(FIELD(args[0])),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0),
    WHEN(AF_INET6, 1),
    RETURN(SECCOMP_RET_ALLOW),
    FAIL(EAFNOSUPPORT),

    // The death signal, by which the kernel ends the program with its parent, stays.
    WHEN(__NR_prctl, 4),
    LOAD(FIELD(args[0])),
    DENY(PR_SET_PDEATHSIG),
    RETURN(SECCOMP_RET_ALLOW),

    // Other processes.
    DENY(__NR_ptrace), DENY(__NR_process_vm_readv), DENY(__NR_process_vm_writev), DENY(__NR_kcmp),
    DENY(PIDFD_GETFD), DENY(PROCESS_MADVISE), DENY(PROCESS_MRELEASE), DENY(__NR_migrate_pages),
    DENY(__NR_move_pages),

    // Namespaces, mounts, files outside the mounts.
    DENY(__NR_unshare), DENY(__NR_setns), DENY(__NR_mount), DENY(__NR_umount2), DENY(__NR_pivot_root),
    DENY(__NR_chroot), DENY(OPEN_TREE), DENY(MOVE_MOUNT), DENY(FSOPEN), DENY(FSCONFIG), DENY(FSMOUNT), DENY(FSPICK),
    DENY(MOUNT_SETATTR), DENY(__NR_open_by_handle_at), DENY(__NR_name_to_handle_at), DENY(__NR_fanotify_init),

    // Memory that no limit of a process counts: it belongs to a file without a name, or to the namespace.
    DENY(__NR_memfd_create), DENY(MEMFD_SECRET), DENY(__NR_shmget), DENY(__NR_semget), DENY(__NR_msgget),
    DENY(__NR_mq_open),

    // Large or privileged parts of the kernel.
    DENY(__NR_bpf), DENY(__NR_perf_event_open), DENY(__NR_userfaultfd), DENY(IO_URING_SETUP), DENY(IO_URING_ENTER),
    DENY(IO_URING_REGISTER), DENY(__NR_add_key), DENY(__NR_request_key), DENY(__NR_keyctl),
    DENY(__NR_init_module), DENY(__NR_finit_module), DENY(__NR_delete_module), DENY(__NR_kexec_load),
    DENY(__NR_kexec_file_load), DENY(__NR_reboot), DENY(__NR_swapon), DENY(__NR_swapoff), DENY(__NR_acct),
    DENY(__NR_quotactl), DENY(QUOTACTL_FD), DENY(__NR_syslog), DENY(__NR_settimeofday), DENY(__NR_clock_settime),
    DENY(__NR_adjtimex), DENY(__NR_clock_adjtime), DENY(__NR_sethostname), DENY(__NR_setdomainname),
    DENY(__NR_vhangup), DENY(__NR_personality),
#ifdef __x86_64__
    DENY(__NR_iopl), DENY(__NR_ioperm), DENY(__NR_modify_ldt),
#endif

    RETURN(SECCOMP_RET_ALLOW),
};

const void *xm_sandbox_filter(size_t *size_bytes) {
    *size_bytes = sizeof program;
    return program;
}

#else

const void *xm_sandbox_filter(size_t *size_bytes) {
    *size_bytes = 0;
    return "";
}

#endif
