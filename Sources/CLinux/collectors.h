// What the collectors call. Variadic functions and the macro errno are not imported into Swift.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int probe_open(const char *path, int flags) { return open(path, flags); }
static inline int probe_errno(void) { return errno; }

static inline const char *probe_entry_name(const struct dirent *entry) { return entry->d_name; }

/// What statvfs(3) tells of a filesystem, in a form that goes through a pipe; `error` is the errno, or 0.
struct probe_space {
    unsigned long long block_bytes, blocks, free_blocks, available_blocks, inodes, free_inodes;
    int error;
};

static inline void probe_space_of(const char *path, struct probe_space *space) {
    struct statvfs answer;
    memset(space, 0, sizeof *space);
    if (statvfs(path, &answer) != 0) {
        space->error = errno;
        return;
    }
    space->block_bytes = answer.f_frsize ? answer.f_frsize : answer.f_bsize;
    space->blocks = answer.f_blocks;
    space->free_blocks = answer.f_bfree;
    space->available_blocks = answer.f_bavail;
    space->inodes = answer.f_files;
    space->free_inodes = answer.f_ffree;
}

/// Looks at a filesystem in a child process, which writes a probe_space into the pipe whose reading end is returned.
/// -1 with errno where no child could be started. The child calls only what signal handlers may (man 7 signal-safety),
/// keeps no other descriptor open (one that hangs would hold the SSH channel open), and dies with the calling thread.
static inline int probe_look(const char *path, pid_t *child) {
    int ends[2];
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t parent = getpid();
    *child = fork();
    if (*child < 0) {
        int code = errno;
        close(ends[0]);
        close(ends[1]);
        errno = code;
        return -1;
    }
    if (*child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(0);
        for (int other = 0; other < 1024; other++)
            if (other != ends[1]) close(other);
        struct probe_space space;
        probe_space_of(path, &space);
        _exit(write(ends[1], &space, sizeof space) == (ssize_t)sizeof space ? 0 : 1);
    }
    close(ends[1]);
    return ends[0];
}

/// Starts `systemctl show --property=NFailedUnits` (posix_spawnp(3)); returns the reading end of what it prints, or -1
/// with errno.
static inline int probe_start_systemctl(const char *program, pid_t *child) {
    extern char **environ;
    char *arguments[] = {(char *)"systemctl", (char *)"show", (char *)"--property=NFailedUnits", 0};
    int ends[2];
    if (pipe(ends) != 0) return -1;
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int code = posix_spawnp(child, program, &actions, 0, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (code == 0) return ends[0];
    close(ends[0]);
    errno = code;
    return -1;
}
