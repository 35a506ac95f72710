// SPDX-License-Identifier: Apache-2.0
#include "results/files/temporary_file.hpp"

#include "results/files/lock_owner.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace plumbline::files {
namespace {

constexpr std::string_view extension = ".tmp";
constexpr std::size_t token_digits = 16;
constexpr std::array held_signals{SIGINT, SIGTERM, SIGHUP};

[[noreturn]] void fail()
{
    throw std::system_error(errno, std::generic_category());
}

/// What follows the target's name and a dot: "TOKEN.N.tmp".
bool is_suffix(std::string_view suffix)
{
    if (suffix.size() < token_digits + 2 + extension.size() || !suffix.ends_with(extension)) {
        return false;
    }
    const std::string_view token = suffix.substr(0, token_digits);
    suffix.remove_prefix(token_digits);
    suffix.remove_suffix(extension.size());
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto hexadecimal = [&](char c) { return digit(c) || (c >= 'a' && c <= 'f'); };
    return std::ranges::all_of(token, hexadecimal) && suffix.front() == '.' && suffix.size() > 1 &&
           std::ranges::all_of(suffix.substr(1), digit);
}

}  // namespace

TemporaryFile::TemporaryFile(std::filesystem::path target) : target_(std::move(target))
{
    constexpr int most_tries = 10000;
    const std::string token = temporary_token(this_process());
    for (int number = 0; descriptor_ < 0; ++number) {
        path_ = fmt::format("{}.{}.{}{}", target_.string(), token, number, extension);
        descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (descriptor_ < 0 && (errno != EEXIST || number == most_tries)) {
            fail();
        }
    }
}

TemporaryFile::~TemporaryFile()
{
    ::close(descriptor_);
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

void TemporaryFile::write(std::string_view text) const
{
    while (!text.empty()) {
        const ssize_t put = ::write(descriptor_, text.data(), text.size());
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            fail();
        }
        text.remove_prefix(static_cast<std::size_t>(put));
    }
}

void TemporaryFile::sync() const
{
    if (::fsync(descriptor_) != 0) {
        fail();
    }
}

void TemporaryFile::take_place()
{
    if (::rename(path_.c_str(), target_.c_str()) != 0) {
        fail();
    }
    path_.clear();
}

bool is_temporary_of(std::string_view target, std::string_view name)
{
    return name.starts_with(target) && name.size() > target.size() && name[target.size()] == '.' &&
           is_suffix(name.substr(target.size() + 1));
}

void remove_leftovers(const std::filesystem::path& target, const LockOwner& owner) noexcept
{
    try {
        const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
        const std::string name = target.filename().string();
        const std::string its_own = name + "." + temporary_token(owner) + ".";
        std::error_code error;
        for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error)) {
            const std::string there = entry->path().filename().string();
            if (there.starts_with(its_own) && is_temporary_of(name, there)) {
                std::error_code ignored;
                std::filesystem::remove(entry->path(), ignored);
            }
        }
    } catch (const std::exception&) {
        return;  // they are litter, nothing more
    }
}

HeldSignals::HeldSignals()
{
    sigemptyset(&held_);
    for (const int signal : held_signals) {
        sigaddset(&held_, signal);
    }
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals()
{
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldSignals::pending() const
{
    sigset_t waiting;
    sigemptyset(&waiting);
    sigpending(&waiting);
    return std::ranges::any_of(held_signals, [&](int signal) { return sigismember(&waiting, signal) == 1; });
}

}  // namespace plumbline::files
