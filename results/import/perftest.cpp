// SPDX-License-Identifier: Apache-2.0
#include "results/import/line_prefixes.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/log_reader.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace plumbline::import {
namespace {

constexpr std::array verbs{Named{std::string_view("Send"), std::string_view("send")},
                           Named{std::string_view("Send_imm"), std::string_view("send_imm")},
                           Named{std::string_view("RDMA_Write"), std::string_view("write")},
                           Named{std::string_view("RDMA_Write_imm"), std::string_view("write_imm")},
                           Named{std::string_view("RDMA_Read"), std::string_view("read")}};

constexpr std::array left_out{
    LeftOut{"RDMA_Read Latency", "the way there and back of a read is no pingpong of messages"},
    LeftOut{"Atomic", "no message"}, LeftOut{"Multicast", "several receivers"},
    LeftOut{"Raw Ethernet", "frames, not messages"}};

/// "RDMA_Write Bidirectional Post List BW Test", "Send Latency Test".
struct Test {
    std::string title;
    std::string_view verb;  ///< empty: one that isn't imported
    bool latency = false;
    bool both_ways = false;
};

/// Nothing for a line that names no test.
std::optional<Test> test_of(const Line& line)
{
    const auto& words = line.words;
    if (words.size() < 3 || words.back() != "Test" || words.size() > 8) {
        return std::nullopt;
    }
    const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
    if (!has("BW") && !has("Latency")) {
        return std::nullopt;
    }
    Test test{
        .title = std::string(line.text), .verb = {}, .latency = has("Latency"), .both_ways = has("Bidirectional")};
    test.title.erase(test.title.find_last_not_of(" \r") + 1);
    const auto known = find_in(verbs, words.front());
    const bool ordinary = !has("Multicast") && !has("forwarding");
    // The latency of a read is that of its way there and back, which no pingpong of messages is.
    if (known && ordinary && !(test.latency && *known == "read")) {
        test.verb = *known;
    }
    return test;
}

/// Where the numbers of a table stand. Titles hold blanks: "BW average[Gb/sec]".
struct Columns {
    std::size_t width = 0;
    std::optional<std::size_t> iterations, average, rate, least, most, typical, mean;
    bool cycles = false;     ///< the times are cycles of the processor (-C)
    double bytes_per_s = 0;  ///< of one unit of the bandwidth
};

/// perftest calls 2^20 bytes MB in its old versions, MiB in new ones.
constexpr std::array units{Named{std::string_view("[Gb/sec]"), 1.25e8}, Named{std::string_view("[MiB/sec]"), 1048576.0},
                           Named{std::string_view("[MB/sec]"), 1048576.0}};

std::optional<Columns> columns_of(const Line& line)
{
    // A test of service levels has a column of them between the two.
    if (!starts_with_words(line, {"#bytes", "#iterations"}) &&
        !starts_with_words(line, {"#bytes", "#sl", "#iterations"})) {
        return std::nullopt;
    }
    Columns columns;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string_view word = line.words[i];
        const bool goes_on = word == "BW" || word == "99%" || word == "99.9%" || word == "MsgRate" || word == "tps";
        if (goes_on && i + 1 < line.words.size()) {
            continue;  // its title's second word counts
        }
        const std::size_t at = columns.width++;
        if (word.starts_with("average[")) {
            columns.average = at;
            columns.bytes_per_s = find_in(units, word.substr(sizeof "average" - 1)).value_or(0);
        } else if (word == "MsgRate[Mpps]") {
            columns.rate = at;
        } else if (word == "#iterations") {
            columns.iterations = at;
        } else if (word == "t_min[usec]") {
            columns.least = at;
        } else if (word == "t_max[usec]") {
            columns.most = at;
        } else if (word == "t_typical[usec]") {
            columns.typical = at;
        } else if (word == "t_avg[usec]") {
            columns.mean = at;
        }
        columns.cycles = columns.cycles || word.ends_with("[cycles]");
    }
    return columns;
}

