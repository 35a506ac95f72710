#include "collectives/api/communicator.hpp"

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

void require_self(int rank)
{
    if (rank != 0) {
        throw std::logic_error("rank " + std::to_string(rank) + " is not in this group of 1");
    }
}

}  // namespace

void SelfCommunicator::gather(std::span<const std::byte> mine, std::span<std::byte> all, int root)
{
    require_self(root);
    if (mine.size() != all.size()) {
        throw std::logic_error("gather: the root's span must hold one contribution of each rank");
    }
    std::copy(mine.begin(), mine.end(), all.begin());
}

void SelfCommunicator::send(std::span<const std::byte> data, int to)
{
    require_self(to);
    mailbox_.emplace_back(data.begin(), data.end());
}

std::vector<std::byte> SelfCommunicator::receive(int from)
{
    require_self(from);
    if (mailbox_.empty()) {
        throw std::logic_error("receive: a rank alone waits for a message that it never sent");
    }
    std::vector<std::byte> first = std::move(mailbox_.front());
    mailbox_.erase(mailbox_.begin());
    return first;
}

std::unique_ptr<Communicator> SelfCommunicator::subgroup(std::span<const int> ranks)
{
    if (ranks.size() != 1 || ranks.front() != 0) {
        throw std::logic_error("subgroup: a rank alone has no group but itself");
    }
    return std::make_unique<SelfCommunicator>();
}

void SelfCommunicator::abort(int status)
{
    std::_Exit(status);
}

std::string broadcast_text(Communicator& comm, std::string text, int root)
{
    text.resize(broadcast_value(comm, text.size(), root));
    comm.broadcast(std::as_writable_bytes(std::span(text)), root);
    return text;
}

std::vector<std::string> gather_texts(Communicator& comm, const std::string& text, int root)
{
    const auto lengths = gather_values(comm, text.size(), root);
    const auto longest = static_cast<std::size_t>(comm.allreduce_max(static_cast<std::int64_t>(text.size())));
    std::string padded = text;
    padded.resize(longest);
    std::string all(longest * lengths.size(), '\0');
    comm.gather(std::as_bytes(std::span(padded)), std::as_writable_bytes(std::span(all)), root);

    std::vector<std::string> texts;
    texts.reserve(lengths.size());
    for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
        texts.push_back(all.substr(rank * longest, lengths[rank]));
    }
    return texts;
}

}  // namespace plumbline
