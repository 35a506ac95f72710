// SPDX-License-Identifier: Apache-2.0
#include "results/report/targets_table.hpp"

#include "results/machines/node_inventory.hpp"
#include "results/report/explanations.hpp"
#include "results/summaries/disturbances.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::report {
namespace {

/// A text of the page, by its key.
std::string page_text(Language language, std::string_view key)
{
    const auto texts = all_texts();
    const auto found = std::ranges::find(texts, key, &Text::key);
    return found == texts.end() ? std::string(key) : std::string(language == Language::zh ? found->zh : found->en);
}

std::string csv_cell(std::string text)
{
    text = text::printable(text);
    if (!text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos &&
        text.find_first_not_of("0123456789.eE+-") != std::string::npos) {
        text.insert(text.begin(), '\'');
    }
    if (text.find_first_of(",\"") == std::string::npos) {
        return text;
    }
    std::string quoted = "\"";
    for (const char c : text) {
        quoted += c == '"' ? "\"\"" : std::string(1, c);
    }
    return quoted + "\"";
}

std::string csv_row(const std::vector<std::string>& cells)
{
    std::string row;
    for (const std::string& cell : cells) {
        row += (&cell == &cells.front() ? "" : ",") + csv_cell(cell);
    }
    return row + "\r\n";
}

/// A cell of a table of Markdown: nothing in it is markup.
std::string markdown(std::string_view raw)
{
    std::string safe;
    for (const char c : text::printable(raw)) {
        if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) {
            safe += '\\';
        }
        safe += c;
    }
    return safe;
}

std::string clause_of(const ReportedRun& run, const std::string& target)
{
    const auto found = run.acceptance.clauses.find(target);
    return found == run.acceptance.clauses.end() ? "" : found->second;
}

std::string_view unit_of(const Finding& finding)
{
    return finding.metric ? info(*finding.metric).unit : std::string_view();
}

std::string cell(const std::optional<double>& value)
{
    return value ? fmt::format("{:.10g}", *value) : "";
}

/// ">= 50 GB/s" with one sign for both languages.
std::string required(const Finding& finding, Language language)
{
    std::string bound = in(language, bound_said(finding));
    for (const auto& [ascii, sign] : {std::pair(">=", "≥"), std::pair("<=", "≤")}) {
        if (bound.starts_with(ascii)) {
            bound.replace(0, 2, sign);
        }
    }
    return bound;
}

/// "| a | b |".
std::string markdown_row(const std::vector<std::string>& cells)
{
    std::string row = "|";
    for (const std::string& cell : cells) {
        row += " " + cell + " |";
    }
    return row + "\n";
}

void add_about(std::string& page, const ReportedRun& run, Language language)
{
    using Row = std::pair<const char*, std::string Acceptance::*>;
    constexpr std::array rows{Row{"about.project", &Acceptance::project},
                              Row{"about.contract", &Acceptance::contract},
                              Row{"about.report_number", &Acceptance::report_number},
                              Row{"about.version", &Acceptance::version},
                              Row{"about.confidentiality", &Acceptance::confidentiality},
                              Row{"about.client", &Acceptance::client},
                              Row{"about.contractor", &Acceptance::contractor},
                              Row{"about.test_party", &Acceptance::test_party},
                              Row{"about.witness", &Acceptance::witness},
                              Row{"about.tester", &Acceptance::tester},
                              Row{"about.date", &Acceptance::date},
                              Row{"about.scope", &Acceptance::scope}};
    page += fmt::format("\n## {}\n\n", page_text(language, "about"));
    page += markdown_row({page_text(language, "column.name"), page_text(language, "column.value")}) + "| --- | --- |\n";
    for (const auto& [key, member] : rows) {
        page += markdown_row({page_text(language, key), markdown(run.acceptance.*member)});
    }
    for (const std::string& line : run.acceptance.basis) {
        page += markdown_row({page_text(language, "about.basis"), markdown(line)});
    }
}

void add_targets(std::string& page, const ReportedRun& run, Language language)
{
    page += fmt::format("\n## {}\n\n", page_text(language, "targets"));
    page += markdown_row({page_text(language, "verdict"), page_text(language, "column.clause"),
                          page_text(language, "target"), page_text(language, "target.value"),
                          page_text(language, "target.threshold"), page_text(language, "target.case"),
                          page_text(language, "column.note")}) +
            "| ------ | ----- | ---------- | --------: | -------: | ------------ | ------------------------ |\n";
    for (const Finding& finding : run.judgement.findings) {
        const WrittenNumbers written = written_numbers(finding);
        const std::string_view unit = unit_of(finding);
        const auto with_unit = [&](const std::string& text) {
            return text.empty() || unit == "1" || unit == "s" || unit.empty()
                       ? text
                       : fmt::format("{} {}", text, in(language, word(unit)));
        };
        page += markdown_row({page_text(language, fmt::format("verdict.{}", name(finding.verdict))),
                              markdown(clause_of(run, finding.target)), markdown(finding.target),
                              markdown(with_unit(written.estimate)), markdown(required(finding, language)),
                              markdown(in(language, finding.at)), markdown(in(language, finding.why))});
    }
}

/// Those that are told, with spaces between them.
std::string words_of(std::initializer_list<std::string> words)
{
    std::string all;
    for (const std::string& word : words) {
        all += (all.empty() || word.empty() ? "" : " ") + word;
    }
    return all;
}

