// SPDX-License-Identifier: Apache-2.0
#include "results/store/reader.hpp"

#include "collectives/util/error.hpp"
#include "results/endurance/told_soak.hpp"
#include "results/layout/headers.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/probes.hpp"
#include "results/layout/rounds.hpp"
#include "results/layout/run.hpp"
#include "results/layout/soak.hpp"
#include "results/layout/summary.hpp"
#include "results/store/plausibility.hpp"
#include "results/summaries/core_sharing.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/reduced_round.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <new>
#include <system_error>

namespace plumbline {
namespace {

namespace fs = std::filesystem;

/// Says no, in words, to everything that HDF5 need not even open.
void check_is_hdf5(const fs::path& path)
{
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) {
        const auto why = error ? error.message() : std::generic_category().message(ENOENT);
        throw ConfigError(say("cannot read '{}' ({}). Check the path", path.string(), why));
    }
    if (!fs::is_regular_file(status)) {
        throw ConfigError(
            say("cannot read '{}' (it is not a file). Name a file that 'plumbline run' wrote", path.string()));
    }
    errno = 0;
    if (!std::ifstream(path)) {
        const auto why = std::generic_category().message(errno);
        throw ConfigError(say("cannot read '{}' ({}). Check its permissions", path.string(), why));
    }
    if (H5Fis_hdf5(path.c_str()) <= 0) {
        throw ConfigError(
            say("'{}' is not a run file (it is not HDF5). Name a file that 'plumbline run' wrote", path.string()));
    }
}

[[noreturn]] void damaged(const fs::path& path, const std::string& reason)
{
    throw ConfigError(
        say("cannot read '{}' ({}). It is damaged or was cut short; take another copy of it", path.string(), reason));
}

/// Calls read(); `refuse` says what is wrong where it can't.
template <class Read, class Refuse>
void reading(Read read, Refuse refuse)
{
    try {
        read();
    } catch (const hdf5::Error& error) {
        refuse(error.what());
    } catch (const std::bad_alloc&) {
        refuse("it asks for more memory than there is");
    }
}

void check_schema(const fs::path& path, hid_t file)
{
    if (!hdf5::has_attribute(file, "plumbline_schema")) {
        throw ConfigError(
            say("'{}' is not a run file (HDF5, but without the attribute plumbline_schema). Name "
                "a file that 'plumbline run' wrote",
                path.string()));
    }
    const int schema = hdf5::read_count_attribute(file, "plumbline_schema");
    if (schema < 1 || schema > layout::schema) {
        throw ConfigError(say("'{}' has schema {} (this program reads up to {}). Use a newer plumbline", path.string(),
                              schema, layout::schema));
    }
}

/// Whether a link of an unfinished file is one that plumbline writes: to the same object of the part, beside the file,
/// of this case and round. The folder has another name than the file where the file was renamed.
bool leads_to_own_part(const hdf5::ExternalLink& link)
{
    const fs::path target(link.file);
    const fs::path folder = target.parent_path();
    const auto key = layout::parse_part_name(target);
    return key && folder.extension() == ".parts" && !folder.has_parent_path() && link.object == link.path &&
           (link.path == layout::round_path(key->first, key->second) ||
            link.path == layout::world_ranks_path(key->first));
}

bool is_plain(const fs::path& path, fs::file_type type)
{
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() == type;
}

}  // namespace

RunReader::RunReader(const fs::path& path, Evidence evidence) : path_(path), evidence_(evidence)
{
    hdf5::silence();
    check_is_hdf5(path);
    reading(
        [&] {
            file_ = hdf5::open_file(path);
            check_schema(path, file_.get());
            inspection_ = hdf5::inspect(file_.get());
            complete_ = layout::read_complete(file_.get());
            check_links();
            info_ = layout::read_run(file_.get());
            layout::check_run(info_);
            rows_ = layout::read_summary(file_.get());
            check_rows();
            states_ = layout::read_states(file_.get(), state_rounds_);
            read_soak();
        },
        [&](const std::string& reason) { damaged(path_, reason); });
    for (std::size_t i = 0; i < state_rounds_.size(); ++i) {
        state_of_[state_rounds_[i]] = states_.of_round[i];
    }
    std::ranges::sort(rows_, {}, [](const CaseSummary& row) { return row.header.id; });
}

