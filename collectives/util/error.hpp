// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

namespace plumbline {

/// An error whose text a person reads, in every language: `said` is the sentence, `what()` its English.
class SaidError : public std::runtime_error {
public:
    explicit SaidError(const Sentence& said)
        : std::runtime_error(said.english()), said_(std::make_shared<const Sentence>(said))
    {
    }
    const Sentence& said() const noexcept { return *said_; }

private:
    std::shared_ptr<const Sentence> said_;  // shared, since a copy of an exception may not throw
};

/// A mistake of the user: nothing was run, nothing was overwritten (exit status 2). The text has the form "problem
/// (why). suggestion".
class ConfigError : public SaidError {
public:
    using SaidError::SaidError;
};

/// Where a failure comes from: this rank's own call, or possibly the failure of another rank that the library noticed.
enum class FailureOrigin { here, maybe_elsewhere };

/// A communication library failed a call. `call` is the library's function, `code` its error code.
class BackendError : public SaidError {
public:
    BackendError(const std::string& call, int code, const Sentence& text, FailureOrigin origin = FailureOrigin::here)
        : SaidError(say("{} failed (code {}: {})", call, code, text)), call_(call), code_(code), origin_(origin)
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

/// For a sequence of collective steps: where a step fails on this rank, it still takes part in the following ones,
/// since other ranks wait there.
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
    /// Rethrows the first exception, if there was one.
    void rethrow() const
    {
        if (first_) {
            std::rethrow_exception(first_);
        }
    }

private:
    std::exception_ptr first_;
};

/// A result file could not be written or read during a run (exit status 5).
class StoreError : public SaidError {
public:
    using SaidError::SaidError;
};

}  // namespace plumbline
