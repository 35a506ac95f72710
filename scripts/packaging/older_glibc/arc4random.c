/* SPDX-License-Identifier: Apache-2.0 */
/* What glibc has from 2.36 on, by getrandom() of glibc 2.25: libstdc++'s std::random_device calls it. */
#include "names.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

OLDER_GLIBC_HIDDEN uint32_t OLDER_GLIBC_NAME(arc4random)(void)
{
    uint32_t number = 0;
    ssize_t got;
    do {
        got = getrandom(&number, sizeof number, 0);
    } while (got < 0 && errno == EINTR);
    /* arc4random() reports no error: numbers that aren't random must not pass for such. */
    if (got != (ssize_t)sizeof number) {
        abort();
    }
    return number;
}
