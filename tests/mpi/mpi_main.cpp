// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/util/error.hpp"
#include "tests/mpi/launch.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <memory>

namespace {

plumbline::mpi::Session* current_session = nullptr;

/// Brings the ranks together round each test, so that one can't run into the next.
class Barriers final : public testing::EmptyTestEventListener {
public:
    void OnTestStart(const testing::TestInfo&) override { session().world().barrier(); }
    void OnTestEnd(const testing::TestInfo&) override { session().world().barrier(); }
};

/// What a rank says whose full report nobody wants.
class FailuresOnly final : public testing::EmptyTestEventListener {
public:
    void OnTestPartResult(const testing::TestPartResult& result) override
    {
        if (result.failed()) {
            fmt::print(stderr, "rank {}: {}:{}: {}\n", session().world().rank(),
                       result.file_name() == nullptr ? "unknown file" : result.file_name(), result.line_number(),
                       result.message());
        }
    }
};

/// A rank that leaves a test in the middle leaves the others waiting for it.
class AbortOnFatalFailure final : public testing::EmptyTestEventListener {
public:
    void OnTestPartResult(const testing::TestPartResult& result) override
    {
        if (result.fatally_failed()) {
            session().world().abort(1);
        }
    }
};

int run_all_tests()
{
    plumbline::Communicator& world = session().world();
    testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
    if (world.rank() != 0) {
        delete listeners.Release(listeners.default_result_printer());
        listeners.Append(std::make_unique<FailuresOnly>().release());
    }
    listeners.Append(std::make_unique<AbortOnFatalFailure>().release());
    listeners.Append(std::make_unique<Barriers>().release());

    const bool failed = RUN_ALL_TESTS() != 0;
    const bool ran_none = testing::UnitTest::GetInstance()->test_to_run_count() == 0;
    return plumbline::all_agree(world, !failed && !ran_none) ? 0 : 1;
}

}  // namespace

plumbline::mpi::Session& session()
{
    return *current_session;
}

int main(int argc, char** argv)
{
    testing::InitGoogleTest(&argc, argv);
    plumbline::mpi::allow_algorithms();
    try {
        plumbline::mpi::Session opened(&argc, &argv);
        current_session = &opened;
        return run_all_tests();
    } catch (const plumbline::ConfigError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 5;
    }
}
