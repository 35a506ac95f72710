// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/link_message.hpp"

#include "collectives/util/hash.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

constexpr int message_tag = 1;
constexpr int answer_tag = 2;
constexpr std::uint64_t looked_at = 4096;
constexpr auto poison_byte = std::byte{0xA5};

std::byte byte_of(int rank, std::uint64_t place)
{
    return static_cast<std::byte>(hashed(static_cast<std::uint64_t>(rank), place));
}

class Nothing final : public Operation {
public:
    void start() override {}
    void finish() override {}
};

/// A message, then an empty answer to it.
class Question final : public Operation {
public:
    Question(std::unique_ptr<Operation> message, std::unique_ptr<Operation> answer)
        : message_(std::move(message)), answer_(std::move(answer))
    {
    }
    void start() override
    {
        answer_->start();
        message_->start();
    }
    void finish() override
    {
        message_->finish();
        answer_->finish();
    }

private:
    std::unique_ptr<Operation> message_;
    std::unique_ptr<Operation> answer_;
};

class Answer final : public Operation {
public:
    Answer(std::unique_ptr<Operation> message, std::unique_ptr<Operation> answer)
        : message_(std::move(message)), answer_(std::move(answer))
    {
    }
    void start() override { message_->start(); }
    void finish() override
    {
        message_->finish();
        answer_->start();
        answer_->finish();
    }

private:
    std::unique_ptr<Operation> message_;
    std::unique_ptr<Operation> answer_;
};

/// Calls visit(first, window) for the parts of a message that are looked at.
template <class Visit>
void for_each_window(std::uint64_t bytes, Visit visit)
{
    std::vector<std::byte> window(static_cast<std::size_t>(std::min(bytes, looked_at)));
    visit(std::uint64_t{0}, std::span(window));
    if (bytes > looked_at) {
        visit(bytes - looked_at, std::span(window));
    }
}

}  // namespace

LinkBuffers::LinkBuffers(Group& group, std::span<const int> launch_ranks, std::uint64_t bytes)
    : group_(group),
      launch_ranks_(launch_ranks),
      bytes_(bytes),
      out_(group.allocate(bytes)),
      in_(group.allocate(bytes)),
      nothing_(group.allocate(0))
{
    out_->fill(std::byte{0});
    for_each_window(bytes_, [&](std::uint64_t first, std::span<std::byte> window) {
        for (std::size_t i = 0; i < window.size(); ++i) {
            window[i] = byte_of(group_.rank(), first + i);
        }
        out_->upload(first, window);
    });
}

std::unique_ptr<Operation> LinkBuffers::prepare(LinkRole role, int peer)
{
    switch (role) {
        case LinkRole::sends:
            return std::make_unique<Question>(group_.prepare_send(peer, message_tag, *out_, bytes_),
                                              group_.prepare_receive(peer, answer_tag, *nothing_, 0));
        case LinkRole::receives:
            return std::make_unique<Answer>(group_.prepare_receive(peer, message_tag, *in_, bytes_),
                                            group_.prepare_send(peer, answer_tag, *nothing_, 0));
        case LinkRole::both:
            return std::make_unique<Question>(group_.prepare_send(peer, message_tag, *out_, bytes_),
                                              group_.prepare_receive(peer, message_tag, *in_, bytes_));
        case LinkRole::idle:
            break;
    }
    return std::make_unique<Nothing>();
}

std::unique_ptr<Operation> LinkBuffers::prepare_ring(Group& subgroup)
{
    return subgroup.prepare({.collective = Collective::sendrecv, .dtype = DataType::uint8, .count = bytes_}, *out_,
                            *in_);
}

void LinkBuffers::poison()
{
    in_->fill(poison_byte);
}

std::optional<std::string> LinkBuffers::check(int peer) const
{
    std::optional<std::string> wrong;
    for_each_window(bytes_, [&](std::uint64_t first, std::span<std::byte> window) {
        in_->download(first, window);
        for (std::size_t i = 0; i < window.size() && !wrong; ++i) {
            const std::byte expected = byte_of(peer, first + i);
            if (window[i] != expected) {
                wrong = fmt::format("wrong data on rank {} from rank {}, byte {}: expected {}, got {}",
                                    launch_ranks_[static_cast<std::size_t>(group_.rank())],
                                    launch_ranks_[static_cast<std::size_t>(peer)], first + i,
                                    std::to_integer<int>(expected), std::to_integer<int>(window[i]));
            }
        }
    });
    return wrong;
}

}  // namespace plumbline
