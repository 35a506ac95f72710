// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/files/writer_lock.hpp"
#include "results/hdf5/contents.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/layout/headers.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/probes.hpp"
#include "results/layout/rounds.hpp"
#include "results/layout/run.hpp"
#include "results/layout/summary.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/round.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/records/scaling_row.hpp"
#include "results/store/growing_run.hpp"
#include "results/store/parts_folder.hpp"
#include "results/store/plausibility.hpp"
#include "results/store/reader.hpp"
#include "results/store/replaceable_run.hpp"
#include "results/store/store.hpp"
#include "results/store/whole_file.hpp"
#include "results/summaries/reduced_round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace plumbline {

namespace fs = std::filesystem;
using layout::RoundKey;

struct RunWriter::Impl {
    Impl(const fs::path& to, const WriterOptions& how)
        : lock(to, how.notice),
          path(to),
          parts(layout::parts_of(to)),
          run({.reduced_round = [this](const RoundKey& key) { return read_reduced_round(key); },
               .world_ranks =
                   [this](const RoundKey& key) {
                       return layout::read_world_ranks(hdf5::open_file(part(key)).get(), key.first);
                   }},
              how.scaling),
          pace(how.pace),
          went_on(how.went_on ? how.went_on : [] {})
    {
    }

    fs::path part(const RoundKey& key) const { return parts / layout::part_name(key.first, key.second); }

    void write_part(const CaseHeader& header, const Round& round, hdf5::Sync sync) const;
    void renew_part(const RoundKey& key, hid_t source) const;
    void unfold(const std::set<RoundKey>& rounds) const;
    void adopt_parts();
    void adopt_part(const RoundKey& key);
    void adopt_file(const RunFile& old);
    void reopen(std::set<RoundKey> stored);
    void start_again();
    bool belongs_here(const fs::path& part_file) const;
    void check_in_place() const;

    Round read_reduced_round(const RoundKey& key) const;

    bool index_is_due() const;
    void publish();

    void write_tables(hdf5::Contents& file) const;
    void write_index() const;
    void fold() const;

    files::WriterLock lock;  ///< taken before anything is read or written
    fs::path path;
    fs::path parts;
    GrowingRun run;
    DroppedRounds dropped;
    bool folded = false;  ///< all rounds are in `path` itself
    std::vector<HostProbe> probes;

    using Pacing = std::chrono::steady_clock;
    IndexPace pace;
    std::function<void()> went_on;
    std::vector<RoundKey> unsynced;  ///< rounds that the index lacks
    Pacing::time_point published = Pacing::now();
    Pacing::duration publishing{0};  ///< how long that took
};

bool RunWriter::Impl::index_is_due() const
{
    return pace == IndexPace::every_round || Pacing::now() - published >= 20 * publishing;
}

/// Brings the index up to what is stored, and both to the disk.
void RunWriter::Impl::publish()
{
    const auto begin = Pacing::now();
    run.refresh();
    for (const RoundKey& key : unsynced) {
        try {
            hdf5::sync_file(part(key));
        } catch (const hdf5::Error& error) {
            throw named("write", part(key), error.what());
        }
        went_on();
    }
    if (!unsynced.empty()) {
        hdf5::sync_folder(parts);
    }
    write_index();
    unsynced.clear();
    published = Pacing::now();
    publishing = published - begin;
}

void RunWriter::Impl::write_part(const CaseHeader& header, const Round& round, hdf5::Sync sync) const
{
    write_file(
        part({header.id, round.index}),
        [&](hdf5::Contents& contents, const hdf5::NewFile&) {
            hdf5::write_attribute(contents.id(), layout::part_schema, std::int64_t{layout::schema});
            hdf5::write_attribute(contents.id(), layout::part_run, run.info.started_unix_s);
            layout::write_header(contents, header);
            layout::write_world_ranks(contents, header);
            layout::write_round(contents, header, round);
        },
        sync);
}

/// The round of `source`, a file or a part of any schema, as a part of the present one.
void RunWriter::Impl::renew_part(const RoundKey& key, hid_t source) const
{
    CaseHeader header = layout::read_header(source, key.first);
    header.world_ranks = layout::read_world_ranks(source, key.first);
    write_part(header, layout::read_round(source, key.first, key.second), hdf5::Sync::now);
}

/// Each of these rounds in a part of its own, wherever it was before.
void RunWriter::Impl::unfold(const std::set<RoundKey>& rounds) const
{
    layout::make_parts_folder(parts);
    const hdf5::Id old = hdf5::open_file(path);
    for (const RoundKey& key : rounds) {
        if (!layout::is_free(part(key)) && layout::is_current(part(key))) {
            continue;
        }
        renew_part(key, old.get());
        went_on();
    }
}

/// A complete file that is to take more.
void RunWriter::Impl::start_again()
{
    for (const RoundKey& key : run.rounds()) {
        layout::require_own_or_free(part(key), run.info.started_unix_s);
    }
    unfold(run.rounds());
    folded = false;
}

bool RunWriter::Impl::belongs_here(const fs::path& part_file) const
{
    return layout::is_part_of_run(part_file, run.info.started_unix_s);
}

