// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/endure/soak_job.hpp"
#include "harness/app/language.hpp"
#include "harness/app/run/address_space.hpp"
#include "harness/app/run/diagnose_on_fail.hpp"
#include "harness/app/run/judge_run.hpp"
#include "harness/app/run/launch_rates.hpp"
#include "harness/app/run/only_failed.hpp"
#include "harness/app/run/open_run_file.hpp"
#include "harness/app/run/print_plan.hpp"
#include "harness/app/run/run_description.hpp"
#include "harness/app/run/share_inputs.hpp"
#include "harness/app/run/signal_word.hpp"
#include "harness/app/run/watch.hpp"
#include "harness/host/binding.hpp"
#include "harness/host/container_limits.hpp"
#include "harness/launch/launch.hpp"
#include "harness/run/log_progress.hpp"
#include "harness/run/plan_executor.hpp"
#include "harness/run/progress.hpp"
#include "harness/util/timing.hpp"
#include "results/printers/show.hpp"
#include "results/records/result_sink.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/store/store.hpp"
#include "results/texts/language.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/plan/time_bound.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

/// What one rank is given; fixed for the run.
struct RankContext {
    const Launched& launched;
    const RunOptions& options;
    const std::function<bool()>& interrupted;
    Console console;
    std::string path;  ///< of the run file

    Communicator& world() const { return launched.world; }
    bool is_root() const { return launched.world.rank() == 0; }
};

/// Where the samples of this rank go. Rank 0 has a real sink and progress, the others have null ones.
struct RunSinks {
    std::unique_ptr<ResultSink> sink = std::make_unique<NullSink>();
    std::unique_ptr<Progress> progress = std::make_unique<NullProgress>();
    std::unique_ptr<RankStatus> status = std::make_unique<RankStatus>();  ///< what the watchdog reads
    std::set<CaseRound> stored;  ///< rounds that are in the file already; the same on all ranks
    int launch = 0;              ///< launches that are in the file already; the same on all ranks
    bool probe_hosts = false;    ///< the same on all ranks
};

LoadedScenario load(const RunOptions& options)
{
    try {
        return {load_scenario(find_scenario(options.scenario), options.overrides), std::nullopt};
    } catch (const ConfigError& error) {
        return {std::nullopt, error.said()};
    }
}

ProgressStyle progress_style(const std::string& wanted)
{
    const bool live = wanted == "live" || (wanted == "auto" && isatty(STDERR_FILENO) != 0);
    return live ? ProgressStyle::live : ProgressStyle::plain;
}

const char* environment_variable(const char* name)
{
    return std::getenv(name);
}

std::vector<std::string> rank_names(const RunMetadata& info)
{
    std::vector<std::string> names;
    names.reserve(info.places.size());
    for (const RankLocation& place : info.places) {
        names.push_back(fmt::format("rank {} on {}", place.rank, info.hosts.at(static_cast<std::size_t>(place.node))));
    }
    return names;
}

std::unique_ptr<Progress> progress_of(const RunOptions& options, const Console& console, const RunMetadata& info)
{
    const bool by_minute = options.progress == "summary";
    if (options.log_json || by_minute) {
        return make_log_progress(console.err,
                                 {.json = options.log_json, .by_minute = by_minute, .language = console.language},
                                 info.confidence);
    }
    return make_progress(console.err, progress_style(options.progress), info.confidence, rank_names(info),
                         console.language);
}

ExistingFile existing_file(const RunOptions& options)
{
    if (options.append) {
        return ExistingFile::append;
    }
    if (options.resume) {
        return ExistingFile::resume;
    }
    return options.force ? ExistingFile::overwrite : ExistingFile::refuse;
}

/// Collective over world: seconds of one reading of the slowest rank's clock.
double measure_clock_cost(const Launched& launched)
{
    std::vector<double> cost{clock_cost(launched.backend.clock())};
    launched.world.allreduce_max_each(cost);
    return cost.front();
}

/// Collective over world: how the ranks share the cores, on rank 0; elsewhere only whether they do. A refusal is thrown
/// on every rank.
BindingReport check_cores(const Launched& launched, const Scenario& scenario)
{
    Communicator& world = launched.world;
    BindingReport report;
    if (launched.backend.info().kind != LibraryKind::simulated) {
        const auto online = gather_values(world, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 0);
        on_root(world, [&] {
            const auto& places = launched.whereabouts.places;
            const bool asked = scenario.oversubscribe || launcher_oversubscribes(places, online, environment_variable);
            report = check_binding(places, launched.whereabouts.hosts, asked, launched.backend.info().threads_per_rank);
            if (report.refusal) {
                throw ConfigError(*report.refusal);
            }
        });
    }
    report.oversubscribed_threads = broadcast_value(world, report.oversubscribed_threads, 0);
    return report;
}

