#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace plumbline {

/// The user's mistake: nothing was run, nothing was overwritten (exit status 2).
/// The text is one sentence of the form "problem (why). suggestion".
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Where a failure comes from: this rank's own call, or perhaps just another rank's failure, which the library noticed.
enum class FailureOrigin { here, maybe_elsewhere };

/// A communication library refused a call. `call` is the library's function, `code` its own number.
class BackendError : public std::runtime_error {
public:
    BackendError(const std::string& call, int code, const std::string& text, FailureOrigin origin = FailureOrigin::here)
        : std::runtime_error(call + " failed (code " + std::to_string(code) + ": " + text + ")"),
          call_(call),
          code_(code),
          origin_(origin)
    {
    }

    const std::string& call() const noexcept { return call_; }
    int code() const noexcept { return code_; }
    FailureOrigin origin() const noexcept { return origin_; }

private:
    std::string call_;
    int code_;
    FailureOrigin origin_;
};

/// For things that ranks do together one after the other: where one fails here, the others still wait for this rank at
/// the next.
class FirstFailure {
public:
    template <class Work>
    void attempt(Work work)
    {
        try {
            work();
        } catch (const BackendError&) {
            first_ = first_ ? first_ : std::current_exception();
        }
    }
    /// Throws what the first of them threw, if any did.
    void rethrow() const
    {
        if (first_) {
            std::rethrow_exception(first_);
        }
    }

private:
    std::exception_ptr first_;
};

/// A result file could not be written or read in mid-run (exit status 5).
class StoreError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace plumbline
