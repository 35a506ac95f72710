// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/control_store.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace plumbline::gloo_backend {

ControlStore::ControlStore(Communicator& members) : members_(members)
{
    // As Gloo calls them: "rank_0" is the name of rank 0's host.
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    key_ = fmt::format("rank_{}", members.rank());
    data_ = host.data();
    exchange();
}

void ControlStore::set(const std::string& key, const std::vector<char>& data)
{
    key_ = key;
    data_.assign(data.begin(), data.end());
}

void ControlStore::exchange()
{
    const auto keys = gather_texts(members_, key_, 0);
    const auto values = gather_texts(members_, data_, 0);
    for (int rank = 0; rank < members_.size(); ++rank) {
        const auto at = static_cast<std::size_t>(rank);
        const std::string key = broadcast_text(members_, keys.empty() ? "" : keys[at], 0);
        const std::string value = broadcast_text(members_, values.empty() ? "" : values[at], 0);
        known_[key] = {value.begin(), value.end()};
    }
}

std::vector<char> ControlStore::get(const std::string& key)
{
    wait({key});
    return known_.at(key);
}

void ControlStore::wait(const std::vector<std::string>& keys)
{
    const auto unknown = [&](const std::string& key) { return !known_.contains(key); };
    if (std::any_of(keys.begin(), keys.end(), unknown)) {
        exchange();
    }
    const auto missing = std::find_if(keys.begin(), keys.end(), unknown);
    if (missing != keys.end()) {
        throw BackendError("gloo::rendezvous::Store::wait", 0, "no rank has set '" + *missing + "'");
    }
}

void ControlStore::wait(const std::vector<std::string>& keys, const std::chrono::milliseconds&)
{
    wait(keys);
}

}  // namespace plumbline::gloo_backend
