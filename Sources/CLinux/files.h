// Files that metricsd itself writes, found from folder to folder without following symbolic links. Calls that fail return
// the negative errno; those that a signal interrupts are repeated.
#pragma once
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct files_status {
    uint64_t device, inode, size, links;
    /// What it takes on the disk.
    uint64_t allocated;
    int is_regular, is_folder;
};

static inline void files_copy_status(const struct stat *from, struct files_status *to) {
    to->device = from->st_dev;
    to->inode = from->st_ino;
    to->size = from->st_size < 0 ? 0 : (uint64_t)from->st_size;
    to->links = from->st_nlink;
    to->allocated = (uint64_t)from->st_blocks * 512;
    to->is_regular = S_ISREG(from->st_mode);
    to->is_folder = S_ISDIR(from->st_mode);
}

/// Of the entry itself, not of what a link leads to.
static inline int files_status_at(int folder, const char *name, struct files_status *status) {
    struct stat answer;
    if (fstatat(folder, name, &answer, AT_SYMLINK_NOFOLLOW) != 0) return -errno;
    files_copy_status(&answer, status);
    return 0;
}

static inline int files_status_of(int descriptor, struct files_status *status) {
    struct stat answer;
    if (fstat(descriptor, &answer) != 0) return -errno;
    files_copy_status(&answer, status);
    return 0;
}

static inline int files_open_at(int folder, const char *name, int flags, mode_t mode) {
    int descriptor;
    do descriptor = openat(folder, name, flags | O_CLOEXEC | O_NOCTTY, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

/// A folder by its path, which may lead over links: what whoever runs the program has named.
static inline int files_open_root(const char *path) {
    return files_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

static inline int files_open_folder(int parent, const char *name) {
    return files_open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
}

static inline int files_make_folder(int parent, const char *name) {
    return mkdirat(parent, name, 0700) == 0 ? 0 : -errno;
}

static inline int files_create(int folder, const char *name) {
    return files_open_at(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
}

/// It never waits, not even for the writer of a pipe that took the file's place.
static inline int files_open_to_read(int folder, const char *name) {
    return files_open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
}

static inline int files_open_to_write(int folder, const char *name) {
    return files_open_at(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
}

/// Writes all of the pieces, which it uses up, from an offset on.
static inline int files_write(int descriptor, struct iovec *pieces, int count, uint64_t offset) {
    while (count > 0) {
        ssize_t written = pwritev(descriptor, pieces, count > 1024 ? 1024 : count, (off_t)offset);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -errno;
        offset += (uint64_t)written;
        // Pieces may be empty: a call that writes nothing passes over them.
        size_t left = (size_t)written;
        while (count > 0 && left >= pieces->iov_len) {
            left -= pieces->iov_len;
            pieces++;
            count--;
        }
        if (count > 0) {
            pieces->iov_base = (char *)pieces->iov_base + left;
            pieces->iov_len -= left;
        }
    }
    return 0;
}

static inline int files_cut(int descriptor, uint64_t size) {
    int result;
    do result = ftruncate(descriptor, (off_t)size);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

static inline int files_sync(int descriptor) {
    int result;
    do result = fdatasync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

/// The entries of a folder.
static inline int files_sync_folder(int descriptor) {
    int result;
    do result = fsync(descriptor);
    while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : -errno;
}

/// Over an existing entry.
static inline int files_replace(int from, const char *name, int to, const char *new_name) {
    return renameat(from, name, to, new_name) == 0 ? 0 : -errno;
}

/// Never over an existing entry (man 2 renameat2, RENAME_NOREPLACE, which is 1; its declaration needs _GNU_SOURCE). File
/// systems that do not know it get a second name and lose the first.
static inline int files_move(int from, const char *name, int to, const char *new_name) {
    if (syscall(SYS_renameat2, from, name, to, new_name, 1) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -errno;
    if (linkat(from, name, to, new_name, 0) != 0) return -errno;
    return unlinkat(from, name, 0) == 0 ? 0 : -errno;
}

static inline int files_remove(int folder, const char *name) {
    return unlinkat(folder, name, 0) == 0 ? 0 : -errno;
}

/// A folder's entries from the first on, independent of the descriptor; 0 with errno set where that fails.
static inline DIR *files_list(int folder) {
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return 0;
    DIR *list = fdopendir(copy);
    if (!list) close(copy);
    return list;
}