namespace {

/// Of a file that anybody may have made. Throws hdf5::Error where its journal is none, or has a torn tail.
ToldSoak own_soak(const std::string& text)
{
    try {
        ToldSoak told = told_soak(text, "/soak/journal");
        if (told.extent.torn_bytes > 0) {
            throw hdf5::Error(say("/soak/journal ends in the middle of a line"));
        }
        return told;
    } catch (const ConfigError& error) {
        throw hdf5::Error(say("{}", error.what()));
    }
}

}  // namespace

std::shared_ptr<const Soak> RunReader::soak() const
{
    return told_ ? std::shared_ptr<const Soak>(told_, &told_->soak) : nullptr;
}

std::string RunReader::soak_journal() const
{
    return told_ ? at("/soak/journal", [](hid_t file) { return layout::read_soak_journal(file); }) : "";
}

void RunReader::read_soak()
{
    if (layout::has_soak(file_.get())) {
        told_ = std::make_shared<const ToldSoak>(own_soak(layout::read_soak_journal(file_.get())));
    }
}

void RunReader::check_links()
{
    for (const hdf5::ExternalLink& link : inspection_.external) {
        if (complete_ || !leads_to_own_part(link)) {
            throw hdf5::Error(say("{} leads into another file, '{}'", link.path, link.file));
        }
        parts_[link.path] = link.file;
    }
}

void RunReader::check_rows() const
{
    std::set<int> ids;
    for (const CaseSummary& row : rows_) {
        if (!ids.insert(row.header.id).second) {
            throw hdf5::Error(say("/summary has two rows for case {}", row.header.id));
        }
    }
}

/// What to tell when something below a link into a part can't be read.
void RunReader::unreadable(const std::string& link, const std::string& reason) const
{
    const auto part = parts_.find(link);
    if (part == parts_.end()) {
        damaged(path_, reason);
    }
    throw ConfigError(
        say("cannot read '{}', a part of '{}' ({}). Put a good copy in its place, or go on by "
            "'plumbline run --resume', which measures its round again",
            part->second, path_.string(), reason));
}

hdf5::Id RunReader::open_part(const std::string& link) const
{
    const std::string& name = parts_.at(link);
    const fs::path part = path_.parent_path() / name;
    if (is_plain(part, fs::file_type::not_found)) {
        throw ConfigError(
            say("'{}', a part of '{}', is missing (the run was not finished, so its rounds lie in a folder "
                "of their own). Keep the folder '{}' beside the file",
                name, path_.string(), fs::path(name).parent_path().string()));
    }
    if (!is_plain(part.parent_path(), fs::file_type::directory) || !is_plain(part, fs::file_type::regular)) {
        throw hdf5::Error(say("it is no plain file in a plain folder"));
    }
    hdf5::Id file = hdf5::open_file(part);
    if (hdf5::read_real_attribute(file.get(), layout::part_run) != info_.started_unix_s) {
        throw hdf5::Error(say("it is of another run"));
    }
    if (const auto found = hdf5::inspect(file.get()); !found.external.empty()) {
        throw hdf5::Error(say("{} leads into another file", found.external.front().path));
    }
    return file;
}

void RunReader::visit(const std::string& link, const std::function<void(hid_t)>& read) const
{
    hdf5::silence();
    reading(
        [&] {
            if (parts_.contains(link)) {
                const hdf5::Id part = open_part(link);
                read(part.get());
            } else {
                read(file_.get());
            }
        },
        [&](const std::string& reason) { unreadable(link, reason); });
}

const CaseHeader& RunReader::header(int id) const
{
    const auto id_of = [](const CaseSummary& row) { return row.header.id; };
    const auto found = std::ranges::lower_bound(rows_, id, {}, id_of);  // they are in this order
    if (found == rows_.end() || id_of(*found) != id) {
        throw ConfigError(
            say("'{}' has no case {} (it holds {}). See 'plumbline show'", path_.string(), id, rows_.size()));
    }
    return found->header;
}

