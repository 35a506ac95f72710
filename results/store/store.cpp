// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include "collectives/util/error.hpp"
#include "results/store/hdf5_handles.hpp"
#include "results/store/headers.hpp"
#include "results/store/layout.hpp"
#include "results/store/probes.hpp"
#include "results/store/rounds.hpp"
#include "results/store/run.hpp"
#include "results/store/summary.hpp"
#include "results/summaries/core_sharing.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/workload_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <new>
#include <optional>
#include <system_error>

namespace plumbline {
namespace {

/// Says no, in words, to everything that HDF5 need not even open.
void check_is_hdf5(const std::filesystem::path& path)
{
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        const auto why = error ? error.message() : std::generic_category().message(ENOENT);
        throw ConfigError(fmt::format("cannot read '{}' ({}). Check the path", path.string(), why));
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw ConfigError(
            fmt::format("cannot read '{}' (it is not a file). Name a file that 'plumbline run' wrote", path.string()));
    }
    errno = 0;
    if (!std::ifstream(path)) {
        const auto why = std::generic_category().message(errno);
        throw ConfigError(fmt::format("cannot read '{}' ({}). Check its permissions", path.string(), why));
    }
    if (H5Fis_hdf5(path.c_str()) <= 0) {
        throw ConfigError(fmt::format("'{}' is not a run file (it is not HDF5). Name a file that 'plumbline run' wrote",
                                      path.string()));
    }
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& reason)
{
    throw ConfigError(fmt::format("cannot read '{}' ({}). It is damaged or was cut short; take another copy of it",
                                  path.string(), reason));
}

void check_schema(const std::filesystem::path& path, hid_t file)
{
    if (!hdf5::has_attribute(file, "plumbline_schema")) {
        throw ConfigError(
            fmt::format("'{}' is not a run file (HDF5, but without the attribute plumbline_schema). Name "
                        "a file that 'plumbline run' wrote",
                        path.string()));
    }
    const int schema = hdf5::read_count_attribute(file, "plumbline_schema");
    if (schema < 1 || schema > layout::schema) {
        throw ConfigError(fmt::format("'{}' has schema {} (this program reads up to {}). Use a newer plumbline",
                                      path.string(), schema, layout::schema));
    }
}

}  // namespace

struct RunFile::Impl {
    enum class Detail { all, derived };

    explicit Impl(const std::filesystem::path& from) : path(from)
    {
        hdf5::silence();
        check_is_hdf5(path);
        try {
            file = hdf5::open_file(path);
            check_schema(path, file.get());
            info = layout::read_run(file.get());
            complete = layout::read_complete(file.get());
            cases = layout::read_summary(file.get());
            read_states();
        } catch (const hdf5::Error& error) {
            damaged(path, error.what());
        } catch (const std::bad_alloc&) {
            damaged(path, "it asks for more memory than there is");
        }
        std::sort(cases.begin(), cases.end(),
                  [](const CaseSummary& a, const CaseSummary& b) { return a.header.id < b.header.id; });
    }

