// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/json_lines.hpp"

#include "results/printers/log.hpp"

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace plumbline::app {

namespace {

class LineBuffer final : public std::streambuf {
public:
    explicit LineBuffer(std::streambuf* target) : target_(target) {}

    void end_line()
    {
        const std::lock_guard guard(mutex_);
        put_line();
    }

protected:
    std::streamsize xsputn(const char* text, std::streamsize count) override
    {
        const std::lock_guard guard(mutex_);
        for (const char c : std::string_view(text, static_cast<std::size_t>(count))) {
            add(c);
        }
        return count;
    }

    int_type overflow(int_type c) override
    {
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            const std::lock_guard guard(mutex_);
            add(traits_type::to_char_type(c));
        }
        return traits_type::not_eof(c);
    }

    int sync() override { return target_->pubsync(); }

private:
    void add(char c)
    {
        if (c == '\n') {
            put_line();
        } else {
            line_ += c;
        }
    }

    void put_line()
    {
        if (line_.find_first_not_of(" \t\r") != std::string::npos) {
            const double now =
                std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
            const bool is_object = line_.starts_with("{\"") && line_.ends_with('}');  // of a rank, passed on
            const std::string object = (line_.front() == log_mark ? line_.substr(1)
                                        : is_object               ? line_
                                                                  : log_message(now, line_)) +
                                       "\n";
            target_->sputn(object.data(), static_cast<std::streamsize>(object.size()));
        }
        line_.clear();
    }

    std::streambuf* target_;
    std::mutex mutex_;
    std::string line_;
};

}  // namespace

JsonLines::JsonLines(std::ostream& stream)
    : stream_(stream), plain_(stream.rdbuf()), lines_(std::make_unique<LineBuffer>(plain_))
{
    stream_.rdbuf(lines_.get());
}

JsonLines::~JsonLines()
{
    static_cast<LineBuffer&>(*lines_).end_line();
    stream_.rdbuf(plain_);
}

}  // namespace plumbline::app
