// SPDX-License-Identifier: Apache-2.0
/// The main program of the unit tests. Exit status 77, which CTest counts as skipped, where nothing failed and a test
/// was skipped: a failure beside it is still one.
#include <gtest/gtest.h>

int main(int argc, char** argv)
{
    testing::InitGoogleTest(&argc, argv);
    constexpr int skipped = 77;
    const int status = RUN_ALL_TESTS();
    return status == 0 && testing::UnitTest::GetInstance()->skipped_test_count() > 0 ? skipped : status;
}
