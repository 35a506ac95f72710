// SPDX-License-Identifier: Apache-2.0
/// The watchdogs of a large launch over real sockets of this machine: rank 0 in a process of its own, the others in
/// four that tell their states every second. Says how long it takes until all are watched, what rank 0's core pays, and
/// what the longest look takes. After each look comes arithmetic of a usual look's length, which touches no memory and
/// asks the kernel for nothing: what that takes beyond it is not the look's, but the machine's.
///
///     watchdog_scale NODES RANKS_PER_NODE SECONDS [OPEN_FILES]
///
/// Exit status 0 where all ranks are watched and heard, 1 where one isn't.
#include "harness/util/timing.hpp"
#include "harness/watchdog/watch_judge.hpp"
#include "harness/watchdog/watch_node.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace plumbline;

constexpr int processes = 4;
constexpr std::uint64_t token = 99;
constexpr double tick_s = 1;
constexpr double bound_s = 300;

/// What the processes share.
struct Shared {
    std::atomic<int> placed{0};  ///< processes whose ranks have said where they are
    std::atomic<int> joined{0};  ///< ranks that report
    std::atomic<bool> stop{false};
};
constexpr std::size_t place_bytes = 24;

struct Launch {
    std::vector<int> node_of_rank;
    WatchTree tree;
    Shared* shared = nullptr;
    char* places = nullptr;  ///< [rank][place_bytes]
};

double thread_s()
{
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

/// Dependent steps, some nanoseconds each.
std::uint64_t arithmetic(std::uint64_t steps)
{
    std::uint64_t x = steps;
    for (std::uint64_t i = 0; i < steps; ++i) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
    }
    return x;
}

/// Steps of arithmetic() in `seconds`.
std::uint64_t steps_in(double seconds)
{
    constexpr std::uint64_t tried = 1'000'000;
    const double before_s = thread_s();
    volatile std::uint64_t kept = arithmetic(tried);
    static_cast<void>(kept);
    return static_cast<std::uint64_t>(static_cast<double>(tried) * seconds / (thread_s() - before_s));
}

/// "26 us (median), 120 us (99 %), 200 us (longest of 600)"
std::string spread_text(std::vector<double> seconds)
{
    std::ranges::sort(seconds);
    return fmt::format("{:.0f} us (median), {:.0f} us (99 %), {:.0f} us (longest of {})",
                       1e6 * seconds[seconds.size() / 2], 1e6 * seconds[seconds.size() * 99 / 100],
                       1e6 * seconds.back(), seconds.size());
}

void* shared_memory(std::size_t bytes)
{
    return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

void wait_until_placed(const Launch& launch)
{
    while (launch.shared->placed < processes + 1) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

/// Here all are one host: the port is what differs.
void say_place(const Launch& launch, int rank, const WatchNode& node)
{
    const std::string place = node.place();
    const std::string port = place.empty() ? "" : place.substr(0, place.find(' ')) + " 127.0.0.1";
    std::strncpy(launch.places + static_cast<std::size_t>(rank) * place_bytes, port.c_str(), place_bytes - 1);
}

int follow(const Launch& launch, int part)
{
    std::vector<int> ranks;
    for (int rank = 1; rank < static_cast<int>(launch.tree.parent.size()); ++rank) {
        if (rank / 8 % processes == part) {
            ranks.push_back(rank);
        }
    }
    std::vector<std::unique_ptr<WatchNode>> nodes;
    for (const int rank : ranks) {
        nodes.push_back(std::make_unique<WatchNode>(rank, launch.tree, token));
        say_place(launch, rank, *nodes.back());
    }
    ++launch.shared->placed;
    wait_until_placed(launch);
    // A rank above is a lower rank, perhaps of this process: a thread for each of those that let others in.
    std::vector<std::thread> admitting;
    const double until_s = steady_now_s() + 60;
    const auto come_up = [&](std::size_t i) {
        const int above = launch.tree.parent[static_cast<std::size_t>(ranks[i])];
        const char* place = launch.places + static_cast<std::size_t>(above) * place_bytes;
        launch.shared->joined += nodes[i]->join(place, true, until_s) ? 1 : 0;
        nodes[i]->admit(until_s);
    };
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (!launch.tree.children[static_cast<std::size_t>(ranks[i])].empty()) {
            admitting.emplace_back([&, i] { come_up(i); });
        }
    }
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (launch.tree.children[static_cast<std::size_t>(ranks[i])].empty()) {
            come_up(i);
        }
    }
    for (std::thread& each : admitting) {
        each.join();
    }
    std::uint64_t word = 0;
    while (!launch.shared->stop) {
        ++word;  // every rank has got on
        const double begin_s = steady_now_s();
        for (const auto& node : nodes) {
            const double now_s = steady_now_s();
            node->look(now_s);
            node->set_own(word, now_s);
            node->tell_up(now_s);
            node->begin_beat();
            while (node->beats_are_due()) {
                node->beat_some(0);
            }
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(std::max(0.0, begin_s + tick_s - steady_now_s())));
    }
    return 0;
}

