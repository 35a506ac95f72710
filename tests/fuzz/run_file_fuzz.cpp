// SPDX-License-Identifier: Apache-2.0
// Alters a good run file, object by object through HDF5 and byte by byte, as the input says, and has everything that
// reads run files read it: each either does or throws ConfigError. Files of both schemas are altered, and those whose
// summary no longer fits the samples are also read past that refusal, as the summary is all that would be refused.

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "results/comparison/compare.hpp"
#include "results/diagnosis/bisect_diagnosis.hpp"
#include "results/diagnosis/diagnose.hpp"
#include "results/diagnosis/guidelines.hpp"
#include "results/diagnosis/stragglers.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/hdf5/inspection.hpp"
#include "results/projection/project_cases.hpp"
#include "results/report/report_data.hpp"
#include "results/store/reader.hpp"
#include "results/store/store.hpp"
#include "results/store/verify.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"

#include <hdf5.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace plumbline;
namespace fs = std::filesystem;

/// Bytes of the input, one after another; zeros after its end.
class Choices {
public:
    Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
    bool empty() const { return at_ >= size_; }
    std::uint8_t byte() { return empty() ? 0 : data_[at_++]; }
    std::uint32_t number()
    {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) {
            value = value << 8U | byte();
        }
        return value;
    }
    std::size_t below(std::size_t count) { return count == 0 ? 0 : (count > 256 ? number() : byte()) % count; }
    template <class List>
    const auto& one_of(const List& list)
    {
        return list[below(list.size())];
    }

private:
    const std::uint8_t* data_;
    std::size_t size_;
    std::size_t at_ = 0;
};

using Bytes = std::vector<char>;

