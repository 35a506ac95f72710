// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/hdf5_handles.hpp"

#include "results/files/temporary_file.hpp"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace plumbline::hdf5 {
namespace {

std::string system_reason(int error)
{
    return std::generic_category().message(error);
}

/// What the library hands to the driver's open(): where the first error of a write goes.
struct Settings {
    int descriptor = -1;  ///< of the file, which isn't opened by its name
    int* write_errno = nullptr;
    Sync sync = Sync::now;
};

constexpr std::size_t most_unsynced = std::size_t{256} << 20U;

/// An open file of the driver below. HDF5 wants its own part first.
struct DriverFile {
    H5FD_t common{};
    int descriptor = -1;
    haddr_t end_of_allocation = 0;
    haddr_t end_of_file = 0;
    int* write_errno = nullptr;
    Sync sync = Sync::now;
    std::size_t unsynced = 0;  ///< bytes written since they were last brought to the disk

    void fail() const
    {
        if (*write_errno == 0) {
            *write_errno = errno;
        }
    }
    bool failed() const { return *write_errno != 0; }
};

DriverFile& driver_file(H5FD_t* file)
{
    return *reinterpret_cast<DriverFile*>(file);
}
const DriverFile& driver_file(const H5FD_t* file)
{
    return *reinterpret_cast<const DriverFile*>(file);
}

/// HDF5 may open a file twice: once to look, and once to keep.
H5FD_t* driver_open(const char*, unsigned, hid_t access, haddr_t)
{
    const auto* settings = static_cast<const Settings*>(H5Pget_driver_info(access));
    auto* file = new (std::nothrow) DriverFile;
    if (settings == nullptr || file == nullptr) {
        delete file;
        return nullptr;
    }
    file->write_errno = settings->write_errno;
    file->sync = settings->sync;
    file->descriptor = ::fcntl(settings->descriptor, F_DUPFD_CLOEXEC, 0);
    if (file->descriptor < 0 || ::ftruncate(file->descriptor, 0) != 0) {
        file->fail();
        ::close(file->descriptor);
        delete file;
        return nullptr;
    }
    return &file->common;
}

herr_t driver_close(H5FD_t* common)
{
    DriverFile& file = driver_file(common);
    if (file.sync == Sync::now && !file.failed() && ::fsync(file.descriptor) != 0) {
        file.fail();
    }
    if (::close(file.descriptor) != 0) {
        file.fail();
    }
    delete &file;
    return 0;
}

int driver_compare(const H5FD_t* a, const H5FD_t* b)
{
    return a == b ? 0 : (a < b ? -1 : 1);
}

herr_t driver_query(const H5FD_t*, unsigned long* flags)
{
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

haddr_t driver_end_of_allocation(const H5FD_t* file, H5FD_mem_t)
{
    return driver_file(file).end_of_allocation;
}

herr_t driver_set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address)
{
    driver_file(file).end_of_allocation = address;
    return 0;
}

haddr_t driver_end_of_file(const H5FD_t* file, H5FD_mem_t)
{
    return driver_file(file).end_of_file;
}

herr_t driver_read(H5FD_t* common, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer)
{
    const DriverFile& file = driver_file(common);
    char* to = static_cast<char*>(buffer);
    while (size > 0) {
        const ssize_t got = ::pread(file.descriptor, to, size, static_cast<off_t>(address));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        to += got;
        address += static_cast<haddr_t>(got);
        size -= static_cast<std::size_t>(got);
    }
    std::memset(to, 0, size);  // beyond the end, as the library expects
    return 0;
}

herr_t driver_write(H5FD_t* common, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, const void* buffer)
{
    DriverFile& file = driver_file(common);
    file.end_of_file = std::max(file.end_of_file, address + size);
    const char* from = static_cast<const char*>(buffer);
    while (size > 0 && !file.failed()) {
        const ssize_t put = ::pwrite(file.descriptor, from, size, static_cast<off_t>(address));
        if (put < 0) {
            if (errno != EINTR) {
                file.fail();
            }
            continue;
        }
        from += put;
        address += static_cast<haddr_t>(put);
        size -= static_cast<std::size_t>(put);
        file.unsynced += static_cast<std::size_t>(put);
    }
    // A long file goes to the disk bit by bit: no single call takes as long as all of it.
    if (file.sync == Sync::now && file.unsynced > most_unsynced && !file.failed()) {
        file.unsynced = 0;
        if (::fdatasync(file.descriptor) != 0) {
            file.fail();
        }
    }
    return 0;
}

herr_t driver_truncate(H5FD_t* common, hid_t, hbool_t)
{
    DriverFile& file = driver_file(common);
    if (file.end_of_file != file.end_of_allocation && !file.failed() &&
        ::ftruncate(file.descriptor, static_cast<off_t>(file.end_of_allocation)) != 0) {
        file.fail();
    }
    file.end_of_file = file.end_of_allocation;
    return 0;
}

H5FD_class_t driver_class()
{
    constexpr haddr_t largest_offset = (haddr_t{1} << 63U) - 1;
    H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(600);
#endif
    driver.name = "plumbline_write";
    driver.maxaddr = largest_offset;
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.fapl_size = sizeof(Settings);
    driver.open = driver_open;
    driver.close = driver_close;
    driver.cmp = driver_compare;
    driver.query = driver_query;
    driver.get_eoa = driver_end_of_allocation;
    driver.set_eoa = driver_set_end_of_allocation;
    driver.get_eof = driver_end_of_file;
    driver.read = driver_read;
    driver.write = driver_write;
    driver.truncate = driver_truncate;
    std::fill(std::begin(driver.fl_map), std::end(driver.fl_map), H5FD_MEM_DEFAULT);
    return driver;
}

Id access_for_writing(int descriptor, int* write_errno, Sync sync)
{
    static const H5FD_class_t driver = driver_class();
    static const hid_t registered = H5FDregister(&driver);
    const Settings settings{.descriptor = descriptor, .write_errno = write_errno, .sync = sync};
    Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    check(H5Pset_driver(access.get(), registered, &settings));
    // Checksummed metadata and attributes of any size; read by every HDF5 since 1.8.
    check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_LATEST));
    return access;
}

}  // namespace

