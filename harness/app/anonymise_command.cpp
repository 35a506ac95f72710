// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/document/signed_files.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/app/soak_commands.hpp"
#include "results/endurance/journal.hpp"
#include "results/files/temporary_file.hpp"
#include "results/machines/node_inventory.hpp"
#include "results/store/store.hpp"
#include "results/texts/language.hpp"
#include "results/util/sha256.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "scenarios/yaml/acceptance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

/// Old texts and what stands in their place, the longest first: "node10" is no "node1" with a 0.
class Names {
public:
    explicit Names(const std::vector<std::string>& hosts)
    {
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            if (!hosts[i].empty()) {
                names_.emplace_back(hosts[i], fmt::format("host{}", i + 1));
            }
        }
        std::ranges::sort(names_, [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    }

    /// Each name where it stands as a word.
    std::string without(std::string text) const
    {
        const auto is_part = [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
        };
        for (const auto& [name, other] : names_) {
            for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
                const bool begins = at == 0 || !is_part(text[at - 1]);
                const std::size_t end = at + name.size();
                const bool ends = end == text.size() || !is_part(text[end]);
                if (begins && ends) {
                    text.replace(at, name.size(), other);
                    at += other.size();
                } else {
                    at = end;
                }
            }
        }
        return text;
    }

    void clean(std::string& text) const { text = without(std::move(text)); }
    void clean(Sentence& sentence) const { sentence = recognised(without(sentence.english())); }

private:
    std::vector<std::pair<std::string, std::string>> names_;
};

/// Whether a fact or variable tells who somebody is: addresses, serial numbers, paths.
bool tells_who(std::string_view key)
{
    constexpr std::array parts{"uuid", "serial", "address", "hostname", "path", "file", "interface", "_if_", "port"};
    std::string lower(key);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::any_of(parts, [&](const char* part) { return lower.find(part) != std::string::npos; });
}

void clean_pairs(std::vector<std::pair<std::string, std::string>>& pairs, const Names& names)
{
    std::erase_if(pairs, [](const auto& pair) { return tells_who(pair.first); });
    for (auto& [key, value] : pairs) {
        names.clean(key);
        names.clean(value);
    }
}

RunMetadata anonymous(RunMetadata info, const Names& names, const std::string& sha256)
{
    for (std::size_t i = 0; i < info.hosts.size(); ++i) {
        info.hosts[i] = fmt::format("host{}", i + 1);
    }
    for (RankLocation& place : info.places) {
        place.pid = 0;
        place.device = place.device.empty() ? "" : "device";
        place.nic = place.nic.empty() ? "" : "nic";
    }
    for (std::string& machine : info.machines) {
        machine = format_inventory(without_serials(parse_inventory(machine).value_or(NodeInventory{})));
    }
    for (auto* pairs : {&info.facts, &info.library_log, &info.environment}) {
        clean_pairs(*pairs, names);
    }
    for (Sentence& warning : info.warnings) {
        names.clean(warning);
    }
    info.scenario_path.clear();
    info.scenario_text = without_acceptance(info.scenario_text);
    names.clean(info.scenario_text);
    info.facts.emplace_back(std::string(anonymised_from), sha256);
    return info;
}

}  // namespace

