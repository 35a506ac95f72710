// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/soak_folder.hpp"

#include "collectives/util/error.hpp"
#include "results/endurance/soak_files.hpp"
#include "results/files/temporary_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <system_error>
#include <utility>

namespace plumbline::endure {

namespace fs = std::filesystem;

namespace {

constexpr const char* secret_name = "secret";
constexpr std::size_t most_logged_bytes = 64UL * 1024;  ///< of a launch

std::unique_ptr<files::WriterLock> lock_for(const fs::path& folder)
{
    try {
        return std::make_unique<files::WriterLock>(journal_of(folder));
    } catch (const files::LockedError& error) {
        throw ConfigError(say("another supervisor works in {} ({})", folder.string(), error.what()));
    }
}

}  // namespace

SoakFolder::SoakFolder(fs::path folder, bool is_new, std::unique_ptr<files::WriterLock> lock)
    : folder_(std::move(folder)), is_new_(is_new), lock_(std::move(lock))
{
}

SoakFolder::SoakFolder(SoakFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      is_new_(other.is_new_),
      made_folder_(other.made_folder_),
      lock_(std::move(other.lock_)),
      journal_(std::exchange(other.journal_, -1)),
      end_(std::move(other.end_)),
      told_(std::move(other.told_)),
      logged_segment_(other.logged_segment_),
      logged_bytes_(other.logged_bytes_)
{
}

SoakFolder::~SoakFolder()
{
    if (journal_ >= 0) {
        ::close(journal_);
    }
}

SoakFolder SoakFolder::made(const fs::path& folder)
{
    std::error_code error;
    const bool was_there = fs::exists(folder, error);
    if (was_there && !fs::is_directory(folder, error)) {
        throw ConfigError(say("{} is no folder (a soak takes one). Name another with -o", folder.string()));
    }
    if (was_there && is_soak(folder)) {
        auto held = lock_for(folder);  // says who works in it
        throw ConfigError(
            say("{} holds a soak already. Go on with it: plumbline endure --resume {}; or name another folder "
                "with -o",
                folder.string(), folder.string()));
    }
    if (was_there && !fs::is_empty(folder, error)) {
        const bool locked = fs::exists(files::lock_of(journal_of(folder)), error);
        if (locked) {
            auto held = lock_for(folder);
        }
        throw ConfigError(
            say("{} is not empty (a soak has a folder of its own). Name another with -o", folder.string()));
    }
    fs::create_directories(folder, error);
    if (error) {
        throw ConfigError(say("{} can't be made ({}). Name another folder with -o", folder.string(), error.message()));
    }
    SoakFolder made(folder, true, lock_for(folder));
    made.made_folder_ = !was_there;
    made.journal_ = ::open(journal_of(folder).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (made.journal_ < 0) {
        throw ConfigError(say("{} can't be made ({}). Name another folder with -o", journal_of(folder).string(),
                              std::generic_category().message(errno)));
    }
    return made;
}

SoakFolder SoakFolder::opened(const fs::path& folder)
{
    if (!is_soak(folder)) {
        throw ConfigError(say("{} is no soak (it has no {}). Name a folder that plumbline endure made", folder.string(),
                              journal_of(folder).filename().string()));
    }
    SoakFolder opened(folder, false, lock_for(folder));
    const fs::path path = journal_of(folder);
    opened.told_ = told_soak(journal_text(folder), path.string());
    const JournalExtent& extent = opened.told_.extent;
    opened.journal_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (opened.journal_ < 0 ||
        (extent.torn_bytes > 0 && ::ftruncate(opened.journal_, static_cast<off_t>(extent.whole_bytes)) != 0)) {
        throw ConfigError(say("{} can't be written ({}). Check its owner and mode", path.string(),
                              std::generic_category().message(errno)));
    }
    opened.end_ = extent.end;
    return opened;
}

void SoakFolder::append(std::span<const JournalRecord> records)
{
    if (records.empty()) {
        return;
    }
    std::string text;
    for (const JournalRecord& record : records) {
        text += journal_line(record, end_);
    }
    for (std::size_t written = 0; written < text.size();) {
        const auto got = ::write(journal_, text.data() + written, text.size() - written);
        if (got < 0 && errno != EINTR) {
            throw StoreError(
                say("{} can't be written ({})", journal_of(folder_).string(), std::generic_category().message(errno)));
        }
        written += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    if (::fdatasync(journal_) != 0) {
        throw StoreError(
            say("{} can't be synced ({})", journal_of(folder_).string(), std::generic_category().message(errno)));
    }
}

void SoakFolder::replace(const std::string& name, const std::string& text) const
{
    try {
        files::TemporaryFile file(folder_ / name);
        file.write(text);
        file.take_place();
    } catch (const std::system_error& error) {
        throw StoreError(say("{} can't be written ({})", (folder_ / name).string(), error.code().message()));
    }
}

fs::path SoakFolder::replace_secret(const std::string& text) const
{
    const fs::path path = fs::absolute(folder_ / secret_name);
    try {
        files::TemporaryFile file(path);
        if (::fchmod(file.descriptor(), S_IRUSR | S_IWUSR) != 0) {
            throw std::system_error(errno, std::generic_category());
        }
        file.write(text);
        file.take_place();
    } catch (const std::system_error& error) {
        throw StoreError(say("{} can't be written ({})", path.string(), error.code().message()));
    }
    return path;
}

void SoakFolder::remove_secret() const noexcept
{
    std::error_code ignored;
    fs::remove(folder_ / secret_name, ignored);
}

void SoakFolder::log(std::uint64_t segment, std::span<const std::string> lines)
{
    std::error_code error;
    fs::create_directories(folder_ / "log", error);
    if (segment != logged_segment_) {
        logged_segment_ = segment;
        logged_bytes_ = 0;
    }
    std::ofstream out(folder_ / "log" / fmt::format("launch-{:05}.txt", segment), std::ios::app);
    for (const std::string& line : lines) {
        if (logged_bytes_ + line.size() > most_logged_bytes) {
            return;
        }
        out << line << '\n';
        logged_bytes_ += line.size() + 1;
    }
}

void SoakFolder::remove() noexcept
{
    if (!is_new_) {
        return;
    }
    std::error_code error;
    fs::remove(journal_of(folder_), error);
    fs::remove(folder_ / "metrics.prom", error);
    fs::remove(folder_ / "hosts", error);
    remove_secret();
    fs::remove_all(folder_ / "log", error);
    fs::remove_all(folder_ / "survey", error);
    fs::remove_all(folder_ / "checkpoints", error);
    lock_.reset();
    if (made_folder_) {
        fs::remove(folder_, error);
    }
}

}  // namespace plumbline::endure
