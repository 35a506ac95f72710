#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/diagnose_on_fail.hpp"
#include "harness/app/diagnosis.hpp"
#include "harness/app/watch.hpp"
#include "harness/host/binding.hpp"
#include "harness/host/environment.hpp"
#include "harness/launch/launch.hpp"
#include "harness/run/plan_executor.hpp"
#include "harness/run/progress.hpp"
#include "harness/sync/start_sync.hpp"
#include "harness/util/timing.hpp"
#include "results/printers/show.hpp"
#include "results/records/result_sink.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

using RoundId = std::pair<int, int>;

/// A scenario as this process could read it, or why it couldn't. Rank 0's counts.
struct Loaded {
    std::optional<Scenario> scenario;
    std::optional<std::string> error;
};

Loaded load(const RunOptions& options)
{
    try {
        return {load_scenario(find_scenario(options.scenario), options.overrides), std::nullopt};
    } catch (const ConfigError& error) {
        return {std::nullopt, error.what()};
    }
}

/// Collective over world: rank 0's scenario on every rank, so that other nodes need not see the file.
Scenario share_scenario(Communicator& world, const Loaded& loaded)
{
    const bool root = world.rank() == 0;
    if (const auto why = first_error(world, root ? loaded.error : std::nullopt)) {
        throw ConfigError(*why);
    }
    const std::string text = broadcast_text(world, root ? loaded.scenario->text : "", 0);
    const std::string path = broadcast_text(world, root ? loaded.scenario->path : "", 0);
    FileTexts files = root ? loaded.scenario->files : FileTexts{};
    std::vector<std::string> names;
    for (const auto& [name, held] : files) {
        names.push_back(name);
    }
    const int count = broadcast_value(world, static_cast<int>(names.size()), 0);
    names.resize(static_cast<std::size_t>(count));
    for (const std::string& mine : names) {
        const std::string name = broadcast_text(world, mine, 0);
        files[name] = broadcast_text(world, root ? files.at(name) : "", 0);
    }
    return root ? *loaded.scenario : parse_scenario(text, path, {}, std::move(files));
}

/// Collective over world: rank 0 does `work`; its ConfigError is thrown on every rank.
template <class Work>
void on_root(Communicator& world, Work work)
{
    std::optional<std::string> objection;
    if (world.rank() == 0) {
        try {
            work();
        } catch (const ConfigError& error) {
            objection = error.what();
        }
    }
    if (const auto why = first_error(world, objection)) {
        throw ConfigError(*why);
    }
}

/// Collective over world: what rank 0's library can be told; nothing, and why, where another rank's can't be told the
/// same.
AvailableAlgorithms share_algorithms(Communicator& world, const Backend& backend)
{
    AvailableAlgorithms offer = backend.algorithms();
    std::string text;
    for (const auto& [collective, choices] : offer.of) {
        for (const Algorithm& choice : choices) {
            text += fmt::format("{} {} {}\n", name(collective), choice.name, choice.setting);
        }
    }
    const bool alike = broadcast_text(world, text, 0) == text;
    std::optional<std::string> objection;
    if (!offer.why_not.empty()) {
        objection = offer.why_not;
    } else if (!alike) {
        objection = fmt::format("the library of rank {} has other algorithms than rank 0's", world.rank());
    }
    if (const auto why = first_error(world, objection)) {
        return {.of = {}, .why_not = *why};
    }
    return offer;
}

/// Collective over world: rank 0's set on every rank.
std::set<RoundId> share_rounds(Communicator& world, const std::set<RoundId>& mine)
{
    std::string text;
    for (const auto& [id, round] : mine) {
        text += fmt::format("{} {} ", id, round);
    }
    std::istringstream in(broadcast_text(world, text, 0));
    std::set<RoundId> rounds;
    RoundId next;
    while (in >> next.first >> next.second) {
        rounds.insert(next);
    }
    return rounds;
}

void print_plan(std::ostream& out, const Scenario& scenario, const Plan& plan)
{
    for (const Case& c : plan.cases) {
        const std::string note =
            c.skip.empty() ? fmt::format("{} a rank, at most {}", format_bytes(case_buffer_bytes(scenario, c)),
                                         format_seconds(c.stop.max_seconds))
                           : "will be skipped: " + c.skip;
        out << fmt::format("{:>4}  {}  ({})\n", c.id, describe(c.what), note);
    }
    out << fmt::format("{} cases, {} round(s), memory per rank at most {}, time at most {}\n", plan.cases.size(),
                       scenario.rounds, format_bytes(memory_bound_bytes(scenario, plan)),
                       format_seconds(time_bound_s(plan)));
}

