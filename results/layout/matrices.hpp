// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/round.hpp"

#include <cstdint>
#include <span>
#include <string>

/// Times by sample and rank. Readings of a clock that counts nanoseconds are stored as counts, in a dataset without the
/// "_s" of `name_s`; other times are float64 under that name. A reader gets the very numbers that were written.
namespace plumbline::layout {

/// `batch`: of each sample, what its seconds are the mean of; empty: of one execution each.
void write_times(hdf5::Contents& file, const std::string& name_s, const SampleMatrix& times,
                 std::span<const std::uint32_t> batch, std::string_view description);
/// Whether the file has them in one form or the other.
bool has_times(hid_t file, const std::string& name_s);
SampleMatrix read_times(hid_t file, const std::string& name_s, std::span<const std::uint32_t> batch);

/// As float64, whatever it is of.
void write_matrix(hdf5::Contents& file, const std::string& path, const SampleMatrix& matrix,
                  const hdf5::Description& description);
SampleMatrix read_matrix(hid_t file, const std::string& path);

}  // namespace plumbline::layout
