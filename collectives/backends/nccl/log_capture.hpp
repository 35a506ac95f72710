// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_info.hpp"

#include <string>

namespace plumbline::nccl {

/// Has the library write its own log into a file of this process while it lives, unless the user has asked for a log.
class LogCapture {
public:
    /// Before the library's first communicator. `kind`: "off"; "start" = what it says when it connects ranks; "tuning"
    /// = also the algorithm of each call, which it says within what is timed.
    explicit LogCapture(const std::string& kind);
    ~LogCapture();
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    /// What the log has said so far (read_debug_log()), or `log` with the reason why there is none.
    Facts facts() const;

private:
    std::string path_;     ///< "" where there is none
    std::string why_not_;  ///< then
};

}  // namespace plumbline::nccl
