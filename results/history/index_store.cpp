// SPDX-License-Identifier: Apache-2.0
#include "results/history/index_store.hpp"

#include "results/util/sha256.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cmath>
#include <map>
#include <unordered_map>
#include <utility>

namespace plumbline {
namespace {

/// Raise it whenever the meaning of the tables changes, keys of cases (case_key()) included.
constexpr int cache_version = 6;
constexpr const char* layout =
    "CREATE TABLE files (id INTEGER PRIMARY KEY, file TEXT UNIQUE, size INTEGER, time INTEGER, name TEXT, started REAL,"
    " place TEXT, library TEXT, complete INTEGER, ranks INTEGER, why TEXT);"
    "CREATE TABLE keys (id INTEGER PRIMARY KEY, key TEXT UNIQUE);"
    "CREATE TABLE cases (file INTEGER, key INTEGER, median REAL, low REAL, high REAL);"
    "CREATE INDEX cases_of_file ON cases (file);"
    "CREATE TABLE gaps (file INTEGER, key INTEGER, why TEXT);"
    "CREATE INDEX gaps_of_file ON gaps (file);"
    "CREATE TABLE digests (digest TEXT);";

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

void check(int code, sqlite3* database)
{
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        const int primary = code & 0xFF;
        const bool elsewhere = primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PERM ||
                               primary == SQLITE_READONLY || primary == SQLITE_IOERR || primary == SQLITE_FULL ||
                               primary == SQLITE_CANTOPEN || primary == SQLITE_NOMEM;
        const std::string why = sqlite3_errmsg(database);
        if (elsewhere) {
            throw std::runtime_error(why);
        }
        throw DamagedIndex(why);
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
    std::int64_t integer(int column) const
    {
        expect(column, SQLITE_INTEGER);
        return sqlite3_column_int64(statement_.get(), column);
    }
    /// A finite number.
    double real(int column) const
    {
        expect(column, SQLITE_FLOAT);
        const double value = sqlite3_column_double(statement_.get(), column);
        if (!std::isfinite(value)) {
            throw DamagedIndex("a number in it is not finite");
        }
        return value;
    }
    std::optional<double> optional_real(int column) const
    {
        return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL ? std::nullopt
                                                                            : std::optional(real(column));
    }
    std::string text(int column) const
    {
        expect(column, SQLITE_TEXT);
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
        return bytes == nullptr
                   ? ""
                   : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
    }

private:
    void expect(int column, int type) const
    {
        if (sqlite3_column_type(statement_.get(), column) != type) {
            throw DamagedIndex("a column of it has another type");
        }
    }

    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Whether the tables are there and of this version; false for a database that is new.
bool has_tables(sqlite3* database)
{
    Statement version(database, "PRAGMA user_version");
    version.step();
    Statement tables(database, "SELECT count(*) FROM sqlite_master");
    tables.step();
    if (version.integer(0) == 0 && tables.integer(0) == 0) {
        return false;
    }
    if (version.integer(0) != cache_version) {
        throw DamagedIndex("another version of plumbline wrote it");
    }
    return true;
}

/// In a transaction. SQLite's own locks aren't used: those of network file systems can't be relied on, and the caller
/// holds one that can.
Database open_cache(const std::string& path)
{
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none");
    Database database(raw);
    check(code, raw);
    execute(raw, "PRAGMA synchronous = OFF");  // the cache can be rebuilt
    execute(raw, "BEGIN IMMEDIATE");
    return database;
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

    /// Everything, in an order of its own; throws DamagedIndex where it can't be.
    RunIndex read_all();
    /// Of all its pages, those of SQLite's own indexes too.
    void check_structure() const
    {
        Statement integrity(database.get(), "PRAGMA integrity_check(1)");
        if (!integrity.step() || integrity.text(0) != "ok") {
            throw DamagedIndex("its structure is damaged");
        }
    }

    Database database;
    std::unordered_map<std::string, std::int64_t> keys;
    bool changed = false;
    std::optional<RunIndex> content;  ///< of the database, unless that was changed since
};

namespace {

void digest_text(std::string& all, std::string_view text)
{
    all += fmt::format("{}:{};", text.size(), text);
}

/// Of every value that load() gives.
std::string digest_of(const RunIndex& index)
{
    std::string all;
    for (const std::string& warning : index.warnings) {
        digest_text(all, warning);
    }
    for (const IndexedRun& run : index.runs) {
        for (const std::string& text : {run.file, run.name, run.where, run.library}) {
            digest_text(all, text);
        }
        all += fmt::format("{:a} {} {} {} {};", run.started_unix_s, run.complete, run.ranks, run.cases.size(),
                           run.gaps.size());
        for (const IndexedCase& c : run.cases) {
            digest_text(all, c.key);
            all += fmt::format("{:a} {:a} {:a};", c.median_s, c.low_s.value_or(-1), c.high_s.value_or(-1));
        }
        for (const IndexedGap& gap : run.gaps) {
            digest_text(all, gap.key);
            digest_text(all, gap.why);
        }
    }
    return report::sha256(all);
}

}  // namespace

IndexStore::IndexStore(const std::filesystem::path& path)
    : impl_(std::make_unique<Impl>(open_cache(path.empty() ? ":memory:" : path.string())))
{
    sqlite3* const database = impl_->database.get();
    if (!has_tables(database)) {
        execute(database, layout);
        execute(database, fmt::format("PRAGMA user_version = {}", cache_version));
        impl_->changed = true;
        return;
    }
    impl_->check_structure();
    RunIndex content = impl_->read_all();
    Statement digest(database, "SELECT digest FROM digests");
    if (!digest.step() || digest.text(0) != digest_of(content)) {
        throw DamagedIndex("its content is not what was written");
    }
    impl_->content = std::move(content);
}
IndexStore::~IndexStore() = default;

std::set<std::string> IndexStore::keep_only(std::span<const FileStamp> files)
{
    std::map<std::string, FileStamp> there;
    for (const FileStamp& stamp : files) {
        there.emplace(stamp.file, stamp);
    }
    std::set<std::string> known;
    std::vector<std::int64_t> stale;
    Statement all(impl_->database.get(), "SELECT id, file, size, time FROM files");
    while (all.step()) {
        const auto found = there.find(all.text(1));
        const bool same =
            found != there.end() && found->second.size == all.integer(2) && found->second.time == all.integer(3);
        if (same) {
            known.insert(found->first);
        } else {
            stale.push_back(all.integer(0));
        }
    }
    for (const std::int64_t id : stale) {
        impl_->changed = true;
        execute(impl_->database.get(),
                fmt::format("DELETE FROM cases WHERE file = {0}; DELETE FROM gaps WHERE file = {0}; "
                            "DELETE FROM files WHERE id = {0}",
                            id));
    }
    return known;
}

void IndexStore::add(const FileStamp& stamp, const IndexedRun& run)
{
    impl_->changed = true;
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
    impl_->changed = true;
    impl_->add_file(stamp, {}, why);
}

void IndexStore::commit()
{
    if (impl_->changed) {
        impl_->content = impl_->read_all();
        execute(impl_->database.get(), "DELETE FROM digests");
        Statement insert(impl_->database.get(), "INSERT INTO digests (digest) VALUES (?)");
        insert.bind(1, digest_of(*impl_->content));
        insert.run();
    }
    execute(impl_->database.get(), "COMMIT");
}

void IndexStore::load(RunIndex& index)
{
    const RunIndex content = impl_->content ? *impl_->content : impl_->read_all();
    index.warnings.insert(index.warnings.end(), content.warnings.begin(), content.warnings.end());
    index.runs = content.runs;
}

RunIndex IndexStore::Impl::read_all()
{
    RunIndex index;
    std::unordered_map<std::int64_t, std::string> key_of;
    Statement names(database.get(), "SELECT id, key FROM keys");
    while (names.step()) {
        key_of[names.integer(0)] = names.text(1);
    }
    std::unordered_map<std::int64_t, std::size_t> runs;
    Statement files(database.get(),
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
    Statement cases(database.get(), "SELECT file, key, median, low, high FROM cases ORDER BY rowid");
    while (cases.step()) {
        const auto run = runs.find(cases.integer(0));
        const auto key = key_of.find(cases.integer(1));
        if (run == runs.end() || key == key_of.end() || !(cases.real(2) > 0)) {
            throw DamagedIndex("a case in it can't be");
        }
        index.runs[run->second].cases.push_back(
            {key->second, cases.real(2), cases.optional_real(3), cases.optional_real(4)});
    }
    Statement gaps(database.get(), "SELECT file, key, why FROM gaps ORDER BY rowid");
    while (gaps.step()) {
        const auto run = runs.find(gaps.integer(0));
        const auto key = key_of.find(gaps.integer(1));
        if (run == runs.end() || key == key_of.end()) {
            throw DamagedIndex("a gap in it can't be");
        }
        index.runs[run->second].gaps.push_back({key->second, gaps.text(2)});
    }
    return index;
}

}  // namespace plumbline
