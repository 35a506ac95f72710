// SPDX-License-Identifier: Apache-2.0
#include "harness/run/progress.hpp"

#include "collectives/util/units.hpp"
#include "harness/run/remaining_time.hpp"
#include "harness/util/timing.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/summaries/summarize.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

std::string slots_text(std::size_t slots, std::size_t cases)
{
    const std::string of_cases = fmt::format("{} {}", cases, cases == 1 ? "case" : "cases");
    return slots == cases ? of_cases : fmt::format("{} rounds of {}", slots, of_cases);
}

std::string duration_text(double seconds)
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

std::string with_interval(std::optional<double> median_s, std::optional<Interval> interval)
{
    if (!median_s) {
        return "-";
    }
    if (!interval) {
        return format_seconds(*median_s);
    }
    return fmt::format("{} [{}, {}]", format_seconds(*median_s), format_seconds(interval->low),
                       format_seconds(interval->high));
}

std::size_t terminal_columns()
{
    winsize size{};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col : 80;
}

class Lines final : public Progress {
public:
    Lines(std::ostream& out, ProgressStyle style, double confidence, std::vector<std::string> ranks)
        : out_(out), live_(style == ProgressStyle::live), confidence_(confidence), ranks_(std::move(ranks))
    {
    }

    void begin(std::size_t slots, std::size_t cases, double bound_s, double budget_s) override
    {
        slots_ = slots;
        time_.begin(bound_s, budget_s, steady_now_s());
        out_ << fmt::format("{}, at most {}\n", slots_text(slots, cases), duration_text(bound_s)) << std::flush;
    }

    void started(std::size_t slot, const Case& c, int round) override
    {
        current_ = fmt::format("{} {}", counter(slot), describe(c.what));
        if (round > 0) {
            current_ += fmt::format(", round {}", round + 1);
        }
        slot_ = slot;
        budget_s_ = c.stop.max_seconds;
        asked_ = c.stop.relative_ci;
        redraw("...");
    }

    void sampled(std::size_t samples, std::optional<double> median_s, std::optional<Interval> interval) override
    {
        redraw(fmt::format("{}, {} samples, {} left", with_interval(median_s, interval), samples,
                           duration_text(time_.left_s(steady_now_s()))));
    }

    void finished(std::size_t slot, const CaseHeader& header, const Round& round) override
    {
        if (header.status != CaseStatus::measured) {
            print(slot, describe(header.what), fmt::format("{}: {}", name(header.status), header.why));
        } else {
            const CaseSummary row = summarize({header, {round}}, confidence_);
            std::optional<Interval> interval;
            if (row.ci_low_s && row.ci_high_s) {
                interval = Interval{*row.ci_low_s, *row.ci_high_s};
            }
            print(slot, describe(header.what),
                  fmt::format("{}  {} samples, {}", with_interval(row.median_s, interval), row.samples, row.stop));
            if (interval) {
                explain(header, round, *row.median_s, *interval);
            }
            if (const auto errors = describe_device_errors(round.devices, names_of(header.world_ranks))) {
                warn(header, *errors);
            }
        }
        time_.finish(budget_s_);
        tell_time_left(slot + 1);
    }

    void kept(std::size_t slot, const Case& c) override
    {
        time_.skip(c.stop.max_seconds);
        print(slot, describe(c.what), "kept from the earlier launch");
    }

private:
    std::vector<std::string> names_of(const std::vector<int>& world_ranks) const
    {
        std::vector<std::string> who;
        for (const int rank : world_ranks) {
            const auto at = static_cast<std::size_t>(rank);
            who.push_back(at < ranks_.size() ? ranks_[at] : fmt::format("rank {}", rank));
        }
        return who;
    }

    void warn(const CaseHeader& header, const std::string& why)
    {
        out_ << fmt::format("plumbline: warning: {}: {}\n", describe(header.what), why) << std::flush;
    }

    void explain(const CaseHeader& header, const Round& round, double median_s, const Interval& interval)
    {
        const auto who = names_of(header.world_ranks);
        const Spread spread{.measured = median_s > 0 ? (interval.high - interval.low) / 2 / median_s : 0,
                            .asked = asked_};
        auto why = explain_by_devices(spread, round.devices, who);
        if (!why) {
            why = explain_spread(spread, round.interference, who);
        }
        if (why && explained_.insert(header.id).second) {
            warn(header, *why);
        }
    }

    std::string counter(std::size_t slot) const
    {
        const auto width = fmt::formatted_size("{}", slots_);
        return fmt::format("[{:>{}}/{}]", slot + 1, width, slots_);
    }

    /// For a log, which is not redrawn: at each quarter of a long plan the bound as it is now.
    void tell_time_left(std::size_t done)
    {
        constexpr std::size_t long_plan = 20;
        const bool at_quarter = done * 4 / slots_ != (done - 1) * 4 / slots_;
        if (live_ || slots_ < long_plan || done == slots_ || !at_quarter) {
            return;
        }
        out_ << fmt::format("{} of {} done, at most {} left (about {} as measured so far)\n", done, slots_,
                            duration_text(time_.most_left_s(steady_now_s())),
                            duration_text(time_.left_s(steady_now_s())))
             << std::flush;
    }

    /// The line of the present case, truncated to the width of the terminal: a line that wraps can't be redrawn.
    void redraw(const std::string& state)
    {
        if (live_) {
            out_ << "\r\x1b[K" << fmt::format("{}  {}", current_, state).substr(0, columns_ - 1) << std::flush;
        }
    }

    void print(std::size_t slot, const std::string& what, const std::string& result)
    {
        out_ << (live_ ? "\r\x1b[K" : "") << fmt::format("{} {}  {}\n", counter(slot), what, result) << std::flush;
    }

    std::ostream& out_;
    bool live_;
    std::size_t columns_ = terminal_columns();
    double confidence_;
    std::size_t slots_ = 0;
    std::size_t slot_ = 0;
    double budget_s_ = 0;
    RemainingTime time_;
    double asked_ = 0;
    std::vector<std::string> ranks_;
    std::set<int> explained_;  ///< cases whose spread was explained
    std::string current_;
};

}  // namespace

std::unique_ptr<Progress> make_progress(std::ostream& out, ProgressStyle style, double confidence,
                                        std::vector<std::string> ranks)
{
    return std::make_unique<Lines>(out, style, confidence, std::move(ranks));
}

}  // namespace plumbline
