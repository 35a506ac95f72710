// SPDX-License-Identifier: Apache-2.0
/// Commands that measure, or look at what is to be measured.
#include "harness/app/add_commands.hpp"
#include "harness/command_line/option_kinds.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <limits>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

void add_launcher(CLI::App& command, LauncherOptions& launcher)
{
    command
        .add_option("--launcher", launcher.launcher,
                    "auto (what the environment says), mpi, mpi:PATH of a module, or tcp")
        ->type_name("NAME")
        ->capture_default_str();
    command.add_option("--rank", launcher.rank, "By hand: this is rank I of N, as I/N")->type_name("I/N");
    command.add_option("--join", launcher.join, "Where rank 0 is met over TCP (else MASTER_ADDR and MASTER_PORT)")
        ->type_name("HOST:PORT");
    command.add_option("--join-within", launcher.join_within, "How long ranks wait for each other to come, over TCP")
        ->type_name("TIME")
        ->capture_default_str();
    command
        .add_option("--token-file", launcher.token_file,
                    "Secret that ranks show each other over TCP (else PLUMBLINE_TOKEN)")
        ->type_name("FILE");
}

}  // namespace

CLI::App* add_run(CLI::App& app, RunOptions& options)
{
    CLI::App* run = app.add_subcommand("run", "Measure a scenario (under mpirun or srun, or alone with one rank)");
    run->add_option("SCENARIO", options.scenario, "Scenario file (YAML), or one of 'plumbline list scenarios'")
        ->required();
    run->option_defaults()->group("What to measure");
    add_overrides(*run, options.overrides);
    run->add_option("--backend", options.backend, "Library to measure ('plumbline list backends')")
        ->type_name("BACKEND");
    run->add_option("--backend-library", options.backend_library, "Which of several installed libraries to measure")
        ->type_name("PATH");
    auto* only = with_choices(
        run->add_option("--only", options.only, "Measure again what failed or was skipped, into a file of its own"),
        {"failed"}, "failed");
    run->add_option("--of", options.of, "Run file in which it failed")
        ->type_name("FILE")
        ->default_str("<scenario name>.h5")
        ->needs(only);
    auto* dry_run =
        run->add_flag("--dry-run", options.dry_run, "Print the plan, its memory and its time bound; measure nothing");

    run->option_defaults()->group("How ranks come up");
    add_launcher(*run, options.launcher);

    run->option_defaults()->group("Run file");
    run->add_option("-o,--output", options.output, "Run file to write")
        ->type_name("FILE")
        ->default_str("<scenario name>.h5");
    auto* resume = run->add_flag("--resume", options.resume, "Go on with an interrupted run file");
    auto* append =
        run->add_flag("--append", options.append, "Add this launch to a complete run file of the same scenario");
    append->excludes(resume);
    run->add_flag("--force", options.force, "Overwrite an existing run file")->excludes(resume)->excludes(append);

    run->option_defaults()->group("While it runs, and after");
    add_choice(*run, "--progress", options.progress, "Progress on stderr; summary: a line a minute",
               {"auto", "live", "plain", "summary", "none"});
    run->add_flag("--log-json", options.log_json, "Make a JSON object of each line on stderr, for log collectors");
    run->add_flag("-q,--quiet", options.quiet,
                  "Print the verdict and errors alone: no progress, no warnings, no tables")
        ->excludes(dry_run);
    add_language(*run, options.language);
    run->add_option("--hang-after", options.hang_after,
                    "End with status 5 and name the rank when nobody gets on for so long, or 'never'")
        ->type_name("TIME")
        ->capture_default_str();
    add_choice(*run, "--exit-status", options.exit_status,
               "The verdict, or 0 for any run that came to its end ('ran', for schedulers)", {"verdict", "ran"});
    run->add_flag("--diagnose-on-fail", options.diagnose_on_fail,
                  "When a bandwidth target fails, measure every pair in the same launch and name who is slow");
    run->add_option("--soak", options.soak, "")->group("");
    return run;
}

