// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/round.hpp"
#include "results/summaries/round_digest.hpp"

#include <optional>
#include <string>

namespace plumbline::layout {

/// Below `path`, the group of a round.
void write_digest(hdf5::Contents& file, const std::string& path, const RoundDigest& digest);

/// Puts the reduced matrices into `frame`, a round without any. Nothing where the file has no digest of it. Throws
/// hdf5::Error for extents that don't fit.
std::optional<RoundDigest> read_digest(hid_t file, const std::string& path, Round frame);

/// Whether an object of a file is a digest, or a part of one.
bool is_of_digest(const std::string& path);

}  // namespace plumbline::layout
