// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/rounds.hpp"
#include "results/store/parts_folder.hpp"
#include "results/store/store.hpp"

#include <algorithm>
#include <set>
#include <system_error>

namespace plumbline {
namespace {

namespace fs = std::filesystem;

bool is_readable(hid_t file, const layout::RoundKey& key)
{
    try {
        layout::read_round(file, key.first, key.second, layout::Extent::for_summary);
        return true;
    } catch (const hdf5::Error&) {
        return false;
    }
}

/// Read back from its part, or from the file itself where there is none.
bool is_kept(hid_t file, const fs::path& part, double run_started_unix_s, const layout::RoundKey& key)
{
    if (!layout::is_part_of_run(part, run_started_unix_s)) {
        return is_readable(file, key);
    }
    try {
        return is_readable(hdf5::open_file(part).get(), key);
    } catch (const hdf5::Error&) {
        return false;
    }
}

}  // namespace

std::size_t kept_rounds(const fs::path& path, int first_round)
{
    try {
        const RunFile run(path);
        const hdf5::Id file = hdf5::open_file(path);
        const fs::path parts = layout::parts_of(path);
        std::set<layout::RoundKey> rounds = layout::list_rounds(file.get());
        std::error_code error;
        for (fs::directory_iterator entry(parts, error), end; !error && entry != end; entry.increment(error)) {
            const auto key = layout::parse_part_name(entry->path());
            // What the index doesn't name yet: --resume takes it in.
            if (key && layout::is_part_of_run(entry->path(), run.info().started_unix_s)) {
                rounds.insert(*key);
            }
        }
        return static_cast<std::size_t>(std::ranges::count_if(rounds, [&](const auto& key) {
            const fs::path part = parts / layout::part_name(key.first, key.second);
            return key.second >= first_round && is_kept(file.get(), part, run.info().started_unix_s, key);
        }));
    } catch (const ConfigError&) {
        return 0;
    } catch (const hdf5::Error&) {
        return 0;
    }
}

}  // namespace plumbline
