// SPDX-License-Identifier: Apache-2.0
#include "results/store/hdf5_handles.hpp"

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

constexpr hid_t whole_dataset = 0;  // H5S_ALL without the C cast in it

[[noreturn]] void damaged(const std::string& what)
{
    throw Error(what);
}

/// Fixed length, because variable-length texts lie in a heap that has no checksum: a changed byte there crashes the
/// library.
Id text_type(std::size_t size)
{
    Id type(H5Tcopy(H5T_C_S1), H5Tclose);
    check(H5Tset_size(type.get(), std::max<std::size_t>(1, size)));
    check(H5Tset_cset(type.get(), H5T_CSET_UTF8));
    check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD));
    return type;
}

std::size_t longest(std::span<const std::string> texts)
{
    std::size_t most = 1;
    for (const auto& text : texts) {
        most = std::max(most, text.size());
    }
    return most;
}

/// A field of fixed length without its padding.
std::string unpadded(const char* begin, std::size_t size)
{
    std::string text(begin, size);
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
}

Id open_dataset(hid_t in, const std::string& path)
{
    return {H5Dopen2(in, path.c_str(), H5P_DEFAULT), H5Dclose};
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
    return {sizes.begin(), sizes.end()};
}

Id dataspace(std::span<const std::size_t> shape)
{
    const std::vector<hsize_t> sizes(shape.begin(), shape.end());
    return sizes.empty() ? Id(H5Screate(H5S_SCALAR), H5Sclose)
                         : Id(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose);
}

void describe_dataset(const Id& dataset, const Description& description)
{
    write_attribute(dataset.get(), "units", description.units);
    write_attribute(dataset.get(), "description", description.text);
}

