// SPDX-License-Identifier: Apache-2.0
#include "results/store/verify.hpp"

#include "collectives/util/error.hpp"
#include "results/hdf5/contents.hpp"
#include "results/hdf5/digest.hpp"
#include "results/layout/digests.hpp"
#include "results/layout/layout.hpp"
#include "results/layout/summary.hpp"
#include "results/store/reader.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

namespace plumbline {
namespace {

/// The hash of an object as it is now; `why` says what can't be read.
std::string hash_now(hid_t file, const std::string& path, bool is_dataset, std::string& why)
{
    try {
        return is_dataset
                   ? hdf5::digest_of_dataset(hdf5::open_dataset(file, path).get())
                   : hdf5::digest_of_group(hdf5::open_group(file, path).get(), path == "/" ? hdf5::content_hash : "");
    } catch (const hdf5::Error& error) {
        why = error.what();
        return "";
    }
}

/// Objects of one HDF5 file against its manifest.
class ManifestCheck {
public:
    ManifestCheck(hid_t file, std::string name, VerifiedRun& into)
        : file_(file), name_(std::move(name)), into_(into), listed_(hdf5::read_manifest(file))
    {
    }

    /// The hash over the manifest that the file has.
    std::string run(const hdf5::Inspection& inspection, ManifestScope scope)
    {
        const bool has = hdf5::has_attribute(file_, hdf5::content_hash);
        const std::string stored = has ? hdf5::read_text_attribute(file_, hdf5::content_hash) : "";
        if (has && listed_.empty()) {
            add(std::string(hdf5::manifest_path), "object", fmt::format("one whose hash is {}", stored),
                "empty or missing");
            return stored;
        }
        const auto is_meant = [scope](const std::string& path) {
            return scope == ManifestScope::everything || path.find("/rounds/") == std::string::npos ||
                   layout::is_of_digest(path);
        };
        for (const std::string& path : inspection.datasets) {
            if (path != hdf5::manifest_path && is_meant(path)) {
                look_at(path, true);
            }
        }
        for (const std::string& path : inspection.groups) {
            if (is_meant(path)) {
                look_at(path, false);
                require_content(path);
            }
        }
        for (const auto& [path, hash] : listed_) {
            if (is_meant(path) && !seen_.contains(path)) {
                add(path, "object", "listed in /manifest", "missing");
            }
        }
        if (const std::string all = hdf5::hash_of(listed_); !listed_.empty() && stored != all) {
            add("/", hdf5::content_hash, stored, all);
        }
        return stored;
    }

private:
    void look_at(const std::string& path, bool is_dataset)
    {
        std::string why;
        const std::string now = hash_now(file_, path, is_dataset, why);
        if (!why.empty()) {
            add(path, "content", "bytes under a checksum", fmt::format("unreadable ({})", why));
            seen_.insert(path);
            return;
        }
        if (now.empty() || listed_.empty()) {
            return;
        }
        seen_.insert(path);
        ++into_.objects;
        const auto listed = listed_.find(path);
        if (listed == listed_.end()) {
            add(path, "sha256", "nothing in /manifest", now);
        } else if (listed->second != now) {
            add(path, "sha256", listed->second, now);
        }
    }

    /// A group that has no hash of its own is there for what lies in it, or will do when a round is stored.
    void require_content(const std::string& path)
    {
        const bool may_be_empty = path == "/" || path == "/cases" || path.ends_with("/rounds");
        if (listed_.empty() || may_be_empty || listed_.contains(path)) {
            return;
        }
        const std::string within = path + "/";
        const auto first = listed_.lower_bound(within);
        if (first == listed_.end() || !first->first.starts_with(within)) {
            add(path, "object", "nothing at or below it in /manifest", "a group");
        }
    }

