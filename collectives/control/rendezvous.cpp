// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/rendezvous.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace plumbline::control {

namespace {

/// How much longer than rank 0 the others wait: its sentence says more than theirs.
constexpr double patience_s = 3;
/// For the connections of the tree, once all have come.
constexpr double tree_s = 60;
constexpr double tell_s = 5;
constexpr std::size_t most_turned_away = 8;

std::string system_host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

void require_valid(const JoinSettings& settings)
{
    if (settings.size < 1 || settings.rank < 0 || settings.rank >= settings.size) {
        throw ConfigError(
            say("rank {} of {} ranks can't be (they are numbered from 0). See the launcher's rank "
                "and size",
                settings.rank, settings.size));
    }
    if (settings.size > 1 && (settings.host.empty() || settings.port < 1 || settings.port > 65535)) {
        throw ConfigError(
            say("'{}', port {} can't be where rank 0 is met (a host and a port from 1 to 65535). "
                "Set MASTER_ADDR and MASTER_PORT, or give --join HOST:PORT",
                settings.host, settings.port));
    }
}

Socket make_listener(const JoinSettings& settings)
{
    if (settings.size == 1) {
        return {};
    }
    Socket listener = Socket::listen(settings.rank == 0 ? static_cast<std::uint16_t>(settings.port) : std::uint16_t{0});
    if (!listener.open()) {
        const std::string why = std::strerror(errno);
        throw ConfigError(settings.rank == 0
                              ? say("rank 0 can't listen at port {} ({}). Choose another MASTER_PORT, or end the "
                                    "process that holds it",
                                    settings.port, why)
                              : say("rank {} can't listen at a port that the system chooses ({}). See its limit of "
                                    "open files and net.ipv4.ip_local_port_range",
                                    settings.rank, why));
    }
    return listener;
}

Hello make_self(const JoinSettings& settings, const Socket& listener)
{
    Hello self;
    self.rank = settings.rank;
    self.size = settings.size;
    self.pid = static_cast<std::uint32_t>(::getpid());
    self.port = listener.open() ? listener.own_address().value_or(Address{}).port : std::uint16_t{0};
    self.launch = settings.rank == 0 ? draw_number() : 0;
    self.instance = draw_number();
    self.version = settings.version.empty() ? PLUMBLINE_VERSION : settings.version;
    self.host = settings.own_host.empty() ? system_host_name() : settings.own_host;
    return self;
}

}  // namespace

Meeting::Meeting(const JoinSettings& settings)
    : settings_((require_valid(settings), settings)),
      self_(),
      network_([&] {
          Socket listener = make_listener(settings);
          self_ = make_self(settings, listener);
          return Network({.key = key_of(settings.token), .self = self_, .loopback_only = names_loopback(settings.host)},
                         std::move(listener));
      }()),
      came_(settings.size)
{
    Member& own = came_.at(settings.rank);
    own = {.here = true, .address = {}, .pid = self_.pid, .instance = self_.instance, .host = self_.host};
    own.address.port = self_.port;
}

double Meeting::timeout_s() const
{
    return std::chrono::duration<double>(settings_.timeout).count();
}

std::string Meeting::place() const
{
    return host_and_port(settings_.host, settings_.port);
}

void Meeting::watch(double until_s, const std::function<std::string()>& late)
{
    network_.set_watch([this, until_s, late] {
        if (settings_.interrupted && settings_.interrupted()) {
            give_up(fmt::format("interrupted while the ranks came together at {}", place()));
        }
        if (now_s() > until_s) {
            give_up(late());
        }
    });
}

void Meeting::hold(const std::function<void()>& barrier)
{
    if (settings_.size == 1) {
        network_.set_roster(came_);
        return;
    }
    settings_.rank == 0 ? gather_newcomers() : come();
    watch(now_s() + tree_s, [this] {
        return fmt::format(
            "the {} ranks have come to {}, but {} waits for the rest of the tree in vain for {:g} s. See "
            "whether a firewall between the hosts lets all ports pass",
            settings_.size, place(), network_.own_name(), tree_s);
    });
    try {
        network_.adopt_children();
        barrier();
    } catch (const LaunchBroken& error) {
        // Who has no connection to the tree yet would wait for it.
        tell({.kind = News::Kind::broken, .status = 0, .sentence = error.what()});
        throw;
    }
    network_.set_watch(nullptr);
}

