// SPDX-License-Identifier: Apache-2.0
#include "harness/run/log_progress.hpp"

#include "harness/run/remaining_time.hpp"
#include "results/printers/log.hpp"
#include "results/records/case_record.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/text.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {

namespace {

constexpr double minute_s = 60;

double unix_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class LogProgress final : public Progress {
public:
    LogProgress(std::ostream& out, const LogStyle& style, double confidence, std::function<double()> now_s)
        : out_(out), style_(style), confidence_(confidence), now_s_(std::move(now_s))
    {
    }

    void begin(std::size_t slots, std::size_t cases, double bound_s, double budget_s) override
    {
        rounds_ = slots;
        last_s_ = now_s_();
        time_.begin(bound_s, budget_s, last_s_);
        if (style_.json) {
            put(log_begin(unix_s(), {.rounds = slots, .cases = cases, .bound_s = bound_s}));
        } else {
            put(say("{}, at most {}", slots_said(slots, cases), clock_text(bound_s)));
        }
    }

    void started(std::size_t, const Case& c, int) override
    {
        now_ = description(c.what);
        budget_s_ = c.stop.max_seconds;
        tell_by_minute();
    }

    void sampled(std::size_t, std::optional<double>, std::optional<Interval>) override { tell_by_minute(); }

    void finished(std::size_t, const CaseHeader& header, const Round& round) override
    {
        ++done_;
        time_.finish(budget_s_);
        const bool failed = header.status == CaseStatus::failed;
        failed_ += failed ? 1U : 0U;
        if (!style_.by_minute) {
            put(log_round(unix_s(), progress(), summarize({header, {round}}, confidence_)));
        } else if (failed && !style_.json) {
            put(say("warning: {}", say("{} failed: {}", description(header.what), reason(header))), "plumbline: ");
        } else if (failed) {
            put(log_round(unix_s(), progress(), summarize({header, {round}}, confidence_)));
        }
        if (style_.by_minute && done_ == rounds_) {
            tell();
        } else {
            tell_by_minute();
        }
    }

    void kept(std::size_t, const Case& c) override
    {
        ++done_;
        now_ = description(c.what);
        time_.skip(c.stop.max_seconds);
        if (!style_.by_minute) {
            put(log_round(unix_s(), progress(), std::nullopt));
        } else if (done_ == rounds_) {
            tell();
        }
    }

    /// Without the mark: the log makes an object of it as of any other line.
    void warn(const Sentence& what) override { out_ << "plumbline: warning: " << what.english() << '\n' << std::flush; }

private:
    LoggedProgress progress() const
    {
        const double now_s = now_s_();
        return {.done = done_,
                .rounds = rounds_,
                .failed = failed_,
                .elapsed_s = time_.elapsed_s(now_s),
                .left_s = time_.left_s(now_s),
                .most_left_s = time_.most_left_s(now_s),
                .now = now_.english()};
    }

    void tell_by_minute()
    {
        if (style_.by_minute && now_s_() - last_s_ >= minute_s) {
            tell();
        }
    }

    void tell()
    {
        last_s_ = now_s_();
        const LoggedProgress told = progress();
        if (style_.json) {
            put(log_summary(unix_s(), told));
            return;
        }
        Sentence line = say("{} of {} done in {}", told.done, told.rounds, clock_text(told.elapsed_s));
        if (told.failed > 0) {
            line = say("{}, {} failed", line, told.failed);
        }
        if (told.done < told.rounds) {
            line = say("{}, at most {} left (about {}); now {}", line, clock_text(told.most_left_s),
                       clock_text(told.left_s), now_);
        }
        put(line);
    }

    void put(const std::string& object) { out_ << log_mark << object << '\n' << std::flush; }
    void put(const Sentence& line, std::string_view before = "")
    {
        out_ << before << text::printable(in(style_.language, line)) << '\n' << std::flush;
    }

    std::ostream& out_;
    LogStyle style_;
    double confidence_;
    std::function<double()> now_s_;
    RemainingTime time_;
    std::size_t rounds_ = 0;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    double budget_s_ = 0;
    double last_s_ = 0;
    Sentence now_;
};

}  // namespace

std::unique_ptr<Progress> make_log_progress(std::ostream& out, const LogStyle& style, double confidence,
                                            std::function<double()> now_s)
{
    return std::make_unique<LogProgress>(out, style, confidence, std::move(now_s));
}

}  // namespace plumbline
