// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_names.hpp"

#include "collectives/util/error.hpp"
#include "results/import/line_prefixes.hpp"
#include "results/import/log_lines.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace plumbline::import {
namespace {

using nlohmann::json;

/// A member of an object, or null.
const json& member(const json& object, const char* key)
{
    static const json nothing;
    if (!object.is_object()) {
        return nothing;
    }
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::string text_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : "";
}

std::optional<double> number_in(const json& object, const char* key)
{
    const json& value = member(object, key);
    if (!value.is_number()) {
        return std::nullopt;
    }
    const double found = value.get<double>();
    return std::isfinite(found) ? std::optional(found) : std::nullopt;
}

std::optional<std::uint64_t> count_in(const json& object, const char* key)
{
    const auto value = number_in(object, key);
    return value && *value >= 0 && *value < 4e18 && *value == std::floor(*value)
               ? std::optional(static_cast<std::uint64_t>(*value))
               : std::nullopt;
}

/// Where its ranks are, and how many there are.
struct Listed {
    NcclPlaces places;
    std::optional<int> ranks;
};

/// The list of devices has the first device of each process; `nthreads` times `ngpus` of them are its ranks.
Listed listed_in(const json& all)
{
    constexpr std::uint64_t most_ranks = 10000000;
    Listed listed;
    const json& config = member(all, "config");
    const json& inside = member(config, "devices");
    const json& list = inside.is_array() ? inside : member(all, "devices");
    const std::uint64_t of_process = std::clamp(
        count_in(config, "nthreads").value_or(1) * count_in(config, "ngpus").value_or(1), std::uint64_t{1}, most_ranks);
    std::uint64_t last = 0;
    bool first_of_each = true;
    for (const json& device : list.is_array() ? list : json::array()) {
        const auto rank = count_in(device, "rank");
        if (rank && *rank < most_ranks) {
            listed.places.add(
                static_cast<int>(*rank), count_in(device, "group").value_or(0), text_in(device, "hostname"),
                fmt::format("{} {}", count_in(device, "device").value_or(0), text_in(device, "device_hex")));
            last = std::max(last, *rank);
            first_of_each = first_of_each && *rank % of_process == 0;
        }
    }
    listed.ranks = listed.places.ranks();
    const std::uint64_t in_all = last + of_process;
    if (listed.ranks && first_of_each && in_all < most_ranks) {
        listed.ranks =
            listed.places.groups() == 1 ? static_cast<int>(in_all) : *listed.ranks * static_cast<int>(of_process);
    }
    return listed;
}

/// nccl-tests writes its numbers with two to four digits; which, the JSON doesn't keep.
std::optional<Printed> rounded(const std::optional<double>& value)
{
    constexpr double digits = 0.005;
    return value ? std::optional(Printed{.value = *value, .half_unit = digits * std::max(1.0, std::abs(*value))})
                 : std::nullopt;
}

/// nccl-tests writes its yes and no as texts.
bool says_no(const json& value)
{
    return (value.is_boolean() && !value.get<bool>()) || (value.is_string() && value.get<std::string>() == "false");
}

/// What it says of itself as a whole.
void judge_all(const json& all, Collector& into)
{
    const json& errors = member(all, "errors");
    for (const json& error : errors.is_array() ? errors : json::array()) {
        const std::string said = error.is_string() ? error.get<std::string>() : "an error that is no text";
        if (!said.empty()) {  // the library's last error is there without one, too
            into.refuse_table(0, fmt::format("the test failed, says the log: {}", said));
        }
    }
    const json& bounds = member(all, "out_of_bounds");
    const auto cases = into.table();
    const bool known = std::any_of(cases.begin(), cases.end(), has_wrong_data);
    if ((says_no(member(bounds, "okay")) || count_in(bounds, "count").value_or(0) > 0) && !known) {
        into.refuse_table(0, "wrong data in one of the results, says the log at its end");
    }
    if (says_no(member(member(all, "average_bus_bandwidth"), "okay"))) {
        into.warn(0, "the log says: its average bus bandwidth is below what was asked for (FAILED)");
    }
}

/// Of the arguments only the program's name and -a are looked at; the environment, which is in there too, not at all.
struct Arguments {
    NamedTest test;
    std::string over_ranks;
    std::string waits;  ///< what -z was given; empty: nothing
};

Arguments arguments_of(const json& all)
{
    Arguments found;
    const json& words = member(all, "args");
    if (!words.is_array() || words.empty() || !words[0].is_string()) {
        return found;
    }
    const auto program = words[0].get<std::string>();
    found.test = nccl_test(program);
    if (!found.test.collective && program.find("_perf") != std::string::npos) {
        throw ConfigError(say("plumbline has no operation for the test '{}'. Import the log of another one",
                              text::printable(program)));
    }
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        if (words[i] == "-z" || words[i] == "--blocking") {
            found.waits = words[i + 1].is_string() ? words[i + 1].get<std::string>() : "";
        }
        const bool is_average = words[i] == "-a" || words[i] == "--average";
        if (is_average && words[i + 1].is_string()) {
            found.over_ranks = words[i + 1].get<std::string>();
        }
    }
    return found;
}

