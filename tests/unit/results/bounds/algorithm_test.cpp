// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/algorithm.hpp"

#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

TEST(AlgorithmReference, is_read_back_from_its_text)
{
    for (const std::string text : {"best", "used", "ring", "ring:2", "tree", "hierarchical", "nvls", "sharp", "direct",
                                   "pairwise", "binomial"}) {
        const auto read = parse_algorithm_reference(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(text_of(*read), text);
    }
}

TEST(AlgorithmReference, has_rails_of_a_ring_alone_and_at_least_one)
{
    for (const std::string text :
         {"", "rings", "ring:", "ring:0", "ring:-1", "ring:2x", "tree:2", "best:1", "ring:1e3"}) {
        EXPECT_FALSE(parse_algorithm_reference(text)) << text;
    }
}

TEST(AlgorithmOfAnOperation, is_refused_by_naming_those_that_it_has)
{
    EXPECT_EQ(lacks_algorithm(Collective::alltoall, AlgorithmKind::ring),
              "alltoall has no algorithm ring (it has direct, pairwise, hierarchical)");
    EXPECT_EQ(lacks_algorithm(Collective::barrier, AlgorithmKind::tree),
              "barrier has no algorithm tree (none of it is modelled)");
    EXPECT_FALSE(lacks_algorithm(Collective::allreduce, AlgorithmKind::sharp));
}

TEST(AlgorithmUsed, is_known_by_the_names_of_libraries)
{
    CaseIdentity what = test::collective_case("allreduce", 8, 4);
    EXPECT_FALSE(algorithm_used(what));
    for (const auto& [said, algorithm] :
         std::vector<std::pair<std::string, AlgorithmKind>>{{"segmented_ring", AlgorithmKind::ring},
                                                            {"NVLSTree", AlgorithmKind::nvls},
                                                            {"CollnetDirect", AlgorithmKind::sharp}}) {
        what.parameters["algorithm"] = said;
        EXPECT_EQ(algorithm_used(what), algorithm) << said;
    }
    what.parameters["algorithm"] = "recursive_doubling";
    EXPECT_FALSE(algorithm_used(what));
    what.parameters["algorithm"] = "pairwise";  // not of allreduce
    EXPECT_FALSE(algorithm_used(what));
}

}  // namespace
}  // namespace plumbline