int judge(const Launch& launch, double seconds)
{
    const std::size_t ranks = launch.tree.parent.size();
    WatchNode node(0, launch.tree, token);
    say_place(launch, 0, node);
    ++launch.shared->placed;
    wait_until_placed(launch);
    const double begin_s = steady_now_s();
    node.admit(begin_s + 60);
    while (launch.shared->joined < static_cast<int>(ranks) - 1 && steady_now_s() < begin_s + 60) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const double watched_s = steady_now_s() - begin_s;
    const int watched = launch.shared->joined + 1;

    WatchJudge judging(launch.tree, {}, std::vector<char>(ranks, 1), bound_s);
    judging.prepare(node.known());
    const WorkName work = [](std::uint32_t) { return "a case"; };
    const double until_s = steady_now_s() + seconds;
    std::vector<double> looks;
    std::vector<double> controls;
    double control_s = 0;
    constexpr double usual_look_s = 30e-6;
    const std::uint64_t steps = steps_in(usual_look_s);
    bool hangs = false;
    std::vector<pollfd> waiting;
    const double used_before_s = thread_s();
    while (steady_now_s() < until_s) {
        waiting.clear();
        node.add_descriptors(waiting, true);
        ::poll(waiting.data(), waiting.size(), judging.is_busy(node) ? 0 : 1000);
        const double before_s = thread_s();
        const double now_s = steady_now_s();
        hangs = judging.look(node, now_s, 1, tick_s, work).report.has_value() || hangs;
        const double after_s = thread_s();
        looks.push_back(after_s - before_s);
        volatile std::uint64_t kept = arithmetic(steps);
        static_cast<void>(kept);
        controls.push_back(thread_s() - after_s);
        control_s += controls.back();
        std::this_thread::sleep_for(std::chrono::duration<double>(judging.pause_s(node)));
    }
    const double used_s = thread_s() - used_before_s - control_s;
    const double end_s = steady_now_s();
    const auto heard = std::ranges::count_if(
        node.known(), [&](const WatchedRank& each) { return end_s - each.heard_s < 10 * tick_s && each.word > 0; });
    launch.shared->stop = true;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    fmt::print(
        "{} nodes, {} ranks: {} watched in {:.2f} s, {} heard in the last 10 s; rank 0: {} connections, {} open files "
        "allowed, {:.2f} % of a core, a look {}; as much arithmetic {}\n",
        launch.node_of_rank.back() + 1, ranks, watched, watched_s, heard, launch.tree.children[0].size(),
        files.rlim_cur, 100 * used_s / seconds, spread_text(looks), spread_text(controls));
    return watched == static_cast<int>(ranks) && heard == static_cast<long>(ranks) && !hangs ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    const int nodes = argc > 1 ? std::atoi(argv[1]) : 1536;
    const int ranks_per_node = argc > 2 ? std::atoi(argv[2]) : 8;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 10;
    Launch launch;
    for (int rank = 0; rank < nodes * ranks_per_node; ++rank) {
        launch.node_of_rank.push_back(rank / ranks_per_node);
    }
    launch.tree = watch_tree(launch.node_of_rank);
    launch.shared = new (shared_memory(sizeof(Shared))) Shared;
    launch.places = static_cast<char*>(shared_memory(launch.tree.parent.size() * place_bytes));
    std::vector<pid_t> children;
    for (int part = 0; part < processes; ++part) {
        const pid_t child = fork();
        if (child == 0) {
            _exit(follow(launch, part));
        }
        children.push_back(child);
    }
    if (argc > 4) {
        const auto most = static_cast<rlim_t>(std::atol(argv[4]));
        const rlimit files{.rlim_cur = most, .rlim_max = most};
        setrlimit(RLIMIT_NOFILE, &files);
    }
    const int status = judge(launch, seconds);
    for (const pid_t child : children) {
        waitpid(child, nullptr, 0);
    }
    return status;
}
