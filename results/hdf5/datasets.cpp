// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/former_names.hpp"
#include "results/hdf5/hdf5_handles.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace plumbline::hdf5 {
namespace {

/// No filter of HDF5 packs tighter than this: what claims to be larger than so many times its file is damaged, and
/// must not be allocated.
constexpr std::uint64_t largest_ratio = 1100;

[[noreturn]] void damaged(const std::string& what)
{
    throw Error(what);
}

/// All elements of a dataset; the error names it.
void read_whole(const Id& dataset, const std::string& path, hid_t memory, void* into)
{
    try {
        check(H5Dread(dataset.get(), memory, whole_dataset, whole_dataset, H5P_DEFAULT, into));
    } catch (const Error& error) {
        damaged(path + ": " + error.what());
    }
}

/// A field of fixed length without its padding.
std::string unpadded(const char* begin, std::size_t size)
{
    std::string text(begin, size);
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
}

/// Extents of a dataset that may be read as it is; throws Error for one larger than its file could hold.
std::vector<std::size_t> extents(const Id& dataset, const std::string& path)
{
    const Id space(H5Dget_space(dataset.get()), H5Sclose);
    const int dimensions = H5Sget_simple_extent_ndims(space.get());
    if (dimensions < 0 || dimensions > 2) {
        damaged(path + " has an unexpected shape");
    }
    std::vector<hsize_t> sizes(static_cast<std::size_t>(dimensions));
    check(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr));
    const Id type(H5Dget_type(dataset.get()), H5Tclose);
    const Id file(H5Iget_file_id(dataset.get()), H5Fclose);
    hsize_t file_bytes = 0;
    check(H5Fget_filesize(file.get(), &file_bytes));
    const std::uint64_t limit = file_bytes * largest_ratio;
    std::uint64_t bytes = std::max<std::uint64_t>(1, H5Tget_size(type.get()));
    for (const hsize_t size : sizes) {
        if (size != 0 && bytes > limit / size) {
            damaged(path + " claims more data than the file can hold");
        }
        bytes *= std::max<hsize_t>(1, size);
    }
    if (bytes > limit) {
        damaged(path + " claims more data than the file can hold");
    }
    return {sizes.begin(), sizes.end()};
}

/// Type of a fixed-length text as it is in the file; throws Error for another.
Id fixed_text_type(Id type, const std::string& path)
{
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0) {
        damaged(path + " is not a text of fixed length");
    }
    return type;
}

/// The name by which the object has an attribute.
std::string attribute_name(hid_t object, const char* name)
{
    const auto former = hdf5::former_name(hdf5::Naming::attribute, name);
    return former.empty() || H5Aexists(object, name) > 0 ? name : std::string(former);
}

/// An attribute with one element of the class asked for.
Id open_scalar_attribute(hid_t object, const char* name, H5T_class_t expected)
{
    Id attribute(H5Aopen(object, attribute_name(object, name).c_str(), H5P_DEFAULT), H5Aclose);
    const Id space(H5Aget_space(attribute.get()), H5Sclose);
    const Id type(H5Aget_type(attribute.get()), H5Tclose);
    if (H5Sget_simple_extent_npoints(space.get()) != 1 || H5Tget_class(type.get()) != expected) {
        damaged(std::string("attribute ") + name + " is of an unexpected kind");
    }
    return attribute;
}

}  // namespace

