// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/checkpoint.hpp"

#include "collectives/util/hash.hpp"
#include "harness/util/timing.hpp"
#include "results/files/temporary_file.hpp"
#include "results/util/sha256.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

namespace plumbline::endure {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view mark = "plumbline-checkpoint 1";
constexpr std::string_view extension = ".checkpoint";
constexpr std::size_t header_bytes = 256;
constexpr std::size_t digest_bytes = 64;
constexpr std::size_t piece_bytes = 1U << 20U;

/// Word `index` of a rank's state.
std::uint64_t word_of(const TrainingState& state, std::uint64_t index)
{
    const std::uint64_t seed = mixed_bits(state.digest ^ hashed(static_cast<std::uint64_t>(state.rank), state.steps));
    return hashed(seed, index);
}

/// Calls visit(piece) for the whole content, in order; it may stop it by returning false.
template <class Visit>
void for_each_piece(const TrainingState& state, std::uint64_t bytes, Visit visit)
{
    std::vector<std::uint64_t> words(piece_bytes / sizeof(std::uint64_t));
    for (std::uint64_t begin = 0; begin < bytes; begin += piece_bytes) {
        const std::uint64_t first = begin / sizeof(std::uint64_t);
        for (std::size_t i = 0; i < words.size(); ++i) {
            words[i] = word_of(state, first + i);
        }
        const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, bytes - begin));
        if (!visit(std::string_view(reinterpret_cast<const char*>(words.data()), length))) {
            return;
        }
    }
}

struct Header {
    TrainingState state;
    CheckpointKind kind;
    double written_unix_s = 0;
};

std::string header_text(const Header& header)
{
    std::string text = fmt::format("{} soak={} rank={} ranks={} steps={} digest={:016x} bytes={} written={:.6f}", mark,
                                   header.kind.soak, header.state.rank, header.kind.ranks, header.state.steps,
                                   header.state.digest, header.kind.bytes, header.written_unix_s);
    text.resize(header_bytes - 1, ' ');
    return text + "\n";
}

std::optional<Header> parse_header(const std::string& text)
{
    if (!text.starts_with(mark)) {
        return std::nullopt;
    }
    Header header;
    std::istringstream words(text.substr(mark.size()));
    int found = 0;
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos) {
            return std::nullopt;
        }
        const std::string key = word.substr(0, equals);
        const char* begin = word.data() + equals + 1;
        const char* end = word.data() + word.size();
        std::from_chars_result got{end, {}};
        if (key == "soak") {
            header.kind.soak = std::string(begin, end);
        } else if (key == "rank") {
            got = std::from_chars(begin, end, header.state.rank);
        } else if (key == "ranks") {
            got = std::from_chars(begin, end, header.kind.ranks);
        } else if (key == "steps") {
            got = std::from_chars(begin, end, header.state.steps);
        } else if (key == "digest") {
            got = std::from_chars(begin, end, header.state.digest, 16);
        } else if (key == "bytes") {
            got = std::from_chars(begin, end, header.kind.bytes);
        } else if (key == "written") {
            got = std::from_chars(begin, end, header.written_unix_s);
        } else {
            return std::nullopt;
        }
        if (got.ec != std::errc() || got.ptr != end) {
            return std::nullopt;
        }
        ++found;
    }
    constexpr int fields = 7;
    return found == fields ? std::optional(header) : std::nullopt;
}

std::optional<Header> header_of(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    std::string text(header_bytes, '\0');
    return in.read(text.data(), header_bytes) ? parse_header(text) : std::nullopt;
}

void sync_folder(const fs::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), folder.string());
    }
    const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;  // some file systems sync no folders
    const int error = errno;
    ::close(descriptor);
    if (!synced) {
        throw std::system_error(error, std::generic_category(), folder.string());
    }
}

}  // namespace

void TrainingState::advance() noexcept
{
    digest = mixed_bits(digest ^ hashed(static_cast<std::uint64_t>(rank), steps));
    ++steps;
}

fs::path folder_of_rank(const fs::path& folder, int rank)
{
    return folder / fmt::format("rank-{:06}", rank);
}

CheckpointFolder::CheckpointFolder(const fs::path& folder, int rank, CheckpointKind kind, std::function<void()> touch)
    : folder_(folder_of_rank(folder, rank)), rank_(rank), kind_(std::move(kind)), touch_(std::move(touch))
{
}

fs::path CheckpointFolder::path_of(std::uint64_t steps) const
{
    return folder_ / fmt::format("step-{:015}{}", steps, extension);
}

void CheckpointFolder::make() const
{
    fs::create_directories(folder_);
}

