// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/dynamic_library.hpp"

#include "collectives/util/error.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>

namespace plumbline {

namespace {

/// The fields of an ELF header that name the target machine; their place is the same in 32 and 64 bits.
struct Header {
    unsigned char bits = 0;  ///< ELFCLASS32 or 64
    std::uint16_t machine = 0;
};

struct MachineName {
    std::uint16_t machine;
    std::string_view name;
};
constexpr std::array machine_names{
    MachineName{EM_X86_64, "x86-64"}, MachineName{EM_AARCH64, "AArch64"}, MachineName{EM_PPC64, "POWER"},
    MachineName{EM_386, "x86"},       MachineName{EM_RISCV, "RISC-V"},    MachineName{EM_ARM, "ARM"},
};

std::string describe(const Header& header)
{
    for (const auto& [machine, name] : machine_names) {
        if (machine == header.machine) {
            return std::string(name);
        }
    }
    return fmt::format("ELF machine {} ({} bits)", header.machine, header.bits == ELFCLASS64 ? 64 : 32);
}

/// Nothing where the file can't be read; `bits` is 0 where it is not an ELF file.
std::optional<Header> read_header(const std::string& path)
{
    constexpr std::size_t length = 20;
    constexpr std::size_t machine_at = 18;
    std::array<char, length> bytes{};
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return std::nullopt;
    }
    file.read(bytes.data(), bytes.size());
    Header header;
    if (file && std::string_view(bytes.data(), SELFMAG) == ELFMAG) {
        header.bits = static_cast<unsigned char>(bytes[EI_CLASS]);
        std::memcpy(&header.machine, bytes.data() + machine_at, sizeof header.machine);
    }
    return header;
}

std::string loader_reason()
{
    const char* const text = dlerror();
    return text == nullptr ? "the loader gives no reason" : text;
}

/// glibc reports "No such file" for a library for another machine, so its header is read instead.
void* open_library(const std::string& name)
{
    void* const handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle != nullptr) {
        return handle;
    }
    const std::string reason = loader_reason();
    if (const auto foreign = foreign_library_reason(name)) {
        throw ConfigError(say("{} can't be used ({}). Name another with --backend-library", name, *foreign));
    }
    throw ConfigError(say("{} can't be loaded ({}). Install it, or name it with --backend-library", name, reason));
}

std::string path_of(void* handle, const std::string& name)
{
    link_map* entry = nullptr;
    const bool known = dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&entry)) == 0 && entry != nullptr;
    return known && entry->l_name != nullptr && *entry->l_name != '\0' ? entry->l_name : name;
}

}  // namespace

std::optional<std::string> foreign_library_reason(const std::string& path)
{
    const auto header = read_header(path);
    const auto own = read_header("/proc/self/exe");
    if (!header) {
        return std::nullopt;
    }
    if (header->bits == 0) {
        return "it is not a shared library";
    }
    if (own && (header->machine != own->machine || header->bits != own->bits)) {
        return fmt::format("it is for {}, this program for {}", describe(*header), describe(*own));
    }
    return std::nullopt;
}

DynamicLibrary::DynamicLibrary(const std::string& name) : DynamicLibrary(open_library(name), name) {}

DynamicLibrary::DynamicLibrary(void* handle, const std::string& name) : handle_(handle), path_(path_of(handle, name)) {}

std::optional<DynamicLibrary> DynamicLibrary::already_open(const std::string& name)
{
    void* const handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    return handle == nullptr ? std::nullopt : std::optional(DynamicLibrary(handle, name));
}

void* DynamicLibrary::find(const char* symbol) const noexcept
{
    return dlsym(handle_, symbol);
}

void* DynamicLibrary::require(const char* symbol) const
{
    void* const address = find(symbol);
    if (address == nullptr) {
        throw ConfigError(
            say("{} can't be used (it has no {}: it is too old, or another library). Name another "
                "with --backend-library",
                path_, symbol));
    }
    return address;
}

}  // namespace plumbline
