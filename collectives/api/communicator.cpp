// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/communicator.hpp"

#include <utility>

namespace plumbline {

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