Bytes read_bytes(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& path, const Bytes& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct Folder {
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "plumbline_fuzz_XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    fs::path path;
};

/// The files that are altered: of schema 1 as they are kept, and each as the present program stores it.
std::vector<Bytes> good_files(const fs::path& scratch)
{
    std::vector<Bytes> files;
    for (const char* const name : {"schema_1.h5", "schema_1_links.h5"}) {
        const fs::path kept = fs::path(PLUMBLINE_SOURCE_DIR) / "tests/cli/data" / name;
        files.push_back(read_bytes(kept));
        const RunFile old(kept);
        RunMetadata info = old.info();
        info.schema = RunMetadata{}.schema;
        const auto writer = RunWriter::create(scratch, info, IfExists::overwrite, {.scaling = scaling_table});
        for (const CaseSummary& row : old.cases()) {
            const CaseRecord record = old.load(row.header.id);
            for (const Round& round : record.rounds) {
                writer->store(record.header, round);
            }
        }
        writer->finish(true);
        files.push_back(read_bytes(scratch));
    }
    return files;
}

/// A file in memory that is altered through HDF5.
class Image {
public:
    explicit Image(Bytes bytes)
    {
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        H5Pset_fapl_core(access, std::size_t{1} << 16U, 0);
        H5Pset_file_image(access, bytes.data(), bytes.size());
        file_ = H5Fopen("image", H5F_ACC_RDWR, access);
        H5Pclose(access);
        if (file_ >= 0) {
            const hdf5::Inspection found = hdf5::inspect(file_);
            objects_ = found.groups;
            objects_.insert(objects_.end(), found.datasets.begin(), found.datasets.end());
        }
    }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image()
    {
        if (file_ >= 0) {
            H5Fclose(file_);
        }
    }
    bool open() const { return file_ >= 0 && !objects_.empty(); }
    Bytes bytes() const
    {
        H5Fflush(file_, H5F_SCOPE_GLOBAL);
        const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
        Bytes all(size > 0 ? static_cast<std::size_t>(size) : 0);
        H5Fget_file_image(file_, all.data(), all.size());
        return all;
    }
    hid_t id() const { return file_; }
    const std::vector<std::string>& objects() const { return objects_; }

private:
    hid_t file_ = -1;
    std::vector<std::string> objects_;
};

/// Numbers at which readers err.
template <class T>
void put_number(Choices& choices, char* to)
{
    using Limits = std::numeric_limits<T>;
    std::array<T, 8> odd{T{0}, T{1}, T{2}, Limits::max(), Limits::lowest(), Limits::min(), T(choices.byte()), T{100}};
    if constexpr (Limits::has_infinity) {
        odd[3] = Limits::infinity();
        odd[4] = Limits::quiet_NaN();
        odd[5] = Limits::denorm_min();
        odd[7] = T{-1e-6};
    }
    std::memcpy(to, &choices.one_of(odd), sizeof(T));
}

void put(Choices& choices, hid_t type, char* to, std::size_t room)
{
    const std::size_t size = std::min(room, H5Tget_size(type));
    const H5T_class_t kind = H5Tget_class(type);
    if (kind == H5T_FLOAT && size == sizeof(double)) {
        put_number<double>(choices, to);
    } else if (kind == H5T_INTEGER && size == sizeof(std::int64_t)) {
        put_number<std::int64_t>(choices, to);
    } else if (kind == H5T_INTEGER && size == sizeof(std::int32_t)) {
        put_number<std::int32_t>(choices, to);
    } else if (kind == H5T_INTEGER && size > 0) {
        *to = static_cast<char>(choices.byte());
    } else if (kind == H5T_STRING) {
        for (std::size_t i = 0, at = choices.below(size); i < 4 && at + i < size; ++i) {
            to[at + i] = static_cast<char>(choices.byte());
        }
    }
}

/// Alters one value of a dataset, or all of them alike.
void alter_values(Choices& choices, hid_t dataset)
{
    const hid_t space = H5Dget_space(dataset);
    const hid_t type = H5Dget_type(dataset);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const std::size_t width = H5Tget_size(type);
    constexpr hssize_t most = 1'000'000;
    if (count > 0 && count <= most && width > 0) {
        Bytes values(static_cast<std::size_t>(count) * width);
        H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        const bool all = (choices.byte() & 1U) != 0;
        const std::size_t at = choices.below(static_cast<std::size_t>(count));
        hid_t member = H5Tcopy(type);
        std::size_t offset = 0;
        if (H5Tget_class(type) == H5T_COMPOUND) {
            const auto field = static_cast<unsigned>(choices.below(static_cast<std::size_t>(H5Tget_nmembers(type))));
            H5Tclose(member);
            member = H5Tget_member_type(type, field);
            offset = H5Tget_member_offset(type, field);
        }
        put(choices, member, values.data() + at * width + offset, width - offset);
        for (std::size_t i = 0; all && i < static_cast<std::size_t>(count); ++i) {
            std::memcpy(values.data() + i * width + offset, values.data() + at * width + offset, H5Tget_size(member));
        }
        H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
        H5Tclose(member);
    }
    H5Tclose(type);
    H5Sclose(space);
}

/// Another dataset at the same place: of another shape, and maybe type.
void replace_dataset(Choices& choices, hid_t file, const std::string& path)
{
    const hid_t old = H5Dopen2(file, path.c_str(), H5P_DEFAULT);
    hid_t type = old < 0 ? H5Tcopy(H5T_NATIVE_DOUBLE) : H5Dget_type(old);
    if (old >= 0) {
        H5Dclose(old);
    }
    if (choices.byte() % 4 == 0) {
        H5Tclose(type);
        type = H5Tcopy(choices.one_of(std::array{H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT32,
                                                 H5T_NATIVE_INT64, H5T_NATIVE_UINT8, H5T_C_S1}));
    }
    std::array<hsize_t, 3> sizes{};
    const std::size_t dimensions = choices.below(4);
    for (hsize_t& size : sizes) {
        size = choices.byte() % 16;
    }
    if (choices.byte() == 255) {
        sizes[0] = hsize_t{1} << 40U;
    }
    const hid_t space =
        dimensions == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dimensions), sizes.data(), nullptr);
    H5Ldelete(file, path.c_str(), H5P_DEFAULT);
    const hid_t made = H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (made >= 0) {
        alter_values(choices, made);
        H5Dclose(made);
    }
    H5Sclose(space);
    H5Tclose(type);
}

void alter_attribute(Choices& choices, hid_t object)
{
    const int count = H5Aget_num_attrs(object);
    if (count <= 0) {
        return;
    }
    const hid_t attribute = H5Aopen_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC,
                                           choices.below(static_cast<std::size_t>(count)), H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    Bytes values(static_cast<std::size_t>(std::max<hssize_t>(1, H5Sget_simple_extent_npoints(space))) *
                 H5Tget_size(type));
    H5Aread(attribute, type, values.data());
    put(choices, type, values.data(), values.size());
    H5Awrite(attribute, type, values.data());
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
}