/// Notices at once where somebody has removed the folder or the file under the run.
void RunWriter::Impl::check_in_place() const
{
    std::error_code ignored;
    if (!lock.is_held() || !fs::is_regular_file(fs::symlink_status(path, ignored))) {
        throw hdf5::Error(say("'{}' or its lock '{}' is gone (removed or replaced while the run went on)",
                              path.string(), files::lock_of(path).string()));
    }
}

/// Takes in the parts that were finished when the run was killed before its index said so. One that can't be read was
/// never reported as stored, or is among the dropped: its round is measured again and replaces it.
void RunWriter::Impl::adopt_parts()
{
    layout::remove_temporaries(parts);
    for (const auto& entry : fs::directory_iterator(parts)) {
        const auto key = layout::parse_part_name(entry.path());
        if (!key || run.rounds().contains(*key) || !belongs_here(entry.path())) {
            continue;
        }
        try {
            adopt_part(*key);
        } catch (const hdf5::Error&) {
            continue;
        }
    }
}

void RunWriter::Impl::adopt_part(const RoundKey& key)
{
    const hdf5::Id file = hdf5::open_file(part(key));
    require_own_manifest(file.get());
    CaseHeader header = layout::read_header(file.get(), key.first);
    const Round round = layout::read_round(file.get(), key.first, key.second);
    layout::check_round(run.info, header, round);
    header.world_ranks = layout::read_world_ranks(file.get(), key.first);
    if (!layout::is_current(part(key))) {
        write_part(header, round, hdf5::Sync::now);
    }
    header.world_ranks.clear();
    run.add(header, key, reduced(round));
    run.note_machine(key, round);
}

/// As far as summaries need it, from its part.
Round RunWriter::Impl::read_reduced_round(const RoundKey& key) const
{
    try {
        const hdf5::Id file = hdf5::open_file(part(key));
        return reduced(layout::read_round(file.get(), key.first, key.second, layout::Extent::for_summary));
    } catch (const hdf5::Error& error) {
        throw named("read", part(key), error.what());
    }
}

void RunWriter::Impl::write_tables(hdf5::Contents& file) const
{
    layout::write_summary(file, run.rows());
    layout::write_scaling(file, run.scaling());
    layout::write_probes(file, probes);
    layout::write_states(file, run.state_rounds(), run.states());
}

void RunWriter::Impl::write_index() const
{
    const std::string folder = parts.filename().string() + "/";
    write_file(path, [&](hdf5::Contents& file, const hdf5::NewFile&) {
        layout::write_run(file, run.info, false);
        for (const auto& [id, summary] : run.cases()) {
            const auto keys = run.rounds_of(id);
            if (keys.empty()) {
                continue;
            }
            layout::write_header(file, summary.header);
            const auto ranks = layout::world_ranks_path(id);
            hdf5::link_external(file.id(), ranks, folder + layout::part_name(id, keys.front().second), ranks);
            for (const RoundKey& key : keys) {
                const auto round = layout::round_path(id, key.second);
                hdf5::link_external(file.id(), round, folder + layout::part_name(key.first, key.second), round);
            }
        }
        write_tables(file);
    });
}

void RunWriter::Impl::fold() const
{
    write_file(path, [&](hdf5::Contents& file, const hdf5::NewFile& on_disk) {
        layout::write_run(file, run.info, true);
        for (const auto& [id, summary] : run.cases()) {
            const auto keys = run.rounds_of(id);
            if (keys.empty()) {
                continue;
            }
            layout::write_header(file, summary.header);
            for (const RoundKey& key : keys) {
                const hdf5::Id source = hdf5::open_file(part(key));
                const hdf5::Manifest manifest = hdf5::read_manifest(source.get());
                const auto ranks = layout::world_ranks_path(id);
                if (!hdf5::exists(file.id(), ranks)) {
                    hdf5::copy(source.get(), manifest, ranks, file, ranks);
                }
                const auto round = layout::round_path(id, key.second);
                hdf5::copy(source.get(), manifest, round, file, round);
                on_disk.check_writes();
                went_on();
            }
        }
        write_tables(file);
    });
    layout::remove_parts(parts, run.rounds(), run.info.started_unix_s);
}

RunWriter::RunWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunWriter::~RunWriter() = default;

