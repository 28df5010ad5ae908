// Work that is in no hurry.
#pragma once
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/// The calling thread gets out of the way of all others, for the processor (man 2 setpriority: on Linux it is a thread's)
/// and for the disk (man 2 ioprio_set: who 1 is a thread, class 2 best effort, 7 its last level; the scheduler may ignore
/// it). A thread may always do so.
static inline void linux_lower_thread_priority(void) {
    setpriority(PRIO_PROCESS, 0, 10);
    syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7);
}