// --- rank 0 ----------------------------------------------------------------------------------------------------------

void Meeting::gather_newcomers()
{
    network_.set_registrar([this](const Connection& newcomer, bool proven) { return judge(newcomer, proven); });
    const double until_s = now_s() + timeout_s();
    watch(never_s, nullptr);
    while (!came_.complete()) {
        if (failure_) {
            tell_who_comes();
            give_up(*failure_);
        }
        const double rest_s = until_s - now_s();
        if (rest_s <= 0) {
            give_up(incomplete());
        }
        if (settings_.interrupted && settings_.interrupted()) {
            give_up(fmt::format("interrupted while {} had not come to {} yet", came_.missing(), place()));
        }
        network_.serve(rest_s);
    }
    gathering_ = false;
    network_.set_roster(came_);
}

/// Why a newcomer that knows the token can't be part of this launch.
std::optional<std::string> Meeting::objection(const Hello& hello) const
{
    const std::string newcomer = fmt::format("rank {} on {} (pid {})", hello.rank, hello.host, hello.pid);
    if (hello.version != self_.version) {
        return fmt::format("{} is plumbline {}, rank 0 on {} is {}. Start the same version everywhere", newcomer,
                           hello.version, self_.host, self_.version);
    }
    if (hello.size != self_.size || hello.rank < 0 || hello.rank >= self_.size) {
        return fmt::format("{} says that there are {} ranks, rank 0 on {} says {}. Give all the same WORLD_SIZE",
                           newcomer, hello.size, self_.host, self_.size);
    }
    const Member& known = came_.at(hello.rank);
    if (known.here && known.instance != hello.instance) {
        return fmt::format("rank {} came twice: from {} (pid {}) and {} (pid {}). Give each process a RANK of its own",
                           hello.rank, known.host, known.pid, hello.host, hello.pid);
    }
    return std::nullopt;
}

Answer Meeting::judge(const Connection& newcomer, bool proven)
{
    const Hello& hello = newcomer.handshake().hello();
    Answer answer{.verdict = Answer::Verdict::token_differs, .keep = false, .launch = 0, .text = ""};
    if (!proven) {
        const std::string& other = newcomer.handshake().other_version();
        const int said = other.empty() ? hello.rank : -1;
        if (turned_away_.size() < most_turned_away || turned_away_.contains(said)) {
            turned_away_[said] = other.empty() ? fmt::format("rank {} on {} (from {}): its token differs", hello.rank,
                                                             hello.host, newcomer.remote().text())
                                               : fmt::format("{}: it speaks {}", newcomer.remote().text(), other);
        }
        return answer;
    }
    if (const auto why = failure_ ? failure_ : objection(hello)) {
        if (gathering_) {
            failure_ = why;
            told_of_failure_.insert(hello.instance);
        }
        answer.verdict = Answer::Verdict::refused;
        answer.text = *why;
        return answer;
    }
    Member& member = came_.at(hello.rank);
    member = {
        .here = true, .address = newcomer.remote(), .pid = hello.pid, .instance = hello.instance, .host = hello.host};
    member.address.port = hello.port;
    answer.verdict = Answer::Verdict::welcome;
    answer.launch = self_.launch;
    return answer;
}

std::string Meeting::incomplete() const
{
    std::string refused;
    for (const auto& [rank, why] : turned_away_) {
        refused += fmt::format("{}{}", refused.empty() ? ". Turned away: " : "; ", why);
    }
    return fmt::format(
        "{} of {} {} not come to {} within {:g} s; those that came: {}{}. Start all ranks within that time, "
        "or announce fewer",
        came_.missing(), settings_.size, came_.missing().starts_with("ranks") ? "have" : "has", place(), timeout_s(),
        came_.present(), refused);
}