template <>
hid_t native_type<double>()
{
    return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<std::uint8_t>()
{
    return H5T_NATIVE_UINT8;
}
template <>
hid_t native_type<std::uint32_t>()
{
    return H5T_NATIVE_UINT32;
}
template <>
hid_t native_type<std::int32_t>()
{
    return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<std::int64_t>()
{
    return H5T_NATIVE_INT64;
}

bool has_attribute(hid_t object, const char* name)
{
    return H5Aexists(object, attribute_name(object, name).c_str()) > 0;
}

std::string read_text_attribute(hid_t object, const char* name)
{
    const Id attribute = open_scalar_attribute(object, name, H5T_STRING);
    const Id type = fixed_text_type(Id(H5Aget_type(attribute.get()), H5Tclose), name);
    std::vector<char> bytes(H5Tget_size(type.get()));
    check(H5Aread(attribute.get(), type.get(), bytes.data()));
    return unpadded(bytes.data(), bytes.size());
}

double read_real_attribute(hid_t object, const char* name)
{
    double value = 0;
    check(H5Aread(open_scalar_attribute(object, name, H5T_FLOAT).get(), H5T_NATIVE_DOUBLE, &value));
    return value;
}

std::uint64_t read_unsigned_attribute(hid_t object, const char* name)
{
    std::uint64_t value = 0;
    check(H5Aread(open_scalar_attribute(object, name, H5T_INTEGER).get(), H5T_NATIVE_UINT64, &value));
    return value;
}

int read_count_attribute(hid_t object, const char* name)
{
    std::int64_t value = 0;
    check(H5Aread(open_scalar_attribute(object, name, H5T_INTEGER).get(), H5T_NATIVE_INT64, &value));
    if (value < 0 || value > std::numeric_limits<int>::max()) {
        damaged(std::string("attribute ") + name + " has an impossible value");
    }
    return static_cast<int>(value);
}

template <class T>
Array<T> read_array(hid_t in, const std::string& path, std::size_t dimensions)
{
    const Id dataset = open_dataset(in, path);
    const Id type(H5Dget_type(dataset.get()), H5Tclose);
    Array<T> array{.shape = extents(dataset, path), .values = {}};
    const auto expected = std::is_floating_point_v<T> ? H5T_FLOAT : H5T_INTEGER;
    const bool fits = std::is_same_v<T, std::int64_t> || H5Tget_size(type.get()) == sizeof(T);
    if (array.shape.size() != dimensions || H5Tget_class(type.get()) != expected || !fits) {
        damaged(path + " has an unexpected shape or type");
    }
    std::size_t count = 1;
    for (const std::size_t size : array.shape) {
        count *= size;
    }
    array.values.resize(count);
    if (count > 0) {
        read_whole(dataset, path, native_type<T>(), array.values.data());
    }
    return array;
}

template Array<double> read_array<double>(hid_t, const std::string&, std::size_t);
template Array<std::uint8_t> read_array<std::uint8_t>(hid_t, const std::string&, std::size_t);
template Array<std::uint32_t> read_array<std::uint32_t>(hid_t, const std::string&, std::size_t);
template Array<std::int32_t> read_array<std::int32_t>(hid_t, const std::string&, std::size_t);
template Array<std::int64_t> read_array<std::int64_t>(hid_t, const std::string&, std::size_t);

std::string read_text(hid_t in, const std::string& path)
{
    const Id dataset = open_dataset(in, path);
    const Id type = fixed_text_type(Id(H5Dget_type(dataset.get()), H5Tclose), path);
    if (const auto shape = extents(dataset, path); shape.size() > 1 || (shape.size() == 1 && shape.front() != 1)) {
        damaged(path + " is not a single text");
    }
    std::vector<char> bytes(H5Tget_size(type.get()));
    read_whole(dataset, path, type.get(), bytes.data());
    return unpadded(bytes.data(), bytes.size());
}

std::vector<std::string> read_texts(hid_t in, const std::string& path)
{
    const Id dataset = open_dataset(in, path);
    const Id type = fixed_text_type(Id(H5Dget_type(dataset.get()), H5Tclose), path);
    const auto shape = extents(dataset, path);
    if (shape.size() != 1) {
        damaged(path + " is not a list of texts");
    }
    const std::size_t width = H5Tget_size(type.get());
    std::vector<char> bytes(shape[0] * width);
    if (!bytes.empty()) {
        read_whole(dataset, path, type.get(), bytes.data());
    }
    std::vector<std::string> texts;
    texts.reserve(shape[0]);
    for (std::size_t i = 0; i < shape[0]; ++i) {
        texts.push_back(unpadded(bytes.data() + i * width, width));
    }
    return texts;
}

void for_each_piece(hid_t dataset, hid_t memory, const std::function<void(std::span<const std::byte>)>& visit)
{
    constexpr std::size_t piece_bytes = std::size_t{4} << 20U;
    const Id space(H5Dget_space(dataset), H5Sclose);
    const std::size_t width = H5Tget_size(memory);
    const int dimensions = H5Sget_simple_extent_ndims(space.get());
    const hssize_t elements = H5Sget_simple_extent_npoints(space.get());
    if (dimensions < 0 || elements < 0) {
        damaged("a dataset without a shape");
    }
    if (elements == 0) {
        return;
    }
    std::vector<hsize_t> sizes(static_cast<std::size_t>(dimensions));
    check(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr));
    const hsize_t rows = sizes.empty() ? 1 : sizes.front();
    const std::size_t row_bytes = width * (static_cast<std::size_t>(elements) / rows);
    const hsize_t rows_at_once = std::clamp<hsize_t>(piece_bytes / std::max<std::size_t>(1, row_bytes), 1, rows);
    std::vector<std::byte> bytes(rows_at_once * row_bytes);
    std::vector<hsize_t> begin(sizes.size(), 0);
    for (hsize_t row = 0; row < rows; row += rows_at_once) {
        const hsize_t count = std::min(rows_at_once, rows - row);
        if (sizes.empty()) {
            check(H5Dread(dataset, memory, whole_dataset, whole_dataset, H5P_DEFAULT, bytes.data()));
        } else {
            begin.front() = row;
            sizes.front() = count;
            const Id piece(H5Screate_simple(dimensions, sizes.data(), nullptr), H5Sclose);
            check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, begin.data(), nullptr, sizes.data(), nullptr));
            check(H5Dread(dataset, memory, piece.get(), space.get(), H5P_DEFAULT, bytes.data()));
        }
        visit(std::span(bytes).first(count * row_bytes));
    }
}

