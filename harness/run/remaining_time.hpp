// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace plumbline {

/// How long the rest of a plan may take: its bound, scaled by the share of their bound that the finished slots used.
class RemainingTime {
public:
    /// `bound_s`: of all slots, of which `budget_s` are the sums of max_seconds; it is now `now_s`.
    void begin(double bound_s, double budget_s, double now_s)
    {
        bound_s_ = bound_s;
        bound_of_budget_ = budget_s > 0 ? bound_s / budget_s : 1;
        begin_s_ = now_s;
    }
    /// A slot whose budget was `budget_s` is done.
    void finish(double budget_s) { done_s_ += budget_s * bound_of_budget_; }
    /// A slot of that budget was done before this launch.
    void skip(double budget_s) { bound_s_ -= budget_s * bound_of_budget_; }

    double elapsed_s(double now_s) const { return now_s - begin_s_; }
    /// The bound of the remaining slots, scaled: a machine that is slower than the bound took it for makes it grow.
    double left_s(double now_s) const { return std::max(bound_s_ - done_s_, 0.0) * used(now_s); }
    /// The bound of the remaining slots; larger where the finished ones took longer than theirs.
    double most_left_s(double now_s) const { return std::max(bound_s_ - done_s_, 0.0) * std::max(used(now_s), 1.0); }

private:
    /// The share of their bound that the finished slots used.
    double used(double now_s) const { return done_s_ > 0 ? elapsed_s(now_s) / done_s_ : 1.0; }

    double bound_s_ = 0;
    double bound_of_budget_ = 1;  ///< seconds of the bound for each second of budget
    double begin_s_ = 0;
    double done_s_ = 0;
};

}  // namespace plumbline