/// Listed when first asked for: whoever wants the summary alone is spared the groups of all cases.
const std::set<RunReader::RoundKey>& RunReader::rounds() const
{
    if (!rounds_) {
        rounds_ = at("/cases", [](hid_t file) { return layout::list_rounds(file); });
    }
    return *rounds_;
}

std::vector<RunReader::RoundKey> RunReader::rounds_of(int id) const
{
    return {rounds().lower_bound({id, 0}), rounds().lower_bound({id + 1, 0})};
}

std::vector<int> RunReader::world_ranks(int id) const
{
    if (rounds_of(id).empty()) {
        return {};
    }
    return at(layout::world_ranks_path(id), [&](hid_t file) {
        auto ranks = layout::read_world_ranks(file, id);
        check_ranks(header(id), ranks);
        return ranks;
    });
}

void RunReader::check_ranks(const CaseHeader& header, std::span<const int> ranks) const
{
    if (header.status == CaseStatus::measured && (!header.reported || !info_.places.empty())) {
        layout::check_world_ranks(info_, header, ranks);
    }
}

std::vector<int> RunReader::states_of(int id) const
{
    std::vector<int> labels;
    for (const RoundKey& key : rounds_of(id)) {
        const auto found = state_of_.find(key);
        labels.push_back(found == state_of_.end() ? 0 : found->second);
    }
    return labels;
}

Round RunReader::read_checked(hid_t file, const CaseHeader& header, const RoundKey& key, layout::Extent extent) const
{
    Round round = layout::read_round(file, key.first, key.second, extent);
    try {
        layout::check_round(info_, header, round);
    } catch (const hdf5::Error& error) {
        throw hdf5::Error(say("{}: {}", layout::round_path(key.first, key.second), error.what()));
    }
    return round;
}

CaseRecord RunReader::load(int id) const
{
    CaseRecord record{.header = header(id), .rounds = {}};
    record.header.world_ranks = world_ranks(id);
    for (const RoundKey& key : rounds_of(id)) {
        const std::string path = layout::round_path(id, key.second);
        record.rounds.push_back(
            at(path, [&](hid_t file) { return read_checked(file, record.header, key, layout::Extent::whole); }));
    }
    return record;
}

void require_own_manifest(hid_t part)
{
    if (const auto found = part_contradictions(part); !found.empty()) {
        throw hdf5::Error(say("it contradicts itself: {}", describe(found.front())));
    }
}

/// Empty where it can be read.
std::string RunReader::why_unreadable(const RoundKey& key) const
{
    const std::string link = layout::round_path(key.first, key.second);
    const auto part = parts_.find(link);
    const auto of_part = [&](const std::string& reason) {
        return part == parts_.end() ? reason : fmt::format("'{}': {}", part->second, reason);
    };
    if (part != parts_.end() && is_plain(path_.parent_path() / part->second, fs::file_type::not_found)) {
        return of_part("it is missing");
    }
    std::string why;
    reading(
        [&] {
            hdf5::Id of_its_own;
            if (part != parts_.end()) {
                of_its_own = open_part(link);
                require_own_manifest(of_its_own.get());
            }
            const hid_t in = part == parts_.end() ? file_.get() : of_its_own.get();
            read_checked(in, header(key.first), key, layout::Extent::whole);
            check_ranks(header(key.first), layout::read_world_ranks(in, key.first));
        },
        [&](const std::string& reason) { why = of_part(reason); });
    return why;
}

std::map<RunReader::RoundKey, std::string> RunReader::unreadable_rounds() const
{
    hdf5::silence();
    for (const auto& [link, part] : parts_) {
        if (const fs::path folder = (path_.parent_path() / part).parent_path();
            is_plain(folder, fs::file_type::not_found)) {
            open_part(link);  // says what is missing
        }
    }
    std::map<RoundKey, std::string> found;
    for (const RoundKey& key : rounds()) {
        if (std::string why = why_unreadable(key); !why.empty()) {
            found.emplace(key, std::move(why));
        }
    }
    return found;
}

std::optional<RoundDigest> RunReader::read_digest_checked(hid_t file, const CaseHeader& header,
                                                          const RoundKey& key) const
{
    try {
        auto digest = layout::read_round_digest(file, key.first, key.second);
        if (digest) {
            layout::check_digest(info_, header, *digest);
        }
        return digest;
    } catch (const hdf5::Error& error) {
        throw hdf5::Error(say("{}: {}", layout::round_path(key.first, key.second), error.what()));
    }
}

