// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/fault_injection.hpp"

#include "collectives/util/units.hpp"
#include "harness/endure/checkpoint.hpp"
#include "harness/endure/job_process.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <utility>

namespace plumbline::endure {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ballast_name = "ballast";
/// A file system with more room is no test's own.
constexpr std::uintmax_t most_ballast = std::uintmax_t{4} << 30U;

void tell(const InjectionTarget& target, const DueFault& fault, const Message& message)
{
    for (const RankLink& link : target.links) {
        if (fault.node ? link.node == *fault.node : link.rank == fault.rank) {
            link.connection->send(message);
        }
    }
}

/// The rank's checkpoint that the job would go on from: the newest that all ranks have. One that some still write is
/// loaded by nobody, so that a fault in it would show nothing.
std::optional<fs::path> checkpoint_to_damage(const fs::path& folder, int rank, const std::vector<int>& ranks)
{
    const auto of_rank = [&](int one) { return CheckpointFolder(folder, one, {}, [] {}); };
    std::vector<std::uint64_t> steps = of_rank(rank).steps();
    for (const int other : ranks) {
        const auto theirs = of_rank(other).steps();
        std::erase_if(steps, [&](std::uint64_t step) { return !std::ranges::binary_search(theirs, step); });
    }
    return steps.empty() ? std::nullopt : std::optional(of_rank(rank).path_of(steps.back()));
}

/// Turns round a byte in the middle.
void corrupt(const fs::path& path)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    std::error_code error;
    const auto middle = static_cast<std::streamoff>(fs::file_size(path, error) / 2);
    file.seekg(middle);
    const int byte = file.get();
    file.seekp(middle);
    constexpr int all_bits = 0xFF;
    file.put(static_cast<char>(byte ^ all_bits));
}

/// Takes all the room that there is in the folder's file system.
void fill(const fs::path& folder)
{
    const int file = ::open((folder / ballast_name).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        return;
    }
    off_t end = 0;
    for (off_t piece = off_t{64} << 20U; piece >= 4096;) {
        if (::posix_fallocate(file, end, piece) == 0) {
            end += piece;
        } else {
            piece /= 2;
        }
    }
    ::close(file);
}

int run_ip(const std::vector<std::string>& words)
{
    std::vector<std::string> kept = words;
    std::vector<char*> arguments;
    for (std::string& word : kept) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
}

}  // namespace

FaultInjection::~FaultInjection()
{
    for (const Lasting& one : lasting_) {
        one.take_back();
    }
}

void FaultInjection::inject(const DueFault& fault, const InjectionTarget& target)
{
    const Message kill{.kind = "kill", .fields = {}};
    switch (fault.kind) {
        case SoakFaultKind::kill:
            tell(target, fault, kill);
            break;
        case SoakFaultKind::stop:
            tell(target, fault, {.kind = "stop", .fields = {}});
            break;
        case SoakFaultKind::kill_launcher:
            if (target.launcher > 0) {
                ::kill(target.launcher, SIGKILL);
            }
            break;
        case SoakFaultKind::slow:
            tell(
                target, fault,
                {.kind = "slow",
                 .fields = {{"delay_s", fmt::format("{}", fault.delay_s)}, {"for_s", fmt::format("{}", fault.for_s)}}});
            break;
        case SoakFaultKind::corrupt:
        case SoakFaultKind::missing: {
            tell(target, fault, kill);
            Damage damage{
                .kind = fault.kind, .rank = fault.rank, .ranks = {}, .checkpoint_folder = target.checkpoint_folder};
            for (const RankLink& link : target.links) {
                damage.ranks.push_back(link.rank);
            }
            damages_.push_back(std::move(damage));
            break;
        }
        case SoakFaultKind::full_disk: {
            const fs::path folder = target.checkpoint_folder;
            fill(folder);
            lasting_.push_back({.until_s = target.now_s + fault.for_s, .take_back = [folder] {
                                    std::error_code error;
                                    fs::remove(folder / ballast_name, error);
                                }});
            break;
        }
        case SoakFaultKind::link_down: {
            const std::vector<std::string> words{"ip", "-n", fault.network_namespace, "link", "set", fault.device};
            const auto set = [words](const std::string& state) {
                std::vector<std::string> all = words;
                all.push_back(state);
                run_ip(all);
            };
            set("down");
            lasting_.push_back({.until_s = target.now_s + fault.for_s, .take_back = [set] { set("up"); }});
            break;
        }
        case SoakFaultKind::slow_load:
        case SoakFaultKind::random:
            break;
    }
}

void FaultInjection::job_is_gone()
{
    for (const Damage& damage : std::exchange(damages_, {})) {
        const auto chosen = checkpoint_to_damage(damage.checkpoint_folder, damage.rank, damage.ranks);
        if (!chosen) {
            continue;
        }
        if (damage.kind == SoakFaultKind::corrupt) {
            corrupt(*chosen);
        } else {
            std::error_code error;
            fs::remove(*chosen, error);
        }
    }
}

void FaultInjection::tick(double now_s)
{
    for (const Lasting& one : lasting_) {
        if (now_s >= one.until_s) {
            one.take_back();
        }
    }
    std::erase_if(lasting_, [&](const Lasting& one) { return now_s >= one.until_s; });
}

std::optional<std::string> injection_problem(const SoakFault& fault, const fs::path& checkpoint_folder)
{
    std::error_code error;
    if (fault.kind == SoakFaultKind::full_disk) {
        fs::path there = fs::absolute(checkpoint_folder);
        while (!fs::exists(there, error) && there.has_relative_path()) {
            there = there.parent_path();
        }
        const auto room = fs::space(there, error);
        if (!error && room.available > most_ballast) {
            return fmt::format(
                "full_disk would fill a file system with {} free, which others may use (4 GiB is the most). Put the "
                "checkpoints on a small one of their own",
                format_bytes(room.available));
        }
    }
    if (fault.kind == SoakFaultKind::link_down && !found_program("ip")) {
        return "link_down needs the command ip (it is not in PATH). Install iproute2";
    }
    return std::nullopt;
}

}  // namespace plumbline::endure
