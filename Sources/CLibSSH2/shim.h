#pragma once
#include <errno.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>

// Behind _GNU_SOURCE in <poll.h>, which is too late to define for a module.
static const int metricsd_pollrdhup = 0x2000;
extern int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

// libssh2 takes callbacks as void *; here they keep their type.
typedef ssize_t (*metricsd_receive_callback)(libssh2_socket_t, void *, size_t, int, void **);

static inline void metricsd_set_receive_callback(LIBSSH2_SESSION *session, metricsd_receive_callback callback) {
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)callback);
}
