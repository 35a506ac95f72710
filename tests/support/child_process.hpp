// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace plumbline::test {

/// Runs `body` in a child process, which ends as a program does (with every exit handler); returns wait()'s status.
template <class Body>
int in_child(Body body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        std::exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

}  // namespace plumbline::test
