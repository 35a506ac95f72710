// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/terminal_colours.hpp"

#include "results/util/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <utility>

namespace plumbline::app {

namespace {

/// Parameters of the terminal's "select graphic rendition".
struct Painted {
    std::string_view word;
    std::string_view colour;
};

constexpr std::array verdicts{
    Painted{"PASS", "32"},
    Painted{"FAIL", "1;31"},
    Painted{"INCONCLUSIVE", "33"},
    Painted{"NOT_MEASURED", "35"},
};

// The longer one first: the other is its beginning.
constexpr std::array diagnostics{
    Painted{"plumbline: warning:", "33"},
    Painted{"plumbline:", "1;31"},
};

std::string painted(const Painted& row)
{
    return fmt::format("\x1b[{}m{}\x1b[0m", row.colour, row.word);
}

/// `line` with the word coloured that it has at `begin`, if it is one of `rows` and ends there.
template <class Rows>
std::string paint_at(std::string_view line, std::size_t begin, const Rows& rows)
{
    for (const Painted& row : rows) {
        const std::string_view rest = line.substr(begin);
        const bool ends = rest.size() <= row.word.size() ||
                          std::string_view(" \n").find(rest[row.word.size()]) != std::string_view::npos;
        if (rest.starts_with(row.word) && ends) {
            return fmt::format("{}{}{}", line.substr(0, begin), painted(row), rest.substr(row.word.size()));
        }
    }
    return std::string(line);
}

/// `paint` of each line that begins in `text`.
template <class Paint>
std::string each_line(std::string_view text, bool at_line_start, Paint paint)
{
    std::string all;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
        all += at_line_start ? paint(line) : std::string(line);
        at_line_start = true;
        text.remove_prefix(line.size());
    }
    return all;
}

/// What progress sends by itself, to draw its line anew: the one control sequence that passes.
constexpr std::string_view redraw = "\r\x1b[K";

class PaintingBuffer final : public std::streambuf {
public:
    PaintingBuffer(std::streambuf* target, PaintedStream::Painter painter)
        : target_(target), painter_(std::move(painter))
    {
    }

protected:
    std::streamsize xsputn(const char* text, std::streamsize count) override
    {
        const std::string_view plain(text, static_cast<std::size_t>(count));
        if (plain.empty()) {
            return 0;
        }
        // A redrawn line ends with its own return to the beginning.
        const bool at_line_start = at_line_start_.exchange(plain.ends_with('\n'));
        const std::string all =
            plain == redraw ? std::string(plain) : painter_(text::printable_lines(plain), at_line_start);
        const auto size = static_cast<std::streamsize>(all.size());
        return target_->sputn(all.data(), size) == size ? count : 0;
    }

    int_type overflow(int_type c) override
    {
        if (traits_type::eq_int_type(c, traits_type::eof())) {
            return traits_type::not_eof(c);
        }
        const char plain = traits_type::to_char_type(c);
        at_line_start_ = plain == '\n';
        const bool control = (plain >= 0 && plain < ' ' && plain != '\n' && plain != '\t') || plain == '\x7f';
        return target_->sputc(control ? ' ' : plain);
    }

    int sync() override { return target_->pubsync(); }

private:
    std::streambuf* target_;
    PaintedStream::Painter painter_;
    std::atomic<bool> at_line_start_ = true;
};

/// Of the environment; "" where it is not set.
std::string_view variable(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

TerminalFacts terminal_facts()
{
    const std::string_view term = variable("TERM");
    return {.out_is_terminal = isatty(STDOUT_FILENO) != 0,
            .err_is_terminal = isatty(STDERR_FILENO) != 0,
            .no_color = !variable("NO_COLOR").empty(),
            .dumb = term.empty() || term == "dumb"};
}

ColouredStreams coloured_streams(ColourMode mode, const TerminalFacts& facts)
{
    if (mode != ColourMode::automatic) {
        const bool always = mode == ColourMode::always;
        return {.out = always, .err = always};
    }
    const bool err = facts.err_is_terminal && !facts.no_color && !facts.dumb;
    return {.out = err && facts.out_is_terminal, .err = err};
}

std::string with_coloured_verdicts(std::string_view text, bool at_line_start)
{
    constexpr std::string_view lead = "verdict: ";
    return each_line(text, at_line_start, [&](std::string_view line) {
        return paint_at(line, line.starts_with(lead) ? lead.size() : 0, verdicts);
    });
}

std::string with_coloured_diagnostics(std::string_view text, bool at_line_start)
{
    return each_line(text, at_line_start, [](std::string_view line) { return paint_at(line, 0, diagnostics); });
}

PaintedStream::PaintedStream(std::ostream& stream, Painter painter) : stream_(stream), plain_(stream.rdbuf())
{
    if (dynamic_cast<const PaintingBuffer*>(plain_) == nullptr) {
        painted_ = std::make_unique<PaintingBuffer>(plain_, std::move(painter));
        stream_.rdbuf(painted_.get());
    }
}

PaintedStream::~PaintedStream()
{
    if (painted_) {
        stream_.rdbuf(plain_);
    }
}

}  // namespace plumbline::app
