// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/backends/device/async_error_monitor.hpp"
#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/device/memory.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <utility>

namespace plumbline::device {

/// One direction between two ranks: a communicator and a stream of its own, so that a message that nobody takes yet
/// holds nothing else up (on one stream, two ranks that send to each other before they receive would wait for ever).
struct Route {
    std::shared_ptr<Comm> comm;  ///< null until connected; rank 0 sends, rank 1 receives
    std::unique_ptr<Stream> stream;
    std::map<int, std::byte*> waiting;  ///< of a rank to itself: what was sent under each tag
};

class MessageRoutes {
public:
    MessageRoutes(const Libraries& libraries, int device, double timeout_s)
        : libraries_(libraries), device_(device), timeout_s_(timeout_s)
    {
    }

    /// From rank `from` to rank `to`; it stays where it is.
    Route& route(int from, int to);

    /// Collective over `members`: brings up the routes that were asked for and are not there yet, in the same order on
    /// all ranks; each is then under `watch`. Throws BackendError.
    void connect(Communicator& members, Watch& watch);

private:
    void connect_one(Communicator& members, Watch& watch, int from, int to);

    const Libraries& libraries_;
    int device_;
    double timeout_s_;
    std::map<std::pair<int, int>, Route> routes_;
};

}  // namespace plumbline::device
