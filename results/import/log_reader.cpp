// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_reader.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/util/error.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace plumbline::import {
namespace {

constexpr const char* unsaid = "not said by the log";

/// One text for equal cases, for looking up.
std::string key_of(const CaseIdentity& what)
{
    std::string key = fmt::format("{} {} {} {} {} {} {} {}", what.pattern, what.bytes, static_cast<int>(what.dtype),
                                  static_cast<int>(what.op), what.in_place, what.root, what.ranks, what.nodes);
    for (const auto& [name, value] : what.parameters) {
        key += fmt::format(" {}={}", name, value);
    }
    return key;
}

/// From a picosecond to thirty years: what a run file can hold, and nothing else is a time.
bool is_possible(double seconds)
{
    constexpr double shortest_s = 1e-12;
    constexpr double longest_s = 1e9;
    return seconds >= shortest_s && seconds <= longest_s;
}

/// How launchers, shells and libraries begin to say that something went wrong.
constexpr std::array<std::string_view, 20> troubles{"NCCL WARN",
                                                    "RCCL WARN",
                                                    "MPI_ABORT was invoked",
                                                    "exited on signal",
                                                    "exited with non-zero",
                                                    "non-zero exit code",
                                                    "BAD TERMINATION",
                                                    "Segmentation fault",
                                                    "Caught signal",
                                                    "core dumped",
                                                    "srun: error:",
                                                    "slurmstepd: error:",
                                                    "CANCELLED AT",
                                                    "PMIX ERROR",
                                                    "ORTE_ERROR_LOG",
                                                    "PRTE_ERROR_LOG",
                                                    "Fatal error in",
                                                    "error while loading shared libraries",
                                                    "Traceback (most recent call last)",
                                                    "hccl interface return err"};

bool tells_of_trouble(const Line& line)
{
    const bool is_row = !line.text.empty() && line.text.front() >= '0' && line.text.front() <= '9';
    if (is_row || line.text.find("NCCL INFO") != std::string_view::npos) {
        return false;
    }
    return std::ranges::any_of(
        troubles, [&](std::string_view trouble) { return line.text.find(trouble) != std::string_view::npos; });
}

}  // namespace

void read_lines(std::string_view log, Collector& into, const std::function<void(const Line&)>& use)
{
    for_each_line(log, [&](const Line& line) {
        if (line.unix_s) {
            into.started(*line.unix_s);
        }
        if (tells_of_trouble(line)) {
            into.pass_on(line);
        }
        use(line);
    });
}

std::optional<double> number(std::string_view word)
{
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> count(std::string_view word)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole && value < std::uint64_t{1} << 62U ? std::optional(value) : std::nullopt;
}

std::optional<Printed> printed(std::string_view word)
{
    const auto value = number(word);
    if (!value) {
        return std::nullopt;
    }
    const std::size_t mark = std::min(word.find_first_of("eE"), word.size());
    const std::string_view mantissa = word.substr(0, mark);
    const std::size_t point = mantissa.find('.');
    const auto decimals = point == std::string_view::npos ? 0 : static_cast<int>(mantissa.size() - point - 1);
    std::string_view exponent = word.substr(std::min(mark + 1, word.size()));
    exponent.remove_prefix(exponent.starts_with('+') ? 1 : 0);
    const double power = mark == word.size() ? 0 : number(exponent).value_or(0);
    return Printed{.value = *value, .half_unit = 0.5 * std::pow(10.0, power - decimals)};
}

CaseHeader header_of(Collective collective, std::uint64_t bytes, DataType dtype, int ranks, int nodes)
{
    CaseHeader header;
    header.what.pattern = name(collective);
    header.what.bytes = bytes;
    header.what.dtype = dtype;
    header.what.ranks = ranks;
    header.what.nodes = nodes;
    header.total_bytes = bytes;
    header.bus_factor = busbw_factor(collective, ranks);
    header.verification_note = "the log doesn't say";
    return header;
}

std::string_view why_left_out(std::span<const LeftOut> known, std::string_view title)
{
    const auto found =
        std::ranges::find_if(known, [&](const LeftOut& row) { return title.find(row.mark) != std::string_view::npos; });
    return found == known.end() ? "plumbline has no such operation" : found->why;
}

