// SPDX-License-Identifier: Apache-2.0
#include "scenarios/model/input_files.hpp"

#include "results/files/read_text.hpp"

#include <cstdint>
#include <utility>

namespace plumbline {

const std::string& InputFiles::text(const std::string& name)
{
    const auto known = texts_.find(name);
    if (known != texts_.end()) {
        return known->second;
    }
    constexpr std::uintmax_t most_bytes = std::uintmax_t{64} << 20U;  // a matrix of some 4,000 ranks
    std::string text = files::read_text(path(name), most_bytes,
                                        "The table of skew matrix is expected next to the scenario; correct "
                                        "'skew.file'");
    return texts_.emplace(name, std::move(text)).first->second;
}

}  // namespace plumbline
