# SPDX-License-Identifier: Apache-2.0
"""What scripts/experiments/testcluster is asked to make: hosts, and bits per second of their links."""
import argparse
import re

from program import Problem

MOST_HOSTS = 16
LEAST_RATE, LARGEST_RATE = 10**6, 10**10


def host_name(index: int) -> str:
    return f"host{index}"


def parse_rate(text: str) -> int:
    """Bits per second; units as tc has them."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(bit|kbit|mbit|gbit)", text.strip().lower())
    if not match:
        raise Problem(f"'{text}' is no rate (a number and a unit are needed). Write it like 200mbit or 1gbit")
    rate = round(float(match[1]) * {"bit": 1, "kbit": 10**3, "mbit": 10**6, "gbit": 10**9}[match[2]])
    if not LEAST_RATE <= rate <= LARGEST_RATE:
        raise Problem(f"'{text}' is outside what can be planted (1mbit to 10gbit). Choose a rate in between")
    return rate


def parse_host(text: str, hosts: int) -> str:
    match = re.fullmatch(r"host([1-9][0-9]*)", text)
    if not match or int(match[1]) > hosts:
        raise Problem(f"there is no '{text}' (the hosts are host1 to host{hosts}). Name one of them")
    return text


def split_plan(option: str, text: str, example: str) -> tuple[str, int]:
    what, equals, rate = text.partition("=")
    if not equals:
        raise Problem(f"'{option} {text}' has no rate (what and how fast are needed). Write it like {option} {example}")
    return what, parse_rate(rate)


def parse_link(text: str, hosts: int) -> str:
    first, dash, second = text.partition("-")
    if not dash:
        raise Problem(f"'{text}' is no link (two hosts are needed). Write it like host1-host2")
    ends = sorted((parse_host(first, hosts), parse_host(second, hosts)), key=lambda host: int(host[4:]))
    if ends[0] == ends[1]:
        raise Problem(f"'{text}' is no link (both ends are the same host). Name two hosts")
    return "-".join(ends)


def parse_leaf(text: str, hosts: int) -> list[str]:
    """Every pair of a host inside and one outside."""
    inside = [parse_host(host, hosts) for host in text.split(",")]
    outside = [host_name(index) for index in range(1, hosts + 1) if host_name(index) not in inside]
    if not outside:
        raise Problem(f"'{text}' is no leaf (nothing is left outside of it). Name fewer hosts")
    return [parse_link(f"{host}-{other}", hosts) for host in inside for other in outside]


def parse_plan(options: argparse.Namespace) -> dict:
    """What `up` is asked for: hosts, and bits per second of every host's link and of slow pairs of hosts."""
    if not 1 <= options.hosts <= MOST_HOSTS:
        raise Problem(f"a cluster of {options.hosts} hosts can't be made (1 to {MOST_HOSTS} are possible). Choose --hosts among them")
    rate = parse_rate(options.rate)
    plan = {"hosts": options.hosts, "rate": rate, "slow": {}, "slow_out": {}, "slow_in": {}, "slow_links": {}}
    for text in options.slow:
        host, slow_rate = split_plan("--slow", text, "host3=100mbit")
        plan["slow"][parse_host(host, options.hosts)] = slow_rate
    for text in options.slow_link:
        link, slow_rate = split_plan("--slow-link", text, "host1-host2=50mbit")
        plan["slow_links"][parse_link(link, options.hosts)] = slow_rate
    for way in ("out", "in"):
        for text in getattr(options, f"slow_{way}", []):
            host, slow_rate = split_plan(f"--slow-{way}", text, "host3=100mbit")
            plan[f"slow_{way}"][parse_host(host, options.hosts)] = slow_rate
    for text in getattr(options, "slow_leaf", []):
        hosts, slow_rate = split_plan("--slow-leaf", text, "host1,host2=50mbit")
        plan["slow_links"].update({link: slow_rate for link in parse_leaf(hosts, options.hosts)})
    for what, slow_rate in slow_parts(plan):
        if slow_rate > rate:
            raise Problem(f"{what} can't be slow at {in_words(slow_rate)} (the others have {in_words(rate)}). Choose a lower rate")
    return plan


def in_words(rate: int) -> str:
    for unit, size in (("gbit", 10**9), ("mbit", 10**6), ("kbit", 10**3)):
        if rate >= size:
            return f"{rate / size:g}{unit}"
    return f"{rate}bit"


def slow_parts(plan: dict) -> list[tuple[str, int]]:
    one_way = [(f"{host} ({words})", rate) for way, words in (("slow_out", "sending"), ("slow_in", "receiving"))
               for host, rate in plan[way].items()]
    return [*plan["slow"].items(), *one_way, *plan["slow_links"].items()]


def describe(plan: dict) -> str:
    slow = [f"{what} at {in_words(rate)}" for what, rate in slow_parts(plan)]
    return f"{plan['hosts']} host{'s' if plan['hosts'] > 1 else ''} at {in_words(plan['rate'])}" + (", but " + ", ".join(slow) if slow else "")


def hosts_of(plan: dict) -> list[str]:
    return [host_name(index) for index in range(1, plan["hosts"] + 1)]


def slow_destinations(plan: dict, host: str) -> dict[str, int]:
    found = {}
    for link, rate in plan["slow_links"].items():
        ends = link.split("-")
        if host in ends:
            found[ends[1 - ends.index(host)]] = rate
    return found
