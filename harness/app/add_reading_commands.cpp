// SPDX-License-Identifier: Apache-2.0
/// Commands that read what was measured, here or elsewhere, and what others published.
#include "harness/app/add_commands.hpp"
#include "harness/command_line/option_kinds.hpp"
#include "results/import/import.hpp"

#include <CLI/CLI.hpp>

#include <limits>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

constexpr const char* targets_help = "Targets instead of the run's own: a file (YAML) or a shipped profile's name";

void add_document(CLI::App& command, std::string& path)
{
    command.add_option("-o,--output", path, "File to write")->type_name("FILE")->default_str("stdout");
}

void add_targets(CLI::App& command, std::string& targets, const char* help = targets_help)
{
    command.add_option("--targets", targets, help)->type_name("TARGETS");
}

void add_run_file(CLI::App& command, std::string& file, const char* help = "Run file (HDF5)")
{
    command.add_option("FILE.h5", file, help)->required();
}

}  // namespace

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

CLI::App* add_compare(CLI::App& app, CompareOptions& options)
{
    CLI::App* compare = app.add_subcommand("compare", "The same cases of several run files side by side");
    compare->add_option("FILE.h5", options.files, "Run files (HDF5); the first is the reference")->required();
    compare
        ->add_option("--fail-if-worse", options.fail_if_worse, "Exit with a verdict: worse by more than this, e.g. 5%")
        ->type_name("SHARE");
    compare
        ->add_option(
            "--launch-spread", options.launch_spread,
            "By how much launches of one library may differ, where a file is of one launch: less is not shown [10%]")
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

}  // namespace plumbline::app
