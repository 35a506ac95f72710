// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/session.hpp"

#include "collectives/control/group.hpp"
#include "collectives/control/rendezvous.hpp"

#include <exception>
#include <numeric>
#include <optional>
#include <vector>

namespace plumbline::control {

namespace {

std::vector<int> all_ranks(int size)
{
    std::vector<int> ranks(static_cast<std::size_t>(size));
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

}  // namespace

struct Session::Impl {
    explicit Impl(const JoinSettings& settings)
        : meeting(settings), world(meeting.network(), counts, all_ranks(settings.size))
    {
        meeting.hold([this] { world.barrier(); });
    }

    Meeting meeting;
    AllCounts counts;
    GroupCommunicator world;
    int exceptions = std::uncaught_exceptions();
};

Session::Session(const JoinSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}

Session::~Session()
{
    if (std::uncaught_exceptions() == impl_->exceptions) {
        impl_->meeting.network().leave();
    }
}

Communicator& Session::world()
{
    return impl_->world;
}

int Session::connections() const
{
    return impl_->meeting.network().connections();
}

int Session::most_connections() const
{
    return impl_->meeting.network().most_connections();
}

}  // namespace plumbline::control
