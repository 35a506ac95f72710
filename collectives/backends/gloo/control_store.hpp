// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <gloo/rendezvous/store.h>

#include <map>
#include <string>
#include <vector>

namespace plumbline::gloo_backend {

/// Gloo's rendezvous over the control plane: every rank sets its addresses under a key of its own, then all ask for the
/// others'. Before that Gloo asks, on some ranks only, for host names, which are exchanged beforehand.
class ControlStore final : public ::gloo::rendezvous::Store {
public:
    /// Collective over `members`, which must outlive it.
    explicit ControlStore(Communicator& members);

    void set(const std::string& key, const std::vector<char>& data) override;
    /// The first call for addresses is collective over the members.
    std::vector<char> get(const std::string& key) override;
    void wait(const std::vector<std::string>& keys) override;
    void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout) override;

private:
    void exchange();

    Communicator& members_;
    std::string key_;  ///< what this rank offers
    std::string data_;
    std::map<std::string, std::vector<char>> known_;
};

}  // namespace plumbline::gloo_backend
