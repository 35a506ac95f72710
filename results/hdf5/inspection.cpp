// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/inspection.hpp"

#include "results/hdf5/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace plumbline::hdf5 {
namespace {

constexpr int deepest = 16;
constexpr std::size_t most_dimensions = 2;
constexpr std::size_t widest_number = 8;

struct Link {
    std::string name;
    H5L_type_t type;
};

herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* all)
{
    static_cast<std::vector<Link>*>(all)->push_back({name, info->type});
    return 0;
}

unsigned names_of(hid_t object)
{
    H5O_info_t info{};
#if H5_VERSION_GE(1, 12, 0)
    check(H5Oget_info3(object, &info, H5O_INFO_BASIC));
#else
    check(H5Oget_info2(object, &info, H5O_INFO_BASIC));
#endif
    return info.rc;
}

[[noreturn]] void refuse(const std::string& path, std::string_view why)
{
    throw Error(say("{} {}", path, why));
}

/// Where the bytes of a dataset lie, and what has to be undone to read them.
void check_storage(hid_t dataset, const std::string& path)
{
    const Id creation(H5Dget_create_plist(dataset), H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(creation.get());
    if (layout == H5D_VIRTUAL) {
        refuse(path, "is a virtual dataset, made of other files");
    }
    if (layout != H5D_COMPACT && layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED) {
        refuse(path, "is stored in a way that no run file is");
    }
    if (H5Pget_external_count(creation.get()) != 0) {
        refuse(path, "lies in another file");
    }
    constexpr std::array known{H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32};
    const int filters = H5Pget_nfilters(creation.get());
    for (int i = 0; i < filters; ++i) {
        unsigned flags = 0;
        std::size_t values = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, nullptr);
        if (std::ranges::find(known, filter) == known.end()) {
            refuse(path, fmt::format("needs the filter {}, which no run file has", filter));
        }
    }
}

/// What a dataset comes to in memory, where numbers become as wide as any.
struct Claim {
    std::uint64_t bytes = 0;
    std::uint64_t kept = 0;  ///< with one number a row in place of a matrix
};

/// Nothing that is stored of a dataset unpacks to more: deflate makes at most 1032 bytes of one.
void check_stored(hid_t dataset, const std::string& path, std::uint64_t elements, std::size_t width)
{
    constexpr std::uint64_t most_of_a_byte = 1032;
    const std::uint64_t stored = H5Dget_storage_size(dataset);
    if (elements > 0 && stored == 0) {
        refuse(path, "has no data stored, only a value that stands for all of it");
    }
    if (elements > stored * most_of_a_byte / width) {
        refuse(path, fmt::format("has {} bytes stored, which can't hold {} elements", stored, elements));
    }
}

/// Throws Error for what can't be read.
Claim claim_of(hid_t dataset, const std::string& path, std::uint64_t limit)
{
    const Id type(H5Dget_type(dataset), H5Tclose);
    try {
        type_text(type.get());
    } catch (const Error& error) {
        refuse(path, fmt::format("has {}", error.what()));
    }
    const Id space(H5Dget_space(dataset), H5Sclose);
    const int dimensions = H5Sget_simple_extent_ndims(space.get());
    if (H5Sget_simple_extent_type(space.get()) == H5S_NULL || dimensions < 0 ||
        static_cast<std::size_t>(dimensions) > most_dimensions) {
        refuse(path, "has a shape that no run file has");
    }
    std::array<hsize_t, most_dimensions> sizes{};
    check(H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr));
    const H5T_class_t kind = H5Tget_class(type.get());
    const std::size_t width = H5Tget_size(type.get());
    const bool small = width == 1 || (kind != H5T_INTEGER && kind != H5T_FLOAT);
    std::uint64_t bytes = std::max<std::uint64_t>(1, small ? width : std::max(width, widest_number));
    const std::uint64_t element = bytes;
    for (int i = 0; i < dimensions; ++i) {
        const hsize_t size = sizes.at(static_cast<std::size_t>(i));
        if (size != 0 && bytes > limit / size) {
            refuse(path, "claims more data than a file of this size is believed to hold");
        }
        bytes *= size;
    }
    if (bytes > limit) {
        refuse(path, "claims more data than a file of this size is believed to hold");
    }
    check_stored(dataset, path, bytes / element, std::max<std::size_t>(1, width));
    return {.bytes = bytes, .kept = dimensions == 2 ? sizes[0] * element : bytes};
}

class Walk {
public:
    explicit Walk(hid_t file) : file_(file)
    {
        hsize_t file_bytes = 0;
        check(H5Fget_filesize(file, &file_bytes));
        limit_ = file_bytes * largest_expansion + always_granted;
        left_ = limit_;
        left_to_keep_ = limit_;
    }

    Inspection take() &&
    {
        visit_group("/", 0);
        return std::move(found_);
    }

private:
    void visit_group(const std::string& path, int depth)
    {
        if (depth > deepest) {
            refuse(path, "lies deeper than anything in a run file");
        }
        found_.groups.push_back(path);
        const Id group = open_group(file_, path);
        std::vector<Link> links;
        check(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_link, &links));
        for (const Link& link : links) {
            visit_link(group.get(), link, (path == "/" ? "/" : path + "/") + link.name, depth);
        }
    }

    void visit_link(hid_t group, const Link& link, const std::string& path, int depth)
    {
        if (link.type == H5L_TYPE_EXTERNAL) {
            found_.external.push_back(read_external_link(group, link.name, path));
            return;
        }
        if (link.type != H5L_TYPE_HARD) {
            refuse(path, link.type == H5L_TYPE_SOFT ? "is a soft link, which no run file has"
                                                    : "is a link of a kind that no run file has");
        }
        const Id object(H5Oopen(group, link.name.c_str(), H5P_DEFAULT), H5Oclose);
        if (names_of(object.get()) != 1) {
            refuse(path, "has several names in the file");
        }
        const H5I_type_t kind = H5Iget_type(object.get());
        if (kind == H5I_GROUP && depth == 1 && path.starts_with("/cases/")) {
            const std::uint64_t left = std::exchange(left_, limit_);
            visit_group(path, depth + 1);
            left_ = left;
        } else if (kind == H5I_GROUP) {
            visit_group(path, depth + 1);
        } else if (kind == H5I_DATASET) {
            check_storage(object.get(), path);
            const Claim claim = claim_of(object.get(), path, left_);
            left_ -= claim.bytes;
            if (claim.kept > left_to_keep_) {
                refuse(path, "claims, with what is before it, more data than a file of this size is believed to hold");
            }
            left_to_keep_ -= claim.kept;
            found_.datasets.push_back(path);
        } else {
            refuse(path, "is neither a group nor a dataset");
        }
    }

    static ExternalLink read_external_link(hid_t group, const std::string& name, const std::string& path)
    {
        auto target = external_link(group, name);
        if (!target) {
            refuse(path, "is a link that can't be read");
        }
        return {.path = path, .file = std::move(target->first), .object = std::move(target->second)};
    }

    hid_t file_;
    std::uint64_t limit_ = 0;
    std::uint64_t left_ = 0;          ///< of what the case that is looked at, or what is of none, may claim
    std::uint64_t left_to_keep_ = 0;  ///< of what all cases together may leave in memory
    Inspection found_;
};

}  // namespace

Inspection inspect(hid_t file)
{
    return Walk(file).take();
}

}  // namespace plumbline::hdf5
