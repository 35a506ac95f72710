// SPDX-License-Identifier: Apache-2.0
#include "results/store/reader.hpp"

#include "results/endurance/told_soak.hpp"
#include "results/layout/headers.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/soak.hpp"
#include "results/layout/summary.hpp"

#include <fmt/format.h>

/// Where a file says one thing, and what it is made of another.
namespace plumbline {

/// What the tables of a soak, and what the file says of the whole run, don't have from the journal.
std::vector<Contradiction> RunReader::soak_contradictions() const
{
    if (!told_) {
        return {};
    }
    const Soak& soak = told_->soak;
    auto found = at("/soak/journal", [this](hid_t file) { return layout::compare_soak(file, *told_); });
    const auto hold = [&found](const char* field, const std::string& stored, const std::string& recomputed) {
        if (stored != recomputed) {
            found.push_back({.where = "/", .field = field, .stored = stored, .recomputed = recomputed});
        }
    };
    hold("name", info_.name, soak.settings.name);
    hold("confidence", fmt::format("{}", info_.confidence), fmt::format("{}", soak.settings.confidence));
    hold("fake_library", fmt::format("{}", info_.fake_library), fmt::format("{}", soak.fake_library));
    hold("targets", info_.targets_text, soak.settings.targets_text);
    return found;
}

std::vector<Contradiction> RunReader::state_contradictions() const
{
    std::map<std::pair<double, RoundKey>, const SnapshotPair*> looks;
    for (const CaseSummary& row : rows_) {
        for (const Round& round : reduced_rounds(row.header.id)) {
            if (!round.machine.empty()) {
                looks[{round.started_unix_s, {row.header.id, round.index}}] = &round.machine;
            }
        }
    }
    std::vector<SnapshotPair> in_order;
    std::vector<RoundKey> keys;
    for (const auto& [at, look] : looks) {
        keys.push_back(at.second);
        in_order.push_back(*look);
    }
    const MachineStates states = find_states(in_order, info_.state_rule);
    std::map<RoundKey, int> now;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        now[keys[i]] = states.of_round[i];
    }
    std::vector<Contradiction> found;
    if (!states_.typical.empty() && states_.typical.size() != states.typical.size()) {
        found.push_back({.where = "/machine_states",
                         .field = "rows",
                         .stored = std::to_string(states_.typical.size()),
                         .recomputed = std::to_string(states.typical.size())});
    }
    for (const RoundKey& key : rounds()) {
        const auto of = [&](const std::map<RoundKey, int>& labels) {
            const auto label = labels.find(key);
            return label == labels.end() ? 0 : label->second;
        };
        if (of(state_of_) != of(now)) {
            found.push_back({.where = fmt::format("case {}, round {}", key.first, key.second),
                             .field = "machine state",
                             .stored = std::to_string(of(state_of_)),
                             .recomputed = std::to_string(of(now))});
        }
    }
    return found;
}

std::vector<Contradiction> RunReader::contradictions(const std::map<int, CaseSummary>& recomputed) const
{
    std::vector<Contradiction> found;
    if (recomputed.size() == rows_.size()) {
        found = state_contradictions();
        const auto of_soak = soak_contradictions();
        found.insert(found.end(), of_soak.begin(), of_soak.end());
    }
    visit("/summary", [&](hid_t file) {
        const auto more = layout::compare_summary(file, recomputed);
        found.insert(found.end(), more.begin(), more.end());
    });
    for (const RoundKey& key : wrong_digests_) {
        found.push_back({.where = fmt::format("case {}, round {}", key.first, key.second),
                         .field = "digest",
                         .stored = "another",
                         .recomputed = "what the samples make"});
    }
    for (const auto& [id, row] : recomputed) {
        if (rounds_of(id).empty()) {
            continue;
        }
        visit(layout::case_path(id), [&, at = id](hid_t file) {
            if (layout::read_header(file, at) != row.header) {
                found.push_back({.where = fmt::format("case {}", at),
                                 .field = "header",
                                 .stored = "another in /headers than in the group of the case",
                                 .recomputed = "the same"});
            }
        });
    }
    return found;
}

std::string describe(const Contradiction& contradiction)
{
    return fmt::format("{}, {}: the file says {}, what it is made of says {}", contradiction.where, contradiction.field,
                       contradiction.stored, contradiction.recomputed);
}

}  // namespace plumbline
