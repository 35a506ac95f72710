// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/fibers.hpp"

#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <cxxabi.h>

#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define PLUMBLINE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PLUMBLINE_ASAN 1
#endif
#endif
#ifdef PLUMBLINE_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace plumbline::sim {
namespace {

namespace context = boost::context;

/// A rank holds all of the program that measures on it, the first one HDF5's calls too. Pages that are never touched
/// cost nothing. Frames under the address sanitizer are several times as large.
#ifdef PLUMBLINE_ASAN
constexpr std::size_t stack_bytes = std::size_t{4} << 20U;
#else
constexpr std::size_t stack_bytes = std::size_t{1} << 20U;
#endif

/// What the C++ runtime keeps of a thread's exceptions in flight (Itanium C++ ABI, 2.2.2): each fiber has its own.
struct ExceptionsInFlight {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    void swap_with_thread()
    {
        auto* const of_thread = static_cast<void*>(abi::__cxa_get_globals());
        ExceptionsInFlight before;
        std::memcpy(&before, of_thread, sizeof before);
        std::memcpy(of_thread, this, sizeof before);
        *this = before;
    }
};

/// A stack, for the address sanitizer, which must be told of each change. Nothing in other builds.
struct Stack {
    const void* bottom = nullptr;
    std::size_t bytes = 0;
    void* kept = nullptr;  ///< the sanitizer's own, while another stack runs

    /// On this stack, right before `next` runs.
    void leave_for([[maybe_unused]] const Stack& next)
    {
#ifdef PLUMBLINE_ASAN
        __sanitizer_start_switch_fiber(&kept, next.bottom, next.bytes);
#endif
    }
    static void end_for([[maybe_unused]] const Stack& next)
    {
#ifdef PLUMBLINE_ASAN
        __sanitizer_start_switch_fiber(nullptr, next.bottom, next.bytes);
#endif
    }
    /// On this stack, right after `before` ran.
    void enter_from([[maybe_unused]] Stack& before)
    {
#ifdef PLUMBLINE_ASAN
        __sanitizer_finish_switch_fiber(kept, &before.bottom, &before.bytes);
#endif
    }
};

}  // namespace

class Fiber {
public:
    context::fiber context;
    Stack stack;
    ExceptionsInFlight exceptions;
    Fiber* next = nullptr;  ///< in a queue of those that wait
    bool waits = false;
};

namespace {

/// One run_fibers(). It runs on the stack of its caller, and between any two fibers.
class Scheduler {
public:
    /// Of this thread, the innermost; null outside.
    static thread_local Scheduler* running;

    explicit Scheduler(std::size_t count) : fibers_(count) {}

    void run(const std::function<void(std::size_t)>& body)
    {
        for (std::size_t i = 0; i < fibers_.size(); ++i) {
            prepare(fibers_[i], i, body);
        }
        unfinished_ = fibers_.size();
        Scheduler* const outer = std::exchange(running, this);
        for (Fiber& fiber : fibers_) {
            ready_.push_back(&fiber);
        }
        while (unfinished_ > 0) {
            if (ready_.empty()) {
                wake_the_stuck();
            }
            Fiber& fiber = *ready_.front();
            ready_.pop_front();
            resume(fiber);
        }
        running = outer;
    }

    Fiber* current() const { return current_; }
    void make_ready(Fiber& fiber)
    {
        fiber.waits = false;
        ready_.push_back(&fiber);
    }

    /// Of the fiber that runs.
    void suspend()
    {
        if (!stuck_) {
            Fiber& self = *current_;
            self.waits = true;
            self.stack.leave_for(own_stack_);
            own_context_ = std::move(own_context_).resume();
            self.stack.enter_from(own_stack_);
        }
        if (stuck_) {
            throw std::runtime_error("every simulated rank waits for another");
        }
    }

private:
    void prepare(Fiber& fiber, std::size_t index, const std::function<void(std::size_t)>& body)
    {
        context::protected_fixedsize_stack allocator(stack_bytes);
        const context::stack_context memory = allocator.allocate();
        fiber.stack.bottom = static_cast<const char*>(memory.sp) - memory.size;
        fiber.stack.bytes = memory.size;
        fiber.context = context::fiber(std::allocator_arg, context::preallocated(memory.sp, memory.size, memory),
                                       allocator, [this, &fiber, index, &body](context::fiber&& caller) noexcept {
                                           own_context_ = std::move(caller);
                                           fiber.stack.enter_from(own_stack_);
                                           body(index);
                                           --unfinished_;
                                           Stack::end_for(own_stack_);
                                           return std::move(own_context_);
                                       });
    }

    void resume(Fiber& fiber)
    {
        current_ = &fiber;
        fiber.exceptions.swap_with_thread();
        own_stack_.leave_for(fiber.stack);
        fiber.context = std::move(fiber.context).resume();
        own_stack_.enter_from(fiber.stack);
        fiber.exceptions.swap_with_thread();
        current_ = nullptr;
    }

    void wake_the_stuck()
    {
        stuck_ = true;
        for (Fiber& fiber : fibers_) {
            if (fiber.waits) {
                make_ready(fiber);
            }
        }
    }

    std::deque<Fiber> fibers_;
    std::deque<Fiber*> ready_;
    std::size_t unfinished_ = 0;
    bool stuck_ = false;
    Fiber* current_ = nullptr;
    context::fiber own_context_;
    Stack own_stack_;
};

thread_local Scheduler* Scheduler::running = nullptr;

}  // namespace

void run_fibers(std::size_t count, const std::function<void(std::size_t)>& body)
{
    Scheduler(count).run(body);
}

void WaitingFibers::wake_all()
{
    for (Fiber* fiber = std::exchange(first_, nullptr); fiber != nullptr;) {
        Fiber* const next = std::exchange(fiber->next, nullptr);
        if (fiber->waits) {
            Scheduler::running->make_ready(*fiber);
        }
        fiber = next;
    }
    last_ = nullptr;
}

void WaitingFibers::suspend()
{
    Scheduler* const scheduler = Scheduler::running;
    if (scheduler == nullptr || scheduler->current() == nullptr) {
        throw std::logic_error("only a simulated rank can wait for others");
    }
    Fiber* const self = scheduler->current();
    (last_ == nullptr ? first_ : last_->next) = self;
    last_ = self;
    try {
        scheduler->suspend();
    } catch (...) {  // all who wait are awake
        first_ = last_ = nullptr;
        throw;
    }
}

}  // namespace plumbline::sim
