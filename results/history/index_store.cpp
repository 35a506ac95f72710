// SPDX-License-Identifier: Apache-2.0
#include "results/history/index_store.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <map>
#include <unordered_map>

namespace plumbline {
namespace {

/// Raise it whenever the meaning of the tables changes, keys of cases (case_key()) included.
constexpr int cache_version = 4;
constexpr const char* file_name = ".plumbline-history.sqlite";
constexpr const char* layout =
    "CREATE TABLE files (id INTEGER PRIMARY KEY, file TEXT UNIQUE, size INTEGER, time INTEGER, name TEXT, started REAL,"
    " place TEXT, library TEXT, complete INTEGER, ranks INTEGER, why TEXT);"
    "CREATE TABLE keys (id INTEGER PRIMARY KEY, key TEXT UNIQUE);"
    "CREATE TABLE cases (file INTEGER, key INTEGER, median REAL, low REAL, high REAL);"
    "CREATE INDEX cases_of_file ON cases (file);"
    "CREATE TABLE gaps (file INTEGER, key INTEGER, why TEXT);"
    "CREATE INDEX gaps_of_file ON gaps (file);";

class SqlError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

void check(int code, sqlite3* database)
{
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        throw SqlError(sqlite3_errmsg(database));
    }
}

void execute(sqlite3* database, const std::string& sql)
{
    check(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), database);
}

/// A prepared statement that is used again and again.
class Statement {
public:
    Statement(sqlite3* database, const char* sql) : database_(database)
    {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr), database);
        statement_.reset(statement);
    }
    void bind(int at, std::int64_t value) { check(sqlite3_bind_int64(statement_.get(), at, value), database_); }
    void bind(int at, double value) { check(sqlite3_bind_double(statement_.get(), at, value), database_); }
    void bind(int at, const std::optional<double>& value)
    {
        value ? bind(at, *value) : check(sqlite3_bind_null(statement_.get(), at), database_);
    }
    void bind(int at, const std::string& value)
    {
        check(sqlite3_bind_text(statement_.get(), at, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT),
              database_);
    }
    /// Executes one step; false where there is no further row.
    bool step()
    {
        const int code = sqlite3_step(statement_.get());
        check(code, database_);
        return code == SQLITE_ROW;
    }
    void run()
    {
        step();
        check(sqlite3_reset(statement_.get()), database_);
    }
    void reset() { check(sqlite3_reset(statement_.get()), database_); }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    double real(int column) const { return sqlite3_column_double(statement_.get(), column); }
    std::optional<double> optional_real(int column) const
    {
        return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL ? std::nullopt
                                                                            : std::optional(real(column));
    }
    std::string text(int column) const
    {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
        return bytes == nullptr
                   ? ""
                   : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
    }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// An open cache in a transaction that no other writer is in.
Database open_cache(const std::string& path)
{
    constexpr int patience_ms = 60000;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open(path.c_str(), &raw);
    Database database(raw);
    check(code, raw);
    check(sqlite3_busy_timeout(raw, patience_ms), raw);
    execute(raw, "PRAGMA synchronous = OFF");  // the cache can be rebuilt
    execute(raw, "BEGIN IMMEDIATE");
    Statement version(raw, "PRAGMA user_version");
    version.step();
    const std::int64_t found = version.integer(0);
    version.reset();
    if (found != cache_version) {
        execute(raw,
                "DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS keys; DROP TABLE IF EXISTS cases;"
                "DROP TABLE IF EXISTS gaps;");
        execute(raw, layout);
        execute(raw, fmt::format("PRAGMA user_version = {}", cache_version));
    }
    // A damaged file shows when it is read.
    Statement(raw, "SELECT count(*) FROM files").step();
    return database;
}

Database open_or_replace(const std::filesystem::path& path, std::vector<std::string>& warnings)
{
    try {
        return open_cache(path.string());
    } catch (const SqlError& error) {
        const std::string first = error.what();
        std::error_code ignored;
        // Only a file that is not a cache of this program is replaced: a busy or read-only one is left alone.
        const bool damaged = first.find("not a database") != std::string::npos ||
                             first.find("malformed") != std::string::npos ||
                             first.find("no such column") != std::string::npos;
        if (damaged && std::filesystem::remove(path, ignored)) {
            try {
                return open_cache(path.string());
            } catch (const SqlError&) {
                // as below
            }
        }
        warnings.push_back(
            fmt::format("no cache is kept at {} ({}), so every file is read each time", path.string(), first));
        return open_cache(":memory:");
    }
}

}  // namespace

struct IndexStore::Impl {
    explicit Impl(Database opened) : database(std::move(opened)) {}

    std::int64_t key_id(const std::string& key)
    {
        const auto known = keys.find(key);
        if (known != keys.end()) {
            return known->second;
        }
        Statement insert(database.get(), "INSERT OR IGNORE INTO keys (key) VALUES (?)");
        insert.bind(1, key);
        insert.run();
        Statement find(database.get(), "SELECT id FROM keys WHERE key = ?");
        find.bind(1, key);
        find.step();
        return keys[key] = find.integer(0);
    }

