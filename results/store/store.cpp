// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include "collectives/util/error.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/probes.hpp"
#include "results/layout/rounds.hpp"
#include "results/store/plausibility.hpp"
#include "results/store/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace plumbline {

struct RunFile::Impl {
    explicit Impl(const std::filesystem::path& path) : reader(path)
    {
        std::map<int, CaseSummary> recomputed;
        for (const CaseSummary& row : reader.stored_rows()) {
            const int id = row.header.id;
            try {
                recomputed[id] = reader.recomputed(id);
            } catch (const ConfigError& error) {
                if (reader.complete()) {
                    throw;
                }
                unread.emplace(id, error.what());
            }
        }
        auto found = reader.contradictions(recomputed);
        if (!found.empty() && !reader.complete()) {  // what contradicts may be a part that is damaged
            leave_out_damaged(recomputed);
            found = reader.contradictions(recomputed);
        }
        // Targets, links, headers, and what a log says, follow from no samples, and digests stand for them: the hashes
        // vouch for these.
        if (found.empty() && reader.info().schema >= 2) {
            found = manifest_contradictions(reader, ManifestScope::but_samples);
        }
        if (!found.empty()) {
            throw ConfigError(
                say("'{}' contradicts itself ({}). It was altered or damaged: 'plumbline verify' lists "
                    "everything; take another copy of it",
                    path.string(), describe(found.front())));
        }
        for (const CaseSummary& row : reader.stored_rows()) {
            const auto own = recomputed.find(row.header.id);
            cases.push_back(own == recomputed.end() ? row : own->second);
        }
    }

    void leave_out_damaged(std::map<int, CaseSummary>& recomputed)
    {
        for (const auto& [key, why] : reader.unreadable_rounds()) {
            recomputed.erase(key.first);
            unread.emplace(
                key.first,
                fmt::format("cannot read '{}' (round {} of case {}, {}). Put a good copy of that part in its "
                            "place, or go on by 'plumbline run --resume', which measures the round again",
                            reader.path().string(), key.second, key.first, why));
        }
    }

    RunReader reader;
    std::vector<CaseSummary> cases;
    std::map<int, std::string> unread;  ///< why, of cases of an unfinished file of which a part can't be read
};

bool is_hdf5_file(const std::filesystem::path& path)
{
    hdf5::silence();
    std::error_code error;
    return std::filesystem::is_regular_file(path, error) && H5Fis_hdf5(path.c_str()) > 0;
}

bool is_run_file(const std::filesystem::path& path)
{
    std::error_code error;
    if (std::filesystem::is_symlink(path, error) || !is_hdf5_file(path)) {
        return false;
    }
    try {
        return hdf5::has_attribute(hdf5::open_file(path).get(), "plumbline_schema");
    } catch (const hdf5::Error&) {
        return false;
    }
}

RunFile::RunFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
RunFile::~RunFile() = default;
RunFile::RunFile(RunFile&&) noexcept = default;

const RunMetadata& RunFile::info() const
{
    return impl_->reader.info();
}
bool RunFile::complete() const
{
    return impl_->reader.complete();
}
const std::vector<CaseSummary>& RunFile::cases() const
{
    return impl_->cases;
}
std::set<std::pair<int, int>> RunFile::stored_rounds() const
{
    return impl_->reader.rounds();
}
const MachineStates& RunFile::machine_states() const
{
    return impl_->reader.states();
}
std::string RunFile::start_mode(int case_id) const
{
    std::map<std::string, int> rounds_of_mode;
    for (const auto& [id, round] : impl_->reader.rounds_of(case_id)) {
        ++rounds_of_mode[impl_->reader.at(layout::round_path(id, round), [&, at = round](hid_t file) {
            return layout::read_frame(file, case_id, at).synchronisation;
        })];
    }
    const auto most = std::ranges::max_element(rounds_of_mode, {}, [](const auto& entry) { return entry.second; });
    return most == rounds_of_mode.end() ? "" : most->first;
}
std::vector<HostProbe> RunFile::probes() const
{
    return impl_->reader.at("/probes", [this](hid_t file) {
        auto probes = layout::read_probes(file);
        layout::check_probes(impl_->reader.info(), probes);
        return probes;
    });
}
CaseRecord RunFile::load(int case_id) const
{
    return impl_->reader.load(case_id);
}

CaseRecord RunFile::load_reduced(int case_id) const
{
    return impl_->reader.load_reduced(case_id);
}

std::optional<std::vector<RoundDigest>> RunFile::digests(int case_id) const
{
    return impl_->reader.digests(case_id);
}

std::vector<int> RunFile::world_ranks(int case_id) const
{
    return impl_->reader.world_ranks(case_id);
}

CaseRecord RunFile::keep_one_state(CaseRecord record) const
{
    const std::vector<int> states = impl_->reader.states_of(record.header.id);
    return in_one_state(std::move(record), states, impl_->reader.states().common);
}

std::shared_ptr<const Soak> RunFile::soak() const
{
    return impl_->reader.soak();
}

std::string RunFile::soak_journal() const
{
    return impl_->reader.soak_journal();
}

DroppedRounds RunFile::unreadable_rounds() const
{
    return impl_->reader.complete() ? DroppedRounds{} : impl_->reader.unreadable_rounds();
}

RunData RunFile::measured() const
{
    return measured_but({});
}

RunData RunFile::measured_but(const std::set<int>& case_ids) const
{
    for (const auto& [id, why] : impl_->unread) {
        if (!case_ids.contains(id)) {
            throw ConfigError(why);
        }
    }
    std::vector<CaseSummary> cases = impl_->cases;
    std::erase_if(cases, [&](const CaseSummary& row) { return case_ids.contains(row.header.id); });
    return run_data(impl_->reader, std::move(cases));
}

}  // namespace plumbline