class Perftest {
public:
    explicit Perftest(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (const auto test = test_of(line)) {
            begin(line, *test);
        } else if (starts_with_words(line, {"Number", "of", "qps", ":"}) && line.words.size() > 4) {
            const std::uint64_t pairs = count(line.words[4]).value_or(0);
            pairs_are_said_ = pairs > 0;
            pairs_of_queues_ = std::max(pairs, std::uint64_t{1});
        } else if (starts_with_words(line, {"Connection", "type", ":"}) && line.words.size() > 3) {
            connection_ = std::string(line.words[3]);
        } else if (starts_with_words(line, {"Dual-port", ":"}) && line.words.size() > 2) {
            dual_port_ = line.words[2] == "ON";
        } else if (line.text.starts_with("WARNING:") || line.text.starts_with("Conflicting CPU frequency")) {
            into_.pass_on(line);
        } else if (line.text.starts_with("Couldn't ") || line.text.starts_with("Failed to ") ||
                   line.text.starts_with("Completion with error") || line.text.starts_with("Unable to ")) {
            into_.refuse_table(line.number, fmt::format("the test failed, says the log: {}", line.text));
        } else if (const auto columns = columns_of(line)) {
            columns_ = *columns;
            if (columns_->cycles) {
                into_.warn(line.number, "a table is left out (its times are cycles of the processor, -C)");
            }
            if (!test_ && !warned_) {
                warned_ = true;
                into_.warn(line.number,
                           "a table is left out (no line before it says of which test it is, such as "
                           "'RDMA_Write BW Test')");
            }
        } else if (test_ && !test_->verb.empty() && columns_ && !columns_->cycles && !line.words.empty() &&
                   count(line.words[0])) {
            row(line);
        } else if (is_of_a_suite(line.text)) {
            test_.reset();
            columns_.reset();
        }
    }

private:
    void begin(const Line& line, const Test& test)
    {
        into_.begin_table();
        columns_.reset();
        test_ = test;
        pairs_of_queues_ = 1;
        pairs_are_said_ = false;
        connection_.clear();
        dual_port_ = false;
        if (test.verb.empty()) {
            into_.warn(line.number, fmt::format("the table of '{}' is left out ({})", test.title,
                                                why_left_out(left_out, test.title)));
        }
    }

    void row(const Line& line)
    {
        const auto size = count(line.words[0]);
        const auto value_at =
            test_->latency ? (columns_->typical ? columns_->typical : columns_->mean) : columns_->average;
        if (!value_at || line.last_without_end || line.words.size() != columns_->width || !size || *size == 0 ||
            *size > (std::uint64_t{1} << 48U)) {
            into_.warn(line.number, line.last_without_end ? "the log is cut short here"
                                                          : fmt::format("a row that can't be read: {}", line.text));
            return;
        }
        if (!pairs_are_said_) {
            into_.warn_once(line.number, "no line says the number of queue pairs (Number of qps): taken for 1");
        }
        into_.in_turn(line.number, fmt::format("{} B", *size));
        CaseHeader header = header_at(*size);
        const auto value = test_->latency ? latency(line, *value_at) : bandwidth(line, *value_at, *size);
        if (!value) {
            fail(header, fmt::format("no time follows from '{}'", line.words[*value_at]));
        } else if (std::string why = contradiction(line, *size); !why.empty()) {
            fail(header, std::move(why));
        } else {
            header.reported = *value;
        }
        if (header.status == CaseStatus::failed) {
            into_.warn(line.number, header.why.english());
        }
        into_.add(std::move(header));
    }

    CaseHeader header_at(std::uint64_t size) const
    {
        const int nodes = into_.hints().nodes.value_or(2);
        CaseHeader header = test_->latency ? header_of(Collective::pingpong, size, DataType::uint8, 2, nodes)
                            : test_->both_ways
                                ? header_of(Collective::bidirectional, size, DataType::uint8, 2, nodes)
                                : header_of_imported("unidirectional", size, DataType::uint8, 2, nodes, 1);
        header.verification_note = "not checked by the suite";
        auto& parameters = header.what.parameters;
        parameters["call"] = test_->verb;
        if (pairs_of_queues_ > 1) {
            parameters["queue_pairs"] = std::to_string(pairs_of_queues_);
        }
        if (!connection_.empty() && connection_ != "RC") {
            parameters["connection"] = connection_;
        }
        if (dual_port_) {
            parameters["ports"] = "2";
        }
        return header;
    }

