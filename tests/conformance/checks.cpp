// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/checks.hpp"

#include "collectives/api/call_checks.hpp"
#include "tests/conformance/call_buffers.hpp"
#include "tests/conformance/collective_checks.hpp"
#include "tests/conformance/message_checks.hpp"

#include <fmt/format.h>

#include <array>
#include <new>
#include <stdexcept>

namespace plumbline::conformance {

namespace {

template <class Error, class Call>
bool throws(Call call)
{
    try {
        call();
    } catch (const Error&) {
        return true;
    }
    return false;
}

class ForeignBuffer final : public Buffer {
public:
    std::uint64_t size_bytes() const override { return 1024; }
    void upload(std::uint64_t, std::span<const std::byte>) override {}
    void download(std::uint64_t, std::span<std::byte>) const override {}
    void fill(std::byte) override {}
};

void calls_it_cannot_do_have_a_reason(Rank& me)
{
    const auto refused = [&](const CollectiveCall& call) {
        const auto why = me.group.unsupported_reason(call);
        return why && why->find(' ') != std::string::npos;
    };
    me.expect(refused({.collective = Collective::sendrecv, .count = 1, .in_place = true}),
              "sendrecv in place is taken");
    me.expect(refused({.collective = Collective::reduce, .count = 1, .root = me.size()}),
              "a root that isn't there is taken");
    me.expect(refused({.collective = Collective::gather, .count = 1, .root = -1}), "root -1 is taken");
    me.expect(me.size() > 1 || refused({.collective = Collective::pingpong, .count = 1}),
              "a pair of one rank is taken");
}

void misuse_is_a_logic_error(Rank& me)
{
    const auto small = me.group.allocate(8);
    const auto large = me.group.allocate(16);
    ForeignBuffer foreign;
    const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::float64, .count = 2};
    const auto prepared = [&](Buffer& send, Buffer& recv) { return [&] { me.group.prepare(call, send, recv); }; };
    me.expect(throws<std::logic_error>(prepared(*small, *large)), "a send buffer that is too small is taken");
    me.expect(throws<std::logic_error>(prepared(*large, *small)), "a receive buffer that is too small is taken");
    me.expect(throws<std::logic_error>(prepared(foreign, foreign)), "another backend's buffer is taken");
    me.expect(throws<std::logic_error>([&] { me.group.prepare_send(0, 0, *small, 9); }),
              "a message beyond its buffer is taken");
    me.expect(throws<std::logic_error>([&] { me.group.prepare_receive(0, 0, *small, 9); }),
              "a message beyond its buffer is taken");
}

void buffers_keep_what_they_are_given(Rank& me)
{
    const auto buffer = me.group.allocate(10'000);
    const std::array<std::byte, 3> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
    buffer->fill(std::byte{7});
    buffer->upload(9'997, bytes);
    const auto all = contents(*buffer, 0, 10'000);
    me.expect(buffer->size_bytes() == 10'000 && all[0] == std::byte{7} && all[9'996] == std::byte{7} &&
                  all[9'997] == std::byte{1} && all[9'999] == std::byte{3},
              "a buffer holds other bytes than it was given");
    me.expect(throws<std::out_of_range>([&] { buffer->upload(9'998, bytes); }), "an upload beyond the buffer is taken");
    me.expect(me.group.allocate(0)->size_bytes() == 0, "a buffer of no bytes has a size");
    me.expect(me.group.available_bytes() > 0, "no memory is on offer");
    me.expect(throws<std::bad_alloc>([&] { me.group.allocate(std::uint64_t{1} << 60); }),
              "an allocation of an exbibyte did not fail");
    ++me.checked;
}

void compute_takes_time(Rank& me)
{
    const auto work = me.group.prepare_compute({.seconds = 2e-3});
    const Clock& clock = me.backend.clock();
    for (int i = 0; i < 3; ++i) {
        const double before = clock.now_s();
        work->start();
        work->finish();
        me.expect(clock.now_s() > before, "compute took no time");
    }
    ++me.checked;
}

void says_what_it_is(Rank& me)
{
    const Facts facts = me.backend.info().facts;
    const bool has_library = !facts.empty() && facts.front().first == "library" && !facts.front().second.empty();
    me.expect(has_library, "the first fact is not the library");
    me.expect(!me.backend.info().name.empty(), "the backend has no name");
}

constexpr std::array checks{
    Check{"says what it is", says_what_it_is},
    Check{"buffers keep what they are given", buffers_keep_what_they_are_given},
    Check{"calls that it can't do have a reason", calls_it_cannot_do_have_a_reason},
    Check{"misuse is a logic_error", misuse_is_a_logic_error},
    Check{"every collective, type, reduction, root and place, odd counts", every_form_of_every_collective},
    Check{"calls of no elements", calls_of_no_elements},
    Check{"pair layouts and windows", pair_layouts_and_windows},
    Check{"alltoallv of uneven counts", uneven_alltoallv},
    Check{"large messages", large_messages},
    Check{"two operations in turn", two_operations_in_turn},
    Check{"collectives beside compute", collectives_beside_compute},
    Check{"where operations queue, chains of them", chains},
    Check{"where a device compares data, it finds what was changed", device_finds_what_was_changed},
    Check{"some of the ranks, in another order", some_ranks_in_another_order},
    Check{"where a backend splits teams off, they are groups like others", subgroups_split_off},
    Check{"messages of a pair arrive in order", messages_arrive_in_order},
    Check{"both directions of a pair at once", both_directions_at_once},
    Check{"compute can be repeated and takes time", compute_takes_time},
};

}  // namespace

std::span<const Check> all_checks()
{
    return checks;
}

}  // namespace plumbline::conformance