ProgressStyle progress_style(const std::string& wanted)
{
    const bool live = wanted == "live" || (wanted == "auto" && isatty(STDERR_FILENO) != 0);
    return live ? ProgressStyle::live : ProgressStyle::plain;
}

RunMetadata describe_run(const Launched& launched, const Scenario& scenario, const Plan& plan, double clock_cost_s)
{
    RunMetadata info;
    info.plumbline_version = PLUMBLINE_VERSION;
    info.name = scenario.name;
    info.scenario_text = scenario.text;
    info.scenario_path = scenario.path;
    info.targets_text = scenario.targets_text;
    info.inputs.assign(scenario.files.begin(), scenario.files.end());
    info.started_unix_s = unix_now_s();
    info.ranks = launched.world.size();
    info.confidence = scenario.stop.confidence;
    info.backend = launched.backend.name();
    info.simulated = launched.backend.simulated();
    info.stand_in = launched.backend.stand_in();
    info.facts = launched.backend.facts();
    const bool multiplies = std::ranges::any_of(plan.cases, [](const Case& c) {
        const auto kind = c.what.parameters.find("compute_kind");
        return kind != c.what.parameters.end() && kind->second == name(ComputeKind::gemm);
    });
    if (multiplies && !launched.backend.products().empty()) {
        info.facts.emplace_back("matrix products", launched.backend.products());
    }
    for (auto& fact : host_facts()) {
        info.facts.push_back(std::move(fact));
    }
    info.environment = chosen_variables();
    info.hosts = launched.whereabouts.hosts;
    info.places = launched.whereabouts.places;
    info.clock = fmt::format("{}; {}", launched.backend.simulated() ? "virtual" : "CLOCK_MONOTONIC of each rank's host",
                             describe_common_clock(scenario.sync, launched.whereabouts.topology.nodes()));
    info.synchronisation = describe_synchronisation(scenario.sync);
    info.clock_cost_s = clock_cost_s;
    info.empty_operation_s = empty_operation_cost(launched.backend.clock());
    info.launches = {{.started_unix_s = info.started_unix_s,
                      .clock_cost_s = info.clock_cost_s,
                      .empty_operation_s = info.empty_operation_s}};
    info.planned_cases = static_cast<int>(plan.cases.size());
    info.seed = scenario.seed;
    return info;
}

const char* environment_variable(const char* name)
{
    return std::getenv(name);
}

/// Collective over world: how the ranks share the cores, on rank 0. A refusal is thrown on every rank.
BindingReport check_cores(const Launched& launched, const Scenario& scenario)
{
    Communicator& world = launched.world;
    BindingReport report;
    if (launched.backend.simulated()) {
        return report;
    }
    const auto online = gather_values(world, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 0);
    on_root(world, [&] {
        const auto& places = launched.whereabouts.places;
        const bool asked = scenario.oversubscribe || launcher_oversubscribes(places, online, environment_variable);
        report = check_binding(places, launched.whereabouts.hosts, asked, launched.backend.threads_per_rank());
        if (report.refusal) {
            throw ConfigError(*report.refusal);
        }
    });
    return report;
}

/// An interrupted file may only be continued by the same measurement on the same ranks.
void require_same_run(const RunMetadata& old, const RunMetadata& now, const std::string& path)
{
    const auto refuse = [&](const std::string& why) {
        throw ConfigError(fmt::format(
            "{}: can't be resumed or added to ({}). Choose another -o, or --force to start anew", path, why));
    };
    if (old.scenario_text != now.scenario_text) {
        refuse("it was measured with another scenario or other --set values");
    }
    if (old.inputs != now.inputs) {
        refuse("a file that the scenario refers to has changed, or was not kept");
    }
    if (old.ranks != now.ranks) {
        refuse(fmt::format("it was measured with {} ranks, this launch has {}", old.ranks, now.ranks));
    }
    if (old.backend != now.backend || old.facts != now.facts) {
        refuse("it was measured with another library, version or machine");
    }
    if (old.hosts != now.hosts) {
        refuse("it was measured on other hosts");
    }
    for (std::size_t i = 0; i < old.places.size() && i < now.places.size(); ++i) {
        if (old.places[i].node != now.places[i].node) {
            refuse(fmt::format("rank {} was on another host", i));
        }
    }
}

/// What sets each algorithm that the run may choose from.
void add_settings(RunMetadata& info, const AvailableAlgorithms& offer)
{
    for (const auto& [collective, choices] : offer.of) {
        for (const Algorithm& choice : choices) {
            info.facts.emplace_back(setting_fact({.collective = collective, .name = choice.name}), choice.setting);
        }
    }
}

void add_binding(RunMetadata& info, const BindingReport& binding, std::ostream& err)
{
    if (info.simulated) {
        return;
    }
    info.facts.emplace_back("binding", binding.fact);
    for (const std::string& warning : binding.warnings) {
        err << "plumbline: warning: " << warning << '\n';
        info.warnings.push_back(warning);
    }
}