/// Where ranks share cores they synchronise by messages: one that spins keeps the library's thread from its core.
std::shared_ptr<const SharedInputs> synchronised_for(const BindingReport& binding,
                                                     std::shared_ptr<const SharedInputs> inputs)
{
    if (!binding.oversubscribed_threads || inputs->scenario.sync.mode != SyncMode::automatic) {
        return inputs;
    }
    SharedInputs changed = *inputs;
    changed.scenario.sync.mode = SyncMode::dissemination;
    return std::make_shared<const SharedInputs>(std::move(changed));
}

/// Collective over world: what batch system or container allow, on rank 0. `bytes_of_rank`: that it takes at most.
LimitsReport check_limits(const Launched& launched, std::uint64_t bytes_of_rank)
{
    if (launched.backend.info().kind == LibraryKind::simulated) {
        return {};
    }
    const auto limits = gather_values(launched.world, container_limits(), 0);
    return report_limits(limits, launched.whereabouts.places, launched.whereabouts.hosts, bytes_of_rank);
}

/// Collective over world: rank 0 opens the run file; every rank learns what is in it already.
RunSinks open_sinks(const RankContext& context, const RunParts& parts)
{
    Communicator& world = context.world();
    const RunOptions& options = context.options;
    RunSinks sinks;
    on_root(world, [&] {
        const RunMetadata info = describe_run(parts);
        if (!options.quiet) {
            for (const Sentence& warning : info.warnings) {
                context.console.err << "plumbline: " << in(context.console.language, say("warning: {}", warning))
                                    << '\n';
            }
        }
        std::string taken_over;
        auto writer = open_run_file(context.path, info, existing_file(options),
                                    {.notice =
                                         [&](const std::string& line) {
                                             taken_over = "plumbline: " + in(context.console.language, line) + "\n";
                                         },
                                     .went_on = [status = sinks.status.get()] { status->go_on(); }});
        context.console.err << taken_over;  // a refusal is one sentence
        sinks.launch = writer->launches() - 1;
        for (const std::string& line :
             describe_dropped(writer->dropped_rounds(), sinks.launch * parts.scenario.rounds)) {
            context.console.err << "plumbline: "
                                << text::printable(in(context.console.language, say("warning: {}", Sentence(line))))
                                << '\n';
        }
        sinks.sink = std::move(writer);
        sinks.stored = RunFile(context.path).stored_rounds();  // opening may have adopted one more
        if (options.progress != "none" && !options.quiet) {
            sinks.progress = progress_of(options, context.console, info);
        }
    });
    const bool real = context.launched.backend.info().kind != LibraryKind::simulated;
    sinks.probe_hosts = broadcast_value(world, parts.scenario.probe && real && !parts.binding.oversubscribed, 0);
    sinks.stored = share_rounds(world, sinks.stored);
    sinks.launch = broadcast_value(world, sinks.launch, 0);
    return sinks;
}

/// A plan, and how many slots the launch executed before it.
struct PlanToExecute {
    const Scenario& scenario;
    const Plan& plan;
    TrafficOnce& traffic;
    int first_position = 0;
    TimeBound bound = {};
    std::uint64_t program_bytes = 0;
};

/// Collective over world: executes a plan under the eyes of a watchdog.
RunOutcome execute_plan(const RankContext& context, const RunSinks& sinks, double clock_cost_s,
                        const PlanToExecute& what)
{
    const Launched& launched = context.launched;
    const auto watchdog = watch(launched, what.plan, *sinks.status,
                                {.hang_after = context.options.hang_after,
                                 .path = context.path,
                                 .log_json = context.options.log_json,
                                 .language = context.console.language});
    std::optional<SignalWord> word;
    if (context.is_root()) {
        word.emplace([&context] {
            const Sentence said =
                say("a signal came: the run ends when the operation under way does. Rounds that are done are in {}; "
                    "continue with --resume",
                    context.path);
            context.console.err << "plumbline: " + in(context.console.language, said) + "\n" << std::flush;
        });
    }
    return run_plan({.world = launched.world,
                     .backend = launched.backend,
                     .sync_backend = launched.sync_backend,
                     .scenario = what.scenario,
                     .plan = what.plan,
                     .topology = launched.whereabouts.topology,
                     .sink = *sinks.sink,
                     .progress = *sinks.progress,
                     .stored = sinks.stored,
                     .launch = sinks.launch,
                     .first_position = what.first_position,
                     .bound = what.bound,
                     .program_bytes = what.program_bytes,
                     .clock_cost_s = clock_cost_s,
                     .status = sinks.status.get(),
                     .traffic = &what.traffic,
                     .probe_hosts = sinks.probe_hosts,
                     .interrupted = context.interrupted});
}