void add_left_out(std::span<const LeftOut> known, std::vector<SuiteTest>& tests)
{
    for (const LeftOut& row : known) {
        tests.push_back({.name = std::string(row.mark), .pattern = {}, .note = std::string(row.why)});
    }
}

CaseHeader header_of_imported(std::string_view pattern, std::uint64_t bytes, DataType dtype, int ranks, int nodes,
                              double busbw_factor)
{
    CaseHeader header = header_of(Collective::pingpong, bytes, dtype, ranks, nodes);
    header.what.pattern = pattern;
    header.bus_factor = busbw_factor;
    return header;
}

std::optional<double> seconds_at(double bytes, const std::optional<Printed>& bandwidth, double bytes_per_s_of_one)
{
    constexpr double most_off = 0.1;
    if (!bandwidth || !(bandwidth->value > 0) || bandwidth->half_unit > most_off * bandwidth->value) {
        return std::nullopt;
    }
    return bytes / (bandwidth->value * bytes_per_s_of_one);
}

std::string contradiction_of(std::string_view least, std::string_view mean, std::string_view most)
{
    const auto above = [](std::string_view low, std::string_view high) {
        const auto a = printed(low);
        const auto b = printed(high);
        return a && b && a->value - a->half_unit > b->value + b->half_unit;
    };
    if (!above(least, mean) && !above(mean, most) && !above(least, most)) {
        return {};
    }
    std::string times;
    for (const auto& [title, time] : {std::pair("min", least), std::pair("avg", mean), std::pair("max", most)}) {
        times += time.empty() ? "" : fmt::format("{}{} {}", times.empty() ? "" : ", ", title, time);
    }
    return "its times are out of order: " + times;
}

std::string contradiction_of_rate(std::string_view megabytes, std::string_view messages, std::uint64_t size)
{
    const auto bandwidth = printed(megabytes);
    const auto rate = printed(messages);
    const double megabytes_each = static_cast<double>(size) / 1e6;
    constexpr double slack = 0.01;
    const bool agree = !bandwidth || !rate ||
                       std::abs(bandwidth->value - rate->value * megabytes_each) <=
                           bandwidth->half_unit + rate->half_unit * megabytes_each + slack * bandwidth->value;
    return agree ? std::string()
                 : fmt::format("{} MB/s are not {} messages of {} bytes a second", megabytes, messages, size);
}

void fail(CaseHeader& header, std::string why)
{
    header.status = CaseStatus::failed;
    header.why = std::move(why);
    header.reported.reset();
    header.verification = Verification::off;
}

void mark_verified(CaseHeader& header)
{
    header.verification = Verification::verified;
    header.verification_note = "by the suite, outside the timed calls";
}

void Collector::add(CaseHeader header, SampleMatrix seconds, int warmups)
{
    const int times = ++seen_[key_of(header.what)];
    if (times > 1) {
        header.what.parameters["repeat"] = std::to_string(times);
    }
    header.id = static_cast<int>(cases_.size());
    if (!refused_.empty() && header.status == CaseStatus::measured) {
        fail(header, refused_);
    }
    const bool possible =
        (!header.reported || is_possible(header.reported->time_s)) && std::ranges::all_of(seconds.values, is_possible);
    if (header.status == CaseStatus::measured && !possible) {
        warn(0, fmt::format("a time of {} that no operation takes", header.what.pattern));
        fail(header, "its time is none that an operation takes");
    }
    Round round;
    if (header.status == CaseStatus::measured && seconds.samples > 0) {
        header.world_ranks.resize(seconds.ranks);
        std::iota(header.world_ranks.begin(), header.world_ranks.end(), 0);
        round.position = header.id;
        round.warmup.assign(seconds.samples, 0);
        std::fill_n(round.warmup.begin(), std::min(seconds.samples, static_cast<std::size_t>(std::max(0, warmups))), 1);
        round.batch.assign(seconds.samples, 1);
        round.stop = StopReason::converged;  // as far as was asked: the suite had its number of them
        round.synchronisation = unsaid;
        round.seconds = std::move(seconds);
    }
    cases_.push_back(std::move(header));
    rounds_.push_back(std::move(round));
}

