// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/halving_doubling.hpp"

#include "collectives/backends/gloo/guarded.hpp"

#include <gloo/allreduce_halving_doubling.h>
#include <gloo/reduce_scatter.h>
#include <gloo/types.h>

#include <fmt/format.h>

#include <climits>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::gloo_backend {

namespace {

class Algorithm final : public Operation {
public:
    Algorithm(const char* name, std::unique_ptr<::gloo::Algorithm> algorithm)
        : name_(name), algorithm_(std::move(algorithm))
    {
    }
    void start() override
    {
        guarded(name_, [this] { algorithm_->run(); });
    }
    void finish() override {}

private:
    const char* name_;
    std::unique_ptr<::gloo::Algorithm> algorithm_;
};

template <class T>
const ::gloo::ReductionFunction<T>* function_of(ReduceOp op)
{
    switch (op) {
        case ReduceOp::sum:
            return ::gloo::ReductionFunction<T>::sum;
        case ReduceOp::max:
            return ::gloo::ReductionFunction<T>::max;
        case ReduceOp::min:
            return ::gloo::ReductionFunction<T>::min;
    }
    throw std::logic_error("no such reduction");
}

template <class T>
std::unique_ptr<Operation> make(const std::shared_ptr<::gloo::Context>& context, const CollectiveCall& call,
                                std::byte* data)
{
    const std::vector<T*> pointers{reinterpret_cast<T*>(data)};
    const int count = static_cast<int>(call.count);
    if (call.collective == Collective::allreduce) {
        return std::make_unique<Algorithm>(
            "gloo::AllreduceHalvingDoubling",
            std::make_unique<::gloo::AllreduceHalvingDoubling<T>>(context, pointers, count, function_of<T>(call.op)));
    }
    const std::vector<int> blocks(static_cast<std::size_t>(context->size), count);
    return std::make_unique<Algorithm>("gloo::ReduceScatterHalvingDoubling",
                                       std::make_unique<::gloo::ReduceScatterHalvingDoubling<T>>(
                                           context, pointers, count * context->size, blocks, function_of<T>(call.op)));
}

}  // namespace

std::optional<std::string> missing_halving_doubling(const CollectiveCall& call, int ranks)
{
    if (!call.in_place) {
        return fmt::format("Gloo's {} by halving and doubling works in place alone. Use in_place: true",
                           name(call.collective));
    }
    if (call.dtype == DataType::bfloat16 || is_float8(call.dtype)) {
        return fmt::format("Gloo's {} by halving and doubling has no {}. Use float16 or float32", name(call.collective),
                           name(call.dtype));
    }
    const std::uint64_t elements =
        call.collective == Collective::allreduce ? call.count : call.count * static_cast<std::uint64_t>(ranks);
    if (elements * size_of(call.dtype) > INT_MAX) {
        return fmt::format("Gloo's {} by halving and doubling counts bytes in int, {} at most. Use fewer bytes",
                           name(call.collective), INT_MAX);
    }
    return std::nullopt;
}

std::unique_ptr<Operation> make_halving_doubling(const std::shared_ptr<::gloo::Context>& context,
                                                 const CollectiveCall& call, std::byte* data)
{
    switch (call.dtype) {
        case DataType::float32:
            return make<float>(context, call, data);
        case DataType::float64:
            return make<double>(context, call, data);
        case DataType::float16:
            return make<::gloo::float16>(context, call, data);
        case DataType::int32:
            return make<std::int32_t>(context, call, data);
        case DataType::int8:
            return make<std::int8_t>(context, call, data);
        case DataType::uint8:
            return make<std::uint8_t>(context, call, data);
        case DataType::bfloat16:
        case DataType::float8_e4m3:
        case DataType::float8_e5m2:
            break;
    }
    throw std::logic_error("a type that Gloo's halving and doubling doesn't have");
}

}  // namespace plumbline::gloo_backend
