// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace plumbline {

/// A file that was built into the program (scripts/cmake/PlumblineEmbed.cmake).
struct EmbeddedFile {
    std::string_view name;
    std::string_view text;
};

}  // namespace plumbline