/// What differs between the rank that records and prints, and the others: chosen once.
struct Roles {
    std::ostream& out;
    std::ostream& err;
    std::unique_ptr<ResultSink> sink = std::make_unique<NullSink>();
    std::unique_ptr<Progress> progress = std::make_unique<NullProgress>();
    std::set<RoundId> stored{};
    int launch = 0;  ///< the how-manieth that measures into the file
};

std::vector<std::string> rank_names(const RunMetadata& info)
{
    std::vector<std::string> names;
    for (const RankLocation& place : info.places) {
        names.push_back(fmt::format("rank {} on {}", place.rank, info.hosts.at(static_cast<std::size_t>(place.node))));
    }
    return names;
}

std::unique_ptr<RunWriter> open_run_file(const RunOptions& options, const std::string& path, const RunMetadata& info)
{
    const bool exists = std::filesystem::exists(path);
    if (options.append && !exists) {
        throw ConfigError(
            fmt::format("'{}' can't take another launch (there is no such file). Run once without --append", path));
    }
    const WriterOptions writing{.pace = IndexPace::twentieth_of_time, .scaling = scaling_table};
    if (!exists || !(options.append || options.resume)) {
        return RunWriter::create(path, info, options.force ? IfExists::overwrite : IfExists::refuse, writing);
    }
    require_same_run(RunFile(path).info(), info, path);
    return options.append ? RunWriter::append(path, info.launches.front(), writing) : RunWriter::resume(path, writing);
}

void take_recorder_role(Roles& roles, const RunOptions& options, const std::string& path, const RunMetadata& info)
{
    auto writer = open_run_file(options, path, info);
    roles.launch = writer->launches() - 1;
    roles.sink = std::move(writer);
    roles.stored = RunFile(path).stored_rounds();  // opening may have adopted one more
    if (options.progress != "none" && !options.quiet) {
        roles.progress = make_progress(roles.err, progress_style(options.progress), info.confidence, rank_names(info));
    }
}

/// What a plan came to, on the writer rank.
struct Conclusion {
    int status = 0;  ///< to exit with
    /// What --diagnose-on-fail would look at: see probe_message_bytes(); nothing where no bandwidth target failed.
    std::optional<std::uint64_t> probe_bytes;
};

/// On one rank alone, after the run: the others wait for its status, so that what goes wrong here must not end it
/// early.
void guard_exit_status(Roles& roles, int& status, const std::function<void()>& work)
{
    try {
        work();
    } catch (const std::runtime_error& error) {
        roles.err << "plumbline: " << error.what() << '\n';
        status = 5;
    }
}

/// Judges what came out and prints it, or with --quiet the verdict alone.
Conclusion judge_and_print(Roles& roles, const RunOutcome& outcome, const std::string& path, bool quiet)
{
    const std::string planned =
        slots_text(static_cast<std::size_t>(outcome.planned), static_cast<std::size_t>(outcome.cases));
    const std::string kept = fmt::format("{} of {} are kept in {}", outcome.stored, planned, path);
    if (!outcome.store_error.empty()) {
        roles.err << fmt::format("plumbline: {}. {}\n", outcome.store_error, kept);
        return {.status = 5, .probe_bytes = {}};
    }
    if (outcome.interrupted) {
        roles.err << fmt::format("plumbline: interrupted. {}; go on with --resume\n", kept);
        return {.status = 5, .probe_bytes = {}};
    }
    const RunFile file(path);
    RunData measured = file.measured();
    measured.links = parse_links(file.info().scenario_text, path + ": /scenario");
    const Judgement judgement = judge(parse_targets(file.info().targets_text, path + ": /targets"), measured);
    if (quiet) {
        verdict_text(roles.out, judgement, file.info().simulated);
    } else {
        show_text(roles.out, file.info(), file.cases(), scaling_table(measured), file.complete());
        algorithms_text(roles.out, best_algorithms(measured, file.info()));
        show_machine(roles.out, file.machine_states());
        roles.out << '\n';
        check_text(roles.out, judgement, file.info().simulated);
        roles.out << fmt::format("wrote {}\n", path);
    }
    roles.out << std::flush;
    return {.status = exit_status(judgement.verdict),
            .probe_bytes = probe_message_bytes(judgement, file.cases(), file.info().planned_cases)};
}