Table::Table(hid_t in, const std::string& path)
    : path_(path), dataset_(open_dataset(in, path)), type_(H5Dget_type(dataset_.get()), H5Tclose)
{
    const auto shape = extents(dataset_, path);
    if (H5Tget_class(type_.get()) != H5T_COMPOUND || shape.size() != 1) {
        damaged(path + " is not a table");
    }
    rows_ = shape[0];
}

int Table::index_of(const std::string& name) const
{
    const int index = H5Tget_member_index(type_.get(), name.c_str());
    const std::string former(hdf5::former_name(hdf5::Naming::column, name));
    return index < 0 && !former.empty() ? H5Tget_member_index(type_.get(), former.c_str()) : index;
}

bool Table::has(const std::string& name) const
{
    return index_of(name) >= 0;
}

ColumnValues Table::read(const std::string& name, ColumnValues kind) const
{
    const int index = index_of(name);
    if (index < 0) {
        damaged(path_ + " has no column " + name);
    }
    Id member(H5Tget_member_type(type_.get(), static_cast<unsigned>(index)), H5Tclose);
    const std::size_t offset = H5Tget_member_offset(type_.get(), static_cast<unsigned>(index));
    const std::size_t stored_width = H5Tget_size(member.get());
    const std::size_t row_width = H5Tget_size(type_.get());
    if (rows_ > 0 && bytes_.empty()) {
        bytes_.resize(rows_ * row_width);
        read_whole(dataset_, path_, type_.get(), bytes_.data());
    }
    const auto gather = [&](char* to) {
        for (std::size_t row = 0; row < rows_; ++row) {
            std::memcpy(to + row * stored_width, bytes_.data() + row * row_width + offset, stored_width);
        }
    };
    const H5T_class_t member_class = H5Tget_class(member.get());
    if (auto* texts = std::get_if<std::vector<std::string>>(&kind)) {
        member = fixed_text_type(std::move(member), "column " + name);
        for (std::size_t row = 0; row < rows_; ++row) {
            texts->push_back(unpadded(bytes_.data() + row * row_width + offset, stored_width));
        }
        return kind;
    }
    const bool real = std::holds_alternative<std::vector<double>>(kind);
    if (member_class != (real ? H5T_FLOAT : H5T_INTEGER)) {
        damaged(path_ + ": column " + name + " is of an unexpected kind");
    }
    const auto read_into = [&](hid_t memory, auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        // H5Tconvert works in place: room for the wider of both.
        std::vector<char> buffer(rows_ * std::max(stored_width, sizeof(T)));
        gather(buffer.data());
        check(H5Tconvert(member.get(), memory, rows_, buffer.data(), nullptr, H5P_DEFAULT));
        values.resize(rows_);
        if (rows_ > 0) {
            std::memcpy(values.data(), buffer.data(), rows_ * sizeof(T));
        }
    };
    if (auto* reals = std::get_if<std::vector<double>>(&kind)) {
        read_into(H5T_NATIVE_DOUBLE, *reals);
    } else if (auto* whole = std::get_if<std::vector<std::int64_t>>(&kind)) {
        read_into(H5T_NATIVE_INT64, *whole);
    } else if (auto* counts = std::get_if<std::vector<std::uint64_t>>(&kind)) {
        read_into(H5T_NATIVE_UINT64, *counts);
    }
    return kind;
}

}  // namespace plumbline::hdf5
