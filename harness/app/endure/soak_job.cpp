// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/soak_job.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/endure/soak_checkpoints.hpp"
#include "harness/app/endure/soak_sweep.hpp"
#include "harness/app/endure/soak_workload.hpp"
#include "harness/app/run/watch.hpp"
#include "harness/endure/job_secret.hpp"
#include "harness/endure/messages.hpp"
#include "harness/endure/reporter.hpp"
#include "harness/launch/announced_launch.hpp"
#include "harness/launch/tcp_launch.hpp"
#include "harness/run/group_cache.hpp"
#include "harness/sampling/prepared_case.hpp"
#include "harness/util/timing.hpp"
#include "results/endurance/soak.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace plumbline::app {

namespace {

using endure::Message;

constexpr int broken = 5;
/// Ranks agree on what comes next about so often, however short a step is.
constexpr double slice_s = 0.05;
constexpr std::uint64_t most_steps_at_once = 10'000;
constexpr double times_every_s = 5;

/// What all ranks do next; rank 0 decides.
struct NextSteps {
    std::uint64_t steps = 0;
    bool checkpoint = false;  ///< after them
    bool sweep = false;
    bool end = false;
};

/// The settings that the supervisor answers a hello with.
Message await_settings(endure::LineConnection& connection)
{
    constexpr double patience_s = 60;
    const double until = steady_now_s() + patience_s;
    while (steady_now_s() < until && !connection.broken()) {
        if (const auto message = connection.receive()) {
            return *message;
        }
        pollfd one{connection.descriptor(), POLLIN, 0};
        constexpr int wait_ms = 200;
        ::poll(&one, 1, wait_ms);
    }
    return {};
}

Message hello(const std::string& secret, const LaunchTopology& whereabouts, int rank, std::string_view role)
{
    const int node = whereabouts.topology.node_of_rank.at(static_cast<std::size_t>(rank));
    return {.kind = "hello",
            .fields = {{"secret", secret},
                       {"role", std::string(role)},
                       {"rank", fmt::format("{}", rank)},
                       {"node", fmt::format("{}", node)},
                       {"host", own_host_name()},
                       {"pid", fmt::format("{}", ::getpid())}}};
}

template <class Spec>
std::unique_ptr<PreparedCase> prepared(const CaseOnRank& rank, const Spec& spec, const JoinSubgroups& join)
{
    return std::make_unique<PreparedCase>(
        rank, workload_on_rank(spec, rank.group.rank(), rank.group.size(), rank.largest), join);
}
std::unique_ptr<PreparedCase> prepared(const CaseOnRank& rank, const CollectiveSpec& spec, const JoinSubgroups&)
{
    return std::make_unique<PreparedCase>(rank, spec);
}
template <class Probe>
    requires(std::is_same_v<Probe, PairwiseSpec> || std::is_same_v<Probe, BisectionSpec> ||
             std::is_same_v<Probe, CongestionSpec>)
std::unique_ptr<PreparedCase> prepared(const CaseOnRank&, const Probe&, const JoinSubgroups&)
{
    throw std::logic_error("a network probe is no workload");
}

class SoakJob {
public:
    SoakJob(const Launched& launched, const SoakJobOptions& options, const std::function<bool()>& interrupted)
        : launched_(launched), world_(launched.world), options_(options), interrupted_(interrupted)
    {
    }

    int run(const LoadedScenario& loaded)
    {
        meet();
        try {
            prepare(loaded);
        } catch (const ConfigError& error) {
            tell({.kind = "refused", .fields = {{"what", error.what()}}});
            throw;
        }
        tell({.kind = "connected",
              .fields = {{"ranks", fmt::format("{}", world_.size())},
                         {"nodes", fmt::format("{}", launched_.whereabouts.topology.nodes())},
                         {"workload", describe(workload_->what)},
                         {"backend", launched_.backend.info().name},
                         {"fake_library", launched_.backend.info().kind == LibraryKind::fake ? "true" : "false"},
                         {"hosts", hosts_text()}}});
        begin_from_checkpoint();
        const auto watchdog = watch(
            launched_, named_plan_, status_,
            {.hang_after = options_.hang_after, .path = {}, .also = [this](const HangReport& said) { pass_on(said); }});
        go_on();
        tell({.kind = "done", .fields = {{"step", fmt::format("{}", state_.steps)}}});
        return 0;
    }

private:
    bool speaks() const { return reporter_ != nullptr; }

    void tell(const Message& message)
    {
        if (speaks()) {
            reporter_->tell(message);
        }
    }

