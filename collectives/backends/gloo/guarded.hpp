// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace plumbline::gloo_backend {

/// `text` without Gloo's leading "[file:line] ".
inline std::string without_source_line(std::string_view text)
{
    const std::size_t end = text.starts_with('[') ? text.find("] ") : std::string_view::npos;
    return std::string(end == std::string_view::npos ? text : text.substr(end + 2));
}

/// Carries out `work`, a call of Gloo's `call`; what it throws becomes a BackendError with Gloo's own words. Gloo has
/// no codes: 0.
template <class Work>
void guarded(const char* call, Work&& work)
{
    try {
        work();
    } catch (const BackendError&) {
        throw;
    } catch (const std::exception& error) {
        throw BackendError(call, 0, without_source_line(error.what()));
    }
}

}  // namespace plumbline::gloo_backend