/// A list of times in microseconds as seconds; empty where one of them is no time.
std::vector<double> seconds_in(const json& list)
{
    std::vector<double> seconds;
    for (const json& value : list.is_array() ? list : json::array()) {
        const double us = value.is_number() ? value.get<double>() : -1;
        if (!(us > 0) || !std::isfinite(us)) {
            return {};
        }
        seconds.push_back(us / 1e6);
    }
    return seconds;
}

/// "out_of_place_per_iter" as [execution][rank]; nothing where it isn't there or isn't whole. Its rows are of
/// processes: each rank of a process gets the time of that process's slowest device.
SampleMatrix executions_in(const json& body, int ranks)
{
    constexpr std::size_t most_times = std::size_t{1} << 26U;
    std::vector<std::vector<double>> processes;
    for (const json& times : member(body, "per_process_max_times_us")) {
        processes.push_back(seconds_in(times));
    }
    if (processes.empty()) {
        processes.push_back(seconds_in(member(body, "times_us")));
    }
    const std::size_t executions = processes.front().size();
    const auto columns = static_cast<std::size_t>(ranks);
    const bool whole = executions > 0 && columns % processes.size() == 0 && executions <= most_times / columns &&
                       std::ranges::all_of(processes, [&](const auto& p) { return p.size() == executions; });
    if (!whole) {
        return {};
    }
    SampleMatrix matrix{.samples = executions, .ranks = columns, .values = {}};
    matrix.values.reserve(executions * columns);
    for (std::size_t i = 0; i < executions; ++i) {
        for (std::size_t rank = 0; rank < columns; ++rank) {
            matrix.values.push_back(processes[rank / (columns / processes.size())][i]);
        }
    }
    return matrix;
}

/// Why single executions can't be of the time that is printed beside them; empty where they can. An execution that is
/// waited for alone is slower than one of a chain, but not ten times.
std::string contradiction_of_executions(const NcclTiming& timing)
{
    constexpr double most_apart = 10;
    const SampleMatrix& seconds = timing.seconds;
    const auto warmups = static_cast<std::size_t>(timing.warmups);
    if (seconds.samples <= warmups || !timing.time_us) {
        return {};
    }
    double sum_s = 0;
    for (std::size_t i = warmups; i < seconds.samples; ++i) {
        const auto begin = seconds.values.begin() + static_cast<std::ptrdiff_t>(i * seconds.ranks);
        sum_s += *std::max_element(begin, begin + static_cast<std::ptrdiff_t>(seconds.ranks));
    }
    const double mean_us = 1e6 * sum_s / static_cast<double>(seconds.samples - warmups);
    const double time_us = timing.time_us->value;
    return mean_us <= most_apart * time_us && time_us <= most_apart * mean_us
               ? std::string()
               : fmt::format("its single executions take {:.4g} us in the mean, its time is {:.4g} us", mean_us,
                             time_us);
}

/// One timing of one result, as add_timing() takes it; what it says besides is in the fields that are set here.
struct Texts {
    std::string type, op, time, wrong, root;
};

class NcclJson {
public:
    NcclJson(const json& all, Collector& into)
        : into_(into),
          listed_(listed_in(all)),
          arguments_(arguments_of(all)),
          iterations_(count_in(member(all, "config"), "iterations")),
          aggregated_(std::max<std::uint64_t>(1, count_in(member(all, "config"), "aggregated_iterations").value_or(1))),
          graphs_(std::max<std::uint64_t>(1, count_in(member(all, "config"), "graph").value_or(1)))
    {
        const auto hosts = listed_.places.hosts();
        into_.on_hosts({hosts.begin(), hosts.end()});
        if (const auto version = count_in(all, "nccl_version")) {
            into_.say("library", fmt::format("NCCL {}", *version));
        }
        if (const auto moment = parse_date(text_in(all, "start_time"))) {
            into_.started(*moment);
        }
    }

