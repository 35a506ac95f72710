// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/hdf5_handles.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

/// What is written into a new file. Paths are absolute; the groups above are made.
namespace plumbline::hdf5 {

/// The hash of each object of a file (see digest.hpp), by its path. Groups without attributes have none.
using Manifest = std::map<std::string, std::string>;

/// A new file as it is filled. It takes each object's hash while that is written, so that the manifest costs no second
/// read. The file's owner outlives it.
class Contents {
public:
    explicit Contents(hid_t file) : file_(file) {}
    hid_t id() const { return file_; }
    void add(const std::string& path, std::string sha256) { manifest_[path] = std::move(sha256); }
    void add_group(const std::string& path) { groups_.insert(path); }
    /// Last: the table /manifest, and the attribute content_sha256 of the root over it.
    void write_manifest();

private:
    hid_t file_;
    Manifest manifest_;
    std::set<std::string> groups_{"/"};
};

inline constexpr const char* manifest_path = "/manifest";
inline constexpr const char* content_hash = "content_sha256";
/// Hash over all that a manifest lists: of the lines "HASH  PATH\n", sorted by path.
std::string hash_of(const Manifest& manifest);
/// As the file has it; empty where it has none (schema 1).
Manifest read_manifest(hid_t file);

/// With the groups above it.
Id create_group(Contents& in, const std::string& path);
/// The object and all below it, with their hashes from the manifest of the file that it is in.
void copy(hid_t from, const Manifest& manifest, const std::string& source, Contents& to, const std::string& target);

struct Description {
    std::string_view units;
    std::string_view text;
    /// Of integers that stand for seconds: seconds = value / (counts_per_second * batch). 0: they don't.
    double counts_per_second = 0;
};

/// T: double, uint8_t, uint32_t, int32_t, int64_t. `shape` has one or two extents whose product is values.size().
template <class T>
void write_array(Contents& in, const std::string& path, std::span<const T> values, std::span<const std::size_t> shape,
                 const Description& description);
/// UTF-8, fixed length.
void write_text(Contents& in, const std::string& path, std::string_view text, const Description& description);
void write_texts(Contents& in, const std::string& path, std::span<const std::string> texts,
                 const Description& description);
/// A compound dataset, column by column; texts are fixed-length UTF-8, as wide as the longest.
void write_table(Contents& in, const std::string& path, std::span<const Column> columns, std::string_view description);

}  // namespace plumbline::hdf5
