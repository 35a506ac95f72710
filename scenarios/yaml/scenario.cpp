// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/scenario.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/acceptance.hpp"
#include "scenarios/yaml/all_errors.hpp"
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 24> scenario_keys{
    "plumbline", "name",       "description", "backend",   "backend_options", "scale",
    "stop",      "rounds",     "order",       "verify",    "batch",           "cases",
    "targets",   "simulation", "sync",        "probe",     "oversubscribe",   "links",
    "published", "algorithms", "checkpoint",  "endurance", "acceptance",      "communicators"};

/// A number strictly between two others.
double read_between(const Field& field, double low, double high, std::string_view example)
{
    const double value = field.number();
    if (value <= low || value >= high) {
        field.reject(say("a number between {} and {} is wanted", low, high), say("Write for example {}", example));
    }
    return value;
}

std::vector<std::optional<int>> read_counts(const Field& field)
{
    std::vector<std::optional<int>> counts;
    for (const Field& item : field.one_or_more()) {
        counts.push_back(item.is_word("all") ? std::nullopt : std::optional<int>(item.count(1)));
    }
    return counts;
}

void read_order(const Field& field, Scenario& scenario)
{
    constexpr std::array<std::string_view, 2> keys{"shuffle", "seed"};
    field.expect_keys("order", keys);
    if (const auto shuffle = field.find("shuffle")) {
        scenario.shuffle = shuffle->boolean();
    }
    if (const auto seed = field.find("seed")) {
        scenario.seed = seed->seed();
    }
}

SyncSettings read_sync(const Field& field)
{
    constexpr std::array<std::string_view, 3> keys{"mode", "clock", "margin"};
    constexpr std::array modes{SyncMode::automatic, SyncMode::barrier, SyncMode::dissemination, SyncMode::window};
    constexpr std::array clocks{SyncClock::automatic, SyncClock::local, SyncClock::hca3};
    field.expect_keys("sync", keys);
    SyncSettings sync;
    if (const auto mode = field.find("mode")) {
        sync.mode = pick(*mode, modes);
    }
    if (const auto clock = field.find("clock")) {
        sync.clock = pick(*clock, clocks);
    }
    if (const auto margin = field.find("margin")) {
        if (sync.mode != SyncMode::window) {
            margin->fail("has no effect here (only a start window has a margin). Write mode: window or remove it");
        }
        sync.margin_s = margin->positive_seconds();
    }
    return sync;
}

CheckpointSpec read_checkpoint(const Field& field)
{
    constexpr std::array<std::string_view, 3> keys{"every", "bytes_per_rank", "to"};
    field.expect_keys("checkpoint", keys);
    CheckpointSpec checkpoint;
    if (const auto every = field.find("every")) {
        checkpoint.every_s = every->positive_seconds();
    }
    checkpoint.bytes_per_rank = field.require("bytes_per_rank").bytes();
    if (const auto to = field.find("to")) {
        checkpoint.to = to->text();
    }
    return checkpoint;
}

std::uint32_t read_batch(const Field& field)
{
    constexpr std::int64_t max_batch = 1'000'000'000;
    return field.is_word("auto") ? 0 : static_cast<std::uint32_t>(field.integer(1, max_batch));
}

void expect_version(const Field& field)
{
    if (field.integer(0) != 1) {
        field.reject("this program reads version 1 of the scenario format", "The nearest valid value is 1");
    }
}

void read_settings(const Field& field, Scenario& scenario)
{
    if (const auto description = field.find("description")) {
        scenario.description = description->text();
    }
    if (const auto backend = field.find("backend")) {
        scenario.backend = backend->text();
    }
    if (const auto options = field.find("backend_options")) {
        for (const Field& option : options->members()) {
            scenario.backend_options[option.key()] = option.text();
        }
    }
    if (const auto scale = field.find("scale")) {
        scenario.scale = read_scale(*scale, {});
    }
    if (const auto stop = field.find("stop")) {
        scenario.stop = read_stop(*stop, {});
    }
    if (const auto rounds = field.find("rounds")) {
        constexpr int max_rounds = 10'000;
        scenario.rounds = static_cast<int>(rounds->integer(1, max_rounds));
    }
    if (const auto communicators = field.find("communicators")) {
        scenario.communicators = pick(*communicators, std::array{Communicators::kept, Communicators::fresh});
    }
    if (const auto order = field.find("order")) {
        read_order(*order, scenario);
    }
    if (const auto verify = field.find("verify")) {
        scenario.verify = verify->boolean();
    }
    if (const auto batch = field.find("batch")) {
        scenario.batch = read_batch(*batch);
    }
    if (const auto algorithms = field.find("algorithms")) {
        constexpr std::array<std::string_view, 2> words{"all", "default"};
        scenario.algorithms.all = algorithms->choice(words) == 0;
    }
    if (const auto sync = field.find("sync")) {
        scenario.sync = read_sync(*sync);
    }
    if (const auto probe = field.find("probe")) {
        scenario.probe = probe->boolean();
    }
    if (const auto oversubscribe = field.find("oversubscribe")) {
        scenario.oversubscribe = oversubscribe->boolean();
    }
    if (const auto checkpoint = field.find("checkpoint")) {
        scenario.checkpoint = read_checkpoint(*checkpoint);
    }
    if (const auto simulation = field.find("simulation")) {
        read_simulation(*simulation, scenario);
    }
}

