// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/session.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline::mpi {
namespace {

TEST(LibraryVersion, is_one_line_that_names_the_library)
{
    const std::string version = library_version();
    EXPECT_FALSE(version.empty());
    EXPECT_EQ(version.find('\n'), std::string::npos);
    // Open MPI's own text goes on with "package: ..." and build details.
    EXPECT_EQ(version.find("package"), std::string::npos);
}

}  // namespace
}  // namespace plumbline::mpi
