// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/supervision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

namespace plumbline::endure {

namespace {

constexpr double progress_every_s = 60;
/// Between a first symptom that names no rank and the end of the launcher or a word that does.
constexpr double patience_s = 5;

std::string number(double value)
{
    return fmt::format("{:.6f}", value);
}

std::string status_text(int status)
{
    constexpr int by_signal = 128;
    return status > by_signal ? fmt::format("signal {}", status - by_signal) : fmt::format("status {}", status);
}

}  // namespace

Supervision::Supervision(const SupervisionSettings& settings, Soak soak) : settings_(settings), soak_(std::move(soak))
{
    steps_ = soak_.steps;
    progress_s_ = soak_.last_unix_s;
    launch_at_s_ = soak_.last_unix_s;
}

std::vector<JournalRecord> Supervision::take_records()
{
    return std::exchange(records_, {});
}

Order Supervision::take_order()
{
    const Order order = order_;
    order_ = order == Order::stop ? Order::wait : order;
    return order;
}

double Supervision::deadline_s() const
{
    double at = progress_s_ + progress_every_s;
    const auto sooner = [&](double moment) { at = std::min(at, moment); };
    switch (phase_) {
        case Phase::resting:
            sooner(launch_at_s_);
            break;
        case Phase::launching:
            sooner(launched_s_ + settings_.start_bound_s);
            break;
        case Phase::connected:
        case Phase::running:
            sooner(last_sign_s_ + settings_.hang_bound_s);
            break;
        case Phase::failing:
        case Phase::over:
            break;
    }
    if (symptom_s_ && phase_ != Phase::failing) {
        sooner(symptom_->rank ? *symptom_s_ : *symptom_s_ + patience_s);
    }
    if (soak_.first_step_unix_s && !stopping_since_s_) {
        sooner(*soak_.first_step_unix_s + settings_.planned_s);
    }
    return at;
}

void Supervision::write(JournalRecord record)
{
    take_in(soak_, record);
    records_.push_back(std::move(record));
}

void Supervision::write_progress(double now)
{
    progress_s_ = now;
    if (!soak_.first_step_unix_s) {
        return;
    }
    std::string bins;
    for (const auto& [bin, count] : step_times_) {
        bins += fmt::format("{}{}:{}", bins.empty() ? "" : " ", bin, count);
    }
    JournalRecord record{.unix_s = now, .kind = "progress", .fields = {{"step", fmt::format("{}", steps_)}}};
    if (checkpoints_ > 0) {
        record.fields["checkpoints"] = fmt::format("{}", checkpoints_);
        record.fields["checkpoint_s"] = number(checkpoint_s_);
    }
    if (verified_ > 0) {
        record.fields["verified"] = fmt::format("{}", verified_);
    }
    if (!bins.empty()) {
        record.fields["step_times"] = bins;
    }
    write(std::move(record));
    checkpoints_ = 0;
    checkpoint_s_ = 0;
    verified_ = 0;
    step_times_.clear();
}

void Supervision::launched(double now, const std::string& process)
{
    write({.unix_s = now, .kind = "segment", .fields = {{"process", process}}});
    phase_ = Phase::launching;
    order_ = Order::wait;
    launched_s_ = now;
    last_sign_s_ = now;
    symptom_s_.reset();
    symptom_.reset();
    done_ = false;
    stopping_since_s_.reset();
}

void Supervision::step(double now, std::uint64_t steps)
{
    if (phase_ == Phase::connected) {
        phase_ = Phase::running;
        write({.unix_s = now, .kind = "stepped", .fields = {{"step", fmt::format("{}", steps)}}});
    } else if (steps > soak_.most_steps && soak_.open()) {
        write({.unix_s = now, .kind = "regained", .fields = {{"step", fmt::format("{}", steps)}}});
    }
    if (steps > steps_) {
        last_step_s_ = now;
    }
    steps_ = steps;
    if (!soak_.open()) {
        failures_in_row_ = 0;
    }
}

void Supervision::heard(double now, const Message& message)
{
    if (phase_ == Phase::failing || phase_ == Phase::over || phase_ == Phase::resting) {
        return;
    }
    last_sign_s_ = now;
    if (message.kind == "connected") {
        phase_ = Phase::connected;
        JournalRecord record{.unix_s = now, .kind = "connected", .fields = message.fields};
        if (record.text("hosts") == hosts_) {
            record.fields.erase("hosts");  // those of thousands of hosts are written down where they change
        }
        hosts_ = message.text("hosts");
        write(std::move(record));
    } else if (message.kind == "loaded") {
        write({.unix_s = now, .kind = "loaded", .fields = message.fields});
        steps_ = message.count("step");
    } else if (message.kind == "step") {
        step(now, message.count("step"));
    } else if (message.kind == "verified") {
        verified_ += message.count("times");
    } else if (message.kind == "times") {
        std::istringstream bins(message.text("step_times"));
        int bin = 0;
        std::uint64_t count = 0;
        char colon = ':';
        while (bins >> bin >> colon >> count) {
            step_times_[bin] += count;
        }
    } else if (message.kind == "checkpoint") {
        ++checkpoints_;
        checkpoint_s_ += soak_.open() ? 0 : message.number("seconds");  // what an interruption costs counts as a whole
        constexpr double on_its_way_s = 1;                              // this message
        const double begun_s = now - message.number("seconds") - on_its_way_s;
        if (fault_ && fault_->kind == "full_disk" && begun_s > fault_->carried_out_s) {
            fault_.reset();  // there was room all the same
        }
        if (checkpoint_fails_) {
            checkpoint_fails_ = false;
            write({.unix_s = now, .kind = "checkpoint_again", .fields = {}});
        }
    } else if (message.kind == "no_checkpoint") {
        if (!checkpoint_fails_) {
            checkpoint_fails_ = true;
            JournalRecord record{.unix_s = now, .kind = "declared", .fields = message.fields};
            record.fields["cause"] = name(Cause::checkpoint);
            record.fields["step"] = fmt::format("{}", steps_);
            record.fields["t0"] = number(fault_ ? fault_->unix_s : now);
            record.fields["t1"] = number(now);
            if (fault_) {
                record.fields["injected"] = fault_->kind;
            }
            fault_.reset();
            write(std::move(record));
        }
    } else if (message.kind == "sweep") {
        JournalRecord record{.unix_s = now, .kind = "sweep", .fields = message.fields};
        const auto known = soak_.swept.find(record.text("what"));
        if (known != soak_.swept.end() && known->second == record.text("case")) {
            record.fields.erase("case");  // the same every hour
        }
        write(std::move(record));
    } else if (message.kind == "refused") {
        if (!soak_.first_step_unix_s) {
            refusal_ = message.text("what");
            finish(now, true, *refusal_);
        } else {
            noticed(now, {.cause = Cause::no_start, .what = message.text("what")});
        }
    } else if (message.kind == "wrong") {
        Symptom symptom{.cause = Cause::data_was_wrong, .what = message.text("what")};
        if (message.fields.contains("rank")) {
            symptom.rank = static_cast<int>(message.count("rank"));
            symptom.host = message.text("host");
        }
        noticed(now, symptom);
    } else if (message.kind == "done") {
        step(now, message.count("step"));
        done_ = true;
    }
}

void Supervision::noticed(double now, const Symptom& symptom)
{
    if (phase_ == Phase::failing || phase_ == Phase::over || phase_ == Phase::resting || done_) {
        return;
    }
    if (!symptom_s_) {
        symptom_s_ = now;
    }
    // What names a rank says more than what doesn't.
    if (!symptom_ || (!symptom_->rank && symptom.rank) || (symptom_->what.empty() && !symptom.what.empty())) {
        symptom_ = symptom;
    }
}

void Supervision::ended(double now, int status, const Symptom& words)
{
    if (phase_ == Phase::failing || phase_ == Phase::over || phase_ == Phase::resting) {
        return;
    }
    if (done_) {
        if (stopping_since_s_) {
            finish(now, false,
                   pausing_      ? "paused by a signal"
                   : is_due(now) ? "the planned time is over"
                                 : "the planned recoveries are done");
            return;
        }
        done_ = false;
        declare(now, {.cause = Cause::paused, .what = "the job was told to end by a signal"});
        return;
    }
    Symptom symptom = symptom_.value_or(words);
    if (!symptom.rank && words.rank) {
        symptom.rank = words.rank;
        symptom.host = words.host;
        symptom.cause = symptom_ ? symptom.cause : words.cause;
        symptom.what = words.what;
    }
    if (symptom.what.empty()) {
        symptom.what = fmt::format("the launcher ended with {}", status_text(status));
    }
    if (phase_ == Phase::launching && symptom.cause == Cause::job_ended) {
        symptom.cause = Cause::no_start;
    }
    if (!symptom_s_) {
        symptom_s_ = now;
    }
    declare(now, symptom);
}

void Supervision::declare(double now, const Symptom& symptom)
{
    write_progress(now);
    JournalRecord record{.unix_s = now, .kind = "declared", .fields = {}};
    record.fields["cause"] = name(symptom.cause);
    record.fields["what"] = symptom.what;
    record.fields["step"] = fmt::format("{}", std::max(steps_, soak_.most_steps));
    if (symptom.rank) {
        record.fields["rank"] = fmt::format("{}", *symptom.rank);
    }
    if (!symptom.host.empty()) {
        record.fields["host"] = symptom.host;
    }
    const double last_life_s = std::min(std::max(last_step_s_, launched_s_), now);
    const double fault_s = fault_ ? fault_->unix_s : std::min(last_life_s, symptom_s_.value_or(now));
    record.fields["t0"] = number(fault_s);
    record.fields["t1"] = number(std::clamp(symptom_s_.value_or(last_life_s), fault_s, now));
    if (fault_) {
        record.fields["injected"] = fault_->kind;
        fault_.reset();
    }
    // Before the first step there was nothing to interrupt, but wrong data is wrong data.
    if (soak_.first_step_unix_s || symptom.cause == Cause::data_was_wrong) {
        write(std::move(record));
    }
    ++failures_in_row_;
    phase_ = Phase::failing;
    order_ = Order::kill;
    symptom_s_.reset();
    symptom_ = symptom;
}

void Supervision::gone(double now, const IsolatedHost& isolated)
{
    if (phase_ == Phase::over) {
        return;
    }
    if (soak_.first_step_unix_s || soak_.open()) {
        JournalRecord record{.unix_s = now, .kind = "isolated", .fields = {}};
        if (!isolated.host.empty()) {
            record.fields["host"] = isolated.host;
        }
        if (!isolated.why.empty()) {
            record.fields["why"] = isolated.why;
        }
        write(std::move(record));
    }
    if (pausing_) {
        finish(now, false, "paused by a signal");
        return;
    }
    if (failures_in_row_ >= settings_.give_up_after) {
        finish(now, true,
               fmt::format("{} failures in a row without a new step, the last one: {}", failures_in_row_,
                           symptom_ ? symptom_->what : ""));
        return;
    }
    const int again = failures_in_row_ - 2;
    const double pause_s =
        again < 0 ? 0 : std::min(settings_.first_pause_s * std::exp2(again), settings_.longest_pause_s);
    phase_ = Phase::resting;
    launch_at_s_ = now + pause_s;
    order_ = pause_s > 0 ? Order::wait : Order::launch;
    symptom_.reset();
    pausing_ = false;
}

void Supervision::injected(double now, const std::string& kind, const std::string& entry, bool interrupts)
{
    write({.unix_s = now, .kind = "injected", .fields = {{"fault", kind}, {"entry", entry}}});
    if (interrupts && !fault_) {
        fault_ = PendingFault{.unix_s = now, .kind = kind, .carried_out_s = now};
    }
}

void Supervision::carried_out(double now)
{
    if (fault_) {
        fault_->carried_out_s = now;
    }
}

void Supervision::asked_to_pause(double now)
{
    pausing_ = true;
    if (phase_ == Phase::resting) {
        finish(now, false, "paused by a signal");
    } else if (phase_ == Phase::running && !stopping_since_s_) {
        stopping_since_s_ = now;
        order_ = Order::stop;
    } else if (phase_ == Phase::launching || phase_ == Phase::connected) {
        declare(now, {.cause = Cause::paused, .what = "paused by a signal before its first step"});
    }
}

void Supervision::resumed(double now)
{
    if (!soak_.first_step_unix_s) {
        return;
    }
    const bool was_paused = soak_.end.has_value();
    JournalRecord record{.unix_s = now, .kind = "declared", .fields = {}};
    record.fields["cause"] = name(was_paused ? Cause::paused : Cause::supervisor_died);
    record.fields["what"] = was_paused ? "paused by a signal, resumed by hand"
                                       : "the supervisor died, and the job ended with it; resumed by hand";
    record.fields["step"] = fmt::format("{}", soak_.most_steps);
    record.fields["t0"] = number(soak_.last_unix_s);
    record.fields["t1"] = number(soak_.last_unix_s);
    write(std::move(record));
    write({.unix_s = now, .kind = "isolated", .fields = {}});
}

bool Supervision::is_due(double now) const
{
    return soak_.first_step_unix_s && now >= *soak_.first_step_unix_s + settings_.planned_s;
}

void Supervision::tick(double now)
{
    if (phase_ == Phase::over) {
        return;
    }
    if (phase_ == Phase::resting) {
        if (now >= launch_at_s_) {
            order_ = Order::launch;
        }
    } else if (phase_ != Phase::failing) {
        if (symptom_s_ && (symptom_->rank || now >= *symptom_s_ + patience_s)) {
            declare(now, *symptom_);
        } else if (phase_ == Phase::launching && now >= launched_s_ + settings_.start_bound_s) {
            declare(now, {.cause = Cause::no_start,
                          .what = fmt::format("the ranks did not come up within {:.0f} s", settings_.start_bound_s)});
        } else if ((phase_ == Phase::running || phase_ == Phase::connected) &&
                   now >= last_sign_s_ + settings_.hang_bound_s) {
            declare(now, {.cause = Cause::hang,
                          .what = fmt::format("no heartbeat for {:.0f} s after step {}", now - last_sign_s_, steps_)});
        } else if (stopping_since_s_ && now >= *stopping_since_s_ + settings_.end_bound_s) {
            declare(now, {.cause = Cause::hang,
                          .what = fmt::format("the job did not end within {:.0f} s after it was asked to",
                                              settings_.end_bound_s)});
        }
    }
    if (fault_ && now >= fault_->unix_s + 2 * settings_.hang_bound_s) {
        fault_.reset();  // it did nothing
    }
    const bool enough =
        settings_.until_recoveries > 0 && soak_.recoveries() >= static_cast<std::size_t>(settings_.until_recoveries);
    if (steady() && !stopping_since_s_ && (is_due(now) || enough)) {
        stopping_since_s_ = now;
        order_ = Order::stop;
    }
    if (now >= progress_s_ + progress_every_s) {
        write_progress(now);
    }
}

void Supervision::finish(double now, bool gave_up, const std::string& why)
{
    write_progress(now);
    write({.unix_s = now,
           .kind = "end",
           .fields = {{"gave_up", gave_up ? "true" : "false"}, {"paused", pausing_ ? "true" : "false"}, {"why", why}}});
    phase_ = Phase::over;
    order_ = Order::finish;
}

}  // namespace plumbline::endure
