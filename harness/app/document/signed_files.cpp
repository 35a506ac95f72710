// SPDX-License-Identifier: Apache-2.0
#include "harness/app/document/signed_files.hpp"

#include "collectives/util/error.hpp"
#include "results/files/read_text.hpp"
#include "results/report/manifest.hpp"
#include "results/store/store.hpp"
#include "results/store/verify.hpp"
#include "results/util/sha256.hpp"
#include "results/util/signature.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

Manifest manifest_in(const std::string& path)
{
    constexpr std::uintmax_t largest_manifest = std::uintmax_t{1} << 20U;
    return parse_manifest(files::read_text(path, largest_manifest, "Check the path"), path);
}

}  // namespace

Sentence signer_of(const std::string& manifest_path, bool key_is_known)
{
    const Manifest manifest = manifest_in(manifest_path);
    const std::string signer = text::printable(manifest.signer);
    const std::string key = text::printable(manifest.public_key);
    if (key_is_known) {
        return signer.empty() ? say("signed with key {}", key) : say("signed by {} with key {}", signer, key);
    }
    return say(
        "signed with key {}, whoever's that is: the manifest alone says {}. Hold it against the signer's public "
        "key, as he handed it to you, by --key",
        key, signer.empty() ? say("no name") : Sentence(fmt::format("'{}'", signer)));
}

std::vector<Contradiction> contradictions_of(const std::string& manifest_path, const std::string& run_path,
                                             const std::string& key_path)
{
    const Manifest manifest = manifest_in(manifest_path);
    std::vector<Contradiction> found;
    const std::string key = key_path.empty() ? manifest.public_key : read_key(key_path);
    if (key != manifest.public_key) {
        found.push_back({manifest_path, "public key", manifest.public_key, key});
    }
    if (!is_signed(signed_text(manifest), manifest.signature, key)) {
        found.push_back({manifest_path, "signature", "an Ed25519 signature", "it does not hold for this text and key"});
    }
    const auto folder = fs::path(manifest_path).parent_path();
    bool has_run = false;
    for (const SignedFile& file : manifest.files) {
        const bool is_run = file.role == "run";
        // A manifest names files beside it, whatever it says.
        const fs::path path = is_run ? fs::path(run_path) : folder / fs::path(file.name).filename();
        has_run = has_run || is_run;
        std::error_code error;
        if (!fs::is_regular_file(path, error)) {
            found.push_back({path.string(), "file", "signed", "not there"});
        } else if (const std::string now = report::sha256_of_file(path); now != file.sha256) {
            found.push_back({path.string(), "sha256", file.sha256, now});
        }
    }
    if (!has_run) {
        found.push_back({manifest_path, "files", "no run file", "this one"});
    }
    return found;
}

std::vector<Contradiction> differences_from_original(const std::string& anonymised, const std::string& original)
{
    const RunFile copy(anonymised);
    const auto& facts = copy.info().facts;
    const auto from = std::ranges::find(facts, anonymised_from, &std::pair<std::string, std::string>::first);
    const std::string claimed = from == facts.end() ? "not anonymised" : from->second;
    const std::string now = report::sha256_of_file(original);
    std::vector<Contradiction> found;
    if (claimed != now) {
        found.push_back({anonymised, std::string(anonymised_from), claimed, now});
        return found;
    }
    const RunFile source(original);
    if (source.cases().size() != copy.cases().size()) {
        found.push_back(
            {anonymised, "cases", fmt::format("{}", copy.cases().size()), fmt::format("{}", source.cases().size())});
        return found;
    }
    for (const CaseSummary& row : source.cases()) {
        const int id = row.header.id;
        if (source.load(id).rounds != copy.load(id).rounds) {
            found.push_back({anonymised, fmt::format("case {}", id), "its own samples", "other samples"});
        }
    }
    return found;
}

void refuse_altered(const std::string& run_path)
{
    const VerifiedRun verified = verify_run(run_path, scaling_table);
    if (!verified.holds()) {
        throw ConfigError(
            say("'{}' contradicts itself ({}). It was altered or damaged: 'plumbline verify' lists everything; "
                "take another copy of it",
                run_path, describe(verified.contradictions.front())));
    }
}

}  // namespace plumbline::app
