// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace plumbline {

/// A Backend that keeps communicators of the library from group to group is one of these, too.
class KeptCommunicators {
public:
    /// Collective over all world ranks, while no group is left: what groups are made of from now on is new.
    virtual void renew() = 0;

protected:
    ~KeptCommunicators() = default;
};

}  // namespace plumbline
