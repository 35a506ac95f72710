// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/contents.hpp"

#include "results/hdf5/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

namespace plumbline::hdf5 {
namespace {

/// A dataset up to so many bytes lies in its object's header, which has a checksum of its own: chunks, with the tree
/// that finds them, would take more than they hold.
constexpr std::size_t largest_in_header = 1024;
/// The most that HDF5 takes there, less what else is in a header.
constexpr std::size_t header_limit = 60'000;
constexpr std::size_t chunk_bytes = std::size_t{512} << 10U;
constexpr unsigned quickest_deflate = 1;

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

Id dataspace(std::span<const std::size_t> shape)
{
    const std::vector<hsize_t> sizes(shape.begin(), shape.end());
    return sizes.empty() ? Id(H5Screate(H5S_SCALAR), H5Sclose)
                         : Id(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose);
}

/// How the bytes lie in the file: always under a checksum.
Id storage(hid_t type, std::span<const std::size_t> shape)
{
    Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    std::size_t row_bytes = H5Tget_size(type);
    for (const std::size_t extent : shape.empty() ? shape : shape.subspan(1)) {
        row_bytes *= extent;
    }
    const std::size_t rows = shape.empty() ? 1 : shape.front();
    if (shape.empty() || rows * row_bytes <= largest_in_header) {
        check(H5Pset_layout(creation.get(), H5D_COMPACT));
        return creation;
    }
    std::vector<hsize_t> chunk(shape.begin(), shape.end());
    chunk.front() = std::clamp<std::size_t>(chunk_bytes / row_bytes, 1, rows);
    check(H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data()));
    check(H5Pset_shuffle(creation.get()));
    check(H5Pset_deflate(creation.get(), quickest_deflate));
    check(H5Pset_fletcher32(creation.get()));
    return creation;
}

/// A dataset that is being made.
struct NewDataset {
    Id dataset;
    DatasetDigest digest;
};

NewDataset write_dataset(const Contents& in, const std::string& path, const Id& type,
                         std::span<const std::size_t> shape, const void* data)
{
    const Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(links.get(), 1));
    const Id space = dataspace(shape);
    const Id creation = storage(type.get(), shape);
    NewDataset made{.dataset = Id(H5Dcreate2(in.id(), path.c_str(), type.get(), space.get(), links.get(),
                                             creation.get(), H5P_DEFAULT),
                                  H5Dclose),
                    .digest = DatasetDigest(type.get(), space.get())};
    const hssize_t elements = H5Sget_simple_extent_npoints(space.get());
    if (elements > 0) {
        check(H5Dwrite(made.dataset.get(), type.get(), whole_dataset, whole_dataset, H5P_DEFAULT, data));
        made.digest.add(
            {static_cast<const std::byte*>(data), static_cast<std::size_t>(elements) * H5Tget_size(type.get())});
    }
    return made;
}