void alter_object(Choices& choices, Image& image)
{
    const std::string& path = choices.one_of(image.objects());
    const hid_t file = image.id();
    const std::uint8_t how = choices.byte() % 16;
    if (how < 9) {
        const hid_t object = H5Oopen(file, path.c_str(), H5P_DEFAULT);
        if (object < 0) {
            return;
        }
        if (how < 6 && H5Iget_type(object) == H5I_DATASET) {
            alter_values(choices, object);
        } else {
            alter_attribute(choices, object);
        }
        H5Oclose(object);
        return;
    }
    if (path == "/") {
        return;
    }
    if (how < 12) {
        replace_dataset(choices, file, path);
        return;
    }
    const std::string& other = choices.one_of(image.objects());
    H5Ldelete(file, path.c_str(), H5P_DEFAULT);
    switch (how) {
        case 12:
            H5Lcreate_hard(file, other.c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
            return;
        case 13:
            H5Lcreate_soft(other.c_str(), file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
            return;
        case 14:
            H5Lcreate_external("other.h5", "/x", file, path.c_str(), H5P_DEFAULT, H5P_DEFAULT);
            return;
        default:
            return;  // it is gone
    }
}

Bytes altered(Choices& choices, Bytes bytes)
{
    const std::uint8_t kind = choices.byte() % 8;
    if (kind != 0) {
        Image image(bytes);
        for (int i = 0; image.open() && i < 4 && !choices.empty(); ++i) {
            alter_object(choices, image);
        }
        if (image.open()) {
            bytes = image.bytes();
        }
    }
    for (int i = 0; kind < 2 && i < 8 && !choices.empty() && !bytes.empty(); ++i) {
        bytes[choices.number() % bytes.size()] = static_cast<char>(choices.byte());
    }
    return bytes;
}

template <class Read>
void try_to(Read read)
{
    try {
        read();
    } catch (const ConfigError&) {
        return;
    }
}

void diagnose_cases(const RunReader& reader)
{
    StragglerSearch stragglers;
    std::vector<GuidelineCase> cases;
    for (const CaseSummary& row : reader.stored_rows()) {
        if (row.header.status != CaseStatus::measured) {
            continue;
        }
        const CaseRecord record = reader.load(row.header.id);
        std::vector<int> nodes;
        for (const int rank : record.header.world_ranks) {
            const auto place = std::ranges::find(reader.info().places, rank, &RankLocation::rank);
            nodes.push_back(place == reader.info().places.end() ? 0 : place->node);
        }
        const Names names{reader.info().hosts, record.header.world_ranks};
        const auto probe = pattern_info(row.header.what.pattern).probe;
        if (probe == NetworkProbe::links) {
            diagnose(pairwise_samples_of(record, RankNodes(nodes)), names);
        } else if (probe == NetworkProbe::bisect) {
            diagnose_bisect(record, RankNodes(nodes), names);
        }
        stragglers.add(record);
        cases.push_back(guideline_case(record));
    }
    stragglers.report();
    check_guidelines(cases);
}

void report(const RunFile& file)
{
    const RunData measured = file.measured();
    std::vector<report::ReportedRun> runs;
    runs.push_back({.file = "x.h5",
                    .file_bytes = 1,
                    .sha256 = "",
                    .info = file.info(),
                    .complete = file.complete(),
                    .cases = file.cases(),
                    .scaling = scaling_table(measured),
                    .judgement = judge({}, measured),
                    .ideals = ideal_times(measured),
                    .probes = file.probes(),
                    .machine_states = describe_states(file.machine_states()),
                    .load = [&file](int id) { return file.load(id); }});
    report::report_data(runs, report::Language::en);
}

void read_everything(const fs::path& path)
{
    try_to([&] { verify_run(path, scaling_table); });
    try_to([&] { diagnose_cases(RunReader(path)); });
    try_to([&] {
        const RunReader reader(path);
        std::vector<CaseSummary> rows;
        for (const CaseSummary& row : reader.stored_rows()) {
            rows.push_back(reader.recomputed(row.header.id));
        }
        const RunData measured = run_data(reader, rows);
        scaling_table(measured);
        ideal_times(measured);
        project_cases(measured, 64);
        ComparedRun run;
        run.label = "x";
        run.info = reader.info();
        run.measured = measured;
        const std::vector<ComparedRun> runs(2, run);
        compare(runs, {.worse_limit = 0.05});
    });
    try_to([&] { report(RunFile(path)); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const Folder folder;
    static const std::vector<Bytes> good = good_files(folder.path / "good.h5");
    hdf5::silence();
    Choices choices(data, size);
    const Bytes& file = choices.one_of(good);
    const fs::path path = folder.path / "x.h5";
    write_bytes(path, altered(choices, file));
    read_everything(path);
    return 0;
}
