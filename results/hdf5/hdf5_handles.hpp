// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"

#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plumbline::files {
class TemporaryFile;
}

/// The corner where HDF5 lives: handles that close themselves, typed reads, and a new file that can't half succeed.
/// Names are those of the present schema; a file of an earlier one is found by its own (former_names.hpp). Included by
/// results/store alone.
namespace plumbline::hdf5 {

inline constexpr hid_t whole_dataset = 0;  ///< H5S_ALL without the C cast in it

/// A call failed; the text is the innermost reason (the operating system's where there is one), no file name.
class Error : public SaidError {
public:
    using SaidError::SaidError;
};

/// Stops the library from printing on stderr (per thread in thread-safe builds: call at each public entry).
void silence();

/// Owns one identifier.
class Id {
public:
    using Close = herr_t (*)(hid_t);
    Id() = default;
    /// Throws Error when `id` is the library's "failed".
    Id(hid_t id, Close closer);
    Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Id& operator=(Id&& other) noexcept;
    ~Id();
    hid_t get() const noexcept { return id_; }
    /// Throws Error when closing fails.
    void close();

private:
    hid_t id_ = -1;
    Close close_ = nullptr;
};

/// Throws Error when a call answered with "failed".
void check(herr_t status);

/// Read-only, without file locks (a run file is only ever replaced as a whole).
Id open_file(const std::filesystem::path& path);
Id open_group(hid_t in, const std::string& path);
Id open_dataset(hid_t in, const std::string& path);
bool exists(hid_t in, const std::string& path);
/// Names of a group's links, sorted as text.
std::vector<std::string> links(hid_t group);
/// File and object that an external link points to, as written in it; nothing for other links.
std::optional<std::pair<std::string, std::string>> external_link(hid_t in, const std::string& path);
void link_external(hid_t in, const std::string& path, const std::string& file, const std::string& object);
/// All bytes of a dataset in the order of its elements, some megabytes at a time, of the type `memory`.
void for_each_piece(hid_t dataset, hid_t memory, const std::function<void(std::span<const std::byte>)>& visit);

/// A file that appears at its place complete and on disk, or not at all: written beside it under a name of its own.
/// HDF5 1.10 crashes at exit when a write or close fails under it, so this file's own driver swallows write errors and
/// commit() reports them.
enum class Sync : std::uint8_t {
    now,    ///< survives a power failure when commit() returns
    later,  ///< survives the end of the process; sync_file() does the rest
};

class NewFile {
public:
    explicit NewFile(const std::filesystem::path& path, Sync sync = Sync::now);
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();
    hid_t id() const { return file_.get(); }
    /// Flush, close, fsync, rename, fsync of the folder.
    void commit();
    /// Throws Error as soon as any write so far has failed: spares the rest of a large file.
    void check_writes() const;

private:
    std::filesystem::path path_;
    Sync sync_;
    std::unique_ptr<files::TemporaryFile> temporary_;
    std::unique_ptr<int> write_errno_;
    Id file_;  ///< closed before the temporary file goes away
};
/// Makes a file that was written with Sync::later survive a power failure.
void sync_file(const std::filesystem::path& file);
/// Makes renames in, and removals from, a folder durable.
void sync_folder(const std::filesystem::path& folder);

template <class T>
hid_t native_type();

void write_attribute(hid_t object, const char* name, std::string_view value);
void write_attribute(hid_t object, const char* name, double value);
void write_attribute(hid_t object, const char* name, std::int64_t value);
void write_attribute(hid_t object, const char* name, std::uint64_t value);
bool has_attribute(hid_t object, const char* name);
std::string read_text_attribute(hid_t object, const char* name);
double read_real_attribute(hid_t object, const char* name);
std::uint64_t read_unsigned_attribute(hid_t object, const char* name);
/// Throws Error unless in [0, 2^31).
int read_count_attribute(hid_t object, const char* name);

template <class T>
struct Array {
    std::vector<std::size_t> shape;
    std::vector<T> values;
};
/// T: double, uint8_t, uint32_t, int32_t; int64_t of any integers. Throws Error for a dataset of another type or
/// dimension, or larger than its file could hold.
template <class T>
Array<T> read_array(hid_t in, const std::string& path, std::size_t dimensions);

std::string read_text(hid_t in, const std::string& path);
std::vector<std::string> read_texts(hid_t in, const std::string& path);

/// A column of a table.
using ColumnValues =
    std::variant<std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>, std::vector<std::string>>;
struct Column {
    std::string name;
    std::string units;
    ColumnValues values;
};
class Table {
public:
    Table(hid_t in, const std::string& path);
    std::size_t rows() const { return rows_; }
    bool has(const std::string& name) const;
    /// T: one of ColumnValues. Throws Error when there is no such column or it is of another kind.
    template <class T>
    std::vector<T> column(const std::string& name) const
    {
        return std::get<std::vector<T>>(read(name, ColumnValues(std::vector<T>())));
    }

private:
    int index_of(const std::string& name) const;
    ColumnValues read(const std::string& name, ColumnValues kind) const;
    std::string path_;
    Id dataset_;
    Id type_;  ///< of a row, as stored
    std::size_t rows_ = 0;
    /// All rows as stored. Read once: reading a column by itself costs a megabyte of cleared buffer each time.
    mutable std::vector<char> bytes_;
};

}  // namespace plumbline::hdf5
