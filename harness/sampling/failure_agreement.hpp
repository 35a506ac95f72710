// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/agreement.hpp"
#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/util/error.hpp"
#include "harness/sampling/case_context.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline {

/// What a library throws on a rank in mid-case is kept until all ranks hear of it: until then each takes part in what
/// they do together, so that none waits for ever. Where the library doesn't survive a failure it is thrown on.
class FailureAgreement {
public:
    FailureAgreement(Communicator& members, const Clock& clock, const MeasureSettings& settings)
        : members_(members), clock_(clock), survives_(settings.survives_failure), begin_s_(clock.now_s())
    {
    }

    /// From now on failures are dated: to be called where all ranks are together.
    void begin() { begin_s_ = clock_.now_s(); }

    /// Carries out `work`, which calls the library on `group`, unless it has failed on this rank before.
    template <class Work>
    void attempt(Group& group, Work work)
    {
        if (!failure_) {
            attempt_always(group, work);
        }
    }
    /// The same on every rank, also on one where it has failed: for what ranks do together.
    template <class Work>
    void attempt_always(Group& group, Work work)
    {
        try {
            work();
        } catch (const BackendError& error) {
            if (!survives_) {
                throw;
            }
            note(error);
            abort(group);
        }
    }

    /// Collective: the failure that came first, on all ranks; `group`, the case's, is then of no use any more.
    std::optional<std::string> agree(Group& group)
    {
        attempt(group, [&] {
            if (GroupHealth* const health = group.health()) {
                health->check_async_error();
            }
        });
        if (!survives_) {
            return std::nullopt;
        }
        auto why = earliest_error(members_, failure_);
        on_some_rank_ = why.has_value();
        if (on_some_rank_) {
            abort(group);
        }
        return why;
    }

    bool here() const { return failure_.has_value(); }
    /// As of the last agree().
    bool on_some_rank() const { return on_some_rank_; }

private:
    static void abort(Group& group) noexcept
    {
        if (GroupHealth* const health = group.health()) {
            health->abort_group();
        }
    }

    void note(const BackendError& error)
    {
        if (failure_) {
            return;
        }
        failure_ = {.why = "rank " + std::to_string(members_.world_rank()) + ": " + error.what(),
                    .after_s = clock_.now_s() - begin_s_,
                    .origin = error.origin()};
    }

    Communicator& members_;
    const Clock& clock_;
    bool survives_;
    double begin_s_;
    std::optional<Failure> failure_;  ///< of the library on this rank
    bool on_some_rank_ = false;
};

}  // namespace plumbline