    /// Collective: finds the supervisor, and has its settings on every rank.
    void meet()
    {
        const auto point = endure::parse_meeting_point(options_.meeting_point);
        Message answer;
        endure::LineConnection connection;
        on_root(world_, [&] {
            if (!point) {
                throw ConfigError(say(
                    "--soak is for the jobs of plumbline endure (it isn't what that writes). Start plumbline endure"));
            }
            secret_ = endure::find_secret(environment_variables(), point->secret_file);
            connection = endure::LineConnection::to(point->addresses);
            connection.send(hello(secret_, launched_.whereabouts, 0, "main"));
            answer = await_settings(connection);
            if (answer.kind != "settings") {
                throw ConfigError(
                    say("the supervisor can't be reached at {} (no answer). Check that the job's hosts reach "
                        "the host where plumbline endure runs",
                        point->addresses));
            }
            reporter_ = std::make_unique<endure::Reporter>(std::move(connection), status_);
        });
        secret_ = broadcast_text(world_, secret_, 0);
        settings_ = endure::parse_message([&] {
                        std::string line = broadcast_text(world_, endure::format_message(answer), 0);
                        line.pop_back();
                        return line;
                    }())
                        .value_or(Message{});
        if (settings_.count("inject") != 0) {
            auto agent = endure::LineConnection::to(point->addresses);
            agent.send(hello(secret_, launched_.whereabouts, world_.rank(), "agent"));
            if (!all_agree(world_, agent.open())) {
                throw ConfigError(
                    say("a rank can't reach the supervisor (faults are injected through it). Check that all "
                        "hosts of the job reach it"));
            }
            agent_ = std::make_unique<endure::FaultAgent>(std::move(agent));
        }
    }

    /// Collective: everything before the first step.
    void prepare(const LoadedScenario& loaded)
    {
        inputs_ = share_inputs(launched_, loaded);
        workload_ = &choose_workload(inputs_.plan, world_.size());
        named_plan_.cases = {*workload_};
        named_plan_.order.assign(std::size_t{1} << 12U, Slot{});
        checkpoints_ = std::make_unique<SoakCheckpoints>(world_, settings_, status_);
        checkpoints_->require_room();
        groups_ = std::make_unique<GroupCache>(GroupSources{.world = world_,
                                                            .backend = launched_.backend,
                                                            .sync_backend = launched_.sync_backend,
                                                            .sync = inputs_.scenario.sync,
                                                            .topology = launched_.whereabouts.topology});
        const std::vector<int> ranks = case_ranks(*workload_, launched_.whereabouts.topology);
        const CaseGroup& joined = groups_->get(ranks, algorithm_of(workload_->what));
        if (joined.failure) {
            throw ConfigError(say("the ranks can't be joined ({}). Look at it with plumbline run", *joined.failure));
        }
        group_ = joined.group.get();
        const JoinSubgroups join = [this, &joined](const std::vector<std::vector<int>>& subgroups) {
            return groups_->subgroups(subgroups, joined);
        };
        const auto on_rank = [&](const Case& c) {
            return CaseOnRank{.group = *group_,
                              .clock = launched_.backend.clock(),
                              .c = c,
                              .world_rank = world_.rank(),
                              .largest = largest_over(world_)};
        };
        step_ =
            std::visit([&](const auto& spec) { return prepared(on_rank(*workload_), spec, join); }, *workload_->spec);
        const bool checks_itself = !step_->unverifiable_reason();
        if (!checks_itself) {
            checked_case_ = checked_case(world_.size(), launched_.whereabouts.topology.nodes());
            checked_ = prepared(on_rank(checked_case_), std::get<CollectiveSpec>(*checked_case_.spec), join);
        }
        for (PreparedCase* const one : {step_.get(), checked_.get()}) {
            if (one == nullptr) {
                continue;
            }
            if (const auto why = first_error(world_, one->refusal())) {
                throw ConfigError(
                    say("{} can't run here ({}). Choose another workload", describe(workload_->what), *why));
            }
            one->prepare();
            one->connect();
        }
        share_hosts();
        sweep_ = std::make_unique<SoakSweep>(launched_, inputs_, interrupted_);
    }

    /// Collective: rank 0 knows them.
    void share_hosts()
    {
        std::istringstream names(broadcast_text(world_, hosts_text(), 0));
        for (std::string host; names >> host;) {
            hosts_.push_back(host);
        }
    }

