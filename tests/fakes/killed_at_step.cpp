// SPDX-License-Identifier: Apache-2.0
// LD_PRELOAD: the process is killed right before its Nth call that changes a folder or waits for the disk
// (KILL_AT_STEP=N). What a power cut or a batch system's SIGKILL finds there is then the same in each trial.
#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

void step()
{
    static const char* const wanted = std::getenv("KILL_AT_STEP");
    static std::atomic<long> steps{0};
    if (wanted != nullptr && ++steps == std::strtol(wanted, nullptr, 10)) {
        raise(SIGKILL);
    }
}

template <class Function>
Function* next(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept
{
    step();
    return next<int(const char*, const char*)>("rename")(from, to);
}

int link(const char* from, const char* to) noexcept
{
    step();
    return next<int(const char*, const char*)>("link")(from, to);
}

int unlink(const char* path) noexcept
{
    step();
    return next<int(const char*)>("unlink")(path);
}

int remove(const char* path) noexcept
{
    step();
    return next<int(const char*)>("remove")(path);
}

int mkdir(const char* path, mode_t mode) noexcept
{
    step();
    return next<int(const char*, mode_t)>("mkdir")(path, mode);
}

int fsync(int descriptor)
{
    step();
    return next<int(int)>("fsync")(descriptor);
}
}
