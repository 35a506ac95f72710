// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/references.hpp"
#include "harness/command_line/wrapped_text.hpp"
#include "harness/launch/backends.hpp"
#include "results/printers/references.hpp"
#include "results/records/metric.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

std::string describe_patterns(Language language)
{
    std::string text;
    for (const PatternInfo& row : all_patterns()) {
        text += two_column_row(row.name, in(language, word(row.summary)), {.indent = 0, .second = 17});
    }
    return text;
}

std::string describe_metrics(Language language)
{
    std::string text;
    for (const MetricInfo& row : all_metrics()) {
        text += two_column_row(fmt::format("{:<23}{}", row.name, row.unit), in(language, word(row.formula)),
                               {.indent = 0, .second = 33});
    }
    return text;
}

std::string describe_backend(const BackendModule& row, const std::string& library, Language language)
{
    const Availability found = row.find(library);
    const auto told = [&](const std::string& text) { return in(language, recognised(text)); };
    const std::string remark = found.remark.empty() ? "" : "; " + told(found.remark);
    constexpr std::size_t second = 18;
    const std::string state = in(language, found.why_not ? word("not usable") : word("usable"));
    return two_column_row(fmt::format("{:<6}{}", row.name, state), in(language, word(row.summary)),
                          {.indent = 0, .second = second}) +
           paragraph(found.why_not ? told(*found.why_not) : told(found.version) + remark, second);
}

std::string describe_backends(const ListOptions& options, Language language)
{
    if (!options.backend.empty()) {
        return describe_backend(backend_named(options.backend), options.backend_library, language);
    }
    std::string text;
    for (const BackendModule& row : all_backends()) {
        text += describe_backend(row, "", language);
    }
    return text;
}

/// What the file says of itself; why it can't be said, where that is so: one bad file hides no other.
std::string description_in(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    try {
        return description_of({std::istreambuf_iterator<char>(file), {}});
    } catch (const ConfigError& error) {
        return fmt::format("not readable: {}", error.what());
    }
}

std::string describe_shipped(const std::vector<BundledScenario>& shipped, Language language)
{
    if (shipped.empty()) {
        return "";
    }
    std::size_t longest = 0;
    for (const BundledScenario& row : shipped) {
        longest = std::max(longest, row.name.size());
    }
    std::string text;
    for (const BundledScenario& row : shipped) {
        text += two_column_row(row.name, text::printable(in(language, word(description_in(row.path)))),
                               {.indent = 0, .second = longest + 2});
    }
    return text +
           fmt::format("\n{}\n", in(language, say("Files: {}/NAME.yaml",
                                                  std::filesystem::path(shipped.front().path).parent_path().string())));
}

template <class Rows>
std::vector<std::string> names_in(const Rows& rows)
{
    std::vector<std::string> names;
    for (const auto& row : rows) {
        names.emplace_back(row.name);
    }
    return names;
}

std::string describe_references(const std::string& folder, Language language)
{
    const auto values = all_references(folder);
    std::size_t longest = 0;
    for (const PublishedValue& value : values) {
        longest = std::max(longest, value.name.size());
    }
    std::string text;
    for (const PublishedValue& value : values) {
        text += two_column_row(value.name, text::printable(in(language, published_said(value))),
                               {.indent = 0, .second = longest + 2});
    }
    return text;
}

std::vector<std::string> names_of(const ListOptions& options)
{
    const std::string& what = options.what;
    if (what == "references") {
        return names_in(all_references(options.references));
    }
    if (what == "patterns") {
        return names_in(all_patterns());
    }
    if (what == "metrics") {
        return names_in(all_metrics());
    }
    if (what == "backends") {
        return names_in(all_backends());
    }
    return names_in(what == "profiles" ? bundled_profiles() : bundled_scenarios());
}

std::string description_of_all(const ListOptions& options, Language language)
{
    if (options.what == "patterns") {
        return describe_patterns(language);
    }
    if (options.what == "metrics") {
        return describe_metrics(language);
    }
    if (options.what == "backends") {
        return describe_backends(options, language);
    }
    if (options.what == "references") {
        return describe_references(options.references, language);
    }
    return describe_shipped(options.what == "profiles" ? bundled_profiles() : bundled_scenarios(), language);
}

}  // namespace

int list_command(const ListOptions& options)
{
    if (!options.references.empty() && options.what != "references") {
        throw ConfigError(say("--references does not apply to {} (it names a folder of published values). Leave it out",
                              options.what));
    }
    if (!options.names) {
        write_result(description_of_all(options, chosen_language(options.language)));
        return 0;
    }
    std::string text;
    for (const std::string& name : names_of(options)) {
        text += name + "\n";
    }
    write_result(text);
    return 0;
}

}  // namespace plumbline::app
