// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace plumbline::app {

/// What --color says.
enum class ColourMode { automatic, always, never };

/// What decides in automatic mode.
struct TerminalFacts {
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool no_color = false;  ///< NO_COLOR is set and not empty
    bool dumb = false;      ///< TERM is unset, empty or "dumb"
};
/// Of this process.
TerminalFacts terminal_facts();

/// Which of the two streams gets colours.
struct ColouredStreams {
    bool out = false;
    bool err = false;
    bool operator==(const ColouredStreams&) const = default;
};
/// In automatic mode stdout is coloured only where stderr is a terminal too: a launcher such as mpirun gives its ranks
/// a terminal for stdout whatever its own is.
ColouredStreams coloured_streams(ColourMode mode, const TerminalFacts& facts);

/// `text` with its verdicts coloured: those that a line begins with, and those behind "verdict: ". `at_line_start`:
/// whether `text` begins a line.
std::string with_coloured_verdicts(std::string_view text, bool at_line_start);
/// `text` with the program's name coloured that an error or a warning begins with.
std::string with_coloured_diagnostics(std::string_view text, bool at_line_start);

/// While it lives, what is written to a stream loses its control characters and marks of direction (see
/// printable_lines()), whoever wrote it, and then goes through a painter. Each write is painted by itself: the words
/// to colour must not be split over two. Writes may come from several threads, as far as the stream itself takes them.
/// A stream that is painted already stays as it is: simulated ranks share their process's streams, and end in any
/// order.
class PaintedStream {
public:
    using Painter = std::function<std::string(std::string_view text, bool at_line_start)>;
    PaintedStream(std::ostream& stream, Painter painter);
    ~PaintedStream();
    PaintedStream(const PaintedStream&) = delete;
    PaintedStream& operator=(const PaintedStream&) = delete;

private:
    std::ostream& stream_;
    std::streambuf* plain_;
    std::unique_ptr<std::streambuf> painted_;  ///< null where another one paints the stream
};

}  // namespace plumbline::app