std::unique_ptr<RunWriter> RunWriter::create(const fs::path& path, const RunMetadata& info, IfExists if_exists,
                                             const WriterOptions& options)
{
    hdf5::silence();
    require_place_of_new_run(path, layout::parts_of(path), if_exists);
    auto impl = std::make_unique<Impl>(path, options);
    require_place_of_new_run(path, impl->parts, if_exists);  // as it is now that nobody else writes there
    impl->run.info = info;
    try {
        require_replaceable_run(path, impl->parts);
        // The old file goes when the new one is on disk; old parts are of another run, so nothing adopts them.
        impl->write_index();
        layout::remove_all_parts(impl->parts);
        layout::make_parts_folder(impl->parts);
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
    return std::unique_ptr<RunWriter>(new RunWriter(std::move(impl)));
}

/// Rounds that can't be read are dropped, so that the others can be gone on with.
/// Throws ConfigError where more than single rounds is missing, or something else lies where they are to be put.
void RunWriter::Impl::adopt_file(const RunFile& old)
{
    run.info = old.info();
    run.info.schema = layout::schema;
    run.info.state_rule = StateRule::share_of_hosts;
    folded = old.complete();
    run.info.resumptions += folded ? 0 : 1;
    dropped = old.unreadable_rounds();
    std::set<int> damaged;  // what is left of such a case is taken in from its parts
    for (const auto& [key, why] : dropped) {
        layout::require_replaceable(part(key), run.info.started_unix_s);
        damaged.insert(key.first);
        run.info.warnings.push_back(
            say("round {} of case {} was lost, and dropped when the run went on ({})", key.second, key.first, why));
    }
    std::set<RoundKey> rounds = old.stored_rounds();
    std::erase_if(rounds, [&](const RoundKey& key) { return damaged.contains(key.first); });
    run.adopt(old.measured_but(damaged), std::move(rounds));
}

/// Whatever is in the file, in parts, and the index over them.
void RunWriter::Impl::reopen(std::set<RoundKey> stored)
{
    std::erase_if(stored, [&](const RoundKey& key) { return dropped.contains(key); });
    for (const RoundKey& key : stored) {
        layout::require_own_or_free(part(key), run.info.started_unix_s);
    }
    unfold(stored);
    adopt_parts();
    if (run.rounds().empty() && dropped.empty()) {
        // What a run that was replaced by --force has left, where a kill came before it was removed.
        layout::remove_all_parts(parts);
        layout::make_parts_folder(parts);
    }
    publish();
}

std::unique_ptr<RunWriter> RunWriter::go_on(const fs::path& path, const WriterOptions& options, Accept accept)
{
    std::error_code ignored;
    if (fs::is_symlink(path, ignored)) {  // a new file would take the link's place, and the other would stay as it is
        throw ConfigError(
            say("'{}' can't be gone on with (it is a link). Name the file that it leads to", path.string()));
    }
    auto impl = std::make_unique<Impl>(path, options);
    const RunFile old(path);
    if (accept == Accept::complete && !old.complete()) {
        throw ConfigError(
            say("'{}' can't take another launch (its last one was interrupted). Go on with it by "
                "--resume first",
                path.string()));
    }
    impl->adopt_file(old);
    try {
        const hdf5::Id file = hdf5::open_file(path);
        impl->probes = layout::read_probes(file.get());
        for (const RoundKey& key : impl->run.rounds()) {
            impl->run.note_machine(key, layout::read_frame(file.get(), key.first, key.second));
        }
        impl->run.refresh_states_of_adopted();
        if (impl->folded) {
            // A folder left by a kill between the last rename and the removal holds nothing that isn't in the file.
            layout::remove_parts(impl->parts, {}, impl->run.info.started_unix_s);
            const hdf5::NewFile probe(path);
        } else {
            impl->reopen(old.stored_rounds());
        }
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    } catch (const fs::filesystem_error& error) {
        throw refusal(named("use", impl->parts, error.code().message()));
    }
    return std::unique_ptr<RunWriter>(new RunWriter(std::move(impl)));
}

std::unique_ptr<RunWriter> RunWriter::resume(const fs::path& path, const WriterOptions& options)
{
    return go_on(path, options, Accept::unfinished_too);
}

std::unique_ptr<RunWriter> RunWriter::append(const fs::path& path, const Launch& launch, const WriterOptions& options)
{
    auto writer = go_on(path, options, Accept::complete);
    Impl& impl = *writer->impl_;
    try {
        impl.start_again();
        impl.run.info.launches.push_back(launch);
        impl.write_index();
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
    return writer;
}

const DroppedRounds& RunWriter::dropped_rounds() const
{
    return impl_->dropped;
}

int RunWriter::launches() const
{
    return static_cast<int>(impl_->run.info.launches.size());
}

void RunWriter::store(const CaseHeader& header, const Round& round)
{
    hdf5::silence();
    layout::check_shapes(header, round);
    try {
        impl_->check_in_place();
        if (impl_->folded) {
            impl_->start_again();
        }
        impl_->write_part(header, round, hdf5::Sync::later);
        const RoundKey key{header.id, round.index};
        impl_->run.add(header, key, reduced(round));
        impl_->run.note_machine(key, round);
        impl_->unsynced.push_back(key);
        if (impl_->index_is_due()) {
            impl_->publish();
        }
    } catch (const hdf5::Error& error) {
        throw StoreError(error.what());
    }
}

void RunWriter::note(const HostProbe& probe)
{
    impl_->probes.push_back(probe);
}

void RunWriter::add_library_log(const std::vector<std::pair<std::string, std::string>>& log)
{
    impl_->run.info.library_log = log;
}

void RunWriter::finish(bool complete)
{
    hdf5::silence();
    if (impl_->folded) {
        return;
    }
    try {
        impl_->check_in_place();
        impl_->publish();
        if (complete) {
            impl_->fold();
            impl_->folded = true;
        }
    } catch (const hdf5::Error& error) {
        throw StoreError(error.what());
    }
}

}  // namespace plumbline
