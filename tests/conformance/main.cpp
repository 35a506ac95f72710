// SPDX-License-Identifier: Apache-2.0
/// conformance BACKEND [--backend-library PATH] [OPTION=VALUE]...: what every backend must do, run on the ranks of this
/// launch (sim: on 4 threads). Exit status: 0 all of it holds, 1 some does not, 2 wrong usage, 77 the backend can't be
/// used here.
#include "collectives/util/error.hpp"
#include "harness/launch/backends.hpp"
#include "harness/launch/launch.hpp"
#include "tests/conformance/checks.hpp"

#include <fmt/format.h>

#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace plumbline;

constexpr int skipped = 77;

/// Collective over world: everybody's sentences, each once with its first rank, on rank 0.
std::vector<std::string> gather_sentences(Communicator& world, const std::vector<std::string>& mine)
{
    std::string text;
    for (const std::string& sentence : mine) {
        text += sentence + '\n';
    }
    std::map<std::string, int> first_rank;
    std::vector<std::string> all;
    const auto texts = gather_texts(world, text, 0);
    for (std::size_t rank = 0; rank < texts.size(); ++rank) {
        for (std::size_t at = 0; at < texts[rank].size();) {
            const std::size_t end = texts[rank].find('\n', at);
            const std::string sentence = texts[rank].substr(at, end - at);
            if (first_rank.emplace(sentence, static_cast<int>(rank)).second) {
                all.push_back(fmt::format("rank {}: {}", rank, sentence));
            }
            at = end + 1;
        }
    }
    return all;
}

/// Collective over world: whether the check holds on all ranks; rank 0 prints what came out.
bool run_check(const conformance::Check& check, conformance::Rank& me)
{
    me.problems.clear();
    me.refused.clear();
    me.checked = 0;
    me.world.barrier();
    check.run(me);
    me.world.barrier();
    const auto problems = gather_sentences(me.world, me.problems);
    const auto refused = gather_sentences(me.world, me.refused);
    const auto checked = me.world.allreduce_max(me.checked);
    const bool same_refusals =
        all_agree(me.world, me.world.allreduce_max(static_cast<std::int64_t>(me.refused.size())) ==
                                    static_cast<std::int64_t>(me.refused.size()) ||
                                check.claim.starts_with("some of the ranks"));
    if (me.world.rank() == 0) {
        const bool good = problems.empty() && same_refusals;
        std::cout << fmt::format("{:<7}{} ({} executions checked)\n", good ? "ok" : "FAILED", check.claim, checked);
        for (std::size_t i = 0; i < problems.size() && i < 20; ++i) {
            std::cout << "       " << problems[i] << '\n';
        }
        for (std::size_t i = 0; i < refused.size() && i < 8; ++i) {
            std::cout << "       can't: " << refused[i] << '\n';
        }
        if (!same_refusals) {
            std::cout << "       the ranks refuse different calls\n";
        }
        std::cout << std::flush;
    }
    return all_agree(me.world, me.problems.empty() && same_refusals);
}

int run_all(const app::Launched& launched)
{
    const auto group = launched.backend.make_group(launched.world);
    conformance::Rank me{.world = launched.world, .backend = launched.backend, .group = *group};
    if (launched.world.rank() == 0) {
        std::cout << fmt::format(
            "{} with {} ranks{}\n", launched.backend.info().facts.front().second, launched.world.size(),
            launched.backend.info().kind == LibraryKind::fake ? " (stand-in: not the real library)" : "");
    }
    bool good = true;
    for (const conformance::Check& check : conformance::all_checks()) {
        good = run_check(check, me) && good;
    }
    return good ? 0 : 1;
}

struct Arguments {
    std::string backend;
    std::string library;
    BackendOptions options;
};

/// Throws ConfigError.
Arguments read_arguments(const std::vector<std::string>& words)
{
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t equals = words[i].find('=');
        if (words[i] == "--backend-library" && i + 1 < words.size()) {
            arguments.library = words[++i];
        } else if (equals != std::string::npos) {
            arguments.options[words[i].substr(0, equals)] = words[i].substr(equals + 1);
        } else if (arguments.backend.empty()) {
            arguments.backend = words[i];
        } else {
            throw ConfigError("usage: conformance BACKEND [--backend-library PATH] [OPTION=VALUE]...");
        }
    }
    return arguments;
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        const Arguments arguments = read_arguments({argv + 1, argv + argc});
        const BackendModule& module = app::backend_named(arguments.backend);
        if (const auto why = module.find(arguments.library).why_not) {
            std::cout << fmt::format("skipped: {}\n", *why);
            return skipped;
        }
        Scenario scenario;
        scenario.simulated_ranks = 4;
        scenario.backend_options = arguments.options;
        return app::launch({.backend = arguments.backend, .scenario = scenario, .library = arguments.library}, run_all);
    } catch (const std::exception& error) {
        std::cerr << "conformance: " << error.what() << '\n';
        return 2;
    }
}