void describe_dataset(Contents& in, const std::string& path, NewDataset made, const Description& description)
{
    write_attribute(made.dataset.get(), "units", description.units);
    write_attribute(made.dataset.get(), "description", description.text);
    if (description.counts_per_second > 0) {
        write_attribute(made.dataset.get(), "counts_per_second", description.counts_per_second);
    }
    in.add(path, made.digest.finish(made.dataset.get()));
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

void write_scalar_attribute(hid_t object, const char* name, hid_t type, const void* value)
{
    const Id space(H5Screate(H5S_SCALAR), H5Sclose);
    const Id attribute(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(H5Awrite(attribute.get(), type, value));
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

Id create_group(Contents& in, const std::string& path)
{
    const Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(links.get(), 1));
    in.add_group(path);
    return {H5Gcreate2(in.id(), path.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
}

void copy(hid_t from, const Manifest& manifest, const std::string& source, Contents& to, const std::string& target)
{
    const Id creation(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(creation.get(), 1));
    check(H5Ocopy(from, source.c_str(), to.id(), target.c_str(), H5P_DEFAULT, creation.get()));
    for (auto entry = manifest.lower_bound(source); entry != manifest.end() && entry->first.starts_with(source);
         ++entry) {
        const std::string below = entry->first.substr(source.size());
        if (below.empty() || below.front() == '/') {
            to.add(target + below, entry->second);
        }
    }
}

template <class T>
void write_array(Contents& in, const std::string& path, std::span<const T> values, std::span<const std::size_t> shape,
                 const Description& description)
{
    const Id type(H5Tcopy(native_type<T>()), H5Tclose);
    describe_dataset(in, path, write_dataset(in, path, type, shape, values.data()), description);
}

template void write_array<double>(Contents&, const std::string&, std::span<const double>, std::span<const std::size_t>,
                                  const Description&);
template void write_array<std::uint8_t>(Contents&, const std::string&, std::span<const std::uint8_t>,
                                        std::span<const std::size_t>, const Description&);
template void write_array<std::uint32_t>(Contents&, const std::string&, std::span<const std::uint32_t>,
                                         std::span<const std::size_t>, const Description&);
template void write_array<std::int32_t>(Contents&, const std::string&, std::span<const std::int32_t>,
                                        std::span<const std::size_t>, const Description&);
template void write_array<std::int64_t>(Contents&, const std::string&, std::span<const std::int64_t>,
                                        std::span<const std::size_t>, const Description&);

void write_text(Contents& in, const std::string& path, std::string_view text, const Description& description)
{
    const std::string copy(text);
    const Id type = text_type(copy.size());
    const std::size_t one = 1;
    // A single value can't be chunked, and too long a text has no room in a header.
    const auto shape = copy.size() > header_limit ? std::span(&one, 1) : std::span<const std::size_t>{};
    describe_dataset(in, path, write_dataset(in, path, type, shape, copy.c_str()), description);
}

void write_texts(Contents& in, const std::string& path, std::span<const std::string> texts,
                 const Description& description)
{
    const std::size_t width = longest(texts);
    const std::size_t count = texts.size();
    const Id type = text_type(width);
    describe_dataset(in, path, write_dataset(in, path, type, {&count, 1}, packed(texts, width).data()), description);
}

void write_table(Contents& in, const std::string& path, std::span<const Column> columns, std::string_view description)
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
    NewDataset made = write_dataset(in, path, type, {&rows, 1}, bytes.data());
    write_text_list_attribute(made.dataset.get(), "units", units);
    write_attribute(made.dataset.get(), "description", description);
    in.add(path, made.digest.finish(made.dataset.get()));
}

std::string hash_of(const Manifest& manifest)
{
    Sha256 hash;
    for (const auto& [path, sha256] : manifest) {
        hash.add(fmt::format("{}  {}\n", sha256, path));
    }
    return hash.finish();
}

void Contents::write_manifest()
{
    for (const std::string& path : groups_) {
        if (auto sha256 = digest_of_group(open_group(file_, path).get()); !sha256.empty()) {
            add(path, std::move(sha256));
        }
    }
    std::vector<std::string> paths;
    std::vector<std::string> hashes;
    for (const auto& [path, sha256] : manifest_) {
        paths.push_back(path);
        hashes.push_back(sha256);
    }
    const std::string all = hash_of(manifest_);
    write_table(*this, manifest_path, std::vector<Column>{{"path", "none", paths}, {"sha256", "none", hashes}},
                "SHA-256 of each dataset, and of each group that has attributes");
    write_attribute(file_, content_hash, all);
}

Manifest read_manifest(hid_t file)
{
    Manifest manifest;
    if (!exists(file, manifest_path)) {
        return manifest;
    }
    const Table table(file, manifest_path);
    auto paths = table.column<std::string>("path");
    auto hashes = table.column<std::string>("sha256");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        manifest[std::move(paths[i])] = std::move(hashes[i]);
    }
    return manifest;
}

}  // namespace plumbline::hdf5
