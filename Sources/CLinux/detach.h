#pragma once
#include <spawn.h>

// GNU extensions that spawn.h hides from the Glibc module: man 3 posix_spawn, glibc 2.34 or newer.

/// POSIX_SPAWN_SETSID
enum { linux_spawn_setsid = 0x80 };

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// Leaves the program no file that is open here, from this number on.
static inline int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