void sync_file(const std::filesystem::path& file)
{
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        throw Error(system_reason(errno));
    }
    const int error = ::fsync(descriptor) != 0 ? errno : 0;
    ::close(descriptor);
    if (error != 0) {
        throw Error(system_reason(error));
    }
}

void sync_folder(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        throw Error(system_reason(errno));
    }
    // Some network file systems can't sync a folder and say EINVAL: they order renames themselves.
    const int error = ::fsync(descriptor) != 0 && errno != EINVAL ? errno : 0;
    ::close(descriptor);
    if (error != 0) {
        throw Error(system_reason(error));
    }
}

NewFile::NewFile(const std::filesystem::path& path, Sync sync)
    : path_(path), sync_(sync), write_errno_(std::make_unique<int>(0))
{
    try {
        temporary_ = std::make_unique<files::TemporaryFile>(path);
    } catch (const std::system_error& error) {
        throw Error(error.code().message());
    }
    const Id access = access_for_writing(temporary_->descriptor(), write_errno_.get(), sync);
    const Id creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    // Half as many chunks as a node of a tree that finds them has room for: with the usual 32 it takes 3 KB a dataset.
    check(H5Pset_istore_k(creation.get(), 4));
    const hid_t file = H5Fcreate(temporary_->path().c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
    check_writes();
    file_ = Id(file, H5Fclose);
}

NewFile::~NewFile() = default;

void NewFile::check_writes() const
{
    if (*write_errno_ != 0) {
        throw Error(system_reason(*write_errno_));
    }
}

void NewFile::commit()
{
    file_.close();
    check_writes();
    try {
        temporary_->take_place();
    } catch (const std::system_error& error) {
        throw Error(error.code().message());
    }
    if (sync_ == Sync::now) {
        sync_folder(path_.parent_path());
    }
}

}  // namespace plumbline::hdf5