Round RunReader::read_reduced(hid_t file, const CaseHeader& header, const RoundKey& key) const
{
    if (evidence_ == Evidence::digests && complete_) {
        if (auto digest = read_digest_checked(file, header, key)) {
            return std::move(digest->reduced);
        }
    }
    const Round round = read_checked(file, header, key, layout::Extent::for_summary);
    if (evidence_ == Evidence::samples) {
        const auto stored = read_digest_checked(file, header, key);
        if (stored && *stored != digest_of(header.what, round)) {
            wrong_digests_.push_back(key);
        }
    }
    return reduced(round);
}

CaseRecord RunReader::load_reduced(int id) const
{
    CaseRecord record{.header = header(id), .rounds = reduced_rounds(id)};
    record.header.world_ranks = world_ranks(id);
    for (Round& round : record.rounds) {
        round = at(layout::round_path(id, round.index), [&](hid_t file) {
            Round whole = round;
            layout::read_surroundings(file, id, round.index, whole);
            layout::check_surroundings(record.header, whole);
            return whole;
        });
    }
    return record;
}

std::optional<std::vector<RoundDigest>> RunReader::digests(int id) const
{
    if (evidence_ != Evidence::digests || !complete_) {
        return std::nullopt;
    }
    std::vector<RoundDigest> all;
    for (const RoundKey& key : rounds_of(id)) {
        auto digest = at(layout::round_path(id, key.second),
                         [&](hid_t file) { return read_digest_checked(file, header(id), key); });
        if (!digest) {
            return std::nullopt;
        }
        all.push_back(*std::move(digest));
    }
    return all;
}

const std::vector<Round>& RunReader::reduced_rounds(int id) const
{
    const auto known = reduced_.find(id);
    if (known != reduced_.end()) {
        return known->second;
    }
    std::vector<Round> rounds;
    for (const RoundKey& key : rounds_of(id)) {
        rounds.push_back(
            at(layout::round_path(id, key.second), [&](hid_t file) { return read_reduced(file, header(id), key); }));
    }
    return reduced_.emplace(id, std::move(rounds)).first->second;
}

CaseRecord RunReader::reduced_record(int id) const
{
    CaseRecord record{.header = header(id), .rounds = reduced_rounds(id)};
    return in_one_state(std::move(record), states_of(id), states_.common);
}

CaseSummary RunReader::recomputed(int id) const
{
    return summarize(reduced_record(id), info_.confidence);
}

RunData run_data(const RunReader& reader, std::vector<CaseSummary> rows)
{
    const RunReader* const from = &reader;
    RunData data;
    data.cases = std::move(rows);
    data.confidence = reader.info().confidence;
    data.complete = reader.complete();
    data.resumed = reader.info().resumptions > 0;
    data.fake_library = reader.info().fake_library;
    data.soak = reader.soak();
    data.observations = [from](int id) { return observations(from->reduced_record(id)); };
    data.bubble_observations = [from](int id) { return bubble_observations(from->reduced_record(id)); };
    data.overlap_observations = [from](int id) { return overlap_observations(from->reduced_record(id)); };
    if (reader.info().places.size() == static_cast<std::size_t>(reader.info().ranks)) {  // else not known: a log's
        data.nodes_of_ranks = [from](int id) {
            std::vector<int> nodes;
            for (const int rank : from->world_ranks(id)) {
                nodes.push_back(from->info().places.at(static_cast<std::size_t>(rank)).node);
            }
            return nodes;
        };
    }
    data.samples = [from](int id) { return slowest_seconds(from->reduced_record(id)); };
    data.seconds_spent = [from](int id) {
        double seconds = 0;
        for (const Round& round : from->reduced_record(id).rounds) {
            seconds += round.elapsed_s;
        }
        return seconds;
    };
    // Simulated hosts share nothing of the machine that simulates them.
    if (!reader.info().simulated) {
        data.core_sharing = [from](int id) {
            return describe_sharing(from->info().places, [&] { return from->world_ranks(id); });
        };
    }
    return data;
}

}  // namespace plumbline