/// What differs between the nodes, and what most of them are made of.
void add_machine(std::string& page, const ReportedRun& run, Language language)
{
    std::vector<NodeInventory> nodes;
    for (const std::string& machine : run.info.machines) {
        nodes.push_back(parse_inventory(machine).value_or(NodeInventory{}));
    }
    const std::vector<NodeGroup> groups = alike_nodes(nodes);
    if (groups.empty()) {
        return;
    }
    const NodeInventory& usual = nodes[groups.front().nodes.front()];
    const auto told = [&](const Sentence& about, const std::string& value) {
        return value.empty() ? value : in(language, say("{} {}", about, word(value)));
    };
    page += fmt::format("\n## {}\n\n", page_text(language, "section.machine"));
    for (const Sentence& sentence : differences_said(nodes, run.info.hosts)) {
        page += fmt::format("* {}\n", markdown(in(language, sentence)));
    }
    page += (nodes.size() > 1 ? "\n" : "") +
            markdown_row({page_text(language, "column.name"), page_text(language, "column.value")}) + "| --- | --- |\n";
    for (const NodeProperty& property : node_properties()) {
        page += markdown_row({markdown(in(language, word(property.title))),
                              markdown(in(language, recognised(property_of(usual, property.name))))});
    }
    for (const InstalledDevice& device : usual.devices) {
        page +=
            markdown_row({page_text(language, "machine.devices"),
                          markdown(words_of({device.address, device.model, device.uuid, device.serial, device.driver,
                                             device.firmware, told(say("ECC"), device.error_correction),
                                             told(say("confidential computing"), device.confidential)}))});
    }
    for (const InstalledPort& port : usual.ports) {
        page += markdown_row({page_text(language, "machine.ports"),
                              markdown(words_of({port.name, port.model, port.rate, port.firmware, port.neighbour}))});
    }
}

void add_run(std::string& page, const ReportedRun& run, Language language)
{
    const auto verdict = run.judgement.verdict;
    std::string said = page_text(language, verdict ? fmt::format("verdict.{}", name(*verdict)) : "verdict.none");
    if (run.info.simulated && verdict) {
        said = in(language, say("{}: {}", say("simulated"), said));
    }
    page += fmt::format("\n**{}** ({} {})\n", in(language, say("{}: {}", page_text(language, "verdict"), said)),
                        markdown(run.info.name), run.sha256.substr(0, 12));
    add_about(page, run, language);
    add_targets(page, run, language);
    std::vector<Disturbance> disturbances;
    std::size_t rounds = 0;
    for (const CaseSummary& row : run.cases) {
        const CaseRecord record = run.load(row.header.id);
        auto found = disturbances_of(record, run.info.confidence, {});
        std::ranges::move(found, std::back_inserter(disturbances));
        rounds += record.rounds.size();
    }
    const auto failures = explanations(run.judgement);
    if (!failures.empty()) {
        page += fmt::format("\n## {}\n", page_text(language, "section.failures"));
    }
    for (const Explanation& one : failures) {
        page += fmt::format("\n**{}**\n\n", markdown(one.target));
        for (const Sentence& sentence : one.says) {
            page += fmt::format("* {}\n", markdown(in(language, sentence)));
        }
    }
    std::vector<Sentence> warnings = run.info.warnings;
    if (const Sentence all = disturbances_said(disturbances, rounds); !all.empty()) {
        warnings.push_back(all);
    }
    page += fmt::format("\n## {}\n\n", page_text(language, "environment.warnings"));
    for (const Sentence& warning : warnings) {
        page += fmt::format("* {}\n", markdown(in(language, warning)));
    }
    page += warnings.empty() ? page_text(language, "none") + "\n" : "";
    add_machine(page, run, language);
    page += fmt::format("\nSHA-256 {}: `{}`\n", markdown(run.file), run.sha256);
}

}  // namespace

std::string targets_csv(std::span<const ReportedRun> runs, Language language)
{
    const auto title = [&](const char* key) { return page_text(language, key); };
    std::string text =
        "\xEF\xBB\xBF" + csv_row({title("column.run"), title("column.clause"), title("target"), title("target.metric"),
                                  title("column.unit"), title("target.case"), title("column.ranks"),
                                  title("target.value"), title("column.low"), title("column.high"),
                                  title("target.threshold"), title("verdict"), title("column.note")});
    for (const ReportedRun& run : runs) {
        for (const Finding& finding : run.judgement.findings) {
            const auto& interval = finding.value.interval;
            const std::string metric = finding.metric ? in(language, word(info(*finding.metric).name)) : "";
            const std::string verdict = page_text(language, fmt::format("verdict.{}", name(finding.verdict)));
            text += csv_row({run.info.name, clause_of(run, finding.target), finding.target, metric,
                             std::string(unit_of(finding)), in(language, finding.at),
                             finding.ranks == 0 ? "" : fmt::format("{}", finding.ranks), cell(finding.value.estimate),
                             cell(interval ? std::optional(interval->low) : std::nullopt),
                             cell(interval ? std::optional(interval->high) : std::nullopt), required(finding, language),
                             verdict, in(language, finding.why)});
        }
    }
    return text;
}

std::string report_markdown(std::span<const ReportedRun> runs, Language language)
{
    std::string page = fmt::format("<!-- plumbline report -->\n# {}\n", page_text(language, "title.report"));
    for (const ReportedRun& run : runs) {
        add_run(page, run, language);
    }
    return page;
}

}  // namespace plumbline::report
