// The probe's child processes, signals and descriptors. Calls that fail return the negative errno: errno itself is a
// macro that Swift does not import.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static inline long probe_read(int descriptor, void *buffer, size_t size) {
    ssize_t count = read(descriptor, buffer, size);
    return count < 0 ? -errno : count;
}

static inline long probe_write(int descriptor, const void *buffer, size_t size) {
    ssize_t count = write(descriptor, buffer, size);
    return count < 0 ? -errno : count;
}

static inline void probe_set_nonblocking(int descriptor) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

/// A pipe that no started program inherits; only the reading end never blocks.
static inline int probe_pipe(int ends[2]) {
    // pipe2 is declared for _GNU_SOURCE only, which would change types that other modules see.
    if (syscall(SYS_pipe2, ends, O_CLOEXEC) != 0) return -errno;
    probe_set_nonblocking(ends[0]);
    return 0;
}

/// Standard descriptors that are closed become `/dev/null`, so that no pipe takes their number; all others are closed.
static inline void probe_prepare_descriptors(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", O_RDWR);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0) return;
#endif
    // Before Linux 5.9.
    struct rlimit limit;
    int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    for (int descriptor = 3; descriptor < end; descriptor++) close(descriptor);
}

/// Has freed memory given back to the system: a large command output shall not stay resident (`man 3 mallopt`).
static inline void probe_return_freed_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 64 * 1024);
    mallopt(M_ARENA_MAX, 1);
}

/// Has freed memory kept for a while: pieces of a log follow each other, each as large as the one before, and fresh
/// pages for each cost more than its encryption.
static inline void probe_keep_freed_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

/// Gives back what was kept (`man 3 malloc_trim`).
static inline void probe_give_back_memory(void) {
    probe_return_freed_memory();
    malloc_trim(0);
}

/// A descriptor that becomes readable on SIGCHLD and on the signals that end the probe; they no longer interrupt it.
static inline int probe_open_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    // Whoever started the probe may have ignored it, and then no child could be waited for.
    signal(SIGCHLD, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, 0);
    int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

/// The number of the next signal that came, 0 when there is none.
static inline int probe_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

/// Runs in a new child: a session of its own, nothing of the channel, the signals as a program expects them.
static inline void probe_become_child(pid_t parent, int output, int errors) {
    setsid();
    // Ends with the probe even where that is killed. The parent may have ended before the call took effect.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent) _exit(127);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) close(0);
    else dup2(null, 0);
    dup2(output < 0 ? null : output, 1);
    dup2(errors < 0 ? null : errors, 2);
    signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
}

/// Starts `/bin/sh -c command` with its output and errors in one pipe. What exec fails with is written to `failure`.
static inline pid_t probe_start_shell(const char *command, int output, int failure) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child > 0) return child;
    probe_become_child(parent, output, output);
    execl("/bin/sh", "sh", "-c", command, (char *)0);
    int32_t code = errno;
    (void)!write(failure, &code, sizeof code);
    _exit(127);
}

/// Goes on in a child, where it returns 0. The child ends by `_exit`.
static inline pid_t probe_fork(void) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) return -errno;
    if (child == 0) {
        probe_become_child(parent, -1, -1);
        // One that crashes leaves no file behind.
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
    }
    return child;
}

/// Whether the child has ended; leaves it to be reaped, so that its number cannot be given to another process yet.
static inline int probe_has_ended(pid_t child) {
    siginfo_t info;
    info.si_pid = 0;
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == child;
}

/// Kills everything in the child's session's process group, and the child where it has none yet.
static inline void probe_kill(pid_t child) {
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
}

/// Reaps a child that has ended: 1 with its exit status or the signal that ended it, 0 while it runs.
static inline int probe_reap(pid_t child, int *exit_status, int *end_signal) {
    int status = 0;
    *exit_status = 0;
    *end_signal = 0;
    pid_t got = waitpid(child, &status, WNOHANG);
    if (got == 0) return 0;
    if (got == child && WIFSIGNALED(status)) *end_signal = WTERMSIG(status);
    else if (got == child) *exit_status = WEXITSTATUS(status);
    return 1;
}
