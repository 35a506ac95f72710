// SPDX-License-Identifier: Apache-2.0
#include "results/report/manifest.hpp"

#include "collectives/util/error.hpp"
#include "results/util/json_keys.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;

Json unsigned_json(const Manifest& manifest)
{
    Json files = Json::array();
    for (const SignedFile& file : manifest.files) {
        files.push_back({{"role", file.role}, {"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    }
    return {
        {"plumbline_manifest", version}, {"signer", manifest.signer},        {"signed_unix_s", manifest.signed_unix_s},
        {"run", manifest.run},           {"verdict", manifest.verdict},      {"files", std::move(files)},
        {"algorithm", "Ed25519"},        {"public_key", manifest.public_key}};
}

}  // namespace

std::string signed_text(const Manifest& manifest)
{
    return unsigned_json(manifest).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string manifest_text(const Manifest& manifest)
{
    Json all = unsigned_json(manifest);
    all["signature"] = manifest.signature;
    return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest parse_manifest(std::string_view text, const std::string& origin)
{
    try {
        const Json all = Json::parse(text);
        if (const auto repeated = repeated_key(text)) {
            throw ConfigError(
                say("{}: line {}: key '{}' is there twice in one object. It was altered: take another copy", origin,
                    repeated->line, text::printable(repeated->key)));
        }
        if (all.at("plumbline_manifest") != version || !all.at("plumbline_manifest").is_number_integer()) {
            throw ConfigError(
                say("{}: is a manifest of another version (this program reads version {}). Use "
                    "the plumbline that wrote it",
                    origin, version));
        }
        Manifest manifest{.signer = all.at("signer").get<std::string>(),
                          .signed_unix_s = all.at("signed_unix_s").get<double>(),
                          .run = all.at("run").get<std::string>(),
                          .verdict = all.at("verdict").get<std::string>(),
                          .files = {},
                          .public_key = all.at("public_key").get<std::string>(),
                          .signature = all.at("signature").get<std::string>()};
        for (const Json& file : all.at("files")) {
            manifest.files.push_back({.role = file.at("role").get<std::string>(),
                                      .name = file.at("name").get<std::string>(),
                                      .bytes = file.at("bytes").get<std::uint64_t>(),
                                      .sha256 = file.at("sha256").get<std::string>()});
        }
        return manifest;
    } catch (const nlohmann::json::exception&) {
        throw ConfigError(
            say("{}: is no manifest of 'plumbline sign' (JSON with files and a signature). Check the path", origin));
    }
}

}  // namespace plumbline
