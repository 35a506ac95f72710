#pragma once

#include <fmt/format.h>

#include <string>

namespace plumbline {

/// A number as it stands in a case's parameters and in a target's `where`: shortest text that reads back the same.
inline std::string canonical_number(double value)
{
    return fmt::format("{}", value);
}

}  // namespace plumbline
