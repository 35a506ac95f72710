// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/call_buffers.hpp"

#include "collectives/operations/payload.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plumbline::conformance {

namespace {

constexpr std::uint64_t guard_bytes = 64;

bool guard_is_intact(const Buffer& buffer)
{
    const auto guard = contents(buffer, buffer.size_bytes() - guard_bytes, guard_bytes);
    return std::all_of(guard.begin(), guard.end(), [](std::byte b) { return b == poison; });
}

}  // namespace

std::vector<std::byte> contents(const Buffer& buffer, std::uint64_t offset, std::uint64_t bytes)
{
    std::vector<std::byte> data(bytes);
    buffer.download(offset, data);
    return data;
}

CallBuffers::CallBuffers(Group& group, const CollectiveCall& call)
    : call_(call),
      rank_(group.rank()),
      ranks_(group.size()),
      element_(size_of(call.dtype)),
      elements_(buffer_elements(call, rank_, ranks_)),
      shared_(call.in_place || call.collective == Collective::broadcast),
      recv_(group.allocate((shared_ ? std::max(elements_.send, elements_.recv) : elements_.recv) * element_ +
                           guard_bytes)),
      send_(shared_ ? nullptr : group.allocate(elements_.send * element_ + guard_bytes))
{
    if (call.in_place) {
        offsets_ = group.in_place_offsets(call);
    }
    const bool broadcasts = call.collective == Collective::broadcast;
    if (!broadcasts || rank_ == call.root) {
        input_.resize((broadcasts ? elements_.recv : elements_.send) * element_);
        fill_input(call, rank_, ranks_, 0, input_);
    }
}

void CallBuffers::fill()
{
    recv_->fill(poison);
    send().fill(poison);
    send().upload(offsets_.input * element_, input_);
}

std::optional<std::string> CallBuffers::objection() const
{
    if (has_output(call_, rank_, ranks_)) {
        const auto output = contents(*recv_, offsets_.output * element_, elements_.recv * element_);
        if (const auto wrong = check_output(call_, rank_, ranks_, 0, output)) {
            return fmt::format("element {}: expected {}, got {}", wrong->element, wrong->expected, wrong->got);
        }
    }
    if (!guard_is_intact(*recv_)) {
        return "written behind the receive buffer";
    }
    if (!shared_ && contents(*send_, 0, input_.size()) != input_) {
        return "the send buffer was changed";
    }
    return std::nullopt;
}

}  // namespace plumbline::conformance
