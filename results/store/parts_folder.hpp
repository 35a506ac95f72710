// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>

/// FILE.parts: which of its entries are this program's, and their removal. Nothing else in it is ever removed, and
/// nothing is read or removed through a link. Throws hdf5::Error where nothing else is said.
namespace plumbline::layout {

using RoundKey = std::pair<int, int>;  ///< case, round

std::filesystem::path parts_of(const std::filesystem::path& file);

/// Whether it is a regular file and a part of the run that began then. False for what can't be read.
bool is_part_of_run(const std::filesystem::path& part, double run_started_unix_s);

/// Something in the folder that isn't this program's, or the folder itself where it is no folder; nothing where all is
/// its own or there is no folder. Its own is also what a power failure leaves of a part.
std::optional<std::filesystem::path> foreign_entry(const std::filesystem::path& parts);

/// Whether a part is of the present schema. False for what can't be read.
bool is_current(const std::filesystem::path& part);
/// Nothing lies there, not even a link.
bool is_free(const std::filesystem::path& part);
/// Where a round's part is to be read or written: throws ConfigError, with what to do, for anything there that is not a
/// part of the run that began then.
void require_own_or_free(const std::filesystem::path& part, double run_started_unix_s);
/// The same for a part that is damaged: what a power failure leaves of one may be there too, and the folder is.
void require_replaceable(const std::filesystem::path& part, double run_started_unix_s);

/// Removes what writers that are gone left half written.
void remove_temporaries(const std::filesystem::path& parts);
/// Removes temporary files and the parts whose round is in `rounds` or that are of the run that began then, and the
/// folder where that leaves it empty.
void remove_parts(const std::filesystem::path& parts, const std::set<RoundKey>& rounds, double run_started_unix_s);
/// Of a folder without foreign_entry(): everything in it, and itself.
void remove_all_parts(const std::filesystem::path& parts);

/// Makes the folder where it isn't there.
void make_parts_folder(const std::filesystem::path& parts);

}  // namespace plumbline::layout
