// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "results/hdf5/contents.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>

namespace plumbline {

inline hdf5::Error named(std::string_view action, const std::filesystem::path& path, std::string_view reason)
{
    return hdf5::Error(say("cannot {} '{}' ({})", action, path.string(), reason));
}

/// As it is said of a place that a new file was asked for.
inline ConfigError refusal(const hdf5::Error& error)
{
    return ConfigError(say("{}. Choose a folder that exists, has space and may be written", error.what()));
}

/// Writes a new file at `path`, whole or not at all; the error names it. body(contents, file) fills it. Throws
/// hdf5::Error.
template <class Body>
void write_file(const std::filesystem::path& path, Body body, hdf5::Sync sync = hdf5::Sync::now)
{
    try {
        hdf5::NewFile file(path, sync);
        hdf5::Contents contents(file.id());
        body(contents, file);
        contents.write_manifest();
        file.commit();
    } catch (const hdf5::Error& error) {
        throw named("write", path, error.what());
    }
}

/// Throws ConfigError where `path` is a folder or, with IfExists::refuse, it or `parts` is there.
void require_place_of_new_run(const std::filesystem::path& path, const std::filesystem::path& parts,
                              IfExists if_exists);

}  // namespace plumbline