/// Rank 0 judges the file and prints the result. The other ranks know nothing of it.
Conclusion conclude(const RankContext& context, const RunOutcome& outcome)
{
    Conclusion conclusion;
    if (context.is_root()) {
        guard_exit_status(context.console, conclusion.status, [&] {
            conclusion = judge_and_print(context.console, outcome, context.path,
                                         context.options.quiet ? Detail::verdict_alone : Detail::everything);
        });
    }
    return conclusion;
}

/// Collective over world: with --diagnose-on-fail, where a bandwidth target failed, measures every pair of ranks; rank
/// 0 prints the diagnosis. `execute` executes a plan.
template <class Execute>
void diagnose_on_fail(const RankContext& context, const SharedInputs& inputs, TrafficOnce& traffic,
                      Conclusion& conclusion, Execute execute)
{
    const auto bytes = broadcast_value(context.world(), conclusion.probe_bytes.value_or(0), 0);
    if (!context.options.diagnose_on_fail || bytes == 0 || context.world().size() == 1) {
        return;
    }
    const PairwiseProbePlan probe =
        plan_pairwise_probe(inputs.scenario, inputs.plan, context.launched.whereabouts.topology, bytes);
    const RunOutcome outcome = execute({.scenario = probe.scenario,
                                        .plan = probe.plan,
                                        .traffic = traffic,
                                        .first_position = static_cast<int>(inputs.plan.order.size())});
    if (context.is_root()) {
        guard_exit_status(context.console, conclusion.status, [&] {
            conclusion.status = print_probe_diagnosis(context.console, outcome, context.path, conclusion.status);
        });
    }
}

/// The run file whose failed cases are measured again.
std::string earlier_file(const RunOptions& options, const Scenario& scenario)
{
    return options.of.empty() ? scenario.name + ".h5" : options.of;
}

/// A repetition gets a file of its own: a run file is never corrected.
std::string output_of(const RunOptions& options, const Scenario& scenario)
{
    if (!options.output.empty()) {
        return options.output;
    }
    return options.only.empty()
               ? scenario.name + ".h5"
               : std::filesystem::path(earlier_file(options, scenario)).replace_extension().string() + ".again.h5";
}

/// Collective over world: with --only failed, the plan is what an earlier run, which rank 0 reads, did not measure.
std::shared_ptr<const SharedInputs> what_is_asked_for(const RankContext& context,
                                                      std::shared_ptr<const SharedInputs> all)
{
    if (context.options.only.empty()) {
        return all;
    }
    SharedInputs inputs = *all;
    std::set<CaseRound> kept;
    on_root(context.world(), [&] {
        const std::string earlier = earlier_file(context.options, inputs.scenario);
        for (const int id : cases_to_measure_again(inputs.plan, RunFile(earlier).cases())) {
            kept.emplace(id, 0);
        }
        if (kept.empty()) {
            throw ConfigError(say(
                "{}: has every case of {} measured (nothing failed or was skipped). Leave --only out to measure anew",
                earlier, inputs.scenario.name));
        }
    });
    std::set<int> ids;
    for (const CaseRound& one : share_rounds(context.world(), kept)) {
        ids.insert(one.first);
    }
    inputs.plan = only_cases(inputs.plan, ids);
    return std::make_shared<const SharedInputs>(std::move(inputs));
}

