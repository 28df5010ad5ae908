// The Linux system calls and C library functions that the probe uses. Embedded Swift has no Glibc module.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
