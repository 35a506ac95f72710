#include "collectives/nccl/settings.hpp"

#include "collectives/error.hpp"
#include "collectives/units.hpp"

#include <fmt/format.h>

namespace plumbline::nccl {

namespace {

bool parse_bool(const std::string& key, const std::string& text)
{
    if (text != "true" && text != "false") {
        throw ConfigError(fmt::format("backend_options.{} is '{}' (not true or false). Try true", key, text));
    }
    return text == "true";
}

double parse_time(const std::string& key, const std::string& text)
{
    const auto seconds = parse_seconds(text);
    if (!seconds || *seconds <= 0) {
        throw ConfigError(fmt::format("backend_options.{} is '{}' (not a time). Try 60s", key, text));
    }
    return *seconds;
}

}  // namespace

Settings read_settings(const BackendOptions& options, std::string_view backend)
{
    Settings settings;
    for (const auto& [key, value] : options) {
        if (key == "graphs") {
            settings.graphs = parse_bool(key, value);
        } else if (key == "register_buffers") {
            settings.register_buffers = parse_bool(key, value);
        } else if (key == "device_events") {
            settings.device_events = parse_bool(key, value);
        } else if (key == "init_timeout") {
            settings.init_timeout_s = parse_time(key, value);
        } else if (key == "operation_timeout") {
            settings.operation_timeout_s = parse_time(key, value);
        } else {
            throw ConfigError(
                fmt::format("backend_options has '{}', which backend {} does not know (it has graphs, "
                            "register_buffers, device_events, init_timeout, operation_timeout). Leave it "
                            "out",
                            key, backend));
        }
    }
    return settings;
}

}  // namespace plumbline::nccl
