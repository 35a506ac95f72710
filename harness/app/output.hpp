// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// Before anything is opened: standard streams that the caller closed become ones that can't be written, so that no
/// file takes their place; and writing to a closed pipe or beyond a limit of the file size is an error, not a signal.
void prepare_standard_streams();

/// Whether all that was sent to stdout has arrived.
bool stdout_has_arrived();

/// Writes all of `text` to stdout, or throws StoreError: a half-written result must not look like a result.
void write_result(const std::string& text);

/// Whether `text` is what a command of this program writes in this format: "text", "json", "junit", "prometheus" or
/// "html".
bool is_own_document(std::string_view text, std::string_view format);

/// A page or document in one of those formats.
struct Document {
    std::string path;  ///< appears as a whole or not at all
    std::string text;
    std::string format;  ///< a regular file at `path` is replaced only where it is an own document of this format, or
                         ///< empty
    std::vector<std::string> inputs = {};  ///< files that it is made of; `path` must be none of them
    bool replaces = true;                  ///< if not, whatever is at `path` stays, and that is an error
};
/// One writer at a time. Throws ConfigError.
void write_document(const Document& document);

}  // namespace plumbline::app
