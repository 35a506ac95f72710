#include "harness/app/options.hpp"

#include "collectives/util/nearest_word.hpp"
#include "scenarios/yaml/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

/// Of a command whose exit status says it all.
void add_quiet(CLI::App& command, bool& quiet)
{
    command.add_flag("-q,--quiet", quiet, "Print nothing: the exit status is the answer (-o is still written)");
}

CLI::App* add_run(CLI::App& app, RunOptions& options)
{
    CLI::App* run = app.add_subcommand("run", "Measure a scenario (under mpirun or srun, or alone with one rank)");
    run->add_option("scenario", options.scenario, "Scenario file (YAML), or one of 'plumbline list scenarios'")
        ->required();
    run->add_option("-o,--output", options.output, "Run file to write [<scenario name>.h5]");
    run->add_option("--set", options.overrides, "Override a key of the scenario, e.g. --set stop.max_seconds=1")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    run->add_option("--backend", options.backend, "Library to measure ('plumbline list backends')");
    run->add_option("--backend-library", options.backend_library, "Which of several installed libraries to measure")
        ->type_name("PATH");
    run->add_option("--progress", options.progress, "Progress on stderr: auto, live, plain or none")
        ->check(CLI::IsMember({"auto", "live", "plain", "none"}))
        ->capture_default_str();
    run->add_option("--hang-after", options.hang_after,
                    "End with status 5 and name the rank when nobody gets on for so long, or 'never'")
        ->capture_default_str();
    auto* quiet = run->add_flag("-q,--quiet", options.quiet,
                                "Print the verdict and errors alone: no progress, no warnings, no tables");
    auto* resume = run->add_flag("--resume", options.resume, "Go on with an interrupted run file");
    auto* append =
        run->add_flag("--append", options.append, "Add this launch to a complete run file of the same scenario");
    append->excludes(resume);
    run->add_flag("--force", options.force, "Overwrite an existing run file")->excludes(resume)->excludes(append);
    run->add_flag("--diagnose-on-fail", options.diagnose_on_fail,
                  "When a bandwidth target fails, measure every pair in the same launch and name who is slow");
    run->add_flag("--dry-run", options.dry_run, "Print the plan, its memory and its time bound; measure nothing")
        ->excludes(quiet);
    return run;
}

