/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has from 2.30 on: libstdc++ waits by it where a time is one of the steady clock. Here it waits by the system's
   clock for what is left of the other one; where that was set forward meanwhile, it returns early, which callers expect of a
   condition variable. */
#include "names.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

enum { nanoseconds = 1000000000 };

static long long nanoseconds_of(const struct timespec* time)
{
    return (long long)time->tv_sec * nanoseconds + time->tv_nsec;
}

OLDER_GLIBC_HIDDEN int OLDER_GLIBC_NAME(pthread_cond_clockwait)(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                                                                const struct timespec* until)
{
    if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) {
        return EINVAL;
    }
    struct timespec now;
    struct timespec system;
    clock_gettime(clock, &now);
    clock_gettime(CLOCK_REALTIME, &system);
    const long long end = nanoseconds_of(&system) + (nanoseconds_of(until) - nanoseconds_of(&now));
    const struct timespec system_end = {.tv_sec = end / nanoseconds, .tv_nsec = end % nanoseconds};
    if (end < 0) {
        return ETIMEDOUT;
    }
    const int status = pthread_cond_timedwait(condition, mutex, &system_end);
    if (status == ETIMEDOUT) {
        clock_gettime(clock, &now);
        return nanoseconds_of(&now) < nanoseconds_of(until) ? 0 : ETIMEDOUT;
    }
    return status;
}