/// Those that are on their way get the sentence too, instead of nobody at all.
void Meeting::tell_who_comes()
{
    const auto came = [&] {
        int ranks = 0;
        for (int rank = 0; rank < settings_.size; ++rank) {
            ranks += came_.at(rank).here ? 1 : 0;
        }
        return ranks + static_cast<int>(told_of_failure_.size());
    };
    for (const double until_s = now_s() + tell_s; now_s() < until_s && came() < settings_.size;) {
        network_.serve(until_s - now_s());
    }
}

void Meeting::give_up(const std::string& sentence)
{
    failure_ = failure_ ? failure_ : sentence;
    tell({.kind = News::Kind::refused, .status = 0, .sentence = *failure_});
    throw ConfigError(*failure_);
}

/// Rank 0 tells those that came.
void Meeting::tell(const News& news)
{
    if (settings_.rank != 0) {
        return;
    }
    std::vector<int> ranks;
    for (int rank = 1; rank < settings_.size; ++rank) {
        if (came_.at(rank).here) {
            ranks.push_back(rank);
        }
    }
    network_.set_roster(came_);
    network_.tell(ranks, news, tell_s);
}

// --- the others ------------------------------------------------------------------------------------------------------

void Meeting::refused(const Answer& answer) const
{
    if (answer.verdict == Answer::Verdict::token_differs) {
        throw ConfigError(
            say("rank {} on {} was refused by rank 0 at {}: its token differs. Give all ranks the "
                "same PLUMBLINE_TOKEN or --token-file",
                self_.rank, self_.host, place()));
    }
    if (answer.verdict == Answer::Verdict::refused) {
        throw ConfigError(answer.text);
    }
}

/// One try at each address of rank 0's host; whether it knows this rank now.
bool Meeting::introduce()
{
    for (const Address& address : resolve(settings_.host, static_cast<std::uint16_t>(settings_.port), why_not_)) {
        if (!known_) {
            network_.set_master(address);
        }
        const auto result = network_.introduce(address);
        if (result.answer) {
            refused(*result.answer);
            network_.set_launch(result.answer->launch);
            network_.set_master(address);
            known_ = true;
            return true;
        }
        why_not_ = result.why_not;
    }
    return false;
}

void Meeting::come()
{
    const double start_s = now_s();
    const std::string own = network_.own_name();
    // Asking rank 0 now and then whether it is still there mustn't keep it busy.
    const double ask_again_s = std::max(1.0, 0.002 * settings_.size);
    constexpr int most_failures = 3;
    const auto late = [this, own] {
        return known_ ? fmt::format(
                            "rank 0 at {} has not brought the ranks together within {:g} s, though {} has come. "
                            "See what rank 0 says",
                            place(), timeout_s(), own)
                      : fmt::format(
                            "{} has not reached rank 0 at {} within {:g} s ({}). Start rank 0 there, or correct "
                            "MASTER_ADDR and MASTER_PORT",
                            own, place(), timeout_s(), why_not_);
    };
    watch(start_s + timeout_s() + patience_s, late);
    int failures = 0;
    double pause_s = 0.02;
    for (;;) {
        if (introduce()) {
            failures = 0;
        } else if (known_ && ++failures == most_failures) {
            throw ConfigError(
                say("rank 0 at {} has gone before all ranks had come ({}; {} waited for the others). "
                    "See what rank 0 said",
                    place(), why_not_, own));
        } else if (!known_ && now_s() > start_s + timeout_s()) {
            throw ConfigError(late());
        }
        const double rest_s = std::max(0.0, start_s + timeout_s() - now_s()) + 0.05;
        pause_s = std::min(1.5 * pause_s, 0.5);
        if (network_.wait_for_roster(known_ ? ask_again_s : std::min(pause_s, rest_s))) {
            return;
        }
    }
}

}  // namespace plumbline::control
