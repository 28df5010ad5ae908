// Following log files. Calls that fail return the negative errno; those that a signal interrupts are repeated.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/// What stat(2) tells of a file.
struct logs_status {
    uint64_t device, inode, size;
    /// Nanoseconds since 1970.
    int64_t modified_at;
    int is_regular;
};

static inline void logs_copy_status(const struct stat *from, struct logs_status *to) {
    to->device = from->st_dev;
    to->inode = from->st_ino;
    to->size = from->st_size < 0 ? 0 : (uint64_t)from->st_size;
    to->modified_at = (int64_t)from->st_mtim.tv_sec * 1000000000 + from->st_mtim.tv_nsec;
    to->is_regular = S_ISREG(from->st_mode);
}

static inline int logs_stat(const char *path, struct logs_status *status) {
    struct stat answer;
    if (stat(path, &answer) != 0) return -errno;
    logs_copy_status(&answer, status);
    return 0;
}

static inline int logs_fstat(int descriptor, struct logs_status *status) {
    struct stat answer;
    if (fstat(descriptor, &answer) != 0) return -errno;
    logs_copy_status(&answer, status);
    return 0;
}

/// Where a symbolic link leads to in the end, in PATH_MAX bytes; -EINVAL where the path is none.
static inline int logs_link_target(const char *path, char *target) {
    struct stat answer;
    if (lstat(path, &answer) != 0) return -errno;
    if (!S_ISLNK(answer.st_mode)) return -EINVAL;
    return realpath(path, target) ? 0 : -errno;
}

/// Opens for reading. It never waits, not even for the writer of a pipe that took the file's place meanwhile.
static inline int logs_open(const char *path) {
    int descriptor;
    do descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

/// Reads until `size` bytes are there or the file ends.
static inline long logs_read(int descriptor, void *buffer, size_t size, uint64_t offset) {
    size_t filled = 0;
    while (filled < size) {
        ssize_t count = pread(descriptor, (char *)buffer + filled, size - filled, (off_t)(offset + filled));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return filled ? (long)filled : -errno;
        if (count == 0) break;
        filled += (size_t)count;
    }
    return (long)filled;
}

/// Where the next byte that is in no hole lies, from an offset on (man 2 lseek, SEEK_DATA, which is 3); -ENXIO where
/// only a hole or nothing is left.
static inline int64_t logs_next_data(int descriptor, uint64_t offset) {
    off_t data = lseek(descriptor, (off_t)offset, 3);
    return data < 0 ? -errno : data;
}

/// The last newline among `size` bytes. memrchr(3) is declared for _GNU_SOURCE only, which would change types that
/// other modules see.
extern void *memrchr(const void *, int, size_t);
static inline const void *logs_last_newline(const void *bytes, size_t size) { return memrchr(bytes, '\n', size); }
static inline const void *logs_first_newline(const void *bytes, size_t size) { return memchr(bytes, '\n', size); }

static inline uint64_t logs_uptime_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static inline int64_t logs_time_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// The next entry of a folder that opendir(3) has opened: its name, or 0 behind the last.
static inline const char *logs_next_entry(DIR *folder, uint64_t *inode) {
    struct dirent *entry = readdir(folder);
    if (!entry) return 0;
    *inode = entry->d_ino;
    return entry->d_name;
}