CLI::App* add_endure(CLI::App& app, EndureOptions& options)
{
    constexpr double most = 1'000'000'000;
    CLI::App* endure =
        app.add_subcommand("endure", "Train for days under a supervisor: checkpoints, faults, recovery, as numbers");
    endure->add_option("SCENARIO", options.scenario, "Scenario file (YAML) with a checkpoint section");
    endure->add_option("LAUNCHER", options.launcher,
                       "What starts the ranks, after --: mpirun -n 512, srun -n 512, plumbline launch -H ...");
    endure->option_defaults()->group("What to do");
    endure->add_option("--for", options.duration, "How long, from the first step on, e.g. 30d")->type_name("TIME");
    endure->add_option("-o,--output", options.output, "Folder to make for the soak")->type_name("DIR");
    auto* resume =
        endure->add_option("--resume", options.resume, "Go on with the soak in this folder")->type_name("DIR");
    endure
        ->add_option("--until-recoveries", options.until_recoveries,
                     "End before that, once so many were recovered from")
        ->type_name("N")
        ->check(within(1, most))
        ->excludes(resume);
    endure->add_option("--inject", options.faults, "File of faults to inject (YAML)")
        ->type_name("FAULTS")
        ->excludes(resume);
    endure->add_option("--spares", options.spares, "Hosts at the end of the host list to replace bad ones with")
        ->type_name("N")
        ->check(within(1, most))
        ->excludes(resume);
    add_overrides(*endure, options.overrides);
    endure->option_defaults()->group("How it is watched");
    endure->add_option("--hang-after", options.hang_after, "A job that makes no step for so long hangs")
        ->type_name("TIME")
        ->capture_default_str();
    endure->add_option("--give-up-after", options.give_up_after, "Failures in a row after which it ends with status 5")
        ->type_name("N")
        ->check(within(1, most))
        ->capture_default_str();
    endure->add_option("--verify-every", options.verify_every, "Steps after which data is verified; 0 = never")
        ->type_name("N")
        ->check(within(0, most))
        ->capture_default_str();
    endure
        ->add_option("--sweep-every", options.sweep_every,
                     "How often the scenario's collectives are measured, or never")
        ->type_name("TIME")
        ->capture_default_str();
    endure
        ->add_option("--diagnose-within", options.diagnose_within,
                     "With --spares, how long links are measured where nobody is named for a failure, or never")
        ->type_name("TIME")
        ->capture_default_str();
    endure->add_option("--program", options.program, "Path of plumbline on all hosts")
        ->type_name("PATH")
        ->default_str("this one's");
    add_language(*endure, options.language);
    return endure;
}

CLI::App* add_doctor(CLI::App& app, DoctorOptions& options)
{
    CLI::App* doctor = app.add_subcommand(
        "doctor", "Say what will break or disturb a run: launcher, libraries, limits, network, clocks of all nodes");
    doctor->option_defaults()->group("What will be measured");
    doctor->add_option("--backend", options.backend, "Library that must be there ('plumbline list backends')")
        ->type_name("BACKEND");
    doctor->add_option("--backend-library", options.backend_library, "Which of several installed libraries")
        ->type_name("PATH");
    doctor->add_flag("--oversubscribe", options.oversubscribe, "Several ranks a core are meant");
    doctor->option_defaults()->group("How ranks come up");
    add_launcher(*doctor, options.launcher);
    doctor->option_defaults()->group("What to print");
    add_choice(*doctor, "--format", options.format, "What to print", {"text", "json"});
    add_quiet(*doctor, options.quiet);
    add_language(*doctor, options.language);
    return doctor;
}