    std::int64_t add_file(const FileStamp& stamp, const IndexedRun& run, const std::string& why)
    {
        Statement insert(database.get(),
                         "INSERT INTO files (file, size, time, name, started, place, library, complete, ranks, why) "
                         "VALUES (?, ?, ?, "
                         "?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, stamp.file);
        insert.bind(2, stamp.size);
        insert.bind(3, stamp.time);
        insert.bind(4, run.name);
        insert.bind(5, run.started_unix_s);
        insert.bind(6, run.where);
        insert.bind(7, run.library);
        insert.bind(8, std::int64_t{run.complete});
        insert.bind(9, std::int64_t{run.ranks});
        insert.bind(10, why);
        insert.run();
        return sqlite3_last_insert_rowid(database.get());
    }

    Database database;
    std::unordered_map<std::string, std::int64_t> keys;
};

IndexStore::IndexStore(const std::filesystem::path& folder, std::vector<std::string>& warnings)
    : impl_(std::make_unique<Impl>(open_or_replace(folder / file_name, warnings)))
{
}
IndexStore::~IndexStore() = default;

std::set<std::string> IndexStore::keep_only(std::span<const FileStamp> files, std::vector<std::string>& warnings)
{
    std::map<std::string, FileStamp> there;
    for (const FileStamp& stamp : files) {
        there.emplace(stamp.file, stamp);
    }
    std::set<std::int64_t> damaged;
    Statement impossible(
        impl_->database.get(),
        "SELECT DISTINCT file FROM cases WHERE typeof(median) != 'real' OR NOT (median > 0 AND median "
        "< 1e9) OR (low IS NOT NULL AND NOT (low >= 0 AND low <= median)) OR (high IS NOT NULL AND NOT "
        "(high >= median AND high < 1e9))");
    while (impossible.step()) {
        damaged.insert(impossible.integer(0));
    }
    std::vector<std::string> read_again;
    std::set<std::string> known;
    std::vector<std::int64_t> stale;
    Statement all(impl_->database.get(), "SELECT id, file, size, time FROM files");
    while (all.step()) {
        const auto found = there.find(all.text(1));
        const bool same =
            found != there.end() && found->second.size == all.integer(2) && found->second.time == all.integer(3);
        if (same && damaged.contains(all.integer(0))) {
            read_again.push_back(all.text(1));
        }
        if (same && !damaged.contains(all.integer(0))) {
            known.insert(found->first);
        } else {
            stale.push_back(all.integer(0));
        }
    }
    for (const std::int64_t id : stale) {
        execute(impl_->database.get(),
                fmt::format("DELETE FROM cases WHERE file = {0}; DELETE FROM gaps WHERE file = {0}; "
                            "DELETE FROM files WHERE id = {0}",
                            id));
    }
    if (!read_again.empty()) {
        warnings.push_back(
            fmt::format("what the cache held of {} file{}, such as '{}' (impossible times: it was "
                        "damaged); read again",
                        read_again.size(), read_again.size() == 1 ? "" : "s", read_again.front()));
    }
    return known;
}

void IndexStore::add(const FileStamp& stamp, const IndexedRun& run)
{
    const std::int64_t file = impl_->add_file(stamp, run, "");
    Statement insert(impl_->database.get(), "INSERT INTO cases (file, key, median, low, high) VALUES (?, ?, ?, ?, ?)");
    for (const IndexedCase& c : run.cases) {
        insert.bind(1, file);
        insert.bind(2, impl_->key_id(c.key));
        insert.bind(3, c.median_s);
        insert.bind(4, c.low_s);
        insert.bind(5, c.high_s);
        insert.run();
    }
    Statement gap(impl_->database.get(), "INSERT INTO gaps (file, key, why) VALUES (?, ?, ?)");
    for (const IndexedGap& g : run.gaps) {
        gap.bind(1, file);
        gap.bind(2, impl_->key_id(g.key));
        gap.bind(3, g.why);
        gap.run();
    }
}

void IndexStore::add_unreadable(const FileStamp& stamp, const std::string& why)
{
    impl_->add_file(stamp, {}, why);
}

void IndexStore::commit()
{
    execute(impl_->database.get(), "COMMIT");
}

void IndexStore::load(RunIndex& index)
{
    std::unordered_map<std::int64_t, std::string> keys;
    Statement names(impl_->database.get(), "SELECT id, key FROM keys");
    while (names.step()) {
        keys[names.integer(0)] = names.text(1);
    }
    std::unordered_map<std::int64_t, std::size_t> runs;
    Statement files(impl_->database.get(),
                    "SELECT id, file, name, started, place, library, complete, why, ranks FROM files ORDER BY file");
    while (files.step()) {
        if (const std::string why = files.text(7); !why.empty()) {
            index.warnings.push_back(why);
            continue;
        }
        runs[files.integer(0)] = index.runs.size();
        IndexedRun& run = index.runs.emplace_back();
        run.file = files.text(1);
        run.name = files.text(2);
        run.started_unix_s = files.real(3);
        run.where = files.text(4);
        run.library = files.text(5);
        run.complete = files.integer(6) != 0;
        run.ranks = static_cast<int>(files.integer(8));
    }
    Statement cases(impl_->database.get(), "SELECT file, key, median, low, high FROM cases ORDER BY rowid");
    while (cases.step()) {
        const auto run = runs.find(cases.integer(0));
        if (run != runs.end()) {
            index.runs[run->second].cases.push_back(
                {keys[cases.integer(1)], cases.real(2), cases.optional_real(3), cases.optional_real(4)});
        }
    }
    Statement gaps(impl_->database.get(), "SELECT file, key, why FROM gaps ORDER BY rowid");
    while (gaps.step()) {
        const auto run = runs.find(gaps.integer(0));
        if (run != runs.end()) {
            index.runs[run->second].gaps.push_back({keys[gaps.integer(1)], gaps.text(2)});
        }
    }
}

}  // namespace plumbline
