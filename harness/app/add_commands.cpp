// SPDX-License-Identifier: Apache-2.0
#include "harness/app/add_commands.hpp"

#include "harness/command_line/usage_errors.hpp"
#include "results/import/import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace plumbline::app {

namespace {

constexpr const char* targets_help = "Targets instead of the run's own: a file (YAML) or a shipped profile's name";

/// Its type name is "a|b|c": the table of commands has its choices from there.
CLI::Option* with_choices(CLI::Option* option, const std::vector<std::string>& words, const std::string& type_name)
{
    CLI::Validator one_of(
        [words](std::string& value) {
            return std::ranges::find(words, value) != words.end() ? "" : no_such_choice(value, words).english();
        },
        "");
    return option->type_name(type_name)->check(one_of);
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& value, const char* help,
                        const std::vector<std::string>& words)
{
    return with_choices(command.add_option(name, value, help), words, fmt::format("{}", fmt::join(words, "|")))
        ->capture_default_str();
}

CLI::Validator within(double low, double high)
{
    return {[low, high](std::string& text) {
                double value = 0;
                const bool number = CLI::detail::lexical_cast(text, value);
                return number && value >= low && value <= high
                           ? std::string()
                           : fmt::format("'{}' is no number from {} to {}", text, low, high);
            },
            ""};
}

/// Of a command whose exit status says it all.
void add_quiet(CLI::App& command, bool& quiet)
{
    command.add_flag("-q,--quiet", quiet, "Print nothing: the exit status is the answer (-o is still written)");
}

constexpr const char* page_language = "Language that a page shows first (the page switches)";

void add_document(CLI::App& command, std::string& path)
{
    command.add_option("-o,--output", path, "File to write")->type_name("FILE")->default_str("stdout");
}

void add_targets(CLI::App& command, std::string& targets, const char* help = targets_help)
{
    command.add_option("--targets", targets, help)->type_name("TARGETS");
}

void add_overrides(CLI::App& command, std::vector<std::string>& overrides)
{
    command.add_option("--set", overrides, "Override a key of the scenario; may be given many times")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

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

void add_run_file(CLI::App& command, std::string& file, const char* help = "Run file (HDF5)")
{
    command.add_option("FILE.h5", file, help)->required();
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
    endure->add_option("--program", options.program, "Path of plumbline on all hosts")
        ->type_name("PATH")
        ->default_str("this one's");
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

CLI::App* add_check(CLI::App& app, CheckOptions& options)
{
    CLI::App* check = app.add_subcommand("check", "Judge a run file against targets");
    add_run_file(*check, options.file);
    add_targets(*check, options.targets);
    auto* reference = check->add_option("--reference", options.reference,
                                        "Hold it against a published value instead ('plumbline list references')");
    reference->type_name("NAME")->excludes("--targets");
    check->add_option("--references", options.references, "Folder of published values of your own")
        ->type_name("DIR")
        ->needs(reference);
    check->add_flag("--allow-point-values", options.allow_point_values,
                    "Judge imported cases, which have no samples, on their values alone");
    add_choice(*check, "--format", options.format, "What to write", {"text", "json", "junit"});
    add_document(*check, options.output);
    add_language(*check, options.language);
    add_quiet(*check, options.quiet);
    return check;
}

CLI::App* add_show(CLI::App& app, ShowOptions& options)
{
    CLI::App* show = app.add_subcommand("show", "Print the cases of a run file as a table");
    add_run_file(*show, options.file);
    add_choice(*show, "--format", options.format, "What to print", {"text", "json", "csv", "nccl-tests", "prometheus"});
    add_language(*show, options.language);
    return show;
}

CLI::App* add_report(CLI::App& app, ReportOptions& options)
{
    CLI::App* report = app.add_subcommand("report", "Write one self-contained HTML page on one or more run files");
    report->add_option("FILE.h5", options.files, "Run files (HDF5)")->required();
    report->add_option("-o,--output", options.output, "Page to write")
        ->type_name("FILE")
        ->default_str("<first run file>.html");
    add_targets(*report, options.targets,
                "Targets instead of each run's own: a file (YAML) or a shipped profile's name");
    report
        ->add_option("--about", options.about,
                     "Project, parties, basis and other parts of an acceptance (YAML), beside the scenario's own")
        ->type_name("FILE");
    add_choice(*report, "--format", options.format, "What to write (pdf needs Chromium; csv is the targets alone)",
               {"html", "pdf", "md", "csv"});
    add_language(*report, options.language, page_language);
    return report;
}

CLI::App* add_diagnose(CLI::App& app, DiagnoseOptions& options)
{
    CLI::App* diagnose = app.add_subcommand(
        "diagnose",
        "Name the slow links, nodes and ranks of a run file, by its cases of links and by every rank's samples");
    add_run_file(*diagnose, options.file);
    add_choice(*diagnose, "--format", options.format, "What to write", {"text", "json", "junit", "html"});
    diagnose->add_option("--floor", options.floor, "Rate that a link must have whatever its peers do, e.g. 20GB/s")
        ->type_name("RATE");
    diagnose->add_flag("--fail", options.fail, "Exit with 1 when any link, node or rank is named");
    add_document(*diagnose, options.output);
    add_language(*diagnose, options.language);
    return diagnose;
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

CLI::App* add_compare(CLI::App& app, CompareOptions& options)
{
    CLI::App* compare = app.add_subcommand("compare", "The same cases of several run files side by side");
    compare->add_option("FILE.h5", options.files, "Run files (HDF5); the first is the reference")->required();
    compare
        ->add_option("--fail-if-worse", options.fail_if_worse, "Exit with a verdict: worse by more than this, e.g. 5%")
        ->type_name("SHARE");
    compare
        ->add_option("--name", options.names,
                     "Name of a vendor in place of its file's, as A=vendor-one; may be repeated")
        ->type_name("LETTER=NAME")
        ->allow_extra_args(false);
    compare
        ->add_option("--price", options.prices,
                     "Price of a node: one a file, as 100,80, or with its letter and currency, as A=1200000CNY")
        ->delimiter(',')
        ->type_name("PRICE")
        ->allow_extra_args(false);
    compare->add_option("--power", options.powers, "Power of a node: in kW one a file, as 10.2,9.8, or as A=10.2kW")
        ->delimiter(',')
        ->type_name("POWER")
        ->allow_extra_args(false);
    add_choice(*compare, "--format", options.format, "What to write", {"text", "json", "html"});
    add_document(*compare, options.output);
    add_language(*compare, options.language, page_language);
    add_quiet(*compare, options.quiet);
    return compare;
}

CLI::App* add_history(CLI::App& app, HistoryOptions& options)
{
    CLI::App* history = app.add_subcommand("history", "Trends and changes over all run files in a folder");
    history->add_option("FOLDER", options.folder, "Folder of run files (*.h5, folders below too)")->required();
    history->add_option("--accepted", options.accepted, "Known changes and new baselines")
        ->type_name("FILE")
        ->default_str("FOLDER/accepted.txt");
    history->add_option("--max-p", options.max_p, "Largest p of a change")
        ->type_name("P")
        ->check(within(0.0, 0.05))
        ->capture_default_str();
    history->add_option("--min-change", options.min_change_percent, "Smallest change in percent")
        ->type_name("PERCENT")
        ->check(within(0.0, 100.0))
        ->capture_default_str();
    history
        ->add_option("--night", options.night,
                     "Run file of a night: its targets and the changes make one verdict, in every format")
        ->type_name("FILE.h5");
    history->add_option("--night-status", options.night_status, "Status with which that night's run ended")
        ->type_name("STATUS")
        ->check(CLI::Range(0, 255))
        ->needs("--night");
    history
        ->add_option("--on-change", options.on_change,
                     "Command of the shell to run when verdict or open changes are others than told last")
        ->type_name("COMMAND");
    history->add_option("--webhook", options.webhook, "Address to send the same to, as JSON by POST (needs curl)")
        ->type_name("URL")
        ->envname("PLUMBLINE_WEBHOOK");
    add_choice(*history, "--format", options.format, "What to write", {"text", "json", "junit", "prometheus", "html"});
    add_document(*history, options.output);
    add_language(*history, options.language, page_language);
    add_quiet(*history, options.quiet);
    return history;
}

CLI::App* add_verify(CLI::App& app, VerifyOptions& options)
{
    CLI::App* verify =
        app.add_subcommand("verify", "Hold a run file against its checksums, its hashes and its own samples");
    add_run_file(*verify, options.file);
    auto* manifest =
        verify->add_option("--manifest", options.manifest, "Hold it, and what was signed with it, against a signature");
    manifest->type_name("FILE");
    verify->add_option("--key", options.key, "The signer's public key, as he gave it")
        ->type_name("FILE")
        ->needs(manifest);
    verify->add_option("--original", options.original, "Run file that an anonymised one was made of")
        ->type_name("FILE");
    add_choice(*verify, "--format", options.format, "What to print", {"text", "json"});
    add_quiet(*verify, options.quiet);
    add_language(*verify, options.language);
    return verify;
}

CLI::App* add_sign(CLI::App& app, SignOptions& options)
{
    CLI::App* sign = app.add_subcommand("sign", "Sign a run file, its targets and its report (Ed25519)");
    sign->add_option("FILE.h5", options.file, "Run file (HDF5)");
    sign->add_option("--report", options.reports, "Page to sign with it; may be given many times")
        ->type_name("FILE")
        ->allow_extra_args(false);
    add_targets(*sign, options.targets, "Targets to sign with it: a file (YAML) or a shipped profile's name");
    auto* key = sign->add_option("--key", options.key, "Secret key");
    key->type_name("FILE");
    sign->add_option("--new-key", options.new_key, "Make a key pair, FILE and FILE.pub, and sign nothing")
        ->type_name("FILE")
        ->excludes(key);
    sign->add_option("--signer", options.signer, "Name that goes into the manifest")->type_name("NAME");
    sign->add_option("-o,--output", options.output, "Manifest to write")
        ->type_name("FILE")
        ->default_str("FILE.h5.signed.json");
    add_language(*sign, options.language);
    return sign;
}

CLI::App* add_anonymise(CLI::App& app, AnonymiseOptions& options)
{
    CLI::App* anonymise =
        app.add_subcommand("anonymise", "A copy of a run file without names of hosts, serial numbers and paths");
    add_run_file(*anonymise, options.file);
    anonymise->add_option("-o,--output", options.output, "Run file to write")
        ->type_name("FILE")
        ->default_str("<the file's name>.anonymous.h5");
    anonymise->add_flag("--force", options.force, "Overwrite an existing run file");
    add_language(*anonymise, options.language);
    return anonymise;
}

CLI::App* add_project(CLI::App& app, ProjectOptions& options)
{
    CLI::App* project =
        app.add_subcommand("project", "Predict step time and efficiency at a larger scale, with an interval");
    add_run_file(*project, options.file, "Run file (HDF5) with at least 3 scales");
    project->add_option("--ranks", options.ranks, "Scale to predict")
        ->type_name("N")
        ->required()
        ->check(within(1, std::numeric_limits<int>::max()));
    add_targets(*project, options.targets);
    add_language(*project, options.language);
    return project;
}

CLI::App* add_published(CLI::App& app, PublishedOptions& options)
{
    CLI::App* published = app.add_subcommand("published", "Check a published table of training speeds, or compare two");
    published->add_option("PROFILE", options.profile, "Profile (a file, or the name of a shipped one)")->required();
    published->add_option("RIVAL", options.rival, "Profile to compare with");
    published->add_option("--base-ranks", options.base_ranks, "Hold all rows against the one at so many ranks")
        ->type_name("N")
        ->default_str("the smallest scale of each batch");
    add_language(*published, options.language);
    return published;
}

CLI::App* add_bounds(CLI::App& app, BoundsOptions& options)
{
    constexpr double most = 1'000'000;
    CLI::App* bounds =
        app.add_subcommand("bounds", "What links allow, and what each algorithm attains over them, of every operation");
    bounds->add_option("--nodes", options.nodes, "Nodes")->type_name("N")->required()->check(within(1, most));
    bounds->add_option("--ranks-per-node", options.ranks_per_node, "Ranks of each node")
        ->type_name("N")
        ->required()
        ->check(within(1, most));
    bounds->add_option("--ports", options.ports, "Ports of a node and the rate of each, e.g. 8x400Gbit/s")
        ->type_name("PORTS");
    bounds
        ->add_option("--inside", options.inside, "Rate of a rank's links inside its node, one direction, e.g. 450GB/s")
        ->type_name("RATE")
        ->default_str("no limit");
    bounds
        ->add_option("--leaf", options.leaf, "Nodes of a leaf and the rate of its up-links together, e.g. 4x1600Gbit/s")
        ->type_name("LEAF");
    bounds->add_option("--reduces", options.reduces, "Where switches reduce: inside (NVLS), between (SHARP), or both")
        ->delimiter(',')
        ->type_name("WHERE")
        ->check(CLI::IsMember({"inside", "between"}));
    bounds->add_option("--bytes", options.bytes, "Sizes; without them latency is nothing")
        ->delimiter(',')
        ->type_name("SIZE,...");
    bounds->add_option("--latency", options.latency, "Of an empty message, one way, e.g. 2us")->type_name("TIME");
    bounds->add_option("--inside-latency", options.inside_latency, "The same inside a node")
        ->type_name("TIME")
        ->default_str("--latency");
    add_choice(*bounds, "--format", options.format, "What to print", {"text", "json", "csv"});
    add_language(*bounds, options.language);
    return bounds;
}

CLI::App* add_import(CLI::App& app, ImportOptions& options)
{
    CLI::App* import = app.add_subcommand("import", "Another suite's log as a run file");
    import->add_option("LOG", options.log, "Log, nccl-tests' JSON, or a table; - is stdin")->required();
    const auto suites = log_format_words();
    add_choice(*import, "--from", options.from, "Suite that wrote the log; table: plumbline's own CSV or JSON",
               {suites.begin(), suites.end()})
        ->required();
    import->add_option("-o,--output", options.output, "Run file to write")
        ->type_name("FILE")
        ->default_str("<log's name>.h5");
    import->add_option("--pattern", options.pattern, "Operation, where the log doesn't say it")->type_name("PATTERN");
    import->add_option("--ranks", options.ranks, "Ranks, where the log doesn't say them")
        ->type_name("N")
        ->check(within(1, 10000000));
    import->add_option("--nodes", options.nodes, "Nodes, where the log doesn't say them")
        ->type_name("N")
        ->check(within(1, 10000000));
    add_targets(*import, options.targets, "Targets to keep in the run file: a file (YAML) or a shipped profile's name");
    import->add_flag("--force", options.force, "Overwrite an existing run file");
    add_language(*import, options.language);
    return import;
}

void add_language(CLI::App& command, std::string& language, const char* help)
{
    add_choice(command, "--lang", language, help, {"en", "zh"})->default_str("the locale's");
}

void add_colour(CLI::App& command, std::string& mode)
{
    add_choice(command, "--color", mode, "Colours; auto: on a terminal without NO_COLOR", {"auto", "always", "never"})
        ->group(general_group);
}

}  // namespace plumbline::app