    void add(const std::string& path, std::string field, std::string stored, std::string now)
    {
        into_.contradictions.push_back({.where = name_.empty() ? path : name_ + ":" + path,
                                        .field = std::move(field),
                                        .stored = std::move(stored),
                                        .recomputed = std::move(now)});
    }

    hid_t file_;
    std::string name_;
    VerifiedRun& into_;
    hdf5::Manifest listed_;
    std::set<std::string> seen_;
};

void check_manifests(const RunReader& reader, VerifiedRun& result, ManifestScope scope)
{
    result.content_sha256 = ManifestCheck(reader.file(), "", result).run(reader.inspection(), scope);
    if (result.schema >= 2 && result.content_sha256.empty()) {
        result.contradictions.push_back(
            {.where = "/", .field = hdf5::content_hash, .stored = "nothing", .recomputed = "a hash over /manifest"});
    }
    if (scope == ManifestScope::but_samples) {
        return;
    }
    std::set<std::string> looked_at;
    for (const auto& [link, part] : reader.parts()) {
        if (looked_at.insert(part).second) {
            const hdf5::Id file = reader.open_part(link);
            ManifestCheck(file.get(), part, result).run(hdf5::inspect(file.get()), scope);
        }
    }
}

}  // namespace

std::vector<Contradiction> manifest_contradictions(const RunReader& reader, ManifestScope scope)
{
    VerifiedRun result{.schema = reader.info().schema, .content_sha256 = {}, .contradictions = {}};
    try {
        check_manifests(reader, result, scope);
    } catch (const hdf5::Error& error) {
        throw ConfigError(
            say("cannot verify '{}' ({}). Take another copy of it", reader.path().string(), error.what()));
    }
    return result.contradictions;
}

std::vector<Contradiction> part_contradictions(hid_t part)
{
    VerifiedRun result;
    const std::string hash = ManifestCheck(part, "", result).run(hdf5::inspect(part), ManifestScope::everything);
    if (hash.empty() && hdf5::has_attribute(part, layout::part_schema)) {
        result.contradictions.push_back(
            {.where = "/", .field = hdf5::content_hash, .stored = "nothing", .recomputed = "a hash over /manifest"});
    }
    return result.contradictions;
}

VerifiedRun verify_run(const std::filesystem::path& path,
                       const std::function<std::vector<ScalingRow>(const RunData&)>& scaling)
{
    const RunReader reader(path, Evidence::samples);
    VerifiedRun result{.schema = reader.info().schema,
                       .complete = reader.complete(),
                       .cases = reader.stored_rows().size(),
                       .rounds = reader.rounds().size(),
                       .content_sha256 = {},
                       .contradictions = {}};
    try {
        check_manifests(reader, result, ManifestScope::everything);
    } catch (const hdf5::Error& error) {
        throw ConfigError(say("cannot verify '{}' ({}). Take another copy of it", path.string(), error.what()));
    }
    std::map<int, CaseSummary> recomputed;
    std::vector<CaseSummary> rows;
    for (const CaseSummary& row : reader.stored_rows()) {
        try {
            recomputed[row.header.id] = reader.recomputed(row.header.id);
            rows.push_back(recomputed[row.header.id]);
            result.samples += rows.back().samples;
        } catch (const ConfigError& error) {
            result.contradictions.push_back({.where = fmt::format("case {}", row.header.id),
                                             .field = "samples",
                                             .stored = "a row of the summary",
                                             .recomputed = error.what()});
        }
    }
    const auto more = reader.contradictions(recomputed);
    result.contradictions.insert(result.contradictions.end(), more.begin(), more.end());
    if (rows.size() == reader.stored_rows().size()) {
        const auto expected = scaling(run_data(reader, rows));
        result.scaling_rows = expected.size();
        const auto differing =
            reader.at("/scaling", [&](hid_t file) { return layout::compare_scaling(file, expected); });
        result.contradictions.insert(result.contradictions.end(), differing.begin(), differing.end());
    }
    return result;
}

}  // namespace plumbline
