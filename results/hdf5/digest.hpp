// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/hdf5_handles.hpp"
#include "results/util/sha256.hpp"

#include <span>
#include <string>

/// The hash of an object's logical content, however it is chunked and compressed. SHA-256 over: its type, a newline,
/// its extents joined by commas, a newline, its bytes as stored; then for each attribute, sorted by name: a newline,
/// its name, a newline, type, newline, extents, newline, bytes. Types are written as numpy writes them: "<f8", "|S12",
/// "{id:<i8,pattern:|S9}". A group has the type "group" and no bytes.
namespace plumbline::hdf5 {

/// Throws Error for a type that no run file has, such as one of variable length.
std::string type_text(hid_t type);

/// Of a dataset whose bytes are at hand piece by piece.
class DatasetDigest {
public:
    DatasetDigest(hid_t type, hid_t space);
    void add(std::span<const std::byte> bytes) { hash_.add(bytes); }
    /// With the attributes that the dataset has by now.
    std::string finish(hid_t dataset);

private:
    Sha256 hash_;
};

/// Reads the dataset, some megabytes at a time.
std::string digest_of_dataset(hid_t dataset);
/// Of a group's attributes, but the one that is named `except`; empty where it has none.
std::string digest_of_group(hid_t group, std::string_view except = {});

}  // namespace plumbline::hdf5
