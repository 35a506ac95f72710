// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A shared library as the loader would find it.
struct SharedLibrary {
    std::string name;    ///< "libnccl.so.2", as programs ask for it
    std::string folder;  ///< "/usr/lib/x86_64-linux-gnu"
    std::string file;    ///< what the name leads to, "libnccl.so.2.28.9"
    std::string build;   ///< 8 hexadecimal digits over size and ELF header with build id: other builds have others
    bool operator==(const SharedLibrary&) const = default;
};

/// Folders in which the loader looks, in its order: those of LD_LIBRARY_PATH, of /etc/ld.so.conf, its own.
/// `root`: what stands before all of them.
std::vector<std::string> library_folders(const std::string& library_path, const std::filesystem::path& root = "/");

/// Of each name the first that is there, without what isn't. A name may end in "*" ("libnccl-net*"): all that begin
/// so and are called *.so, or *.so with a number.
std::vector<SharedLibrary> find_shared_libraries(std::span<const std::string> names,
                                                 std::span<const std::string> folders,
                                                 const std::filesystem::path& root = "/");

}  // namespace plumbline