CLI::App* add_launch(CLI::App& app, LaunchOptions& options)
{
    constexpr int last_port = 65'535;
    CLI::App* launch = app.add_subcommand(
        "launch", "Start the ranks of a run by ssh, without MPI: launch -H node1:8,node2:8 -- run ...");
    launch->add_option("COMMAND", options.arguments, "What each rank runs, after --: run SCENARIO [OPTIONS]")
        ->required();
    auto* hosts = launch->add_option("-H,--hosts", options.hosts, "Hosts and their ranks, as node1:8,node2:8");
    hosts->type_name("HOST:N,...");
    launch->add_option("--hostfile", options.host_file, "File with a host a line: node1 slots=8")
        ->type_name("FILE")
        ->excludes(hosts);
    launch->add_option("-x,--variable", options.variables, "Variable for all ranks; may be given many times")
        ->type_name("NAME[=VALUE]")
        ->allow_extra_args(false);
    launch->add_option("--port", options.port, "Where rank 0 is met, on the first host")
        ->type_name("PORT")
        ->default_str("drawn")
        ->check(within(1, last_port));
    launch->add_option("--ssh", options.ssh, "Command that reaches a host")
        ->type_name("COMMAND")
        ->capture_default_str();
    launch->add_option("--program", options.program, "Path of plumbline on all hosts")
        ->type_name("PATH")
        ->default_str("this one's");
    launch
        ->add_option("--token-file", options.token_file,
                     "Secret that ranks show each other (else PLUMBLINE_TOKEN, or drawn)")
        ->type_name("FILE");
    launch->add_option("--node", options.node, "")->group("");
    return launch;
}

CLI::App* add_validate(CLI::App& app, ValidateOptions& options)
{
    CLI::App* validate =
        app.add_subcommand("validate", "Check a scenario file or a profile of targets without running it");
    validate->add_option("SCENARIO", options.scenario, "Scenario or profile: a file (YAML), or a shipped one's name")
        ->required();
    add_overrides(*validate, options.overrides);
    validate->add_option("--ranks", options.ranks, "Ranks that the launch will have: what says 'all' is looked at too")
        ->type_name("N")
        ->check(within(1, std::numeric_limits<int>::max()));
    add_language(*validate, options.language);
    return validate;
}

CLI::App* add_list(CLI::App& app, ListOptions& options)
{
    CLI::App* list = app.add_subcommand("list", "List scenarios, profiles, references, patterns, backends or metrics");
    const std::vector<std::string> lists{"scenarios", "profiles", "references", "patterns", "backends", "metrics"};
    with_choices(
        list->add_option("WHAT", options.what, "scenarios, profiles, references, patterns, backends or metrics"), lists,
        fmt::format("{}", fmt::join(lists, "|")))
        ->required();
    list->add_flag("--names", options.names, "Print the names alone, one a line");
    list->add_option("--references", options.references, "references: those in this folder too")->type_name("DIR");
    auto* backend = list->add_option("--backend", options.backend, "backends: only this one")->type_name("BACKEND");
    list->add_option("--backend-library", options.backend_library, "backends: look at this library")
        ->type_name("PATH")
        ->needs(backend);
    add_language(*list, options.language);
    return list;
}

CLI::App* add_admit(CLI::App& app, AdmitOptions& options)
{
    CLI::App* admit =
        app.add_subcommand("admit", "Say which nodes may join: candidates against known-good nodes of the same launch");
    admit
        ->add_option("FILE.h5", options.words,
                     "Run file with a case of links; or, after --, what launches known-good nodes and candidates")
        ->required();
    admit->add_option("--good", options.good, "Known-good nodes, as the run names them, e.g. node[01-08]")
        ->type_name("NODES")
        ->required();
    admit->add_option("--candidates", options.candidates, "Nodes that want to join")
        ->type_name("NODES")
        ->default_str("all others");
    admit
        ->add_option("--max-slowdown", options.max_slowdown, "A node may be slower than the known-good ones by so much")
        ->type_name("SHARE")
        ->capture_default_str();
    admit->add_option("--within", options.within, "Time of a launch, e.g. 30s; then it is ended, and nobody joins")
        ->type_name("TIME")
        ->default_str("none; 30s with --prolog");
    admit->add_option("-o,--output", options.output, "Run file of a launch to keep")->type_name("FILE.h5");
    admit->add_option("--program", options.program, "Path of plumbline on all hosts")
        ->type_name("PATH")
        ->default_str("this one's");
    add_choice(*admit, "--format", options.format, "What to write (slurm, kubernetes: commands of a shell)",
               {"text", "json", "list", "slurm", "kubernetes"});
    admit->add_flag("--prolog", options.prolog,
                    "As a prolog of Slurm: status 0 where all candidates may join, else 1, and one line on stderr");
    add_language(*admit, options.language, "Language of what is said");
    return admit;
}

}  // namespace plumbline::app
