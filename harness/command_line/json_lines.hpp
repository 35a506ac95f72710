// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <ostream>
#include <streambuf>

namespace plumbline::app {

/// While it lives, each line that is written to a stream becomes a JSON object (log_message()); lines that begin with
/// log_mark are objects already and lose the mark, and objects of other processes that are passed on stay as they are.
/// Writes may come from several threads.
class JsonLines {
public:
    explicit JsonLines(std::ostream& stream);
    ~JsonLines();
    JsonLines(const JsonLines&) = delete;
    JsonLines& operator=(const JsonLines&) = delete;

private:
    std::ostream& stream_;
    std::streambuf* plain_;
    std::unique_ptr<std::streambuf> lines_;
};

}  // namespace plumbline::app