/// Creates, writes, hands back for attributes.
Id write_dataset(hid_t in, const std::string& path, const Id& type, const Id& space, const void* data)
{
    const Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(links.get(), 1));
    Id dataset(H5Dcreate2(in, path.c_str(), type.get(), space.get(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    const hssize_t elements = H5Sget_simple_extent_npoints(space.get());
    if (elements > 0) {
        check(H5Dwrite(dataset.get(), type.get(), whole_dataset, whole_dataset, H5P_DEFAULT, data));
    }
    return dataset;
}

std::vector<char> packed(std::span<const std::string> texts, std::size_t width)
{
    std::vector<char> bytes(texts.size() * width, '\0');
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::memcpy(bytes.data() + i * width, texts[i].data(), texts[i].size());
    }
    return bytes;
}

void write_text_list_attribute(hid_t object, const char* name, std::span<const std::string> texts)
{
    const std::size_t width = longest(texts);
    const std::size_t count = texts.size();
    const Id type = text_type(width);
    const Id space = dataspace({&count, 1});
    const Id attribute(H5Acreate2(object, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(H5Awrite(attribute.get(), type.get(), packed(texts, width).data()));
}

/// Type of a fixed-length text as it is in the file; throws Error for another.
Id fixed_text_type(Id type, const std::string& path)
{
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0) {
        damaged(path + " is not a text of fixed length");
    }
    return type;
}

void write_scalar_attribute(hid_t object, const char* name, hid_t type, const void* value)
{
    const Id space(H5Screate(H5S_SCALAR), H5Sclose);
    const Id attribute(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(H5Awrite(attribute.get(), type, value));
}

/// An attribute with one element of the class asked for.
Id open_scalar_attribute(hid_t object, const char* name, H5T_class_t expected)
{
    Id attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
    const Id space(H5Aget_space(attribute.get()), H5Sclose);
    const Id type(H5Aget_type(attribute.get()), H5Tclose);
    if (H5Sget_simple_extent_npoints(space.get()) != 1 || H5Tget_class(type.get()) != expected) {
        damaged(std::string("attribute ") + name + " is of an unexpected kind");
    }
    return attribute;
}

hid_t type_of(const std::vector<std::int64_t>&)
{
    return H5T_NATIVE_INT64;
}
hid_t type_of(const std::vector<std::uint64_t>&)
{
    return H5T_NATIVE_UINT64;
}
hid_t type_of(const std::vector<double>&)
{
    return H5T_NATIVE_DOUBLE;
}

/// Where a column's values lie in a row of the table as written.
struct Field {
    Id type;
    std::size_t offset = 0;
    std::size_t size = 0;
};

std::vector<Field> lay_out(std::span<const Column> columns)
{
    std::vector<Field> fields;
    std::size_t offset = 0;
    for (const Column& column : columns) {
        Field field;
        if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
            field.type = text_type(longest(*texts));
        } else {
            std::visit(
                [&](const auto& values) {
                    if constexpr (!std::is_same_v<std::decay_t<decltype(values)>, std::vector<std::string>>) {
                        field.type = Id(H5Tcopy(type_of(values)), H5Tclose);
                    }
                },
                column.values);
        }
        field.offset = offset;
        field.size = H5Tget_size(field.type.get());
        offset += field.size;
        fields.push_back(std::move(field));
    }
    return fields;
}

std::size_t row_count(const Column& column)
{
    return std::visit([](const auto& values) { return values.size(); }, column.values);
}

void copy_value(const ColumnValues& values, std::size_t row, char* to)
{
    std::visit(
        [&](const auto& list) {
            if constexpr (std::is_same_v<std::decay_t<decltype(list)>, std::vector<std::string>>) {
                std::copy(list[row].begin(), list[row].end(), to);
            } else {
                std::memcpy(to, &list[row], sizeof list[row]);
            }
        },
        values);
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

void write_attribute(hid_t object, const char* name, std::string_view value)
{
    const std::string text(value);
    write_scalar_attribute(object, name, text_type(text.size()).get(), text.c_str());
}

void write_attribute(hid_t object, const char* name, double value)
{
    write_scalar_attribute(object, name, H5T_NATIVE_DOUBLE, &value);
}

void write_attribute(hid_t object, const char* name, std::int64_t value)
{
    write_scalar_attribute(object, name, H5T_NATIVE_INT64, &value);
}

void write_attribute(hid_t object, const char* name, std::uint64_t value)
{
    write_scalar_attribute(object, name, H5T_NATIVE_UINT64, &value);
}

bool has_attribute(hid_t object, const char* name)
{
    return H5Aexists(object, name) > 0;
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
void write_array(hid_t in, const std::string& path, std::span<const T> values, std::span<const std::size_t> shape,
                 const Description& description)
{
    const Id type(H5Tcopy(native_type<T>()), H5Tclose);
    describe_dataset(write_dataset(in, path, type, dataspace(shape), values.data()), description);
}

template <class T>
Array<T> read_array(hid_t in, const std::string& path, std::size_t dimensions)
{
    const Id dataset = open_dataset(in, path);
    const Id type(H5Dget_type(dataset.get()), H5Tclose);
    Array<T> array{.shape = extents(dataset, path), .values = {}};
    const auto expected = std::is_floating_point_v<T> ? H5T_FLOAT : H5T_INTEGER;
    if (array.shape.size() != dimensions || H5Tget_class(type.get()) != expected) {
        damaged(path + " has an unexpected shape or type");
    }
    std::size_t count = 1;
    for (const std::size_t size : array.shape) {
        count *= size;
    }
    array.values.resize(count);
    if (count > 0) {
        check(H5Dread(dataset.get(), native_type<T>(), whole_dataset, whole_dataset, H5P_DEFAULT, array.values.data()));
    }
    return array;
}

template void write_array<double>(hid_t, const std::string&, std::span<const double>, std::span<const std::size_t>,
                                  const Description&);
template void write_array<std::uint8_t>(hid_t, const std::string&, std::span<const std::uint8_t>,
                                        std::span<const std::size_t>, const Description&);
template void write_array<std::uint32_t>(hid_t, const std::string&, std::span<const std::uint32_t>,
                                         std::span<const std::size_t>, const Description&);
template void write_array<std::int32_t>(hid_t, const std::string&, std::span<const std::int32_t>,
                                        std::span<const std::size_t>, const Description&);
template Array<double> read_array<double>(hid_t, const std::string&, std::size_t);
template Array<std::uint8_t> read_array<std::uint8_t>(hid_t, const std::string&, std::size_t);
template Array<std::uint32_t> read_array<std::uint32_t>(hid_t, const std::string&, std::size_t);
template Array<std::int32_t> read_array<std::int32_t>(hid_t, const std::string&, std::size_t);

void write_text(hid_t in, const std::string& path, std::string_view text, const Description& description)
{
    const std::string copy(text);
    const Id type = text_type(copy.size());
    describe_dataset(write_dataset(in, path, type, dataspace({}), copy.c_str()), description);
}

std::string read_text(hid_t in, const std::string& path)
{
    const Id dataset = open_dataset(in, path);
    const Id type = fixed_text_type(Id(H5Dget_type(dataset.get()), H5Tclose), path);
    if (!extents(dataset, path).empty()) {
        damaged(path + " is not a single text");
    }
    std::vector<char> bytes(H5Tget_size(type.get()));
    check(H5Dread(dataset.get(), type.get(), whole_dataset, whole_dataset, H5P_DEFAULT, bytes.data()));
    return unpadded(bytes.data(), bytes.size());
}

void write_texts(hid_t in, const std::string& path, std::span<const std::string> texts, const Description& description)
{
    const std::size_t width = longest(texts);
    const std::size_t count = texts.size();
    const Id type = text_type(width);
    describe_dataset(write_dataset(in, path, type, dataspace({&count, 1}), packed(texts, width).data()), description);
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
        check(H5Dread(dataset.get(), type.get(), whole_dataset, whole_dataset, H5P_DEFAULT, bytes.data()));
    }
    std::vector<std::string> texts;
    texts.reserve(shape[0]);
    for (std::size_t i = 0; i < shape[0]; ++i) {
        texts.push_back(unpadded(bytes.data() + i * width, width));
    }
    return texts;
}

void write_table(hid_t in, const std::string& path, std::span<const Column> columns, std::string_view description)
{
    const auto fields = lay_out(columns);
    const std::size_t width = fields.back().offset + fields.back().size;
    const std::size_t rows = row_count(columns.front());
    const Id type(H5Tcreate(H5T_COMPOUND, width), H5Tclose);
    std::vector<char> bytes(rows * width, '\0');
    std::vector<std::string> units;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        check(H5Tinsert(type.get(), columns[c].name.c_str(), fields[c].offset, fields[c].type.get()));
        units.push_back(columns[c].units);
        for (std::size_t row = 0; row < rows; ++row) {
            copy_value(columns[c].values, row, bytes.data() + row * width + fields[c].offset);
        }
    }
    const Id dataset = write_dataset(in, path, type, dataspace({&rows, 1}), bytes.data());
    write_text_list_attribute(dataset.get(), "units", units);
    write_attribute(dataset.get(), "description", description);
}

Table::Table(hid_t in, const std::string& path)
    : dataset_(open_dataset(in, path)), type_(H5Dget_type(dataset_.get()), H5Tclose)
{
    const auto shape = extents(dataset_, path);
    if (H5Tget_class(type_.get()) != H5T_COMPOUND || shape.size() != 1) {
        damaged(path + " is not a table");
    }
    rows_ = shape[0];
}

bool Table::has(const std::string& name) const
{
    return H5Tget_member_index(type_.get(), name.c_str()) >= 0;
}

ColumnValues Table::read(const std::string& name, ColumnValues kind) const
{
    const int index = H5Tget_member_index(type_.get(), name.c_str());
    if (index < 0) {
        damaged("a table has no column " + name);
    }
    Id member(H5Tget_member_type(type_.get(), static_cast<unsigned>(index)), H5Tclose);
    const std::size_t offset = H5Tget_member_offset(type_.get(), static_cast<unsigned>(index));
    const std::size_t stored_width = H5Tget_size(member.get());
    const std::size_t row_width = H5Tget_size(type_.get());
    if (rows_ > 0 && bytes_.empty()) {
        bytes_.resize(rows_ * row_width);
        check(H5Dread(dataset_.get(), type_.get(), whole_dataset, whole_dataset, H5P_DEFAULT, bytes_.data()));
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
        damaged("column " + name + " is of an unexpected kind");
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