CLI::App* add_diagnose(CLI::App& app, DiagnoseOptions& options)
{
    CLI::App* diagnose = app.add_subcommand(
        "diagnose",
        "Name the slow links, nodes and ranks of a run file, by its cases of links and by every rank's samples");
    diagnose->add_option("file", options.file, "Run file (HDF5)")->required();
    diagnose->add_option("--format", options.format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    diagnose->add_option("--floor", options.floor, "Rate that a link must have whatever its peers do, e.g. 20GB/s");
    return diagnose;
}

CLI::App* add_check(CLI::App& app, CheckOptions& options)
{
    CLI::App* check = app.add_subcommand("check", "Judge a run file against targets");
    check->add_option("file", options.file, "Run file (HDF5)")->required();
    check->add_option("--targets", options.targets,
                      "Targets instead of the run's own: a file (YAML) or a shipped profile's name");
    check->add_option("--format", options.format, "text, json or junit")
        ->check(CLI::IsMember({"text", "json", "junit"}))
        ->capture_default_str();
    check->add_option("-o,--output", options.output, "File to write [stdout]");
    check->add_flag("--allow-point-values", options.allow_point_values,
                    "Judge imported cases, which have no samples, on their values alone");
    add_quiet(*check, options.quiet);
    return check;
}

CLI::App* add_show(CLI::App& app, ShowOptions& options)
{
    CLI::App* show = app.add_subcommand("show", "Print the cases of a run file as a table");
    show->add_option("file", options.file, "Run file (HDF5)")->required();
    show->add_option("--format", options.format, "text, json or csv")
        ->check(CLI::IsMember({"text", "json", "csv"}))
        ->capture_default_str();
    return show;
}

CLI::App* add_report(CLI::App& app, ReportOptions& options)
{
    CLI::App* report = app.add_subcommand("report", "Write one self-contained HTML page on one or more run files");
    report->add_option("files", options.files, "Run files (HDF5)")->required();
    report->add_option("-o,--output", options.output, "Page to write [<first run file>.html]");
    report->add_option("--targets", options.targets,
                       "Targets instead of each run's own: a file (YAML) or a shipped profile's name");
    report->add_option("--lang", options.language, "Language shown first: en or zh (the page switches)")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
    return report;
}

CLI::App* add_compare(CLI::App& app, CompareOptions& options)
{
    CLI::App* compare = app.add_subcommand("compare", "The same cases of several run files side by side");
    compare->add_option("files", options.files, "Run files (HDF5); the first is the reference")->required();
    compare->add_option("--format", options.format, "text, json or html")
        ->check(CLI::IsMember({"text", "json", "html"}))
        ->capture_default_str();
    compare->add_option("-o,--output", options.output, "File to write [stdout]");
    compare->add_option("--lang", options.language, "Language that a page shows first: en or zh")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
    compare->add_option("--fail-if-worse", options.fail_if_worse,
                        "Exit with a verdict: worse by more than this, e.g. 5%");
    compare->add_option("--price", options.prices, "Price of a node, one a file: A,B,...")->delimiter(',');
    compare->add_option("--power", options.powers_kw, "Power of a node in kW, one a file: A,B,...")->delimiter(',');
    add_quiet(*compare, options.quiet);
    return compare;
}

CLI::App* add_import(CLI::App& app, ImportOptions& options)
{
    CLI::App* import = app.add_subcommand("import", "Another suite's log as a run file, without samples");
    import->add_option("--from", options.from, "nccl-tests, rccl-tests, osu, imb or hccl_test")
        ->required()
        ->check(CLI::IsMember({"nccl-tests", "rccl-tests", "osu", "imb", "hccl_test"}));
    import->add_option("log", options.log, "Log, or nccl-tests' JSON; - is stdin")->required();
    import->add_option("-o,--output", options.output, "Run file to write [<log's name>.h5]");
    import->add_option("--pattern", options.pattern, "Operation, where the log doesn't say it");
    import->add_option("--ranks", options.ranks, "Ranks, where the log doesn't say them")
        ->check(CLI::Range(1, 10000000));
    import->add_option("--nodes", options.nodes, "Nodes, where the log doesn't say them")
        ->check(CLI::Range(1, 10000000));
    import->add_option("--targets", options.targets,
                       "Targets to keep in the run file: a file (YAML) or a shipped profile's name");
    import->add_flag("--force", options.force, "Overwrite an existing run file");
    return import;
}

CLI::App* add_history(CLI::App& app, HistoryOptions& options)
{
    CLI::App* history = app.add_subcommand("history", "Trends and changes over all run files in a folder");
    history->add_option("folder", options.folder, "Folder of run files (*.h5, folders below too)")->required();
    history->add_option("--format", options.format, "text, json, junit, prometheus or html")
        ->check(CLI::IsMember({"text", "json", "junit", "prometheus", "html"}))
        ->capture_default_str();
    history->add_option("-o,--output", options.output, "File to write [stdout]");
    history->add_option("--lang", options.language, "Language that a page shows first: en or zh")
        ->check(CLI::IsMember({"en", "zh"}))
        ->capture_default_str();
    history->add_option("--accepted", options.accepted, "Known changes and new baselines [FOLDER/accepted.txt]");
    history->add_option("--max-p", options.max_p, "Largest p of a change")
        ->check(CLI::Range(0.0, 0.05))
        ->capture_default_str();
    history->add_option("--min-change", options.min_change_percent, "Smallest change in percent")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    add_quiet(*history, options.quiet);
    return history;
}

CLI::App* add_validate(CLI::App& app, ValidateOptions& options)
{
    CLI::App* validate =
        app.add_subcommand("validate", "Check a scenario file or a profile of targets without running it");
    validate->add_option("scenario", options.scenario, "Scenario file (YAML)")->required();
    validate->add_option("--set", options.overrides, "Override a key of the scenario")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    validate->add_option("--ranks", options.ranks, "Ranks that the launch will have: what says 'all' is looked at too")
        ->check(CLI::PositiveNumber);
    return validate;
}

CLI::App* add_project(CLI::App& app, ProjectOptions& options)
{
    CLI::App* project =
        app.add_subcommand("project", "Predict step time and efficiency at a larger scale, with an interval");
    project->add_option("file", options.file, "Run file (HDF5) with at least 3 scales")->required();
    project->add_option("--ranks", options.ranks, "Scale to predict")->required()->check(CLI::PositiveNumber);
    project->add_option("--targets", options.targets,
                        "Targets instead of the run's own: a file (YAML) or a shipped profile's name");
    return project;
}

CLI::App* add_published(CLI::App& app, PublishedOptions& options)
{
    CLI::App* published = app.add_subcommand("published", "Check a published table of training speeds, or compare two");
    published->add_option("profile", options.profile, "Profile (a file, or the name of a shipped one)")->required();
    published->add_option("rival", options.rival, "Profile to compare with");
    published->add_option("--base-ranks", options.base_ranks,
                          "Hold all rows against the one at so many ranks [the smallest scale of each batch]");
    return published;
}

CLI::App* add_list(CLI::App& app, ListOptions& options)
{
    CLI::App* list = app.add_subcommand("list", "List scenarios, profiles, patterns, backends or metrics");
    list->add_option("what", options.what, "scenarios, profiles, patterns, backends or metrics")
        ->required()
        ->check(CLI::IsMember({"scenarios", "profiles", "patterns", "backends", "metrics"}));
    auto* backend = list->add_option("--backend", options.backend, "backends: only this one");
    list->add_option("--backend-library", options.backend_library, "backends: look at this library")
        ->type_name("PATH")
        ->needs(backend);
    return list;
}

std::string no_such_command(const CLI::App& app, const std::string& word)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    return fmt::format("'{}' is no command (there are {}). The nearest is '{}'", word, fmt::join(names, ", "),
                       nearest_word(word, views));
}

