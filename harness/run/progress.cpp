// SPDX-License-Identifier: Apache-2.0
#include "harness/run/progress.hpp"

#include "collectives/util/units.hpp"
#include "harness/run/remaining_time.hpp"
#include "harness/util/timing.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/case_titles.hpp"
#include "results/summaries/disturbances.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

Sentence slots_said(std::size_t slots, std::size_t cases)
{
    const Sentence of_cases = count_said(static_cast<long long>(cases), "{} case", "{} cases");
    return slots == cases ? of_cases : say("{} rounds of {}", slots, of_cases);
}

std::string clock_text(double seconds)
{
    const auto whole = static_cast<long>(seconds + 0.5);
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    }
    return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

namespace {

std::size_t terminal_columns()
{
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col : 80;
}

class Lines final : public Progress {
public:
    Lines(std::ostream& out, ProgressStyle style, double confidence, std::vector<std::string> ranks, Language language)
        : out_(out),
          live_(style == ProgressStyle::live),
          confidence_(confidence),
          ranks_(std::move(ranks)),
          language_(language)
    {
    }

    void begin(std::size_t slots, std::size_t cases, double bound_s, double budget_s) override
    {
        slots_ = slots;
        time_.begin(bound_s, budget_s, steady_now_s());
        last_line_s_ = steady_now_s();
        out_ << in(language_, say("{}, at most {}", slots_said(slots, cases), clock_text(bound_s))) << '\n'
             << std::flush;
    }

    void started(std::size_t slot, const Case& c, int round) override
    {
        current_ = c.what;
        round_ = round;
        slot_ = slot;
        budget_s_ = c.stop.max_seconds;
        redraw({});
    }

    void sampled(std::size_t samples, std::optional<double> median_s, std::optional<Interval>) override
    {
        redraw(median_s ? say("{}, {} samples", format_seconds(*median_s), samples) : Sentence());
        constexpr double quiet_s = 10;
        if (!live_ && steady_now_s() - last_line_s_ >= quiet_s) {
            print(slot_, say("{} samples so far", samples));
        }
    }

    void finished(std::size_t slot, const CaseHeader& header, const Round& round) override
    {
        current_ = header.what;
        time_.finish(budget_s_);
        done_ = slot + 1;
        if (header.status != CaseStatus::measured) {
            print(slot, say("{}: {}", word(name(header.status)), reason(header)));
        } else {
            ++rounds_;
            const CaseSummary row = summarize({header, {round}}, confidence_);
            print(slot, result_of(row));
            for (Disturbance& found : disturbances_of({header, {round}}, confidence_, ranks_)) {
                warn_of(header, found);
                disturbances_.push_back(std::move(found));
            }
        }
        if (done_ == slots_) {
            tell_disturbances();
        }
    }

    void kept(std::size_t slot, const Case& c) override
    {
        time_.skip(c.stop.max_seconds);
        current_ = c.what;
        done_ = slot + 1;
        print(slot, say("kept from the earlier launch"));
    }

    void warn(const Sentence& what) override
    {
        out_ << (live_ ? "\r\x1b[K" : "") << "plumbline: " << in(language_, say("warning: {}", what)) << '\n'
             << std::flush;
    }

private:
    /// "11.9 ms, 0.531 GB/s", and what is wrong with it.
    static Sentence result_of(const CaseSummary& row)
    {
        if (!row.median_s) {
            return say("no samples");
        }
        Sentence text = format_seconds(*row.median_s);
        if (row.busbw_bytes_per_s) {
            text = say("{}, {} GB/s", text, format_gigabytes_per_second(*row.busbw_bytes_per_s));
        }
        return row.stop.empty() || row.stop == name(StopReason::converged) ? text
                                                                           : say("{} ({})", text, word(row.stop));
    }

    /// The first of a kind in full; the others are counted, and told at the end.
    void warn_of(const CaseHeader& header, const Disturbance& found)
    {
        if (warned_.insert(found.kind).second) {
            warn(say("{}: {}", description(header.what), found.what));
        }
    }

    void tell_disturbances()
    {
        const Sentence all = disturbances_said(disturbances_, rounds_);
        if (!all.empty()) {
            warn(all);
        }
    }

    std::string counter(std::size_t slot) const
    {
        const auto width = fmt::formatted_size("{}", slots_);
        return fmt::format("[{:>{}}/{}]", slot + 1, width, slots_);
    }

    /// "[ 3/14] 21 % 4 s, 16 s left  allreduce 4 MiB, 4 ranks  11.9 ms, 0.531 GB/s" in the columns of a line: the case
    /// in full where there is room, else in short.
    std::string line(std::size_t slot, const Sentence& state) const
    {
        const std::size_t percent = slots_ == 0 ? 100 : 100 * done_ / slots_;
        const double now_s = steady_now_s();
        const std::string times = done_ == slots_ ? in(language_, say("{} in all", clock_text(time_.elapsed_s(now_s))))
                                                  : in(language_, say("{}, {} left", clock_text(time_.elapsed_s(now_s)),
                                                                      clock_text(time_.left_s(now_s))));
        // Columns that line up, and room for a case that doesn't depend on the seconds.
        constexpr std::size_t times_width = 15;
        const std::string space(times_width - std::min(times_width, text::width(times)), ' ');
        const std::string head = fmt::format("{} {:>3} % {}{}", counter(slot), percent, times, space);
        const std::string tail = in(language_, state);
        const Sentence size = format_bytes(current_.bytes);
        const auto whole = [&](const Sentence& what) {
            const Sentence with_round = round_ > 0 ? say("{}, round {}", what, round_ + 1) : what;
            return fmt::format("{}  {}  {}", head, text::printable(in(language_, with_round)), text::printable(tail));
        };
        const Sentence ranks = ranks_said(current_.ranks);
        std::string full = whole(description(current_));
        for (const Sentence& name : {title_of_pattern(current_.pattern), Sentence(current_.pattern)}) {
            std::string shorter = whole(say("{}, {}, {}", name, size, ranks));
            if (text::width(full) >= columns_ && text::width(shorter) < text::width(full)) {
                full = std::move(shorter);
            }
        }
        return full;
    }

    /// The line of the present case, truncated to the width of the terminal: a line that wraps can't be redrawn.
    void redraw(const Sentence& state)
    {
        if (live_) {
            std::string shown = line(slot_, state);
            while (text::width(shown) >= columns_) {
                shown.pop_back();
            }
            out_ << "\r\x1b[K" << text::printable(shown) << std::flush;
        }
    }

    void print(std::size_t slot, const Sentence& result)
    {
        last_line_s_ = steady_now_s();
        out_ << (live_ ? "\r\x1b[K" : "") << line(slot, result) << '\n' << std::flush;
    }

    std::ostream& out_;
    bool live_;
    std::size_t columns_ = terminal_columns();
    double confidence_;
    std::size_t slots_ = 0;
    std::size_t slot_ = 0;
    double budget_s_ = 0;
    RemainingTime time_;
    std::vector<std::string> ranks_;
    Language language_;
    CaseIdentity current_;
    int round_ = 0;
    std::size_t done_ = 0;
    std::size_t rounds_ = 0;  ///< measured in this launch
    std::vector<Disturbance> disturbances_;
    std::set<DisturbanceKind> warned_;
    double last_line_s_ = 0;
};

}  // namespace

std::unique_ptr<Progress> make_progress(std::ostream& out, ProgressStyle style, double confidence,
                                        std::vector<std::string> ranks, Language language)
{
    return std::make_unique<Lines>(out, style, confidence, std::move(ranks), language);
}

}  // namespace plumbline
