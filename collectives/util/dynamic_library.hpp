// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace plumbline {

/// A shared library opened at run time. It stays open until the process ends: others may hold pointers into it.
class DynamicLibrary {
public:
    /// `name` as dlopen() takes it: a path, or a bare name that is looked up in the loader's search path. Throws
    /// ConfigError where the library or one that it depends on is missing, is for another architecture, or is not a
    /// library.
    explicit DynamicLibrary(const std::string& name);
    /// The library of this name, if the process has it open already.
    static std::optional<DynamicLibrary> already_open(const std::string& name);

    /// Where it was found.
    const std::string& path() const { return path_; }
    /// nullptr where the library has no such symbol.
    void* find(const char* symbol) const noexcept;

    /// Puts the address of `symbol` into `function`. Throws ConfigError (the library is too old).
    template <class Function>
    void get(const char* symbol, Function*& function) const
    {
        function = reinterpret_cast<Function*>(require(symbol));
    }
    /// The same for a symbol that only newer versions have; nullptr where it is missing.
    template <class Function>
    void get_if_there(const char* symbol, Function*& function) const noexcept
    {
        function = reinterpret_cast<Function*>(find(symbol));
    }

private:
    DynamicLibrary(void* handle, const std::string& name);
    void* require(const char* symbol) const;

    void* handle_;
    std::string path_;
};

/// Why the file at `path` is not a shared library for this program ("is for AArch64, this program for x86-64"); nothing
/// where its header is valid or can't be read.
std::optional<std::string> foreign_library_reason(const std::string& path);

}  // namespace plumbline
