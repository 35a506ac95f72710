// SPDX-License-Identifier: Apache-2.0
#include "harness/host/shared_libraries.hpp"

#include "collectives/util/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr int most_included = 8;  ///< how deep files may include others

/// An absolute path below a root.
fs::path below(const fs::path& root, const std::string& path)
{
    return root / fs::path(path).relative_path();
}

void add_once(std::vector<std::string>& folders, const std::string& folder)
{
    if (!folder.empty() && std::ranges::find(folders, folder) == folders.end()) {
        folders.push_back(folder);
    }
}

/// The files that "/etc/ld.so.conf.d/*.conf" names: a star in the last part alone.
std::vector<std::string> matching(const fs::path& root, const std::string& pattern)
{
    const std::string name = fs::path(pattern).filename().string();
    const std::size_t star = name.find('*');
    if (star == std::string::npos) {
        return {pattern};
    }
    std::vector<std::string> found;
    std::error_code error;
    const fs::path folder = fs::path(pattern).parent_path();
    for (const auto& entry : fs::directory_iterator(below(root, folder.string()), error)) {
        const std::string file = entry.path().filename().string();
        if (file.size() + 1 >= name.size() && file.starts_with(name.substr(0, star)) &&
            file.ends_with(name.substr(star + 1))) {
            found.push_back((folder / file).string());
        }
    }
    std::ranges::sort(found);
    return found;
}

void read_configuration(const fs::path& root, const std::string& path, int depth, std::vector<std::string>& folders)
{
    std::ifstream in(below(root, path));
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        std::string word;
        if (!(words >> word)) {
            continue;
        }
        if (word != "include") {
            add_once(folders, word);
        } else if (depth < most_included && words >> word) {
            const std::string pattern = word.starts_with('/') ? word : (fs::path(path).parent_path() / word).string();
            for (const std::string& file : matching(root, pattern)) {
                read_configuration(root, file, depth + 1, folders);
            }
        }
    }
}

/// "libnccl-net.so", "libnccl-net-ib.so.0", not "libnccl-net.so.debug".
bool is_library_name(std::string_view name)
{
    const std::size_t at = name.find(".so");
    return at != std::string_view::npos && name.find_first_not_of("0123456789.", at + 3) == std::string_view::npos;
}

/// Over the size and the first block, in which the linker puts the build id.
std::string build_of(const fs::path& file)
{
    std::error_code error;
    std::uint64_t hash = mixed_bits(fs::file_size(file, error));
    std::array<char, 4096> block{};
    std::ifstream in(file, std::ios::binary);
    in.read(block.data(), block.size());
    const auto size = static_cast<std::size_t>(in.gcount());
    for (std::size_t i = 0; i < size; ++i) {
        hash = mixed_bits(hash + static_cast<unsigned char>(block.at(i)));
    }
    return fmt::format("{:08x}", hash >> 32U);
}

bool holds(const std::vector<SharedLibrary>& found, const std::string& name)
{
    return std::ranges::find(found, name, &SharedLibrary::name) != found.end();
}

void add(std::vector<SharedLibrary>& found, const std::string& name, const std::string& folder, const fs::path& file)
{
    std::error_code error;
    const fs::path target = fs::canonical(file, error);
    if (!error && fs::is_regular_file(target, error)) {
        found.push_back(
            {.name = name, .folder = folder, .file = target.filename().string(), .build = build_of(target)});
    }
}

}  // namespace

std::vector<std::string> library_folders(const std::string& library_path, const fs::path& root)
{
    std::vector<std::string> folders;
    std::istringstream given(library_path);
    for (std::string folder; std::getline(given, folder, ':');) {
        add_once(folders, folder);
    }
    read_configuration(root, "/etc/ld.so.conf", 0, folders);
    for (const char* usual : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) {
        add_once(folders, usual);
    }
    return folders;
}

std::vector<SharedLibrary> find_shared_libraries(std::span<const std::string> names,
                                                 std::span<const std::string> folders, const fs::path& root)
{
    std::vector<SharedLibrary> found;
    std::error_code error;
    for (const std::string& name : names) {
        const bool many = name.ends_with('*');
        const std::string prefix = name.substr(0, name.size() - (many ? 1 : 0));
        for (const std::string& folder : folders) {
            const fs::path place = below(root, folder);
            if (!many) {
                if (!holds(found, name) && fs::exists(place / name, error)) {
                    add(found, name, folder, place / name);
                }
                continue;
            }
            std::vector<std::string> there;
            for (const auto& entry : fs::directory_iterator(place, error)) {
                const std::string file = entry.path().filename().string();
                if (file.starts_with(prefix) && is_library_name(file) && !holds(found, file)) {
                    there.push_back(file);
                }
            }
            std::ranges::sort(there);
            for (const std::string& file : there) {
                add(found, file, folder, place / file);
            }
        }
    }
    return found;
}

}  // namespace plumbline