    std::optional<int> iterations_in(const Line& line) const
    {
        const auto iterations = count(line.words[columns_->iterations.value_or(1)]);
        return iterations && *iterations > 0 && *iterations < 1000000000 ? std::optional(static_cast<int>(*iterations))
                                                                         : std::nullopt;
    }

    std::optional<ImportedValue> latency(const Line& line, std::size_t at) const
    {
        const auto us = number(line.words[at]);
        if (!us || !(*us > 0)) {
            return std::nullopt;
        }
        return ImportedValue{.time_s = 2 * *us / 1e6,
                             .estimator = columns_->typical ? "twice the median latency of one way (t_typical)"
                                                            : "twice the mean latency of one way (t_avg)",
                             .iterations = iterations_in(line)};
    }

    std::optional<ImportedValue> bandwidth(const Line& line, std::size_t at, std::uint64_t size) const
    {
        if (columns_->bytes_per_s == 0) {
            return std::nullopt;
        }
        const double messages = test_->both_ways ? 2 : 1;
        auto seconds = seconds_at(messages * static_cast<double>(size), printed(line.words[at]), columns_->bytes_per_s);
        if (!seconds && columns_->rate) {  // of small ones
            seconds = seconds_at(messages, printed(line.words[*columns_->rate]), 1e6);
        }
        if (!seconds) {
            return std::nullopt;
        }
        return ImportedValue{.time_s = *seconds,
                             .estimator = test_->both_ways ? "time of a message each way at the mean bandwidth of both"
                                                           : "time of a message at the mean bandwidth",
                             .iterations = iterations_in(line)};
    }

    /// Whether bandwidth and message rate, each as it was printed, say the same.
    std::string contradiction(const Line& line, std::uint64_t size) const
    {
        if (test_->latency) {
            const auto word = [&](const std::optional<std::size_t>& column) {
                return column ? line.words[*column] : std::string_view{};
            };
            std::string why = contradiction_of(word(columns_->least), word(columns_->mean), word(columns_->most));
            return why.empty() ? contradiction_of(word(columns_->least), word(columns_->typical), word(columns_->most))
                               : why;
        }
        if (!columns_->rate) {
            return {};
        }
        const auto average = printed(line.words[*columns_->average]);
        const auto rate = printed(line.words[*columns_->rate]);
        const double by_rate = rate ? rate->value * 1e6 * static_cast<double>(size) / columns_->bytes_per_s : 0;
        const double slack =
            rate && average ? average->half_unit + rate->half_unit * by_rate / std::max(rate->value, 1e-9) : 0;
        const bool agree = rate && average && std::abs(average->value - by_rate) <= slack + 0.02 * by_rate;
        return agree ? std::string()
                     : fmt::format("BW average {} is not MsgRate {} times {} bytes", line.words[*columns_->average],
                                   line.words[*columns_->rate], size);
    }

    Collector& into_;
    std::optional<Test> test_;
    std::optional<Columns> columns_;
    std::uint64_t pairs_of_queues_ = 1;
    bool pairs_are_said_ = false;
    std::string connection_;
    bool dual_port_ = false;
    bool warned_ = false;
};

}  // namespace

std::vector<SuiteTest> perftest_suite()
{
    std::vector<SuiteTest> tests;
    for (const auto& [title, verb] : verbs) {
        const std::string of(title);
        const std::string call = fmt::format("`call` {}", verb);
        tests.push_back(
            {.name = of + " BW Test", .pattern = "unidirectional", .note = "time from the bandwidth, " + call});
        tests.push_back({.name = of + " Bidirectional BW Test",
                         .pattern = "bidirectional",
                         .note = "time from half the bandwidth, " + call});
        if (verb != "read") {
            tests.push_back({.name = of + " Latency Test", .pattern = "pingpong", .note = "time x 2, " + call});
        }
    }
    add_left_out(left_out, tests);
    return tests;
}

void read_perftest(std::string_view log, Collector& into)
{
    Perftest reader(into);
    const auto read = [&](std::string_view text) {
        read_lines(text, into, [&](const Line& line) { reader.read(line); });
    };
    const std::size_t first = log.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string_view::npos && (log[first] == '{' || log[first] == '[') &&
                         log.substr(first).find("\"test_info\"") != std::string_view::npos && !is_wrapped(log);
    if (is_json) {
        read(text_of_perftest_json(log));
    } else {
        read(log);
    }
}

}  // namespace plumbline::import