    void read(const json& result, bool in_place, std::size_t index)
    {
        const json& body = member(result, in_place ? "in_place" : "out_of_place");
        const char* const title = member(body, "time").is_null() ? "cpu_time" : "time";
        const auto time = rounded(number_in(body, title));
        const auto wrong = number_in(body, "nwrong");
        if (!body.is_object() || (!time && !wrong)) {
            return;  // an operation that has no such form
        }
        const json& said_wrong = member(body, "nwrong");
        Texts texts{.type = text_in(result, "type"),
                    .op = text_in(result, "redop"),
                    .time = text_in(body, title),
                    .wrong = wrong                  ? ""
                             : said_wrong.is_null() ? "N/A"
                                                    : "(no number)",
                    .root = text_in(result, "root")};
        texts.root.erase(0, texts.root.find_first_not_of(' '));
        NcclTiming timing = timing_of(result, texts);
        timing.in_place = in_place;
        timing.time_us = time;
        timing.host_time = std::string_view(title) == "cpu_time";
        timing.algbw_GBps = rounded(number_in(body, "alg_bw"));
        timing.busbw_GBps = rounded(number_in(body, "bus_bw"));
        timing.wrong = wrong;
        timing.line = index;
        const json& executions = member(result, in_place ? "in_place_per_iter" : "out_of_place_per_iter");
        timing.seconds = executions_in(executions, timing.ranks);
        const auto skipped = count_in(executions, "skipped_iterations").value_or(0);
        timing.warmups = static_cast<int>(std::min<std::uint64_t>(skipped, timing.seconds.samples));
        if (timing.warmups > 0 && static_cast<std::size_t>(timing.warmups) == timing.seconds.samples) {
            timing.seconds = {};  // none is left
        }
        if (!executions.is_null() && timing.seconds.samples == 0) {
            into_.warn_once(index,
                            "times of single executions, here and maybe below, are left out (they are not whole, "
                            "none is left behind those that were skipped, or one is no time)");
        }
        timing.against = contradiction_of_executions(timing);
        sampled_ = sampled_ || timing.seconds.samples > 0;
        if (timing.bytes == 0 && number_in(result, "size") != 0.0) {
            into_.warn(index, "a result whose size can't be read is left out");
        }
        if (timing.bytes > 0 && add_timing(std::move(timing), into_) == Believed::contradicts_ranks) {
            into_.refuse_table(index, "the bandwidths of another of its rows are not those of so many ranks");
        }
    }

    void finish()
    {
        if (sampled_) {
            into_.say("samples",
                      "each execution's time by CUDA events (-I); a rank's is that of its process's slowest "
                      "device");
        }
    }

private:
    NcclTiming timing_of(const json& result, const Texts& texts)
    {
        NcclTiming timing;
        timing.collective = pattern_or_throw(arguments_.test.collective, into_);
        timing.hypercube = arguments_.test.hypercube;
        timing.bytes = count_in(result, "size").value_or(0);
        timing.count = count_in(result, "count");
        timing.type = texts.type;
        timing.op = texts.op;
        timing.root = texts.root;
        timing.time_text = texts.time;
        timing.wrong_text = texts.wrong;
        timing.over_ranks = arguments_.over_ranks;
        const auto actual = count_in(result, "actual_iterations");
        const auto done = actual ? actual : iterations_;
        constexpr std::uint64_t most = 1000000;
        const bool known = done && *done > 0 && *done <= most && aggregated_ <= most && graphs_ <= most / aggregated_ &&
                           *done <= 1000 * most / (aggregated_ * graphs_);
        timing.iterations = known ? std::optional(static_cast<int>(*done * aggregated_ * graphs_)) : std::nullopt;
        const bool each = !arguments_.waits.empty() && arguments_.waits != "0";
        timing.chain = arguments_.test.title.empty()      ? std::nullopt
                       : arguments_.waits == "3" && known ? std::optional(static_cast<int>(aggregated_))
                       : each                             ? std::optional(1)
                                                          : timing.iterations;
        timing.ranks = ranks_or_throw(listed_.ranks, into_);
        timing.nodes = into_.hints().nodes.value_or(listed_.places.nodes());
        timing.groups = listed_.places.groups();
        return timing;
    }

    Collector& into_;
    Listed listed_;
    Arguments arguments_;
    std::optional<std::uint64_t> iterations_;
    std::uint64_t aggregated_ = 1;  ///< calls of an iteration
    std::uint64_t graphs_ = 1;      ///< launches of what was captured
    bool sampled_ = false;
};

}  // namespace

void read_nccl_json(std::string_view log, Collector& into)
{
    const json all = json::parse(log, nullptr, false);
    if (all.is_discarded()) {
        throw ConfigError(
            say("the JSON is damaged or was cut short (nccl-tests closes it when it ends). Import its text output"));
    }
    NcclJson reader(all, into);
    const json& results = member(all, "results");
    std::size_t index = 0;
    for (const json& result : results.is_array() ? results : json::array()) {
        ++index;
        for (const bool in_place : {false, true}) {
            reader.read(result, in_place, index);
        }
    }
    reader.finish();
    judge_all(all, into);
}

}  // namespace plumbline::import
