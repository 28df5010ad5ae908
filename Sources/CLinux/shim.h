// The Linux system calls and C library functions that the probe uses. Embedded Swift has no Glibc module.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// For the server: what the Glibc module leaves out.
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Names the calling thread (`man 2 prctl`, PR_SET_NAME: at most 15 bytes). prctl is variadic, which Swift cannot call.
static inline int linux_set_thread_name(const char *name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}

/// `man 3 pthread_getattr_np`; declared for _GNU_SOURCE only, which would change types that other modules see.
extern int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes);

#include "collectors.h"
#include "processes.h"
#include "detach.h"
#include "logs.h"
#include "files.h"
#include "priority.h"