constexpr const char* exit_statuses =
    "Exit status: 0 PASS or done, 1 FAIL, 2 wrong usage or input, 3 INCONCLUSIVE,\n"
    "4 NOT_MEASURED, 5 the run itself broke.";

}  // namespace

std::variant<Command, EarlyExit> parse_options(int argc, const char* const* argv, const std::string& version)
{
    CLI::App app("Measures collective communication at growing scale, records every sample, and judges it.",
                 "plumbline");
    app.set_version_flag("--version", "plumbline " + version);
    app.require_subcommand(1);
    app.footer(exit_statuses);

    RunOptions run;
    DiagnoseOptions diagnose;
    CheckOptions check;
    ShowOptions show;
    ReportOptions report;
    CompareOptions compare;
    ImportOptions import;
    HistoryOptions history;
    ValidateOptions validate;
    ListOptions list;
    const CLI::App* run_command = add_run(app, run);
    const CLI::App* diagnose_command = add_diagnose(app, diagnose);
    const CLI::App* check_command = add_check(app, check);
    const CLI::App* show_command = add_show(app, show);
    const CLI::App* report_command = add_report(app, report);
    const CLI::App* compare_command = add_compare(app, compare);
    const CLI::App* import_command = add_import(app, import);
    const CLI::App* history_command = add_history(app, history);
    const CLI::App* validate_command = add_validate(app, validate);
    add_list(app, list);

    ProjectOptions project;
    PublishedOptions published;
    const CLI::App* project_command = add_project(app, project);
    const CLI::App* published_command = add_published(app, published);

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        std::ostringstream text;
        app.exit(success, text, text);
        return EarlyExit{0, text.str()};
    } catch (const CLI::ParseError& error) {
        const bool no_command = argc > 1 && argv[1][0] != '-' && app.get_subcommands().empty();
        const std::string problem = no_command ? no_such_command(app, argv[1]) : error.what();
        return EarlyExit{2, "plumbline: " + problem + ". Try 'plumbline --help'.\n"};
    }
    if (run_command->parsed()) {
        return run;
    }
    if (diagnose_command->parsed()) {
        return diagnose;
    }
    if (check_command->parsed()) {
        return check;
    }
    if (show_command->parsed()) {
        return show;
    }
    if (report_command->parsed()) {
        return report;
    }
    if (compare_command->parsed()) {
        return compare;
    }
    if (import_command->parsed()) {
        return import;
    }
    if (history_command->parsed()) {
        return history;
    }
    if (validate_command->parsed()) {
        return validate;
    }
    if (project_command->parsed()) {
        return project;
    }
    if (published_command->parsed()) {
        return published;
    }
    return list;
}

}  // namespace plumbline::app