    void read_states()
    {
        std::vector<std::pair<int, int>> keys;
        states = layout::read_states(file.get(), keys);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            state_of[keys[i]] = states.of_round[i];
        }
    }

    /// What to tell when something below a link into a part can't be read.
    [[noreturn]] void unreadable(const std::string& link, const std::string& reason) const
    {
        const auto target = hdf5::external_target(file.get(), link);
        if (!target) {
            damaged(path, reason);
        }
        std::error_code ignored;
        if (!std::filesystem::exists(path.parent_path() / *target, ignored)) {
            throw ConfigError(
                fmt::format("'{}', a part of '{}', is missing (the run was not finished, so its rounds lie in a folder "
                            "of their own). Keep the folder '{}' beside the file",
                            *target, path.string(), std::filesystem::path(*target).parent_path().string()));
        }
        throw ConfigError(
            fmt::format("cannot read '{}', a part of '{}' ({}). Remove that part and run again with "
                        "--resume",
                        *target, path.string(), reason));
    }

    template <class Read>
    auto reading(const std::string& link, Read read) const
    {
        try {
            return read();
        } catch (const hdf5::Error& error) {
            unreadable(link, error.what());
        } catch (const std::bad_alloc&) {
            unreadable(link, "it asks for more memory than there is");
        }
    }

    CaseRecord load(int id, Detail detail) const
    {
        hdf5::silence();
        const auto found = std::find_if(cases.begin(), cases.end(),
                                        [&](const CaseSummary& summary) { return summary.header.id == id; });
        if (found == cases.end()) {
            throw ConfigError(fmt::format("'{}' has no case {} (it holds {}). See 'plumbline show'", path.string(), id,
                                          cases.size()));
        }
        CaseRecord record{.header = found->header, .rounds = {}};
        if (detail == Detail::all) {
            record.header.world_ranks = world_ranks(id);
        }
        for (auto round = rounds().lower_bound({id, 0}); round != rounds().end() && round->first == id; ++round) {
            record.rounds.push_back(reading(layout::round_path(id, round->second), [&] {
                return detail == Detail::all ? layout::read_round(file.get(), id, round->second)
                                             : layout::read_reduced_round(file.get(), id, round->second);
            }));
        }
        return detail == Detail::all ? record : in_one_state(std::move(record), states_of(id), states.common);
    }

    /// Listed when first asked for: whoever wants the summary alone is spared the groups of all cases.
    const std::set<std::pair<int, int>>& rounds() const
    {
        if (!listed_rounds) {
            hdf5::silence();
            listed_rounds = reading("/cases", [&] { return layout::list_rounds(file.get()); });
        }
        return *listed_rounds;
    }

    std::vector<int> world_ranks(int id) const
    {
        return reading(layout::world_ranks_path(id), [&] { return layout::read_world_ranks(file.get(), id); });
    }

    std::vector<int> states_of(int id) const
    {
        std::vector<int> labels;
        for (auto round = rounds().lower_bound({id, 0}); round != rounds().end() && round->first == id; ++round) {
            const auto found = state_of.find(*round);
            labels.push_back(found == state_of.end() ? 0 : found->second);
        }
        return labels;
    }

    std::filesystem::path path;
    hdf5::Id file;
    RunMetadata info;
    bool complete = false;
    std::vector<CaseSummary> cases;
    mutable std::optional<std::set<std::pair<int, int>>> listed_rounds;
    MachineStates states;
    std::map<std::pair<int, int>, int> state_of;
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
    return impl_->info;
}
bool RunFile::complete() const
{
    return impl_->complete;
}
const std::vector<CaseSummary>& RunFile::cases() const
{
    return impl_->cases;
}
std::set<std::pair<int, int>> RunFile::stored_rounds() const
{
    return impl_->rounds();
}
const MachineStates& RunFile::machine_states() const
{
    return impl_->states;
}
std::string RunFile::start_mode(int case_id) const
{
    std::map<std::string, int> rounds_of_mode;
    const auto& rounds = impl_->rounds();
    for (auto round = rounds.lower_bound({case_id, 0}); round != rounds.end() && round->first == case_id; ++round) {
        ++rounds_of_mode[impl_->reading(layout::round_path(case_id, round->second), [&] {
            return layout::read_frame(impl_->file.get(), case_id, round->second).synchronisation;
        })];
    }
    const auto most = std::ranges::max_element(rounds_of_mode, {}, [](const auto& entry) { return entry.second; });
    return most == rounds_of_mode.end() ? "" : most->first;
}
std::vector<HostProbe> RunFile::probes() const
{
    return impl_->reading("probes", [this] { return layout::read_probes(impl_->file.get()); });
}
CaseRecord RunFile::load(int case_id) const
{
    return impl_->load(case_id, Impl::Detail::all);
}

CaseRecord RunFile::keep_one_state(CaseRecord record) const
{
    const std::vector<int> states = impl_->states_of(record.header.id);
    return in_one_state(std::move(record), states, impl_->states.common);
}

RunData RunFile::measured() const
{
    const Impl* impl = impl_.get();
    RunData measured;
    measured.cases = impl->cases;
    measured.confidence = impl->info.confidence;
    measured.complete = impl->complete;
    measured.stand_in = impl->info.stand_in;
    measured.observations = [impl](int id) { return observations(impl->load(id, Impl::Detail::derived)); };
    measured.samples = [impl](int id) { return slowest_seconds(impl->load(id, Impl::Detail::derived)); };
    measured.bubble_observations = [impl](int id) {
        return bubble_observations(impl->load(id, Impl::Detail::derived));
    };
    measured.overlap_observations = [impl](int id) {
        return overlap_observations(impl->load(id, Impl::Detail::derived));
    };
    measured.nodes_of_ranks = [impl](int id) {
        std::vector<int> nodes;
        for (const int rank : impl->world_ranks(id)) {
            nodes.push_back(impl->info.places.at(static_cast<std::size_t>(rank)).node);
        }
        return nodes;
    };
    measured.seconds_spent = [impl](int id) {
        double seconds = 0;
        for (const Round& round : impl->load(id, Impl::Detail::derived).rounds) {
            seconds += round.elapsed_s;
        }
        return seconds;
    };
    // Simulated hosts share nothing of the machine that simulates them.
    if (!impl->info.simulated) {
        measured.core_sharing = [impl](int id) {
            return describe_sharing(impl->info.places, [&] { return impl->world_ranks(id); });
        };
    }
    return measured;
}

}  // namespace plumbline
