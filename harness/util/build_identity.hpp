// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace plumbline {

/// The commit that this program was built from: "0123456789ab", with "+" where the sources differed from it; "" where
/// it was built without git.
std::string_view build_commit();

/// "g++ 12.2.0", "clang++ 19.1.7".
std::string build_compiler();

}  // namespace plumbline
