// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/layout/rounds.hpp"
#include "results/store/parts_folder.hpp"
#include "results/store/store.hpp"

#include <algorithm>
#include <set>
#include <system_error>

namespace plumbline {
namespace {

namespace fs = std::filesystem;

/// Reads them all back; `file` is opened by the caller and has links or the rounds themselves.
std::set<layout::RoundKey> readable_rounds(hid_t file, const std::set<layout::RoundKey>& listed)
{
    std::set<layout::RoundKey> readable;
    for (const auto& key : listed) {
        try {
            layout::read_reduced_round(file, key.first, key.second);
            readable.insert(key);
        } catch (const hdf5::Error&) {
            continue;
        }
    }
    return readable;
}

}  // namespace

std::size_t kept_rounds(const fs::path& path, int first_round)
{
    try {
        const RunFile run(path);
        const hdf5::Id file = hdf5::open_file(path);
        auto kept = readable_rounds(file.get(), run.stored_rounds());
        std::error_code error;
        const fs::path parts = layout::parts_of(path);
        for (fs::directory_iterator entry(parts, error), end; !error && entry != end; entry.increment(error)) {
            const auto key = layout::parse_part_name(entry->path());
            // What the index doesn't name yet: --resume takes it in.
            if (!key || kept.contains(*key) || !layout::is_part_of_run(entry->path(), run.info().started_unix_s)) {
                continue;
            }
            const hdf5::Id part = hdf5::open_file(entry->path());
            kept.merge(readable_rounds(part.get(), {*key}));
        }
        return static_cast<std::size_t>(
            std::ranges::count_if(kept, [&](const auto& key) { return key.second >= first_round; }));
    } catch (const ConfigError&) {
        return 0;
    } catch (const hdf5::Error&) {
        return 0;
    }
}

}  // namespace plumbline
