// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/told_soak.hpp"
#include "results/files/writer_lock.hpp"
#include "results/layout/headers.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/probes.hpp"
#include "results/layout/rounds.hpp"
#include "results/layout/run.hpp"
#include "results/layout/soak.hpp"
#include "results/layout/summary.hpp"
#include "results/store/growing_run.hpp"
#include "results/store/parts_folder.hpp"
#include "results/store/plausibility.hpp"
#include "results/store/replaceable_run.hpp"
#include "results/store/store.hpp"
#include "results/store/whole_file.hpp"
#include "results/summaries/reduced_round.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace plumbline {

namespace fs = std::filesystem;
using layout::RoundKey;

void require_place_of_new_run(const fs::path& path, const fs::path& parts, IfExists if_exists)
{
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        throw ConfigError(say("cannot write '{}' (it is a folder). Name a file in it", path.string()));
    }
    for (const auto& taken : {path, parts}) {
        if (if_exists == IfExists::refuse && fs::exists(fs::symlink_status(taken, ignored))) {
            throw ConfigError(
                say("'{}' exists (results are never overwritten). Go on with it by --resume, replace it by --force, or "
                    "name another file",
                    taken.string()));
        }
    }
}

void write_run(const fs::path& path, const RunMetadata& info, std::span<const CaseHeader> cases,
               std::span<const Round> rounds, IfExists if_exists, const WriterOptions& options)
{
    hdf5::silence();
    const fs::path parts = layout::parts_of(path);
    require_place_of_new_run(path, parts, if_exists);
    const auto told =
        options.soak_journal.empty() ? std::nullopt : std::optional(told_soak(options.soak_journal, path.string()));
    const files::WriterLock lock(path, options.notice);
    require_place_of_new_run(path, parts, if_exists);  // as it is now that nobody else writes there
    std::map<RoundKey, std::size_t> place;
    GrowingRun run(
        {.reduced_round = [](const RoundKey&) -> Round { throw std::logic_error("a round without numbers"); },
         .world_ranks = [&](const RoundKey& key) { return cases[place.at(key)].world_ranks; }},
        options.scaling);
    run.info = info;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const RoundKey key{cases[i].id, rounds[i].index};
        layout::check_shapes(cases[i], rounds[i]);
        if (rounds[i].seconds.samples == 0) {
            run.add(cases[i]);
            continue;
        }
        place[key] = i;
        run.add(cases[i], key, reduced(rounds[i]));
        run.note_machine(key, rounds[i]);
    }
    run.refresh();
    try {
        require_replaceable_run(path, parts);
        write_file(path, [&](hdf5::Contents& file, const hdf5::NewFile& on_disk) {
            layout::write_run(file, run.info, true);
            for (const auto& [id, summary] : run.cases()) {
                const auto keys = run.rounds_of(id);
                if (keys.empty()) {  // all of it is in the tables
                    continue;
                }
                layout::write_header(file, summary.header);
                layout::write_world_ranks(file, cases[place.at(keys.front())]);
                for (const RoundKey& key : keys) {
                    const std::size_t i = place.at(key);
                    layout::write_round(file, cases[i], rounds[i]);
                }
                on_disk.check_writes();
            }
            layout::write_summary(file, run.rows());
            layout::write_scaling(file, run.scaling());
            layout::write_probes(file, {});
            layout::write_states(file, run.state_rounds(), run.states());
            if (told) {
                layout::write_soak(file, options.soak_journal, *told);
            }
        });
        layout::remove_all_parts(parts);
    } catch (const hdf5::Error& error) {
        throw refusal(error);
    }
}

}  // namespace plumbline
