// SPDX-License-Identifier: Apache-2.0
#include "harness/util/build_identity.hpp"

#include "harness/util/build_commit.hpp"

#include <fmt/format.h>

namespace plumbline {

std::string_view build_commit()
{
    return PLUMBLINE_COMMIT;
}

std::string build_compiler()
{
#if defined(__clang__)
    return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
    return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
    return "another compiler";
#endif
}

}  // namespace plumbline