void Collector::in_turn(std::size_t line, const std::string& row)
{
    const auto [known, is_new] = turns_.try_emplace(row, row_of_turn_);
    const bool begins_again = !is_new && known->second == 0;
    const bool is_next = is_new ? !is_again_ : known->second == row_of_turn_;
    if (begins_again) {
        is_again_ = true;
        row_of_turn_ = 0;
    } else if (!is_next) {
        refuse_table(line, fmt::format("the row of {} is there again, out of turn: rows of several jobs are among each "
                                       "other, or a title is missing",
                                       row));
    }
    ++row_of_turn_;
}

void Collector::refuse_table(std::size_t line, const std::string& why)
{
    if (!refused_.empty()) {
        return;
    }
    refused_ = why;
    for (CaseHeader& header : table()) {
        if (header.status == CaseStatus::measured) {
            fail(header, why);
            rounds_[static_cast<std::size_t>(header.id)] = {};
        }
    }
    warn(line, "no row of this table is believed: " + why);
}

void Collector::started(double unix_s)
{
    if (started_unix_s_ <= 0 && unix_s > 0) {
        started_unix_s_ = unix_s;
    }
}

void Collector::warn(std::size_t line, const std::string& what)
{
    constexpr std::size_t most = 20;
    std::string warning = line > 0 ? fmt::format("line {}: {}", line, text::printable(what)) : text::printable(what);
    if (!warnings_.empty() && warnings_.back() == warning) {
        return;  // of both timings of a row
    }
    if (warnings_.size() < most) {
        warnings_.push_back(std::move(warning));
    } else {
        ++more_warnings_;
    }
}

void Collector::warn_once(std::size_t line, const std::string& what)
{
    if (warned_once_.insert(what).second) {
        warn(line, what);
    }
}

void Collector::pass_on(const Line& line)
{
    constexpr std::size_t most = 5;
    constexpr std::size_t longest = 240;
    if (passed_on_.size() == most) {
        ++more_passed_on_;
        return;
    }
    passed_on_.push_back(
        fmt::format("line {}: the log says: {}", line.number, text::printable(line.text.substr(0, longest))));
}

ImportedLog Collector::finish(LogFormat format) &&
{
    if (cases_.empty()) {
        throw ConfigError(plumbline::say("no result of {} in the log{} (its tables were not found). Check --from",
                                         name(format), warnings_.empty() ? "" : ": " + warnings_.front()));
    }
    ImportedLog log;
    log.cases = std::move(cases_);
    log.rounds = std::move(rounds_);
    int ranks = 0;
    std::size_t nodes = 0;
    for (const CaseHeader& header : log.cases) {
        ranks = std::max(ranks, header.what.ranks);
        nodes = std::max(nodes, static_cast<std::size_t>(header.what.nodes));
    }
    RunMetadata& info = log.info;
    info.ranks = ranks;
    info.started_unix_s = started_unix_s_;
    info.planned_cases = static_cast<int>(log.cases.size());
    info.backend = fmt::format("imported from {}", name(format));
    info.clock = unsaid;
    info.synchronisation = unsaid;
    if (std::ranges::any_of(log.rounds, [](const Round& round) { return round.seconds.samples > 0; })) {
        info.launches.push_back({.started_unix_s = started_unix_s_, .clock_cost_s = 0, .empty_operation_s = 0});
    }
    info.facts = std::move(facts_);
    info.facts.emplace(info.facts.begin(), "imported_from", name(format));
    info.warnings.assign(warnings_.begin(), warnings_.end());
    if (more_warnings_ > 0) {
        info.warnings.push_back(fmt::format("{} more lines could not be read", more_warnings_));
    }
    info.warnings.insert(info.warnings.end(), passed_on_.begin(), passed_on_.end());
    if (more_passed_on_ > 0) {
        info.warnings.push_back(fmt::format("the log says {} more things of this kind", more_passed_on_));
    }
    info.hosts = std::move(hosts_);
    return log;
}

}  // namespace plumbline::import
