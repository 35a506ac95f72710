// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/hdf5_handles.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// What a file that somebody else wrote is made of, looked at before anything in it is read.
namespace plumbline::hdf5 {

/// The most that a reader holds of a file at once: so many times the file's size, and so much beside. That much may the
/// datasets of one case come to, and those of no case; and that much may come together of all cases what a reader keeps
/// of each when it goes on to the next, which is one number a row. Times of a simulation that are all alike pack to
/// next to nothing.
inline constexpr std::uint64_t largest_expansion = 64;
inline constexpr std::uint64_t always_granted = std::uint64_t{256} << 20U;

/// A link into another file, which is not followed.
struct ExternalLink {
    std::string path;    ///< of the link
    std::string file;    ///< as it is written in the link
    std::string object;  ///< in that file
};

struct Inspection {
    std::vector<ExternalLink> external;
    std::vector<std::string> datasets;  ///< paths
    std::vector<std::string> groups;    ///< paths, "/" first
};

/// Walks over all objects. Throws Error, naming the object, unless each is a group or a dataset with one name, and each
/// dataset a scalar, a row or a matrix of numbers, texts of fixed length or a table of these, that lies in the file
/// itself under no filter but deflate, shuffle and Fletcher32, claims no more than the bytes that are stored of it can
/// unpack to, and all claim no more than above. No link is followed out of the file.
Inspection inspect(hid_t file);

}  // namespace plumbline::hdf5
