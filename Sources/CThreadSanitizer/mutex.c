// Lets the thread sanitizer see the mutexes of Swift's Synchronization.
//
// Taking a free mutex is inlined into our code and so instrumented; waiting for one is done in the library, which is not:
// behind each wait the sanitizer saw no order, and called what the mutex guards a race. Here waiting is trying again. The
// name is that of Synchronization._MutexHandle._lockSlow(_: UInt32), the handle being an atomic that holds the owner's
// thread id or 0 (swift/stdlib/public/Synchronization/Mutex/LinuxImpl.swift). Built by `scripts/test --sanitize` only.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

__attribute__((swiftcall)) void mutex_lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic(uint32_t) *handle)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

__attribute__((swiftcall)) void mutex_lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic(uint32_t) *handle) {
    uint32_t owner = 0;
    while (!atomic_compare_exchange_weak_explicit(
        handle, &owner, thread, memory_order_acquire, memory_order_relaxed)) {
        owner = 0;
        sched_yield();
    }
}
#endif
#endif
