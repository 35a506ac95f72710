// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace plumbline::import {
namespace {

/// The number after words such as "agg iters:"; nothing where there is none from 1 to 10^6.
std::optional<int> number_after(const Line& line, std::string_view kind, std::string_view title)
{
    constexpr std::uint64_t most = 1000000;
    for (std::size_t i = 1; i + 1 < line.words.size(); ++i) {
        const bool is_kind =
            kind.empty() ? line.words[i - 1] != "warmup" && line.words[i - 1] != "agg" : line.words[i - 1] == kind;
        const auto value = line.words[i] == title && is_kind ? count(line.words[i + 1]) : std::nullopt;
        if (value && *value > 0 && *value <= most) {
            return static_cast<int>(*value);
        }
    }
    return std::nullopt;
}

/// From 1 to 1000; 1 for anything else.
int small_number(std::string_view word)
{
    constexpr std::uint64_t most = 1000;
    const auto value = count(word);
    return value && *value > 0 && *value <= most ? static_cast<int>(*value) : 1;
}

}  // namespace

void NcclConditions::read(const Line& line)
{
    const bool parameters = starts_with_words(line, {"#", "nThread"});
    if (parameters || number_after(line, "", "iters:")) {
        iterations_ = number_after(line, "", "iters:");
        aggregated_ = number_after(line, "agg", "iters:").value_or(1);
        graphs_ = number_after(line, "", "graph:").value_or(1);
    }
    if (parameters) {
        ranks_of_a_process_ = small_number(word_after(line, "nThread")) * small_number(word_after(line, "nGpus"));
    }
    if (parameters && wait_ == Wait::unknown) {
        wait_ = Wait::all;  // nccl-tests says below that it is otherwise
    } else if (starts_with_words(line, {"#", "Blocking", "Enabled:"})) {
        wait_ = line.text.find("outer iteration") != std::string_view::npos ? Wait::each_iteration : Wait::each;
    }
}

void NcclConditions::read_command(const Line& line, const Command& command)
{
    over_ranks_ = std::string(option_after(line, command.word, "-a", "--average"));
    launched_processes_ = command.ranks;
    const int threads = small_number(option_after(line, command.word, "-t", "--nthreads"));
    const int devices = small_number(option_after(line, command.word, "-g", "--ngpus"));
    ranks_of_a_process_ = threads * devices;
    const auto options = std::span(line.words).subspan(command.word + 1);
    if (std::ranges::none_of(options, [](std::string_view word) { return word.starts_with('-'); })) {
        return;  // a name without options, which says nothing of them
    }
    const std::string_view blocking = option_after(line, command.word, "-z", "--blocking");
    wait_ = blocking.empty() || blocking == "0" ? Wait::all : blocking == "3" ? Wait::each_iteration : Wait::each;
}

void NcclConditions::end_test()
{
    wait_ = Wait::unknown;
    over_ranks_.clear();
    launched_processes_.reset();
}

std::optional<int> NcclConditions::executions() const
{
    constexpr std::int64_t most = 1000000000;
    const std::int64_t calls = std::int64_t{iterations_.value_or(0)} * aggregated_;
    const std::int64_t all = calls < most ? calls * graphs_ : most;
    return all > 0 && all < most ? std::optional(static_cast<int>(all)) : std::nullopt;
}

std::optional<int> NcclConditions::chain() const
{
    return wait_ == Wait::all              ? executions()
           : wait_ == Wait::each           ? std::optional(1)
           : wait_ == Wait::each_iteration ? std::optional(aggregated_)
                                           : std::nullopt;
}

std::optional<int> NcclConditions::ranks(const NcclPlaces& places, bool list_is_cut, Collector& into) const
{
    const auto listed = list_is_cut ? std::nullopt : places.ranks();
    constexpr int most = 10000000;
    const bool said = launched_processes_ && *launched_processes_ <= most / ranks_of_a_process_;
    if (!said || places.groups() > 1) {
        return listed;
    }
    const int started = *launched_processes_ * ranks_of_a_process_;
    if (!listed || *listed == started) {
        return started;
    }
    if (*listed > started) {
        return listed;  // the command may be of another run
    }
    // Built without MPI each process is a test of its own.
    const int taken = *listed == ranks_of_a_process_ ? *listed : started;
    into.warn_once(
        0, fmt::format("the list of devices has {} of the {} ranks that the command starts; {} is taken. Give the "
                       "number with --ranks where that is wrong",
                       *listed, started, taken));
    return taken;
}

}  // namespace plumbline::import