/// Collective over world. The steps are collective in this order on every rank.
int run_steps(RankContext& context, const LoadedScenario& loaded, InputsOfProcess& process)
{
    const Launched& launched = context.launched;
    hang_bound_s(context.options.hang_after);  // a wrong value is refused before any file is touched
    const auto asked = what_is_asked_for(context, share_inputs(launched, loaded, process));
    const LaunchRates rates = launched.backend.info().kind == LibraryKind::simulated
                                  ? LaunchRates{.call_s = 100e-6, .bytes_per_s = 500e6, .memory_bytes_per_s = 200e6}
                                  : measure_launch_rates(launched.world);
    if (context.options.dry_run) {
        if (context.is_root()) {
            print_plan(context.console, asked->scenario, asked->plan, rates);
        }
        return 0;
    }
    context.path = output_of(context.options, asked->scenario);
    const double clock_cost_s = measure_clock_cost(launched);
    const BindingReport binding = check_cores(launched, asked->scenario);
    const auto shared = synchronised_for(binding, asked);
    const SharedInputs& inputs = *shared;
    const MemoryBound memory = bound_memory(inputs.plan, inputs.scenario, rates);
    const RunSinks sinks = open_sinks(context, {.launched = launched,
                                                .scenario = inputs.scenario,
                                                .plan = inputs.plan,
                                                .algorithms = inputs.algorithms,
                                                .binding = binding,
                                                .limits = check_limits(launched, memory.total()),
                                                .clock_cost_s = clock_cost_s});
    const auto execute = [&](const PlanToExecute& what) { return execute_plan(context, sinks, clock_cost_s, what); };
    const RunOutcome outcome =
        execute({.scenario = inputs.scenario,
                 .plan = inputs.plan,
                 .traffic = process.traffic,
                 .bound = context.is_root() ? bound_time(inputs.plan, inputs.scenario, rates) : TimeBound{},
                 .program_bytes = rates.program_bytes});
    Conclusion conclusion = conclude(context, outcome);
    diagnose_on_fail(context, inputs, process.traffic, conclusion, execute);
    return broadcast_value(launched.world, conclusion.status, 0);
}

int run_on_rank(const Launched& launched, const RunOptions& options, const LoadedScenario& loaded,
                InputsOfProcess& process, const std::function<bool()>& interrupted)
{
    const bool root = launched.world.rank() == 0;
    std::ostream nowhere(nullptr);
    RankContext context{.launched = launched,
                        .options = options,
                        .interrupted = interrupted,
                        .console = {.out = root ? std::cout : nowhere,
                                    .err = root ? std::cerr : nowhere,
                                    .language = chosen_language(options.language)},
                        .path = {}};
    try {
        if (!options.soak.empty()) {
            return run_soak_job(launched, {.meeting_point = options.soak, .hang_after = options.hang_after}, loaded,
                                interrupted);
        }
        return run_steps(context, loaded, process);
    } catch (const ConfigError& error) {
        context.console.err << "plumbline: " << in(context.console.language, error.said()) << '\n';
        return 2;
    }
}

LauncherOptions in_language(LauncherOptions launcher, const std::string& language)
{
    launcher.language = chosen_language(language);
    return launcher;
}

/// With --exit-status ran a verdict, which is in the file, is no failure of the job.
int status_to_show(const RunOptions& options, int status, bool is_root)
{
    const bool is_verdict = status == exit_status(Verdict::fail) || status == exit_status(Verdict::inconclusive) ||
                            status == exit_status(Verdict::not_measured);
    if (is_verdict && is_root && options.exit_status != "ran" && std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) {
        std::cerr << "plumbline: "
                  << in(chosen_language(options.language),
                        say("exit status {} is the verdict's. mpirun may call that a failed job: nothing broke. "
                            "--exit-status ran ends with 0",
                            status))
                  << '\n';
    }
    return options.exit_status == "ran" && is_verdict ? 0 : status;
}

}  // namespace

int run_command(const RunOptions& options, const std::function<bool()>& interrupted)
{
    const LoadedScenario loaded = load(options);
    const Scenario scenario = loaded.scenario.value_or(Scenario{});
    const std::string in_scenario = loaded.scenario ? scenario.backend : "";
    const std::string backend = options.backend.empty() ? in_scenario : options.backend;
    if (backend == "sim") {
        require_address_space(run_address_space +
                              thread_address_space * static_cast<std::uint64_t>(scenario.simulated_ranks));
    }
    bool root = false;
    InputsOfProcess process;
    const int status = launch({.backend = backend,
                               .scenario = scenario,
                               .library = options.backend_library,
                               .launcher = in_language(options.launcher, options.language),
                               .interrupted = interrupted},
                              [&](const Launched& launched) {
                                  root = launched.world.rank() == 0;
                                  return run_on_rank(launched, options, loaded, process, interrupted);
                              });
    return status_to_show(options, status, root);
}

}  // namespace plumbline::app
