// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error_text.hpp"

#include "collectives/util/error.hpp"

#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>
#include <typeinfo>

namespace plumbline {
namespace {

/// Whether somebody here chose the words: the exact types that this project throws, and those derived from them here.
bool has_own_words(const std::exception& error)
{
    const bool of_library = dynamic_cast<const std::system_error*>(&error) != nullptr ||
                            dynamic_cast<const std::range_error*>(&error) != nullptr ||
                            dynamic_cast<const std::overflow_error*>(&error) != nullptr ||
                            dynamic_cast<const std::underflow_error*>(&error) != nullptr;
    return typeid(error) == typeid(std::logic_error) ||
           (dynamic_cast<const std::runtime_error*>(&error) != nullptr && !of_library);
}

}  // namespace

Sentence error_said(const std::exception& error)
{
    if (const auto* said = dynamic_cast<const SaidError*>(&error)) {
        return said->said();
    }
    if (has_own_words(error)) {
        return error.what();
    }
    if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error)) {
        return say("cannot use '{}' ({}). Check the path and its permissions", file->path1().string(),
                   file->code().message());
    }
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        return say("a call of the system failed ({}). Check files, limits and permissions", system->code().message());
    }
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
        dynamic_cast<const std::length_error*>(&error) != nullptr) {
        return say(
            "there is not enough memory (a limit, or a number that is too large). Ask for less, or use another "
            "machine");
    }
    return say(
        "internal error (something that can't be was met). It is a defect of plumbline: report it with the command and "
        "its "
        "files");
}

std::string error_text(const std::exception& error)
{
    return error_said(error).english();
}

}  // namespace plumbline