Scenario read_scenario(const Field& root, const std::string& origin, InputFiles files)
{
    root.expect_keys("a scenario", scenario_keys);
    expect_version(root.require("plumbline"));
    Scenario scenario;
    read_settings(root, scenario);
    for (const Field& item : root.require("cases").items()) {
        scenario.cases.push_back(read_case(item, scenario, files));
    }
    if (const auto targets = root.find("targets")) {
        scenario.targets = read_targets(*targets);
        for (const Field& item : targets->items()) {
            scenario.target_lines.push_back(item.line());
        }
    }
    if (const auto acceptance = root.find("acceptance")) {
        read_acceptance(*acceptance);  // the report reads it from the text
    }
    if (const auto links = root.find("links")) {
        scenario.links = read_links(*links);
    }
    scenario.name = root.require("name").text();  // last: a missing name hides no other mistake
    scenario.path = origin;
    scenario.files = files.texts();
    return scenario;
}

std::string targets_text(const YamlNode& root)
{
    const YamlNode* targets = root.find("targets");
    if (targets == nullptr) {
        return {};
    }
    YamlNode document;
    document.kind = YamlNode::Kind::map;
    document.children.push_back(*targets);
    return emit_yaml(document);
}

std::optional<Links> links_of(const Field& document)
{
    const auto links = document.find("links");
    return links ? std::optional(read_links(*links)) : std::nullopt;
}

/// A clause of a target that the contract hasn't would be missing in the report without a word.
void expect_clauses_of_targets(const Field& acceptance, std::span<const Target> targets)
{
    std::vector<std::string_view> names;
    std::ranges::transform(targets, std::back_inserter(names), &Target::name);
    if (const auto clauses = acceptance.find("clauses")) {
        clauses->expect_keys("clauses", names);
    }
}

TargetsDocument read_targets_document(const std::string& text, const std::string& origin)
{
    return read_or_say_all_errors(parse_yaml(text, origin), [](const Field& document) {
        document.expect_keys("a file of targets", scenario_keys);
        TargetsDocument read{.targets = read_targets(document.require("targets")), .links = links_of(document)};
        if (const auto acceptance = document.find("acceptance")) {
            read.acceptance = read_acceptance(*acceptance);
            expect_clauses_of_targets(*acceptance, read.targets);
        }
        for (const Field& item : document.require("targets").items()) {
            read.lines.push_back(item.line());
        }
        return read;
    });
}

std::vector<Target> read_targets_alone(const std::string& text, const std::string& origin)
{
    return read_targets_document(text, origin).targets;
}

}  // namespace

std::string_view name(Communicators communicators)
{
    return communicators == Communicators::fresh ? "fresh" : "kept";
}

std::string_view name(SyncMode mode)
{
    switch (mode) {
        case SyncMode::automatic:
            return "auto";
        case SyncMode::barrier:
            return "barrier";
        case SyncMode::dissemination:
            return "dissemination";
        case SyncMode::window:
            return "window";
    }
    return {};
}

std::string_view name(SyncClock clock)
{
    switch (clock) {
        case SyncClock::automatic:
            return "auto";
        case SyncClock::local:
            return "local";
        case SyncClock::hca3:
            return "hca3";
    }
    return {};
}