void CheckpointFolder::write(const TrainingState& state) const
{
    files::TemporaryFile file(path_of(state.steps));
    Sha256 hash;
    const std::string header = header_text({.state = state, .kind = kind_, .written_unix_s = unix_now_s()});
    hash.add(std::string_view(header));
    file.write(header);
    for_each_piece(state, kind_.bytes, [&](std::string_view piece) {
        hash.add(piece);
        file.write(piece);
        touch_();
        return true;
    });
    file.write(hash.finish());
    file.sync();
    file.take_place();
    sync_folder(folder_);
}

std::vector<std::uint64_t> CheckpointFolder::steps() const
{
    std::vector<std::uint64_t> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        const std::string name = entry.path().filename().string();
        std::uint64_t steps = 0;
        constexpr std::string_view before = "step-";
        if (!name.starts_with(before) || !name.ends_with(extension)) {
            continue;
        }
        const char* end = name.data() + name.size() - extension.size();
        const auto got = std::from_chars(name.data() + before.size(), end, steps);
        if (got.ec == std::errc() && got.ptr == end) {
            found.push_back(steps);
        }
    }
    std::ranges::sort(found);
    return found;
}

std::variant<CheckpointFolder::Loaded, std::string> CheckpointFolder::load(std::uint64_t steps) const
{
    const fs::path path = path_of(steps);
    const auto refuse = [&](std::string_view why) {
        return fmt::format("checkpoint {} of rank {} {}", steps, rank_, why);
    };
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return refuse("is missing");
    }
    std::ifstream in(path, std::ios::binary);
    std::string text(header_bytes, '\0');
    if (!in.read(text.data(), header_bytes)) {
        return refuse("is cut off");
    }
    const auto header = parse_header(text);
    if (!header || header->state.rank != rank_ || header->state.steps != steps) {
        return refuse("has a header that is not its own");
    }
    if (header->kind.soak != kind_.soak) {
        return refuse("belongs to another soak");
    }
    if (header->kind.ranks != kind_.ranks) {
        return refuse(fmt::format("is of a job of {} ranks, and this one has {}", header->kind.ranks, kind_.ranks));
    }
    if (header->kind.bytes != kind_.bytes || fs::file_size(path, error) != header_bytes + kind_.bytes + digest_bytes ||
        error) {
        return refuse("has another size");
    }
    Sha256 hash;
    hash.add(std::string_view(text));
    std::string piece(piece_bytes, '\0');
    std::optional<std::uint64_t> wrong;
    std::uint64_t offset = 0;
    for_each_piece(header->state, kind_.bytes, [&](std::string_view expected) {
        if (!in.read(piece.data(), static_cast<std::streamsize>(expected.size()))) {
            wrong = offset;
            return false;
        }
        const std::string_view got(piece.data(), expected.size());
        hash.add(got);
        if (got != expected) {
            wrong = offset + static_cast<std::uint64_t>(std::ranges::mismatch(got, expected).in1 - got.begin());
            return false;
        }
        offset += expected.size();
        touch_();
        return true;
    });
    if (wrong) {
        return refuse(fmt::format("is corrupt at byte {}", *wrong + header_bytes));
    }
    std::string digest(digest_bytes, '\0');
    if (!in.read(digest.data(), digest_bytes) || digest != hash.finish()) {
        return refuse("has another checksum than its content");
    }
    return Loaded{.state = header->state, .written_unix_s = header->written_unix_s};
}

void CheckpointFolder::keep(const std::vector<std::uint64_t>& steps) const noexcept
{
    std::error_code error;
    std::vector<fs::path> surplus;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        const std::string name = entry.path().filename().string();
        const bool ours = name.starts_with("step-") && (name.ends_with(extension) || name.ends_with(".tmp"));
        const bool wanted =
            std::ranges::any_of(steps, [&](std::uint64_t s) { return path_of(s).filename().string() == name; });
        if (ours && !wanted) {
            surplus.push_back(entry.path());
        }
    }
    for (const fs::path& path : surplus) {
        fs::remove(path, error);
    }
}

std::optional<std::string> CheckpointFolder::foreign() const
{
    for (const std::uint64_t step : steps()) {
        if (const auto header = header_of(path_of(step)); header && header->kind.soak != kind_.soak) {
            return header->kind.soak;
        }
    }
    return std::nullopt;
}

std::uint64_t CheckpointFolder::bytes_used() const
{
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        const auto size = entry.file_size(error);
        bytes += error ? 0 : size;
    }
    return bytes;
}

}  // namespace plumbline::endure
