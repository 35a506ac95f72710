// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/network.hpp"
#include "collectives/control/session.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace plumbline::control {

/// How ranks come together: each newcomer tells rank 0 where it listens, over a connection that ends with the answer,
/// so that rank 0 holds few at a time. When all have come, rank 0 connects to its children in the tree and hands down
/// the roster; each child does the same with its own.
class Meeting {
public:
    /// Makes this rank's listener. Throws ConfigError where the settings are none, or rank 0's port can't be had.
    explicit Meeting(const JoinSettings& settings);

    Network& network() { return network_; }
    const Network& network() const { return network_; }

    /// Collective over the launch: all ranks come together, and `barrier` lets each go on when all are there. Throws
    /// ConfigError.
    void hold(const std::function<void()>& barrier);

private:
    void gather_newcomers();
    void come();
    bool introduce();
    void refused(const Answer& answer) const;
    Answer judge(const Connection& newcomer, bool proven);
    std::optional<std::string> objection(const Hello& hello) const;
    std::string incomplete() const;
    std::string place() const;
    double timeout_s() const;
    [[noreturn]] void give_up(const std::string& sentence);
    void tell_who_comes();
    void tell(const News& news);
    void watch(double until_s, const std::function<std::string()>& late);

    JoinSettings settings_;
    Hello self_;
    Network network_;
    // Rank 0:
    Roster came_;
    std::map<int, std::string> turned_away_;  ///< by the rank that they say they are
    std::optional<std::string> failure_;
    std::set<std::uint64_t> told_of_failure_;  ///< instances
    bool gathering_ = true;
    // The others:
    bool known_ = false;  ///< to rank 0
    std::string why_not_ = "no answer";
};

}  // namespace plumbline::control
