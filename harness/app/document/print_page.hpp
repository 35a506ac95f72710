// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace plumbline::app {

/// A page as PDF, printed by Chromium or Chrome: the program that PLUMBLINE_BROWSER names, else the first on the PATH.
/// Throws ConfigError where there is none, or it prints nothing.
std::string printed_as_pdf(const std::string& html);

}  // namespace plumbline::app
