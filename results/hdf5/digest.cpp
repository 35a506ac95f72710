// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace plumbline::hdf5 {
namespace {

std::string number_text(hid_t type, char kind)
{
    const std::size_t size = H5Tget_size(type);
    const char order = size == 1 ? '|' : H5Tget_order(type) == H5T_ORDER_BE ? '>' : '<';
    return fmt::format("{}{}{}", order, kind, size);
}

/// What HDF5 hands out in memory of its own.
std::string member_name(hid_t type, unsigned index)
{
    const std::unique_ptr<char, herr_t (*)(void*)> name(H5Tget_member_name(type, index), H5free_memory);
    return name ? name.get() : "";
}

std::string table_text(hid_t type)
{
    std::vector<std::string> fields;
    const int count = H5Tget_nmembers(type);
    for (unsigned i = 0; count > 0 && i < static_cast<unsigned>(count); ++i) {
        const Id member(H5Tget_member_type(type, i), H5Tclose);
        if (H5Tget_class(member.get()) == H5T_COMPOUND) {
            throw Error(say("a table within a table"));
        }
        fields.push_back(fmt::format("{}:{}", member_name(type, i), type_text(member.get())));
    }
    return fmt::format("{{{}}}", fmt::join(fields, ","));
}

std::vector<hsize_t> extents_of(hid_t space)
{
    const int dimensions = H5Sget_simple_extent_ndims(space);
    if (dimensions < 0) {
        throw Error(say("an object without a shape"));
    }
    std::vector<hsize_t> sizes(static_cast<std::size_t>(dimensions));
    check(H5Sget_simple_extent_dims(space, sizes.data(), nullptr));
    return sizes;
}

void add_shape(Sha256& hash, hid_t type, hid_t space)
{
    hash.add(fmt::format("{}\n{}\n", type_text(type), fmt::join(extents_of(space), ",")));
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* names)
{
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
}

std::vector<std::string> attribute_names(hid_t object)
{
    std::vector<std::string> names;
    check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_name, &names));
    std::sort(names.begin(), names.end());
    return names;
}

void add_attribute(Sha256& hash, hid_t object, const std::string& name)
{
    const Id attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
    const Id type(H5Aget_type(attribute.get()), H5Tclose);
    const Id space(H5Aget_space(attribute.get()), H5Sclose);
    hash.add(fmt::format("\n{}\n", name));
    add_shape(hash, type.get(), space.get());
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    std::vector<std::byte> bytes(static_cast<std::size_t>(std::max<hssize_t>(0, count)) * H5Tget_size(type.get()));
    if (!bytes.empty()) {
        check(H5Aread(attribute.get(), type.get(), bytes.data()));
        hash.add(bytes);
    }
}

}  // namespace

std::string type_text(hid_t type)
{
    switch (H5Tget_class(type)) {
        case H5T_INTEGER:
            return number_text(type, H5Tget_sign(type) == H5T_SGN_NONE ? 'u' : 'i');
        case H5T_FLOAT:
            return number_text(type, 'f');
        case H5T_COMPOUND:
            return table_text(type);
        case H5T_STRING:
            if (H5Tis_variable_str(type) == 0) {
                return fmt::format("|S{}", H5Tget_size(type));
            }
            [[fallthrough]];
        case H5T_NO_CLASS:
        case H5T_TIME:
        case H5T_BITFIELD:
        case H5T_OPAQUE:
        case H5T_REFERENCE:
        case H5T_ENUM:
        case H5T_VLEN:
        case H5T_ARRAY:
        case H5T_NCLASSES:
            break;
    }
    throw Error(say("a type that no run file has"));
}

DatasetDigest::DatasetDigest(hid_t type, hid_t space)
{
    add_shape(hash_, type, space);
}

std::string DatasetDigest::finish(hid_t dataset)
{
    for (const std::string& name : attribute_names(dataset)) {
        add_attribute(hash_, dataset, name);
    }
    return hash_.finish();
}

std::string digest_of_dataset(hid_t dataset)
{
    const Id type(H5Dget_type(dataset), H5Tclose);
    const Id space(H5Dget_space(dataset), H5Sclose);
    DatasetDigest digest(type.get(), space.get());
    for_each_piece(dataset, type.get(), [&](std::span<const std::byte> bytes) { digest.add(bytes); });
    return digest.finish(dataset);
}

std::string digest_of_group(hid_t group, std::string_view except)
{
    std::vector<std::string> names = attribute_names(group);
    std::erase(names, except);
    if (names.empty()) {
        return "";
    }
    Sha256 hash;
    hash.add("group\n\n");
    for (const std::string& name : names) {
        add_attribute(hash, group, name);
    }
    return hash.finish();
}

}  // namespace plumbline::hdf5