/// Prints what the file says of who is slow, after the links were measured or not. Returns the exit status.
int conclude_links(Roles& roles, const RunOutcome& outcome, const std::string& path, int status)
{
    if (!outcome.store_error.empty()) {
        roles.err << fmt::format("plumbline: {}\n", outcome.store_error);
        return 5;
    }
    if (outcome.interrupted) {
        roles.err << fmt::format(
            "plumbline: interrupted while the links were measured; the plan itself is done in {}\n", path);
        return 5;
    }
    const RunFile file(path);
    DiagnoseRules rules;
    rules.confidence = file.info().confidence;
    roles.out << "\na bandwidth target failed; diagnosis:\n";
    diagnosis_text(roles.out, file.info(), diagnose_file(file, rules));
    roles.out << std::flush;
    return status;
}

int run_on_rank(const Launched& launched, const RunOptions& options, const Loaded& loaded,
                const std::function<bool()>& interrupted)
{
    Communicator& world = launched.world;
    const bool root = world.rank() == 0;
    std::ostream nowhere(nullptr);
    Roles roles{.out = root ? std::cout : nowhere, .err = root ? std::cerr : nowhere};
    try {
        hang_bound_s(options.hang_after);  // what is wrong with it is said before any file is touched
        Scenario scenario = share_scenario(world, loaded);
        const AvailableAlgorithms offer =
            asks_for_algorithms(scenario) ? share_algorithms(world, launched.backend) : AvailableAlgorithms{};
        const Plan plan = make_plan(scenario, launched.whereabouts.topology, offer);
        if (options.dry_run) {
            print_plan(roles.out, scenario, plan);
            return 0;
        }
        std::vector<double> cost{clock_cost(launched.backend.clock())};
        world.allreduce_max_each(cost);
        const std::string path = options.output.empty() ? scenario.name + ".h5" : options.output;
        const BindingReport binding = check_cores(launched, scenario);
        if (broadcast_value(world, binding.crowded, 0) && scenario.sync.mode == SyncMode::automatic) {
            scenario.sync.mode = SyncMode::dissemination;  // a rank that spins keeps the library's thread from its core
        }
        on_root(world, [&] {
            RunMetadata info = describe_run(launched, scenario, plan, cost.front());
            add_settings(info, offer);
            add_binding(info, binding, options.quiet ? nowhere : roles.err);
            take_recorder_role(roles, options, path, info);
        });
        const bool probe_hosts =
            broadcast_value(world, scenario.probe && !launched.backend.simulated() && !binding.oversubscribed, 0);
        const auto stored = share_rounds(world, roles.stored);
        const int launch = broadcast_value(world, roles.launch, 0);
        const auto execute = [&](const Scenario& what, const Plan& its_plan, int first_position) {
            RankStatus status;
            auto watchdog = watch(launched, its_plan, status, {.hang_after = options.hang_after, .path = path});
            return run_plan({.world = world,
                             .backend = launched.backend,
                             .sync_backend = launched.sync_backend,
                             .scenario = what,
                             .plan = its_plan,
                             .topology = launched.whereabouts.topology,
                             .sink = *roles.sink,
                             .progress = *roles.progress,
                             .stored = stored,
                             .launch = launch,
                             .first_position = first_position,
                             .clock_cost_s = cost.front(),
                             .status = &status,
                             .probe_hosts = probe_hosts,
                             .interrupted = interrupted});
        };
        const RunOutcome outcome = execute(scenario, plan, 0);
        Conclusion conclusion;
        if (root) {
            guard_exit_status(roles, conclusion.status,
                              [&] { conclusion = judge_and_print(roles, outcome, path, options.quiet); });
        }
        const auto bytes = broadcast_value(world, conclusion.probe_bytes.value_or(0), 0);
        if (options.diagnose_on_fail && bytes > 0 && world.size() > 1) {
            const FollowUp links = plan_pairwise_probe(scenario, plan, launched.whereabouts.topology, bytes);
            const RunOutcome after = execute(links.scenario, links.plan, static_cast<int>(plan.order.size()));
            if (root) {
                guard_exit_status(roles, conclusion.status,
                                  [&] { conclusion.status = conclude_links(roles, after, path, conclusion.status); });
            }
        }
        return broadcast_value(world, conclusion.status, 0);
    } catch (const ConfigError& error) {
        roles.err << "plumbline: " << error.what() << '\n';
        return 2;
    }
}

}  // namespace

int run_command(const RunOptions& options, const std::function<bool()>& interrupted)
{
    const Loaded loaded = load(options);
    const Scenario scenario = loaded.scenario.value_or(Scenario{});
    const std::string in_scenario = loaded.scenario ? scenario.backend : "";
    const std::string backend = options.backend.empty() ? in_scenario : options.backend;
    return launch({.backend = backend, .scenario = scenario, .library = options.backend_library},
                  [&](const Launched& launched) { return run_on_rank(launched, options, loaded, interrupted); });
}

}  // namespace plumbline::app
