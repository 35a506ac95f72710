// SPDX-License-Identifier: Apache-2.0
#include "results/import/commands.hpp"
#include "results/import/line_prefixes.hpp"
#include "results/import/nccl_columns.hpp"
#include "results/import/nccl_conditions.hpp"
#include "results/import/nccl_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

/// "0 [0x07]" of "... device  0 [0x07] NVIDIA H100"; a blank where the line has none.
std::string device_of(const Line& line)
{
    const auto title = std::find(line.words.begin(), line.words.end(), "device");
    if (line.words.end() - title < 2) {
        return {};
    }
    const bool has_address = line.words.end() - title > 2 && (title + 2)->starts_with('[');
    return std::string(*(title + 1)) + " " + std::string(has_address ? *(title + 2) : std::string_view{});
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// What a cell of a timing may hold; "61,80" is a number of another locale, which its row is told.
bool is_cell(std::string_view word)
{
    return number(word) || word == "N/A" || word == "nan" || word == "inf" ||
           (!word.empty() && word.find_first_not_of("0123456789.,") == std::string_view::npos);
}

/// The integer that `word` begins with: "-1" of "-1node1:26:26".
std::string_view integer_in(std::string_view word)
{
    const std::size_t sign = word.starts_with('-') ? 1 : 0;
    const std::size_t end = std::min(word.find_first_not_of("0123456789", sign), word.size());
    return end > sign ? word.substr(0, end) : std::string_view{};
}

class NcclText {
public:
    explicit NcclText(Collector& into) : into_(into) {}

    void read(const Line& line)
    {
        if (contains(line.text, "NCCL INFO") && !begins_a_row(line)) {
            return;
        }
        if ((contains(line.text, "in-place") || contains(line.text, "out-of-place")) && !contains(line.text, "NCCL")) {
            const std::size_t in_place = line.text.find("in-place");
            const std::size_t out_of_place = line.text.find("out-of-place");
            order_ = out_of_place == std::string_view::npos ? InPlace::alone
                     : in_place < out_of_place              ? InPlace::first
                                                            : InPlace::second;
        }
        if (const auto columns = nccl_columns(line, order_)) {
            begin_table(line, *columns);
        } else if (starts_with_words(line, {"#", "Rank"}) || starts_with_words(line, {"Rank"})) {
            place(line);
        } else if (columns_ && begins_a_row(line)) {
            end_broken_row();
            row(line);
        } else if (!broken_.empty() && continues_row(line)) {
            complete_row(line);
        } else if (!columns_ && line.words.size() > 6 && count(line.words[0]) && count(line.words[1]) &&
                   nccl_type(line.words[2])) {
            into_.leave_out_untitled(line.number);
        } else {
            preamble(line);
        }
    }

    void finish()
    {
        end_broken_row();
        end_test();
        const auto hosts = places_.hosts();
        into_.on_hosts({hosts.begin(), hosts.end()});
        if (!library_.empty()) {
            into_.say("library", library_);
        }
        if (rows_of_nothing_ > 0) {
            into_.warn(first_row_of_nothing_, fmt::format("{} of 0 bytes, here and below, left out",
                                                          rows_of_nothing_ == 1 ? "a row" : "rows"));
        }
    }

private:
    /// Of the test that ends here nothing more is said.
    void end_test()
    {
        columns_.reset();
        if (rows_in_table_ > 0) {
            conditions_.end_test();
        }
        rows_in_table_ = 0;
        wrong_in_test_ = false;
    }

    void begin_test(const Line& line, NamedTest test)
    {
        end_broken_row();
        if (rows_in_table_ > 0) {
            named_.clear();
        }
        end_test();
        named_.insert(test.title);
        if (!test.collective) {
            into_.warn(line.number,
                       fmt::format("the table of '{}' is left out ({})", test.title, why_nccl_leaves_out(test.title)));
        }
        test_ = std::move(test);
        concluded_ = false;
    }

    void begin_table(const Line& line, const NcclColumns& columns)
    {
        end_broken_row();
        // Where two tests were named and two tables begin, which rows are of which isn't known.
        const bool another = concluded_ || rows_in_table_ > 0 || (columns_ && named_.size() > 1);
        if (another && into_.hints().pattern.empty()) {
            test_.reset();  // a table needs a name of its own
            unnamed_ = line.number;
            into_.warn(line.number,
                       "which operation this table is of is not said (the name above is of another). It is left out; "
                       "name it with --pattern");
        } else if (test_ || rows_in_table_ > 0) {
            unnamed_.reset();
        }
        end_test();
        columns_ = columns;
        ended_ = false;
        into_.begin_table();
    }

    /// "#  Rank  0 Group  0 Pid   1234 on  node1 device  0 [0x07] NVIDIA H100"
    void place(const Line& line)
    {
        const auto rank = count(word_after(line, "Rank"));
        list_is_cut_ = (list_is_cut_ && rank.value_or(0) > 0) || line.text.ends_with("...");
        const bool line_is_whole = !device_of(line).empty();  // else its host's name may be cut
        if (rank && *rank < 10000000 && !line.text.ends_with("...")) {
            places_.add(static_cast<int>(*rank), count(word_after(line, "Group")).value_or(0),
                        line_is_whole ? std::string(word_after(line, "on")) : std::string(), device_of(line));
        }
    }

    void preamble(const Line& line)
    {
        conditions_.read(line);
        if (starts_with_words(line, {"#", "nccl-tests", "version"}) ||
            starts_with_words(line, {"#", "rccl-tests", "version"})) {
            library_ = std::string(line.text.substr(2));
        }
        if (contains(line.text, "Out of bounds values")) {
            judge_all(line);
        } else if (starts_with_words(line, {"#", "error:"})) {
            into_.refuse_table(line.number, fmt::format("the library failed, says the log: {}", line.text));
        } else if (contains(line.text, "Avg bus bandwidth") && contains(line.text, "FAILED")) {
            into_.warn(line.number, fmt::format("the log says: {}", line.text));
        } else if (contains(line.text, "Test NCCL failure") || contains(line.text, "Test CUDA failure") ||
                   contains(line.text, "Test HIP failure") || contains(line.text, "Test failure")) {
            into_.refuse_table(line.number, fmt::format("the test failed, says the log: {}", line.text));
        } else if (contains(line.text, "Collective test concluded:")) {
            end_broken_row();
            end_test();
            test_.reset();
            named_.clear();
            concluded_ = true;
        } else if (contains(line.text, "Collective test starting:")) {
            begin_test(line, nccl_test(word_after(line, "starting:")));
        } else if (const auto command = command_in(line, "_perf")) {
            begin_test(line, nccl_test(command->program));
            conditions_.read_command(line, *command);
        }
    }

    /// "# Out of bounds values : 3 FAILED"
    void judge_all(const Line& line)
    {
        if (ended_ && named_.size() > 1) {
            into_.refuse_table(
                line.number,
                "the log ends this table twice, so two tests wrote into it at once. Import the log of each");
        }
        ended_ = columns_.has_value();
        const bool failed = contains(line.text, "FAILED");
        const bool right = !failed && contains(line.text, " OK");
        if (failed && !wrong_in_test_) {
            into_.refuse_table(line.number,
                               fmt::format("wrong data in one of the rows, says the log below them: {}", line.text));
        } else if (right && columns_ && columns_->errors_are_sizes) {
            for (CaseHeader& header : into_.table()) {
                if (header.status == CaseStatus::measured && header.verification_note == error_note) {
                    mark_verified(header);
                }
            }
        }
    }

    bool begins_a_row(const Line& line) const
    {
        return columns_ && line.words.size() > 3 && count(line.words[0]) && count(line.words[1]) &&
               !number(line.words[2]);
    }

    /// The rest of a row into which another process wrote.
    bool continues_row(const Line& line) const
    {
        return line.words.size() + broken_.size() == columns_->width &&
               std::all_of(line.words.begin(), line.words.end(), is_cell);
    }

    void complete_row(const Line& line)
    {
        std::vector<std::string_view> cells(broken_.begin(), broken_.end());
        cells.insert(cells.end(), line.words.begin(), line.words.end());
        timings(line, cells);
        broken_.clear();
    }

    void end_broken_row()
    {
        if (broken_.empty()) {
            return;
        }
        std::vector<std::string_view> cells(broken_.begin(), broken_.end());
        cells.resize(columns_->width, "(broken by other output)");
        Line line;
        line.number = broken_line_;
        timings(line, cells);
        broken_.clear();
    }

    void row(const Line& line)
    {
        ++rows_in_table_;
        std::vector<std::string_view> cells = line.words;
        const bool no_op = columns_->op && *columns_->op < cells.size() && number(cells[*columns_->op]);
        if (no_op && cells.size() + 1 == columns_->width + dated_words(cells.size() + 1)) {
            cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(*columns_->op),
                         std::string_view{});  // its cell is blank
        }
        add_missing_timing(line, cells);
        if (line.last_without_end && cells.size() < columns_->width) {
            into_.warn(line.number, "the log is cut short here");
            return;
        }
        const std::size_t first = columns_->timings.front().time;
        std::size_t good = std::min(first, cells.size());
        if (columns_->root && *columns_->root < good && integer_in(cells[*columns_->root]) != cells[*columns_->root]) {
            cells[*columns_->root] = integer_in(cells[*columns_->root]);
            good = cells[*columns_->root].empty() ? *columns_->root : *columns_->root + 1;
        } else {
            while (good < std::min(cells.size(), columns_->width) && is_cell(cells[good])) {
                ++good;
            }
        }
        const bool whole = cells.size() == columns_->width + dated_words(cells.size());
        if (whole && (good == columns_->width || counts_wrong_elements(cells))) {
            date(cells);
            cells.resize(columns_->width);
            timings(line, cells);
            return;
        }
        // What follows a row may be another process's text; another number makes it a row of another table.
        if (good == columns_->width && cells.size() > good && is_cell(cells[good])) {
            good = first;
        }
        broken_.assign(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(good));
        broken_line_ = line.number;
    }

    /// Where nccl-tests has no time out of place it leaves its columns blank.
    void add_missing_timing(const Line& line, std::vector<std::string_view>& cells) const
    {
        constexpr std::ptrdiff_t widest_gap = 24;
        if (columns_->timings.size() != 2 || columns_->timings[0].in_place) {
            return;
        }
        const std::size_t first = columns_->timings[0].time;
        const std::size_t length = columns_->timings[1].time - first;
        if (cells.size() + length != columns_->width || first == 0 || cells[first - 1].empty()) {
            return;
        }
        const std::ptrdiff_t gap = cells[first].data() - (cells[first - 1].data() + cells[first - 1].size());
        if (gap > widest_gap && line.text.size() > static_cast<std::size_t>(gap)) {
            cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(first), length, "N/A");
        }
    }

    /// A row of the right width whose numbers of wrong elements can be read is one, whatever its times are.
    bool counts_wrong_elements(const std::vector<std::string_view>& cells) const
    {
        return !columns_->errors_are_sizes && std::ranges::all_of(columns_->timings, [&](const TimingColumns& at) {
            return at.wrong && (count(cells[*at.wrong]) || cells[*at.wrong] == "N/A");
        });
    }

    std::size_t dated_words(std::size_t width) const { return columns_->dated && width == columns_->width + 2 ? 2 : 0; }

    void date(const std::vector<std::string_view>& cells)
    {
        if (cells.size() == columns_->width + 2) {
            const std::string text =
                std::string(cells[columns_->width]) + " " + std::string(cells[columns_->width + 1]);
            if (const auto moment = parse_date(text)) {
                into_.started(*moment);
            }
        }
    }

    void timings(const Line& line, const std::vector<std::string_view>& cells)
    {
        const bool left_out = unnamed_ || (test_ && !test_->collective);
        if (left_out) {
            return;
        }
        if (count(cells[0]).value_or(0) == 0) {
            first_row_of_nothing_ = rows_of_nothing_++ == 0 ? line.number : first_row_of_nothing_;
            return;
        }
        const std::size_t named = std::min({columns_->timings.front().time, std::size_t{5}, cells.size()});
        into_.in_turn(
            line.number,
            fmt::format("{}", fmt::join(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(named), " ")));
        for (std::size_t i = 0; i < columns_->timings.size(); ++i) {
            const TimingColumns& at = columns_->timings[i];
            if (cells[at.time] == "N/A") {
                continue;  // an operation that has no in-place form
            }
            // The last line may end in the middle of a number.
            if (line.last_without_end && i + 1 == columns_->timings.size()) {
                into_.warn(line.number, "the log ends here without a newline: its last timing is left out");
                continue;
            }
            if (add_timing(timing_of(line, cells, at), into_) == Believed::contradicts_ranks) {
                into_.refuse_table(line.number, "the bandwidths of another of its rows are not those of so many ranks");
            }
            note_errors(cells, at);
        }
    }

    NcclTiming timing_of(const Line& line, const std::vector<std::string_view>& cells, const TimingColumns& at) const
    {
        const auto cell = [&](const std::optional<std::size_t>& column) {
            return column ? cells[*column] : std::string_view{};
        };
        NcclTiming timing;
        timing.collective = pattern_or_throw(test_ ? test_->collective : std::nullopt, into_);
        timing.hypercube = test_ && test_->hypercube;
        timing.bytes = count(cells[0]).value_or(0);
        timing.count = count(cells[1]);
        timing.type = cells[2];
        timing.op = cell(columns_->op);
        timing.root = cell(columns_->root);
        timing.in_place = at.in_place;
        timing.host_time = columns_->host_times;
        timing.time_us = printed(cells[at.time]);
        if (timing.time_us) {
            timing.time_us->value *= columns_->time_in_us;
            timing.time_us->half_unit *= columns_->time_in_us;
        }
        timing.over_ranks = conditions_.over_ranks();
        timing.time_text = cells[at.time];
        timing.algbw_GBps = printed(cell(at.algbw));
        timing.busbw_GBps = printed(cell(at.busbw));
        timing.wrong = columns_->errors_are_sizes ? std::nullopt : number(cell(at.wrong));
        timing.wrong_text = columns_->errors_are_sizes ? std::string_view{} : cell(at.wrong);
        timing.iterations = conditions_.executions();
        timing.chain = conditions_.chain();
        timing.ranks = ranks_or_throw(conditions_.ranks(places_, list_is_cut_, into_), into_);
        timing.nodes = into_.hints().nodes.value_or(places_.nodes());
        timing.groups = places_.groups();
        timing.line = line.number;
        return timing;
    }

    /// Of the case that was just added.
    void note_errors(const std::vector<std::string_view>& cells, const TimingColumns& at)
    {
        if (into_.table().empty()) {
            return;
        }
        CaseHeader& header = into_.table().back();
        wrong_in_test_ = wrong_in_test_ || has_wrong_data(header);
        const bool has_error = at.wrong && number(cells[*at.wrong]);
        if (columns_->errors_are_sizes && has_error && header.status == CaseStatus::measured) {
            header.verification_note = error_note;
        }
    }

    static constexpr std::string_view error_note = "checked by the suite; the log ends before it says with what result";

    Collector& into_;
    std::optional<NcclColumns> columns_;
    std::size_t rows_in_table_ = 0;
    InPlace order_ = InPlace::second;
    bool wrong_in_test_ = false;
    std::optional<NamedTest> test_;       ///< what the next table is of, as far as the log says
    std::optional<std::size_t> unnamed_;  ///< line of a table whose name is not known
    NcclConditions conditions_;
    bool list_is_cut_ = false;     ///< of devices, which is of at most 2,048 characters a process
    std::set<std::string> named_;  ///< tests, since the last row of another
    bool concluded_ = false;       ///< the test, and no other one is named yet
    bool ended_ = false;           ///< the table, by what stands below its rows
    NcclPlaces places_;
    std::string library_;
    std::vector<std::string> broken_;  ///< cells of a row that another process wrote into
    std::size_t broken_line_ = 0;
    std::size_t rows_of_nothing_ = 0;
    std::size_t first_row_of_nothing_ = 0;
};

}  // namespace

void read_nccl_text(std::string_view log, Collector& into)
{
    NcclText reader(into);
    read_lines(log, into, [&](const Line& line) { reader.read(line); });
    reader.finish();
}

}  // namespace plumbline::import
