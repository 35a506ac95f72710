// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/hdf5_handles.hpp"

#include "results/hdf5/former_names.hpp"

#include <utility>

namespace plumbline::hdf5 {
namespace {

herr_t keep_first_message(unsigned depth, const H5E_error2_t* entry, void* text)
{
    if (depth == 0 && entry->desc != nullptr) {
        *static_cast<std::string*>(text) = entry->desc;
    }
    return 0;
}

/// "truncated file: eof = 33231, sblock->base_addr = 0, stored_eof = 66463" in a reader's words; other texts as they
/// are.
std::string in_plain_words(std::string text)
{
    constexpr std::string_view there = "truncated file: eof = ";
    constexpr std::string_view wanted = "stored_eof = ";
    const auto length = text.find(wanted);
    if (text.starts_with(there) && length != std::string::npos) {
        const std::string has = text.substr(there.size(), text.find(',') - there.size());
        return has + " of its " + text.substr(length + wanted.size()) + " bytes are there";
    }
    return text;
}

/// The operating system's own words when the library passes them on, else the library's innermost ones.
std::string reason()
{
    std::string text;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first_message, &text);
    H5Eclear2(H5E_DEFAULT);
    constexpr std::string_view mark = "error message = '";
    const auto begin = text.find(mark);
    if (begin != std::string::npos) {
        text = text.substr(begin + mark.size());
        text = text.substr(0, text.find('\''));
    }
    return text.empty() ? "HDF5 gives no reason" : in_plain_words(std::move(text));
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names)
{
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
}

/// open(); the error names the path.
template <class Open>
Id named(const std::string& path, Open open)
{
    try {
        return open();
    } catch (const Error& error) {
        throw Error(path + ": " + error.what());
    }
}

/// The path as schema 1 had it.
std::string former_path(const std::string& path)
{
    const auto name = path.rfind('/') + 1;  // 0 where there is none
    const auto former = hdf5::former_name(hdf5::Naming::dataset, std::string_view(path).substr(name));
    return former.empty() ? path : path.substr(0, name).append(former);
}

}  // namespace

void silence()
{
    // Everything is closed by its owner. Where memory ran out, the library's own clean-up at exit doesn't end.
    static const herr_t first = H5dont_atexit();
    static_cast<void>(first);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    // Memory that HDF5 would keep for later files: tens of kilobytes for each case of a run.
    H5set_free_list_limits(0, 0, 0, 0, 0, 0);
}

Id::Id(hid_t id, Close closer) : id_(id), close_(closer)
{
    if (id < 0) {
        throw Error(reason());
    }
}

Id& Id::operator=(Id&& other) noexcept
{
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
}

Id::~Id()
{
    if (id_ >= 0) {
        close_(id_);
    }
}

void Id::close()
{
    if (id_ >= 0) {
        check(close_(std::exchange(id_, -1)));
    }
}

void check(herr_t status)
{
    if (status < 0) {
        throw Error(reason());
    }
}

Id open_file(const std::filesystem::path& path)
{
    const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(H5Pset_file_locking(access.get(), false, true));
    return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose};
}

Id open_group(hid_t in, const std::string& path)
{
    return named(path, [&] { return Id(H5Gopen2(in, path.c_str(), H5P_DEFAULT), H5Gclose); });
}

bool exists(hid_t in, const std::string& path)
{
    return H5Lexists(in, path.c_str(), H5P_DEFAULT) > 0 || H5Lexists(in, former_path(path).c_str(), H5P_DEFAULT) > 0;
}

Id open_dataset(hid_t in, const std::string& path)
{
    const std::string former = former_path(path);
    const bool renamed = former != path && H5Lexists(in, path.c_str(), H5P_DEFAULT) <= 0;
    return named(path, [&] { return Id(H5Dopen2(in, (renamed ? former : path).c_str(), H5P_DEFAULT), H5Dclose); });
}

std::vector<std::string> links(hid_t group)
{
    std::vector<std::string> names;
    check(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, collect_name, &names));
    return names;
}

std::optional<std::pair<std::string, std::string>> external_link(hid_t in, const std::string& path)
{
    H5L_info_t info{};
    if (H5Lget_info(in, path.c_str(), &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_EXTERNAL ||
        info.u.val_size == 0) {
        H5Eclear2(H5E_DEFAULT);
        return std::nullopt;
    }
    std::vector<char> value(info.u.val_size);
    check(H5Lget_val(in, path.c_str(), value.data(), value.size(), H5P_DEFAULT));
    unsigned flags = 0;
    const char* file = nullptr;
    const char* object = nullptr;
    check(H5Lunpack_elink_val(value.data(), value.size(), &flags, &file, &object));
    return std::pair(std::string(file), std::string(object));
}

void link_external(hid_t in, const std::string& path, const std::string& file, const std::string& object)
{
    const Id creation(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    check(H5Pset_create_intermediate_group(creation.get(), 1));
    check(H5Lcreate_external(file.c_str(), object.c_str(), in, path.c_str(), creation.get(), H5P_DEFAULT));
}

}  // namespace plumbline::hdf5
