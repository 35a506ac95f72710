// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/import.hpp"
#include "results/import/log_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::import {

/// A number as it was printed, and how far rounding may have moved it.
struct Printed {
    double value = 0;
    double half_unit = 0;  ///< half a unit of the last digit: 60.42 -> 0.005, 1.1e+07 -> 5e5
};

/// The whole word or nothing.
std::optional<double> number(std::string_view word);        ///< finite
std::optional<std::uint64_t> count(std::string_view word);  ///< decimal, below 2^62
std::optional<Printed> printed(std::string_view word);      ///< finite; a plain or an exponential form

/// Sets what S is and how busbw comes from algbw. `bytes`: the size as plumbline counts it.
CaseHeader header_of(Collective collective, std::uint64_t bytes, DataType dtype, int ranks, int nodes);

/// As header_of(), of a pattern that is only imported ("unidirectional"); `busbw_factor`: messages of `bytes` that one
/// rank sends in the time that is reported.
CaseHeader header_of_imported(std::string_view pattern, std::uint64_t bytes, DataType dtype, int ranks, int nodes,
                              double busbw_factor);
/// What the time of `bytes` at a printed bandwidth is; nothing where that is 0, or has so few digits that the time
/// could be wrong by more than 10 %.
std::optional<double> seconds_at(double bytes, const std::optional<Printed>& bandwidth, double bytes_per_s_of_one);

/// Why a row's own least, mean and largest time contradict each other, as far as they were printed: "its times are out
/// of order: min 2.60, avg 2.20, max 2.40". Empty where they don't; words that are empty or no number say nothing.
std::string contradiction_of(std::string_view least, std::string_view mean, std::string_view most);

/// Why MB/s (10^6 bytes) and messages/s of this size, each as it was printed, contradict each other; empty where they
/// don't.
std::string contradiction_of_rate(std::string_view megabytes, std::string_view messages, std::uint64_t size);

/// The case has no time: `why` says what the log, or this reader, has against it.
void fail(CaseHeader& header, std::string why);
/// The suite compared the data and found them right.
void mark_verified(CaseHeader& header);

/// Collects cases: numbers them, tells repeated ones apart, keeps warnings few.
class Collector {
public:
    explicit Collector(const ImportHints& hints) : hints_(hints) {}

    const ImportHints& hints() const { return hints_; }
    /// A case seen before gets the parameter repeat=2, 3, ... `seconds`: [execution][rank], where the log has them.
    void add(CaseHeader header, SampleMatrix seconds = {}, int warmups = 0);
    /// Cases added from here on are of another table.
    void begin_table()
    {
        table_ = cases_.size();
        refused_.clear();
        turns_.clear();
        row_of_turn_ = 0;
        is_again_ = false;
    }
    /// To be called for each row, with what its suite counts up in its loops (the size, say). A suite's rows are all
    /// different, or the same ones again in the same order (nccl-tests' cycles). Others are those of several jobs that
    /// wrote into one file: whose is whose isn't known, so that the table is refused.
    void in_turn(std::size_t line, const std::string& row);
    /// Cases of the table so far, for what the log says of them afterwards.
    std::span<CaseHeader> table() { return std::span(cases_).subspan(table_); }
    /// No case of the table is to be believed, of those to come neither: each one that was measured fails for this
    /// reason.
    void refuse_table(std::size_t line, const std::string& why);
    void warn(std::size_t line, const std::string& what);
    /// As warn(), the same text once in a log.
    void warn_once(std::size_t line, const std::string& what);
    /// A row of numbers whose columns no titles name: which is which isn't known.
    void leave_out_untitled(std::size_t line)
    {
        warn_once(line, "rows are left out, here and maybe below (no titles of their columns stand above them)");
    }
    /// What the log itself says that went wrong, outside its tables.
    void pass_on(const Line& line);
    void say(const std::string& name, const std::string& value) { facts_.emplace_back(name, value); }
    void on_hosts(std::vector<std::string> hosts) { hosts_ = std::move(hosts); }
    /// The first one counts.
    void started(double unix_s);

    /// Everything as a run. Throws ConfigError when nothing was added.
    ImportedLog finish(LogFormat format) &&;

private:
    ImportHints hints_;
    std::vector<CaseHeader> cases_;
    std::vector<Round> rounds_;  ///< [case]
    std::size_t table_ = 0;
    std::map<std::string, std::size_t> turns_;  ///< rows of the table's first cycle: their positions in it
    std::size_t row_of_turn_ = 0;               ///< rows of the table so far, of its last cycle once there are two
    bool is_again_ = false;
    std::string refused_;                ///< why no case of the table is believed; empty while they are
    std::map<std::string, int> seen_;    ///< how often, by identity
    std::vector<std::string> warnings_;  ///< the same one after another once
    std::size_t more_warnings_ = 0;
    std::set<std::string> warned_once_;
    std::vector<std::string> passed_on_;
    std::size_t more_passed_on_ = 0;
    std::vector<std::pair<std::string, std::string>> facts_;
    std::vector<std::string> hosts_;
    double started_unix_s_ = 0;
};

/// A test that is left out, by a part of its title, with the reason.
struct LeftOut {
    std::string_view mark;
    std::string_view why;
};
/// The reason of the first one whose mark is in the title; "plumbline has no such operation" where there is none.
std::string_view why_left_out(std::span<const LeftOut> known, std::string_view title);
/// One line for each, for suite_tests().
void add_left_out(std::span<const LeftOut> known, std::vector<SuiteTest>& tests);

/// Calls `use` for each line of the log, as for_each_line(), but tells `into` itself of time stamps before lines and of
/// what went wrong outside the tables: a launcher's and a library's own errors and warnings.
void read_lines(std::string_view log, Collector& into, const std::function<void(const Line&)>& use);

void read_nccl_text(std::string_view log, Collector& into);
void read_nccl_json(std::string_view log, Collector& into);
/// Whether it is a file that rccl-tests -x wrote: a list or lines of JSON, or CSV.
bool is_rccl_results(std::string_view log);
void read_rccl_results(std::string_view log, Collector& into);  ///< throws ConfigError where a row isn't whole
void read_osu(std::string_view log, Collector& into);
void read_imb(std::string_view log, Collector& into);
void read_hccl(std::string_view log, Collector& into);
void read_perftest(std::string_view log, Collector& into);
/// What perftest's --out_json says, one object or several one after another, as the text that it would have printed.
/// Throws ConfigError where it is no such JSON, or nothing in it tells the unit of its bandwidth.
std::string text_of_perftest_json(std::string_view text);
void read_all_reduce_bench(std::string_view log, Collector& into);
std::vector<SuiteTest> nccl_suite();
std::vector<SuiteTest> osu_suite();
std::vector<SuiteTest> imb_suite();
std::vector<SuiteTest> hccl_suite();
std::vector<SuiteTest> perftest_suite();
void read_table(std::string_view text, Collector& into);  ///< throws ConfigError for any mistake in it

}  // namespace plumbline::import
