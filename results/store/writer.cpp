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
#include "results/store/store.hpp"
#include "results/summaries/reduced_round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace plumbline {
namespace {

namespace fs = std::filesystem;
using layout::RoundKey;

hdf5::Error named(std::string_view action, const fs::path& path, std::string_view reason)
{
    return hdf5::Error(fmt::format("cannot {} '{}' ({})", action, path.string(), reason));
}

/// Writes a new file at `path`, whole or not at all; the error names it. body(contents, file) fills it.
template <class Body>
void write_file(const fs::path& path, Body body, hdf5::Sync sync = hdf5::Sync::now)
{
    try {
        hdf5::NewFile file(path, sync);
        hdf5::Contents contents(file.id());
        body(contents, file);
        contents.write_manifest();
        file.commit();
    } catch (const hdf5::Error& error) {
        throw named("write", path, error.what());
    }
}

/// A shape that no reader could make sense of is the caller's mistake.
void check_shapes(const CaseHeader& header, const Round& round)
{
    const auto fits = [](const SampleMatrix& matrix) {
        return matrix.values.size() == matrix.samples * matrix.ranks && (matrix.samples == 0 || matrix.ranks > 0);
    };
    bool good = header.id >= 0 && round.index >= 0 && fits(round.seconds) &&
                round.warmup.size() == round.seconds.samples && round.batch.size() == round.seconds.samples;
    for (const auto& [share, matrix] : round.shares) {
        good = good && fits(matrix) && matrix.samples == round.seconds.samples && matrix.ranks == round.seconds.ranks;
    }
    if (round.start_offset_s) {
        const SampleMatrix& starts = *round.start_offset_s;
        good = good && fits(starts) && starts.samples == round.seconds.samples && starts.ranks == round.seconds.ranks;
    }
    good = good && (round.late.empty() || round.late.size() == round.seconds.samples);
    good = good && (!round.links || (round.links->sends_to.size() == round.seconds.values.size() &&
                                     round.links->stage.size() == round.seconds.samples));
    good = good && (!round.congestion || (round.congestion->stage.size() == round.seconds.samples &&
                                          round.congestion->split.size() == round.seconds.samples &&
                                          round.congestion->role.size() == round.congestion->aggressor_s.size()));
    if (!good) {
        throw std::logic_error("a round to store has parts of different extents");
    }
}

bool is_empty_file(const fs::path& path)
{
    std::error_code error;
    return fs::is_regular_file(fs::symlink_status(path, error)) && fs::file_size(path, error) == 0 && !error;
}

/// --force replaces a run file with its parts, or a file without content, and nothing else.
void check_replaceable(const fs::path& path, const fs::path& parts)
{
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(path, ignored)) && !is_run_file(path) && !is_empty_file(path)) {
        throw ConfigError(
            fmt::format("'{}' exists and is no run file (--force replaces nothing else). Name another "
                        "file, or remove it yourself",
                        path.string()));
    }
    if (const auto foreign = layout::foreign_entry(parts)) {
        throw ConfigError(
            fmt::format("'{}' is not a part of a run (only those are removed from '{}'). Move it away, or "
                        "name another file",
                        foreign->string(), parts.string()));
    }
}

/// Whether a part is of the present schema; false for what can't be read.
bool is_current(const fs::path& part)
{
    try {
        const hdf5::Id file = hdf5::open_file(part);
        return hdf5::has_attribute(file.get(), layout::part_schema) &&
               hdf5::read_count_attribute(file.get(), layout::part_schema) == layout::schema;
    } catch (const hdf5::Error&) {
        return false;
    }
}

ConfigError refusal(const hdf5::Error& error)
{
    return ConfigError(fmt::format("{}. Choose a folder that exists, has space and may be written", error.what()));
}

}  // namespace

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
          pace(how.pace)
    {
    }

    fs::path part(const RoundKey& key) const { return parts / layout::part_name(key.first, key.second); }

    void write_part(const CaseHeader& header, const Round& round, hdf5::Sync sync) const;
    void renew_part(const RoundKey& key, hid_t source) const;
    void unfold() const;
    void adopt_parts();
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
    bool folded = false;  ///< all rounds are in `path` itself
    std::vector<HostProbe> probes;

    using Pacing = std::chrono::steady_clock;
    IndexPace pace;
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

/// Every round that is known in a part of its own, wherever it was before.
void RunWriter::Impl::unfold() const
{
    layout::make_parts_folder(parts);
    const hdf5::Id old = hdf5::open_file(path);
    for (const RoundKey& key : run.rounds()) {
        std::error_code ignored;
        if (fs::exists(fs::symlink_status(part(key), ignored))) {
            if (!belongs_here(part(key))) {
                throw named("use", part(key), "it is not a part of this run");
            }
            if (is_current(part(key))) {
                continue;
            }
        }
        renew_part(key, old.get());
    }
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
        throw hdf5::Error(fmt::format("'{}' or its lock '{}' is gone (removed or replaced while the run went on)",
                                      path.string(), files::lock_of(path).string()));
    }
}

