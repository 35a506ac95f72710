// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace plumbline {

/// What a program prints to stdout, a MiB at most; "" where it can't be started, ends with another status than 0, or
/// takes longer (it is killed then). Its stdin and stderr are /dev/null. Nothing of this process is copied for it: safe
/// beside memory that a network card knows. Never throws. `arguments`: the program's path first.
std::string output_of(std::vector<std::string> arguments, double within_s);

}  // namespace plumbline