    std::string hosts_text() const
    {
        std::string text;
        for (const std::string& host : launched_.whereabouts.hosts) {
            text += (text.empty() ? "" : " ") + host;
        }
        return text;
    }

    /// Collective.
    void begin_from_checkpoint()
    {
        const double begin = steady_now_s();
        state_.rank = world_.rank();
        const SoakCheckpoints::Start start = checkpoints_->load(state_);
        if (const double wanted = settings_.number("load_s"); wanted > 0) {  // injected: the load takes so long
            std::this_thread::sleep_for(std::chrono::duration<double>(begin + wanted - steady_now_s()));
            world_.barrier();
        }
        Message message{.kind = "loaded", .fields = {{"step", fmt::format("{}", state_.steps)}}};
        if (start.written_unix_s) {
            message.fields["written_unix_s"] = fmt::format("{:.6f}", *start.written_unix_s);
        }
        if (!start.notes.empty()) {
            message.fields["notes"] = start.notes;
        }
        if (speaks()) {
            reporter_->set_steps(0);
        }
        tell(message);
    }

    void go_on()
    {
        const double begin = steady_now_s();
        checkpoint_due_s_ = begin + settings_.number("checkpoint_every_s");
        sweep_due_s_ = begin + settings_.number("sweep_due_s");
        times_due_s_ = begin + times_every_s;
        while (true) {
            const NextSteps next = broadcast_value(world_, speaks() ? decide() : NextSteps{}, 0);
            for (std::uint64_t i = 0; i < next.steps; ++i) {
                make_step();
            }
            if (const auto every = settings_.count("verify_every"); every > 0 && state_.steps % every == 0) {
                verify();
            }
            if (next.sweep) {
                sweep();
            }
            if (next.checkpoint || next.end) {
                write_checkpoint();
            }
            if (speaks() && steady_now_s() >= times_due_s_) {
                tell_times();
            }
            if (next.end) {
                tell_times();
                return;
            }
        }
    }

    /// On rank 0.
    NextSteps decide()
    {
        const double now = steady_now_s();
        NextSteps next;
        next.end = reporter_->asked_to_stop() || interrupted_();
        next.checkpoint = now >= checkpoint_due_s_;
        next.sweep = settings_.number("sweep_every_s") > 0 && now >= sweep_due_s_;
        if (next.end) {
            return next;
        }
        double steps = step_s_ > 0 ? slice_s / step_s_ : 1;
        steps = std::min(steps, step_s_ > 0 ? std::max(checkpoint_due_s_ - now, 0.0) / step_s_ : steps);
        next.steps = static_cast<std::uint64_t>(std::clamp(steps, 1.0, static_cast<double>(most_steps_at_once)));
        if (const auto every = settings_.count("verify_every"); every > 0) {
            next.steps = std::min(next.steps, every - state_.steps % every);
        }
        return next;
    }

    void make_step()
    {
        constexpr std::uint32_t steps_of_position = 1U << 20U;
        const double begin = steady_now_s();
        const RankState here{.position = static_cast<std::uint32_t>(state_.steps / steps_of_position),
                             .sample = static_cast<std::uint32_t>(state_.steps % steps_of_position),
                             .phase = RankPhase::timed};
        status_.set(here);
        if (agent_ && agent_->delay_s() > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(agent_->delay_s()));
        }
        step_->operation().start();
        step_->operation().finish();
        state_.advance();
        status_.set({.position = here.position, .sample = here.sample, .phase = RankPhase::communicating});
        if (speaks()) {
            const double took = steady_now_s() - begin;
            constexpr double weight = 0.1;
            step_s_ = step_s_ == 0 ? took : step_s_ + weight * (took - step_s_);
            ++times_[step_time_bin(took)];
            reporter_->set_steps(state_.steps);
        }
    }

    /// Collective: looks at every element of one execution. Doesn't return where one is wrong.
    void verify()
    {
        PreparedCase& looked_at = checked_ ? *checked_ : *step_;
        looked_at.reset_data();
        world_.barrier();  // no rank's data may come before another one's buffers are reset
        looked_at.operation().start();
        looked_at.operation().finish();
        const auto wrong = looked_at.check_data();
        if (const auto why = first_error(world_, wrong)) {
            tell({.kind = "wrong", .fields = {{"what", fmt::format("{} after step {}", *why, state_.steps)}}});
            world_.barrier();  // nobody ends the launch, and rank 0 with it, before rank 0 has said why
            world_.abort(broken);
        }
        ++verified_;
    }