std::string read_yaml_file(const std::filesystem::path& path)
{
    // One byte more than is accepted, so that the parser sees that there are too many.
    constexpr std::size_t most = max_yaml_bytes + 1;
    std::error_code error;
    const bool regular = std::filesystem::is_regular_file(path, error);  // before it is opened: a pipe would wait
    std::ifstream file(regular ? path : std::filesystem::path(), std::ios::binary);
    if (!regular || !file) {
        const bool exists = std::filesystem::exists(path, error);
        throw ConfigError(say("{}: can't be read ({}). Check the path", path.string(),
                              regular  ? "it can't be opened"
                              : exists ? "it is no regular file"
                                       : "there is no such file"));
    }
    std::string text(most, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

ScaleSpec read_scale(const Field& field, ScaleSpec base)
{
    constexpr std::array<std::string_view, 6> keys{"ranks", "nodes", "placement", "subsets", "seed", "at_once"};
    constexpr int max_subsets = 1000;
    field.expect_keys("scale", keys);
    const std::optional<Field> ranks = field.find("ranks");
    const std::optional<Field> nodes = field.find("nodes");
    if (ranks && nodes) {
        nodes->fail("is given together with 'ranks' (a scale counts either ranks or nodes). Remove one");
    }
    if (ranks) {
        base.ranks = read_counts(*ranks);
        base.nodes.clear();
    }
    if (nodes) {
        base.nodes = read_counts(*nodes);
    }
    if (const auto placement = field.find("placement")) {
        base.placement = pick(*placement, all_placements);
    }
    if (const auto subsets = field.find("subsets")) {
        base.subsets = static_cast<int>(subsets->integer(1, max_subsets));
    }
    if (const auto seed = field.find("seed")) {
        base.seed = seed->seed();
    }
    if (const auto at_once = field.find("at_once")) {
        base.at_once = at_once->boolean();
    }
    return base;
}

/// Room for all of them is made before the first.
int read_samples(const Field& field, int least)
{
    constexpr int most = 10'000'000;
    return static_cast<int>(field.integer(least, most));
}

StoppingCriterion read_stop(const Field& field, StoppingCriterion base)
{
    constexpr std::array<std::string_view, 6> keys{"confidence",  "relative_ci", "min_samples",
                                                   "max_samples", "max_seconds", "warmup"};
    field.expect_keys("stop", keys);
    if (const auto confidence = field.find("confidence")) {
        base.confidence = read_between(*confidence, 0.5, 1, "0.95");
    }
    if (const auto relative_ci = field.find("relative_ci")) {
        base.relative_ci = read_between(*relative_ci, 0, 1, "0.02");
    }
    const std::optional<Field> min_samples = field.find("min_samples");
    const std::optional<Field> max_samples = field.find("max_samples");
    base.min_samples = min_samples ? read_samples(*min_samples, 1) : base.min_samples;
    base.max_samples = max_samples ? read_samples(*max_samples, 1) : base.max_samples;
    if (base.min_samples > base.max_samples) {
        field.require(min_samples ? "min_samples" : "max_samples")
            .reject(say("min_samples, {}, is more than max_samples, {}", base.min_samples, base.max_samples),
                    "Change one of them");
    }
    if (const auto max_seconds = field.find("max_seconds")) {
        base.max_seconds = max_seconds->positive_seconds();
    }
    if (const auto warmup = field.find("warmup")) {
        constexpr int most = 1'000'000;
        base.warmup = warmup->count(0);
        if (base.warmup > most) {
            warmup->reject(say("{} warm-ups are more than any library needs", base.warmup),
                           say("At most {} are made", most));
        }
    }
    return base;
}

Scenario load_scenario(const std::filesystem::path& path, std::span<const std::string> overrides)
{
    return parse_scenario(read_yaml_file(path), path.string(), overrides);
}

Scenario parse_scenario(const std::string& text, const std::string& origin, std::span<const std::string> overrides,
                        FileTexts files)
{
    YamlNode root = parse_yaml(text, origin);
    for (const std::string& assignment : overrides) {
        apply_override(root, assignment);
    }
    const InputFiles inputs(std::filesystem::path(origin).parent_path(), std::move(files));
    Scenario scenario =
        read_or_say_all_errors(root, [&](const Field& document) { return read_scenario(document, origin, inputs); });
    scenario.text = emit_yaml(root);
    if (scenario.text.size() > max_yaml_bytes) {
        throw ConfigError(
            say("{}: {} bytes are too many once written out (at most {} could be read back). "
                "Use lists and ranges instead of single cases",
                origin, scenario.text.size(), max_yaml_bytes));
    }
    scenario.targets_text = targets_text(root);
    return scenario;
}

TargetsDocument load_targets_document(const std::filesystem::path& path)
{
    return read_targets_document(read_yaml_file(path), path.string());
}

std::vector<Target> load_targets(const std::filesystem::path& path)
{
    return read_targets_alone(read_yaml_file(path), path.string());
}

bool is_profile(const std::filesystem::path& path)
{
    const YamlNode root = parse_yaml(read_yaml_file(path), path.string());
    const auto has = [&](const char* key) { return root.find(key) != nullptr; };
    return root.kind == YamlNode::Kind::map && !has("plumbline") && !has("cases") &&
           (has("targets") || has("published") || has("endurance"));
}

PublishedSeries load_published(const std::filesystem::path& path)
{
    const YamlNode root = parse_yaml(read_yaml_file(path), path.string());
    PublishedSeries series = read_or_say_all_errors(root, [](const Field& document) {
        document.expect_keys("a profile", scenario_keys);
        return read_published(document.require("published"));
    });
    series.name = path.stem().string();
    return series;
}

std::optional<PublishedEndurance> load_published_endurance(const std::filesystem::path& path)
{
    const YamlNode root = parse_yaml(read_yaml_file(path), path.string());
    if (root.kind != YamlNode::Kind::map || root.find("endurance") == nullptr) {
        return std::nullopt;
    }
    PublishedEndurance published = read_or_say_all_errors(root, [](const Field& document) {
        document.expect_keys("a profile", scenario_keys);
        return read_published_endurance(document.require("endurance"));
    });
    published.name = path.stem().string();
    return published;
}

std::optional<Links> parse_links(const std::string& text, const std::string& origin)
{
    if (text.empty()) {
        return std::nullopt;
    }
    const YamlNode root = parse_yaml(text, origin);
    return links_of(Field(root));
}

std::vector<Target> parse_targets(const std::string& text, const std::string& origin)
{
    return text.empty() ? std::vector<Target>{} : read_targets_alone(text, origin);
}

}  // namespace plumbline
