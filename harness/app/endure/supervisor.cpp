// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/supervisor.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/endure/node_diagnosis.hpp"
#include "harness/app/endure/soak_peers.hpp"
#include "harness/endure/checkpoint.hpp"
#include "harness/endure/fault_injection.hpp"
#include "harness/endure/fault_schedule.hpp"
#include "harness/endure/job_process.hpp"
#include "harness/endure/job_secret.hpp"
#include "harness/util/timing.hpp"
#include "results/endurance/soak_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <utility>

namespace plumbline::app {

namespace {

using endure::Message;
using endure::Order;
using endure::Symptom;

constexpr double kill_patience_s = 5;
constexpr double longest_wait_s = 0.5;
constexpr double metrics_every_s = 60;

/// Seconds since 1970 that never go back: the system's clock at the start, the steady one since.
class SoakClock {
public:
    double now() const { return unix_s_ + (steady_now_s() - steady_s_); }

private:
    double unix_s_ = unix_now_s();
    double steady_s_ = steady_now_s();
};

std::string drawn_secret()
{
    std::random_device source;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", source(), source(), source(), source());
}

std::vector<std::string> lines_in(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

class Supervisor {
public:
    explicit Supervisor(SupervisorSetup setup)
        : setup_(std::move(setup)),
          supervision_(settings_of(setup_.soak.settings), setup_.soak),
          faults_(setup_.faults, setup_.soak.injected, setup_.soak.wall_s())
    {
    }

    Soak run()
    {
        if (setup_.resumed) {
            supervision_.resumed(clock_.now());
        }
        keep();
        while (true) {
            switch (supervision_.take_order()) {
                case Order::launch:
                    launch();
                    break;
                case Order::kill:
                    kill();
                    break;
                case Order::stop:
                    peers_.tell_rank_0({.kind = "stop", .fields = {}});
                    break;
                case Order::finish:
                    return finish();
                case Order::wait:
                    attend();
                    break;
            }
            keep();
        }
    }

private:
    static endure::SupervisionSettings settings_of(const SoakSettings& soak)
    {
        constexpr double beyond_watchdog = 1.5;
        constexpr double margin_s = 5;
        endure::SupervisionSettings settings;
        settings.planned_s = soak.planned_s;
        settings.until_recoveries = soak.until_recoveries;
        settings.hang_bound_s = beyond_watchdog * soak.hang_after_s + margin_s;
        settings.start_bound_s = std::max(settings.start_bound_s, settings.hang_bound_s);
        settings.give_up_after = soak.give_up_after;
        return settings;
    }

    const SoakSettings& settings() const { return setup_.soak.settings; }

    /// Makes durable what was noted, and then says it.
    void keep()
    {
        const auto records = supervision_.take_records();
        setup_.folder.append(records);
        for (const JournalRecord& record : records) {
            if (const std::string line = soak_line(record, supervision_.soak()); !line.empty()) {
                held_ += "plumbline: " + line + "\n";
            }
            has_begun_ = has_begun_ || record.kind == "connected" || record.kind == "declared";
        }
        if (has_begun_) {  // a refusal before that is one sentence
            setup_.out << std::exchange(held_, {}) << std::flush;
        }
        const double now = steady_now_s();
        if (now >= metrics_due_s_ || std::ranges::any_of(records, [](const auto& r) { return r.kind != "progress"; })) {
            metrics_due_s_ = now + metrics_every_s;
            setup_.folder.replace("metrics.prom", soak_prometheus(supervision_.soak(), supervision_.running()));
        }
    }

    std::vector<std::string> rank_words() const
    {
        std::vector<std::string> words{settings().program, "run", settings().scenario};
        for (const std::string& one : lines_in(settings().overrides)) {
            words.insert(words.end(), {"--set", one});
        }
        words.insert(words.end(), {"--hang-after", fmt::format("{}s", settings().hang_after_s), "--soak",
                                   fmt::format("{}@{}", secret_file_, peers_.addresses())});
        return words;
    }

    std::vector<std::string> hosts_now() const
    {
        return endure::hosts_without(setup_.launcher, supervision_.soak().isolated).value_or(setup_.launcher.hosts);
    }

    std::string host_file() const { return std::filesystem::absolute(setup_.folder.path() / "hosts").string(); }

    void launch()
    {
        const auto& bad = supervision_.soak().isolated;
        const auto hosts = hosts_now();
        if (setup_.launcher.spares > 0 && setup_.launcher.source == endure::HostSource::file) {
            setup_.folder.replace("hosts", fmt::format("{}\n", fmt::join(hosts, "\n")));
        }
        words_ = {};
        last_line_.clear();
        const std::string secret = drawn_secret();
        peers_.expect(secret);
        secret_file_ = setup_.folder.replace_secret(secret + "\n").string();
        job_ = std::make_unique<endure::JobProcess>(
            endure::job_words(setup_.launcher, hosts, bad, host_file(), rank_words()),
            endure::secret_environment(secret));
        supervision_.launched(clock_.now(), endure::process_name(job_->pid()));
    }

    void kill()
    {
        std::string bad = bad_host();
        peers_.leave();
        if (job_) {
            read_output();
            job_->end(kill_patience_s);
            read_output();
            job_.reset();
        }
        injection_.job_is_gone();
        std::string why;
        if (bad.empty() && nobody_is_named()) {
            const BlamedHost blamed = survey();
            bad = can_be_replaced(blamed.host) ? blamed.host : "";
            why = bad.empty() ? "" : blamed.why;
        }
        supervision_.gone(clock_.now(), {.host = bad, .why = why});
    }

    /// Whether spares are left and the last event says nothing of who is to blame.
    bool nobody_is_named() const
    {
        const auto& events = supervision_.soak().events;
        if (settings().diagnose_within_s <= 0 || setup_.launcher.spares == 0 || events.empty() ||
            supervision_.is_ending()) {
            return false;
        }
        const SoakEvent& last = events.back();
        const bool of_unknown_cause = last.cause == Cause::rank_died || last.cause == Cause::hang ||
                                      last.cause == Cause::job_ended || last.cause == Cause::no_start;
        return of_unknown_cause && last.host.empty() && !last.rank &&
               setup_.launcher.spares > supervision_.soak().isolated.size();
    }

    /// Measures the links of the hosts that the job had, for a short while.
    BlamedHost survey()
    {
        const auto& bad = supervision_.soak().isolated;
        const std::string run_file = std::filesystem::absolute(setup_.folder.path() / "survey" / "links.h5").string();
        std::vector<std::string> words = survey_arguments(settings().scenario, lines_in(settings().overrides),
                                                          settings().diagnose_within_s, run_file);
        words.insert(words.begin(), settings().program);
        setup_.out << fmt::format("plumbline: measures the links of its hosts for up to {}, since nobody is named\n",
                                  duration_text(settings().diagnose_within_s))
                   << std::flush;
        bool called_off = false;
        const std::function<bool()> is_called_off = [&] {
            if (setup_.seen_signal() != 0) {
                called_off = true;
                supervision_.asked_to_pause(clock_.now());
            }
            return called_off;
        };
        return survey_nodes(
            {.words = endure::job_words(setup_.launcher, hosts_now(), bad, host_file(), words),
             .run_file = run_file,
             .within_s = settings().diagnose_within_s,
             .is_called_off = is_called_off},
            [this](const std::string& line) { setup_.folder.log(supervision_.soak().segments, std::vector{line}); });
    }

    /// The host of the rank that is to blame, where a spare can take its place.
    std::string bad_host() const
    {
        const auto& events = supervision_.soak().events;
        if (setup_.launcher.spares == 0 || events.empty() || events.back().host.empty()) {
            return "";
        }
        return can_be_replaced(events.back().host) ? events.back().host : "";
    }

    bool can_be_replaced(const std::string& host) const
    {
        auto bad = supervision_.soak().isolated;
        if (host.empty() || std::ranges::find(bad, host) != bad.end()) {
            return false;
        }
        bad.push_back(host);
        return endure::hosts_without(setup_.launcher, bad).has_value();
    }

    Soak finish()
    {
        peers_.leave();
        job_.reset();
        setup_.folder.remove_secret();
        if (const auto why = supervision_.refusal()) {
            throw ConfigError(*why);
        }
        setup_.out << std::exchange(held_, {}) << std::flush;
        return supervision_.soak();
    }

    /// Waits until something happens or is due, and tells it.
    void attend()
    {
        wait_for_events();
        if (setup_.seen_signal() != 0) {
            supervision_.asked_to_pause(clock_.now());
        }
        // What ranks said before the launcher's words were printed comes before these, though it is read after them.
        const bool rank_is_named = job_ && read_output();
        peers_.accept();
        hear();
        if (rank_is_named) {
            supervision_.noticed(clock_.now(), words_);
        }
        if (job_) {
            if (const auto status = job_->status()) {
                hear();  // what a rank said before the end comes first
                tell_end(*status);
            }
        }
        supervision_.tick(clock_.now());
        inject();
        injection_.tick(steady_now_s());
    }

    void wait_for_events()
    {
        std::vector<pollfd> waiting;
        peers_.add_descriptors(waiting);
        double wait_s = std::min(supervision_.deadline_s() - clock_.now(), longest_wait_s);
        if (job_ && output_ended()) {
            wait_s = std::min(wait_s, 0.01);
        } else if (job_) {
            waiting.push_back({job_->output(), POLLIN, 0});
        }
        ::poll(waiting.data(), waiting.size(), static_cast<int>(std::max(wait_s, 0.0) * 1000) + 1);
    }

    /// Whether nobody can write any more: the launcher ends about now.
    bool output_ended() const
    {
        pollfd one{job_->output(), POLLIN, 0};
        return ::poll(&one, 1, 0) > 0 && (one.revents & POLLHUP) != 0 && (one.revents & POLLIN) == 0;
    }

    void hear()
    {
        peers_.hear({.greeting = [this] { return job_settings(); },
                     .from_rank_0 =
                         [this](const Message& message) {
                             supervision_.heard(clock_.now(), message);
                             keep();
                         },
                     .last_word =
                         [this](const Message& message) {
                             hear_word(message);
                             keep();
                         },
                     .rank_0_is_gone =
                         [this] { supervision_.noticed(clock_.now(), {.cause = Cause::rank_died, .what = ""}); }});
    }

    /// Of the rank that ends a launch: it names who is to blame, and where that is.
    void hear_word(const Message& message)
    {
        const std::string what = message.text("what");
        Symptom symptom =
            endure::symptom_in("plumbline: " + what).value_or(Symptom{.cause = Cause::hang, .what = what});
        if (symptom.host.empty()) {
            symptom.host = message.text("host");
        }
        supervision_.noticed(clock_.now(), located(symptom));
    }

    /// With the host of the rank that it names, where its words don't say it and the rank has said hello.
    Symptom located(Symptom symptom) const
    {
        if (symptom.host.empty() && symptom.rank) {
            symptom.host = peers_.host_of(*symptom.rank);
        }
        return symptom;
    }

    Message job_settings() const
    {
        const auto number = [](double value) { return fmt::format("{}", value); };
        double newest_sweep_s = 0;
        for (const auto& [what, points] : supervision_.soak().sweeps) {
            newest_sweep_s = std::max(newest_sweep_s, points.back().unix_s);
        }
        return {
            .kind = "settings",
            .fields = {{"id", settings().id},
                       {"checkpoint_folder", settings().checkpoint_folder},
                       {"checkpoint_bytes", fmt::format("{}", settings().checkpoint_bytes)},
                       {"checkpoint_every_s", number(settings().checkpoint_every_s)},
                       {"verify_every", fmt::format("{}", settings().verify_every)},
                       {"sweep_every_s", number(settings().sweep_every_s)},
                       {"sweep_due_s", number(std::max(newest_sweep_s + settings().sweep_every_s - clock_.now(), 0.0))},
                       {"inject", setup_.faults.empty() ? "0" : "1"},
                       {"load_s", number(faults_.load_s())}}};
    }

    /// Whether the launcher has now named a rank.
    bool read_output()
    {
        const auto lines = job_->read_lines();
        if (lines.empty()) {
            return false;
        }
        bool named = false;
        setup_.folder.log(supervision_.soak().segments, lines);
        for (const std::string& line : lines) {
            if (line.find_first_not_of(" -\t\r") != std::string::npos) {
                last_line_ = line;
            }
            const auto symptom = endure::symptom_in(line);
            if (symptom && (words_.what.empty() || (!words_.rank && symptom->rank))) {
                words_ = located(*symptom);
                named = named || symptom->rank;
            }
        }
        return named;
    }

    void tell_end(int status)
    {
        constexpr int by_signal = 128;
        const double now = clock_.now();
        if (WIFSIGNALED(status)) {
            Symptom symptom = words_;
            if (!symptom.rank) {
                symptom = {.cause = Cause::launcher_died,
                           .what = fmt::format("the launcher ended by signal {}", WTERMSIG(status))};
            }
            supervision_.noticed(now, symptom);
            supervision_.ended(now, by_signal + WTERMSIG(status), symptom);
        } else {
            constexpr int wrong_input = 2;
            const int code = WEXITSTATUS(status);
            if (code == wrong_input && !supervision_.soak().first_step_unix_s && !words_.what.empty()) {
                supervision_.heard(now, {.kind = "refused", .fields = {{"what", words_.what}}});
            }
            Symptom words = words_;
            if (words.what.empty() && !last_line_.empty()) {
                words.what = fmt::format("the launcher ended with status {}: {}", code, last_line_);
            }
            supervision_.ended(now, code, words);
        }
        if (supervision_.soak().end) {
            return;
        }
        keep();
    }

    void inject()
    {
        if (!supervision_.steady() || !supervision_.soak().first_step_unix_s || supervision_.soak().end) {
            return;
        }
        const double since = clock_.now() - *supervision_.soak().first_step_unix_s;
        const int ranks = supervision_.soak().ranks;
        const auto next = faults_.next_due(since, ranks);
        if (next && endure::needs_checkpoint(next->kind) && !supervision_.has_checkpoint()) {
            return;  // there is none to spoil yet
        }
        if (auto due = faults_.take(since, ranks)) {
            const double now = clock_.now();
            supervision_.injected(now, std::string(name(due->kind)), due->entry, endure::interrupts(due->kind));
            keep();
            injection_.inject(*due, {.links = peers_.links(),
                                     .launcher = job_ ? job_->pid() : -1,
                                     .checkpoint_folder = settings().checkpoint_folder,
                                     .now_s = steady_now_s()});
            supervision_.carried_out(clock_.now());
        }
    }

    SupervisorSetup setup_;
    SoakClock clock_;
    endure::Supervision supervision_;
    SoakPeers peers_;
    std::string secret_file_;
    endure::FaultSchedule faults_;
    endure::FaultInjection injection_;
    std::unique_ptr<endure::JobProcess> job_;
    std::string last_line_;  ///< of the job's output
    Symptom words_;          ///< what the job's output said last of its end
    double metrics_due_s_ = 0;
    std::string held_;  ///< lines that nobody has seen yet
    bool has_begun_ = false;
};

}  // namespace

Soak supervise(SupervisorSetup setup)
{
    return Supervisor(std::move(setup)).run();
}

}  // namespace plumbline::app