    /// Collective.
    void write_checkpoint()
    {
        const double begin = steady_now_s();
        const auto why = checkpoints_->write(state_);
        const double took = steady_now_s() - begin;
        const double every = settings_.number("checkpoint_every_s");
        constexpr double again_s = 10;
        checkpoint_due_s_ = steady_now_s() + (why ? std::min(every, again_s) : every);
        const std::string step = fmt::format("{}", state_.steps);
        if (why) {
            tell({.kind = "no_checkpoint", .fields = {{"step", step}, {"what", *why}}});
        } else {
            tell({.kind = "checkpoint", .fields = {{"step", step}, {"seconds", fmt::format("{:.6f}", took)}}});
        }
    }

    /// Collective.
    void sweep()
    {
        sweep_due_s_ = steady_now_s() + settings_.number("sweep_every_s");
        for (const SweptCase& swept : sweep_->run(status_)) {
            if (swept.wrong_data) {
                tell({.kind = "wrong", .fields = {{"what", swept.what + ": " + swept.why}}});
                world_.abort(broken);
            }
            if (swept.bytes_per_s) {
                tell({.kind = "sweep",
                      .fields = {{"what", swept.what},
                                 {"bytes_per_s", fmt::format("{}", *swept.bytes_per_s)},
                                 {"case", swept.header}}});
            }
        }
    }

    void tell_times()
    {
        times_due_s_ = steady_now_s() + times_every_s;
        std::string bins;
        for (const auto& [bin, count] : times_) {
            bins += fmt::format("{}{}:{}", bins.empty() ? "" : " ", bin, count);
        }
        times_.clear();
        tell({.kind = "times", .fields = {{"step_times", bins}}});
        tell({.kind = "verified", .fields = {{"times", fmt::format("{}", verified_)}}});
        verified_ = 0;
    }

    /// Of the first rank that a sentence names; "" where it names none.
    std::string host_named_in(const std::string& sentence) const
    {
        int rank = -1;
        if (std::sscanf(sentence.c_str(), "rank %d", &rank) != 1 || rank < 0 || rank >= world_.size()) {
            return "";
        }
        const auto node =
            static_cast<std::size_t>(launched_.whereabouts.topology.node_of_rank.at(static_cast<std::size_t>(rank)));
        return node < hosts_.size() ? hosts_[node] : "";
    }

    /// From the watchdog's thread of the rank that ends the launch: not always rank 0.
    void pass_on(const HangReport& said) const
    {
        const auto point = endure::parse_meeting_point(options_.meeting_point);
        auto connection = endure::LineConnection::to(point->addresses);
        connection.send(hello(secret_, launched_.whereabouts, world_.rank(), "word"));
        connection.send({.kind = "hang", .fields = {{"what", said.sentence}, {"host", host_named_in(said.sentence)}}});
    }

    const Launched& launched_;
    Communicator& world_;
    const SoakJobOptions& options_;
    const std::function<bool()>& interrupted_;
    RankStatus status_;
    std::string secret_;  ///< by which the supervisor knows its job
    Message settings_;
    SharedInputs inputs_;
    std::vector<std::string> hosts_;  ///< [node], on every rank
    const Case* workload_ = nullptr;
    Case checked_case_;
    Plan named_plan_;  ///< for the watchdog's words: many slots of the workload
    std::unique_ptr<GroupCache> groups_;
    Group* group_ = nullptr;
    std::unique_ptr<PreparedCase> step_;
    std::unique_ptr<PreparedCase> checked_;  ///< nothing where the workload's own data can be checked
    std::unique_ptr<SoakCheckpoints> checkpoints_;
    std::unique_ptr<SoakSweep> sweep_;
    endure::TrainingState state_;
    double step_s_ = 0;  ///< smoothed, on rank 0
    double checkpoint_due_s_ = 0;
    double sweep_due_s_ = 0;
    double times_due_s_ = 0;
    std::uint64_t verified_ = 0;
    std::map<int, std::uint64_t> times_;
    std::unique_ptr<endure::FaultAgent> agent_;
    std::unique_ptr<endure::Reporter> reporter_;  ///< rank 0 alone
};

}  // namespace

int run_soak_job(const Launched& launched, const SoakJobOptions& options, const LoadedScenario& loaded,
                 const std::function<bool()>& interrupted)
{
    if (launched.backend.info().kind == LibraryKind::simulated) {
        throw ConfigError(
            say("a simulated cluster can't be soaked (its time is not this machine's). Name another backend"));
    }
    return SoakJob(launched, options, interrupted).run(loaded);
}

}  // namespace plumbline::app