/// Takes in the parts that were finished when the run was killed before its index said so. One that can't be read was
/// never reported as stored: its round is measured again and replaces it.
void RunWriter::Impl::adopt_parts()
{
    layout::remove_temporaries(parts);
    for (const auto& entry : fs::directory_iterator(parts)) {
        const auto key = layout::parse_part_name(entry.path());
        if (!key || run.rounds().contains(*key) || !belongs_here(entry.path())) {
            continue;
        }
        try {
            hdf5::Id file = hdf5::open_file(entry.path());
            if (!is_current(entry.path())) {
                renew_part(*key, file.get());
                file = hdf5::open_file(entry.path());
            }
            const Round frame = layout::read_frame(file.get(), key->first, key->second);
            const CaseHeader header = layout::read_header(file.get(), key->first);
            run.add(header, *key, read_reduced_round(*key));
            run.note_machine(*key, frame);
        } catch (const hdf5::Error&) {
            continue;
        }
    }
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
            layout::write_header(file, summary.header);
            const auto keys = run.rounds_of(id);
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
            layout::write_header(file, summary.header);
            for (const RoundKey& key : run.rounds_of(id)) {
                const hdf5::Id source = hdf5::open_file(part(key));
                const hdf5::Manifest manifest = hdf5::read_manifest(source.get());
                const auto ranks = layout::world_ranks_path(id);
                if (!hdf5::exists(file.id(), ranks)) {
                    hdf5::copy(source.get(), manifest, ranks, file, ranks);
                }
                const auto round = layout::round_path(id, key.second);
                hdf5::copy(source.get(), manifest, round, file, round);
                on_disk.check_writes();
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
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        throw ConfigError(fmt::format("cannot write '{}' (it is a folder). Name a file in it", path.string()));
    }
    auto impl = std::make_unique<Impl>(path, options);
    impl->run.info = info;
    for (const auto& taken : {path, impl->parts}) {
        if (if_exists == IfExists::refuse && fs::exists(fs::symlink_status(taken, ignored))) {
            throw ConfigError(fmt::format(
                "'{}' exists (results are never overwritten). Go on with it by --resume, replace it by --force, or "
                "name another file",
                taken.string()));
        }
    }
    try {
        check_replaceable(path, impl->parts);
        // The old file goes when the new one is on disk; old parts are of another run, so nothing adopts them.
        impl->write_index();
        layout::remove_all_parts(impl->parts);
        layout::make_parts_folder(impl->parts);
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
    return std::unique_ptr<RunWriter>(new RunWriter(std::move(impl)));
}

std::unique_ptr<RunWriter> RunWriter::resume(const fs::path& path, const WriterOptions& options)
{
    auto impl = std::make_unique<Impl>(path, options);
    const RunFile old(path);
    const RunData measured = old.measured();
    impl->run.info = old.info();
    impl->run.info.schema = layout::schema;
    for (const CaseSummary& summary : old.cases()) {
        measured.observations(summary.header.id);  // ConfigError when a part of it is missing
    }
    impl->run.adopt(measured, old.stored_rounds());
    impl->folded = old.complete();
    impl->run.info.resumptions += impl->folded ? 0 : 1;
    try {
        const hdf5::Id file = hdf5::open_file(path);
        impl->probes = layout::read_probes(file.get());
        for (const RoundKey& key : impl->run.rounds()) {
            impl->run.note_machine(key, layout::read_frame(file.get(), key.first, key.second));
        }
        impl->run.refresh_states_of_adopted();
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
    try {
        if (impl->folded) {
            // A folder left by a kill between the last rename and the removal holds nothing that isn't in the file.
            layout::remove_parts(impl->parts, {}, impl->run.info.started_unix_s);
            const hdf5::NewFile probe(path);
        } else {
            impl->unfold();
            impl->adopt_parts();
            impl->publish();
        }
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    } catch (const fs::filesystem_error& error) {
        throw refusal(named("use", impl->parts, error.code().message()));
    }
    return std::unique_ptr<RunWriter>(new RunWriter(std::move(impl)));
}

std::unique_ptr<RunWriter> RunWriter::append(const fs::path& path, const Launch& launch, const WriterOptions& options)
{
    auto writer = resume(path, options);
    Impl& impl = *writer->impl_;
    if (!impl.folded) {
        throw ConfigError(
            fmt::format("'{}' can't take another launch (its last one was interrupted). Go on with it by "
                        "--resume first",
                        path.string()));
    }
    try {
        impl.unfold();
        impl.folded = false;
        impl.run.info.launches.push_back(launch);
        impl.write_index();
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
    return writer;
}

int RunWriter::launches() const
{
    return static_cast<int>(impl_->run.info.launches.size());
}

void RunWriter::store(const CaseHeader& header, const Round& round)
{
    hdf5::silence();
    check_shapes(header, round);
    try {
        impl_->check_in_place();
        if (impl_->folded) {
            impl_->unfold();
            impl_->folded = false;
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