namespace {

/// Hosts of every launch and event of a soak, of which the last launch need not have all.
std::vector<std::string> hosts_of_journal(std::span<const JournalRecord> records, std::vector<std::string> known)
{
    const auto add = [&known](const std::string& name) {
        if (std::ranges::find(known, name) == known.end()) {
            known.push_back(name);
        }
    };
    for (const JournalRecord& record : records) {
        std::istringstream names(record.text("hosts") + " " + record.text("host"));
        for (std::string name; names >> name;) {
            add(name);
        }
    }
    return known;
}

/// Without paths, processes and the launcher's words, and with other names for hosts; its checksums are made anew.
std::string anonymous_journal(std::span<const JournalRecord> records, const Names& names)
{
    constexpr std::array left_out{"scenario", "program", "checkpoint_folder", "launcher", "process"};
    std::string text;
    JournalEnd end;
    for (JournalRecord record : records) {
        for (const char* const field : left_out) {
            record.fields.erase(field);
        }
        for (auto& [key, value] : record.fields) {
            if (key == "scenario_text") {
                value = without_acceptance(value);
            }
            if (key != "targets_text" && key != "name") {
                names.clean(value);
            }
        }
        text += journal_line(record, end);
    }
    return text;
}

/// Of a soak, or of a log without samples: all of it is in tables.
void write_without_samples(const RunFile& file, const RunMetadata& info, const Names& names, const std::string& output,
                           const AnonymiseOptions& options)
{
    std::vector<CaseHeader> cases;
    for (const CaseSummary& row : file.cases()) {
        cases.push_back(row.header);
        names.clean(cases.back().why);
    }
    WriterOptions writing{.scaling = scaling_table,
                          .notice = [](const std::string& line) { std::cerr << "plumbline: " << line << '\n'; }};
    std::string journal;
    if (file.soak()) {
        journal = anonymous_journal(read_journal(file.soak_journal(), options.file).records, names);
        writing.soak_journal = journal;
    }
    const files::HeldSignals whole;
    write_run(output, info, cases, std::vector<Round>(cases.size()),
              options.force ? IfExists::overwrite : IfExists::refuse, writing);
}

}  // namespace

int anonymise_command(const AnonymiseOptions& as_named)
{
    AnonymiseOptions options = as_named;
    options.file = run_file_of(as_named.file);
    const RunFile file(options.file);
    refuse_altered(options.file);
    if (!file.complete()) {
        throw ConfigError(
            say("{}: is unfinished (a copy would be of a part). Go on with 'run --resume' first", options.file));
    }
    const std::string output =
        options.output.empty() ? std::filesystem::path(options.file).stem().string() + ".anonymous.h5" : options.output;
    std::error_code none;
    if (std::filesystem::equivalent(output, options.file, none)) {
        throw ConfigError(
            say("{}: is the original (its names would be lost for good). Choose another place with -o", output));
    }
    const Names names(file.soak()
                          ? hosts_of_journal(read_journal(file.soak_journal(), options.file).records, file.info().hosts)
                          : file.info().hosts);
    const std::string sha256 = report::sha256_of_file(options.file);
    const RunMetadata info = anonymous(file.info(), names, sha256);
    if (file.stored_rounds().empty()) {
        write_without_samples(file, info, names, output, options);
    } else {
        const files::HeldSignals whole;
        const auto writer = RunWriter::create(
            output, info, options.force ? IfExists::overwrite : IfExists::refuse,
            {.pace = IndexPace::twentieth_of_time, .scaling = scaling_table, .notice = [](const std::string& line) {
                 std::cerr << "plumbline: " << line << '\n';
             }});
        for (const HostProbe& probe : file.probes()) {
            writer->note(probe);
        }
        for (const CaseSummary& row : file.cases()) {
            CaseRecord record = file.load(row.header.id);
            names.clean(record.header.why);
            for (const Round& round : record.rounds) {
                writer->store(record.header, round);
            }
        }
        writer->finish(true);
    }
    const auto verdict_of = [](const std::string& path) {
        const RunFile run(path);
        return judge_file(run, load_judgement_input(run, path, "")).verdict;
    };
    const auto verdict = verdict_of(output);
    if (verdict != verdict_of(options.file)) {
        throw std::logic_error("an anonymised file with another verdict");
    }
    write_result(in(chosen_language(options.language), say("wrote {}: anonymised from {} (verdict: {})", output, sha256,
                                                           word(verdict ? name(*verdict) : not_judged))) +
                 "\n");
    return 0;
}

}  // namespace plumbline::app
